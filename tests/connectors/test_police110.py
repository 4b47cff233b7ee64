from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.police110 import CHANNEL, EXAMPLE
from schemas.errors import InvalidField
from schemas.personal import Personal
from schemas.report import CallFacts, Report
from schemas.vocabulary import Crs, Intent, Operation, Source, Urgency
from tests.connectors.pushed import reader_of

read = reader_of(CHANNEL)


def test_a_call_becomes_a_report_and_what_it_says_of_the_caller_stands_beside() -> None:
    said = read()
    assert said.report == Report(
        source=Source.POLICE110,
        source_id="3201112026030215300042",
        operation=Operation.SET,
        order_key="2026-03-02T07:32:55.000000Z",
        reported_at=datetime(2026, 3, 2, 7, 30, 12, tzinfo=UTC),
        arrived_at=datetime(2026, 3, 2, 7, 32, 58, tzinfo=UTC),
        text=EXAMPLE["BJNR"],
        address="浦口区桥林街道步月路与兰花路交叉口",
        area_hint="桥林街道",
        lng=118.519637,
        lat=31.951208,
        crs=Crs.CGCS2000,
        accuracy_m=25,
        code_standard="police110",
        code="公共设施险情/电线杆倾倒",
        intent=Intent.HELP,
        urgency_hint=Urgency.U2,
        persons=1,
        attachments=("110/20260302/3201112026030215300042_1.jpg",),
        extra={"GXDWDM": "320111540000", "BJFSMC": "call"},
        call=CallFacts(waited_s=6, lasted_s=92, answered=True),
    )
    assert said.personal == Personal(name="测试乙", phone="19990000002")


@pytest.mark.parametrize("state", ["撤警", "已撤警", "取消报警", "撤銷"])
def test_a_call_that_was_taken_back_withdraws_its_report(state: str) -> None:
    assert read(JQZT=state).report.operation is Operation.WITHDRAW


@pytest.mark.parametrize("state", ["已分流", "处置中", "", ...])
def test_any_other_state_leaves_it_standing(state: object) -> None:
    assert read(JQZT=state).report.operation is Operation.SET


@pytest.mark.parametrize(
    ("category", "intent"), [("群众求助", Intent.HELP), ("举报投诉", Intent.COMPLAINT), ("咨询", Intent.INQUIRY), ("其他警情", Intent.OTHER), ("", None)]
)
def test_the_category_says_what_the_caller_wants(category: str, intent: Intent | None) -> None:
    assert read(BJLBMC=category).report.intent is intent


@pytest.mark.parametrize(
    ("levels", "code"),
    [(("纠纷", "邻里纠纷", ""), "纠纷/邻里纠纷"), (("纠纷", "邻里纠纷", "漏水"), "纠纷/邻里纠纷/漏水"), (("", "挪车", None), "挪车"), (("", "", ""), "")],
)
def test_levels_that_are_said_make_the_code(levels: tuple[str, str, str | None], code: str) -> None:
    report = read(BJLBMC=levels[0], BJLXMC=levels[1], BJXLMC=levels[2]).report
    assert (report.code, report.code_standard) == (code, "police110" if code else "")


@pytest.mark.parametrize(("grade", "urgency"), [("一级", Urgency.U1), ("2", Urgency.U2), ("２级", Urgency.U2), ("三级", None), ("四级", None), ("", None)])
def test_the_first_two_grades_are_pressing(grade: str, urgency: Urgency | None) -> None:
    report = read(JQDJ=grade).report
    assert report.urgency_hint is urgency
    assert "JQDJ" not in report.extra


@pytest.mark.parametrize("told", ["20260302153012", "2026-03-02 15:30:12", "２０２６０３０２１５３０１２", "2026-03-02T15:30:12", 1772436612000])
def test_times_are_of_the_district(told: object) -> None:
    assert read(BJSJ=told).report.reported_at == datetime(2026, 3, 2, 7, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "facts"),
    [
        (("20260302153000", "20260302153012", "20260302153200"), CallFacts(waited_s=12, lasted_s=108, answered=True)),
        (("20260302153000", "", "20260302153045"), CallFacts(waited_s=45, answered=False)),
        (("20260302153000", "20260302152950", "20260302153045"), CallFacts(lasted_s=55, answered=True)),
        (("", "20260302153012", "20260302153200"), None),
    ],
)
def test_waiting_and_talking_are_counted_from_the_calls_times_as_far_as_clocks_can_be_believed(times: tuple[str, str, str], facts: CallFacts | None) -> None:
    assert read(HRSJ=times[0], YDSJ=times[1], GJSJ=times[2]).report.call == facts


def test_a_second_call_about_the_same_names_the_first() -> None:
    assert read(ZJJDBH="3201112026030215290041").report.extra["ZJJDBH"] == "3201112026030215290041"


def test_what_is_of_the_police_too_is_said_in_a_word_that_speaks_for_no_matter() -> None:
    assert read(JQXZ="混合").report.extra["JQXZ"] == "police and service"
    assert "JQXZ" not in read(JQXZ="非警务").report.extra


@pytest.mark.parametrize(("field", "value"), [("JJDBH", ""), ("JJDBH", ...), ("BJSJ", ...), ("JD", "east"), ("SSRS", "-1"), ("SSRS", "1.5"), ("JD", {"x": 1})])
def test_what_cannot_be_is_refused_naming_the_field(field: str, value: object) -> None:
    with pytest.raises(InvalidField) as refused:
        read(**{field: value})
    assert refused.value.where == field


def test_no_sentence_repeats_what_stood_in_the_field() -> None:
    for field in ("BJSJ", "JD", "SSRS", "JJDBH"):
        with pytest.raises(InvalidField) as refused:
            read(**{field: "测试乙 19990000002\x00"})
        assert "1999" not in str(refused.value)
        assert "测试" not in str(refused.value)
