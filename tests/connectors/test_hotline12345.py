from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.hotline12345 import CHANNEL, EXAMPLE
from schemas.errors import InvalidField
from schemas.personal import Personal
from schemas.report import CallFacts, Report
from schemas.vocabulary import Crs, Intent, Operation, Source, Urgency
from tests.connectors.pushed import reader_of

read = reader_of(CHANNEL)


def test_a_work_order_becomes_a_report_and_what_it_says_of_the_caller_stands_beside() -> None:
    said = read()
    assert said.report == Report(
        source=Source.HOTLINE12345,
        source_id="NJ1234520260302000117",
        operation=Operation.SET,
        order_key="2026-03-02T00:21:36.000000Z",
        reported_at=datetime(2026, 3, 2, 0, 15, tzinfo=UTC),
        arrived_at=datetime(2026, 3, 2, 0, 21, 40, tzinfo=UTC),
        text=str(EXAMPLE["content"]),
        address="南京市浦口区江浦街道文德路与公园北路路口",
        area_hint="江浦街道",
        lng=118.628412,
        lat=32.057301,
        crs=Crs.GCJ02,
        code_standard="hotline12345",
        code="市政设施/雨污水排水堵塞",
        intent=Intent.HELP,
        urgency_hint=Urgency.U2,
        persons=3,
        attachments=("F20260302081502001",),
        extra={"title": "反映道路积水问题", "accept_channel": "call"},
        call=CallFacts(waited_s=6, lasted_s=205, answered=True),
    )
    assert said.personal == Personal(name="测试甲", phone="19990000001", id_number="000000190001010018", home="测试花园0栋000室")


def test_the_unit_that_an_order_complains_of_is_handed_on_under_one_key() -> None:
    assert read(complained_unit="绿洲物业公司").report.extra["against"] == "绿洲物业公司"
    assert "against" not in read(complained_unit="").report.extra


@pytest.mark.parametrize("status", ["已撤单", "撤销", "市民撤诉", "作废", " 已撤單 "])
def test_an_order_that_was_taken_back_withdraws_its_report(status: str) -> None:
    assert read(order_status=status).report.operation is Operation.WITHDRAW


@pytest.mark.parametrize("status", ["已派单", "办理中", "已办结", "", None, "whatever comes next year"])
def test_any_other_status_leaves_it_standing(status: str | None) -> None:
    assert read(order_status=status).report.operation is Operation.SET


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("咨询", Intent.INQUIRY),
        ("投訴", Intent.COMPLAINT),
        ("舉報", Intent.ACCUSATION),
        ("建议类", Intent.SUGGESTION),
        ("表扬", Intent.PRAISE),
        ("", None),
        ("无", None),
    ],
)
def test_the_appeal_is_the_intent_in_either_script(theirs: str, ours: Intent | None) -> None:
    report = read(appeal_type=theirs).report
    assert report.intent is ours
    assert "appeal_type" not in report.extra


def test_a_word_that_is_not_known_is_kept_and_means_nothing() -> None:
    report = read(appeal_type="感叹", urgency_level="十万火急").report
    assert (report.intent, report.urgency_hint) == (None, None)
    assert (report.extra["appeal_type"], report.extra["urgency_level"]) == ("感叹", "十万火急")


@pytest.mark.parametrize(
    ("theirs", "ours"), [("特急", Urgency.U1), ("加急", Urgency.U2), ("緊急", Urgency.U2), ("疑难", Urgency.U4), ("一般", None), (None, None)]
)
def test_only_what_is_said_to_be_pressing_is(theirs: str | None, ours: Urgency | None) -> None:
    report = read(urgency_level=theirs).report
    assert report.urgency_hint is ours
    assert "urgency_level" not in report.extra


@pytest.mark.parametrize(
    ("said", "crs"), [("", Crs.GCJ02), (..., Crs.GCJ02), ("gcj02", Crs.GCJ02), ("BD-09", Crs.BD09), ("ＷＧＳ８４", Crs.WGS84), ("国家2000", Crs.CGCS2000)]
)
def test_points_are_of_the_platforms_map_unless_the_line_says_otherwise(said: object, crs: Crs) -> None:
    assert read(coord_type=said).report.crs is crs


def test_a_system_that_nobody_knows_is_refused_and_none_is_guessed() -> None:
    with pytest.raises(InvalidField, match="coord_type: is no coordinate system that we know"):
        read(coord_type="92南京地方坐标系")


@pytest.mark.parametrize("zero", ["0", 0, "0.000000"])
def test_zero_points_and_exchanged_ones_go_on_as_they_are_to_intake(zero: object) -> None:
    assert (read(longitude=zero, latitude=zero).report.lng, read(longitude="32.05", latitude="118.6").report.lng) == (0, 32.05)


def test_without_a_point_no_system_is_said() -> None:
    report = read(longitude="", latitude=None, coord_type="whatever").report
    assert (report.lng, report.lat, report.crs) == (None, None, Crs.WGS84)


@pytest.mark.parametrize(
    "wide",
    [
        {"longitude": "１１８．６２８４１２", "latitude": "３２．０５７３０１"},
        {"involved_count": "３"},
        {"accept_time": "２０２６－０３－０２　０８：１５：００"},
        {"caller_phone": "１９９９０００００１"},
    ],
)
def test_full_width_digits_mean_what_others_do(wide: dict[str, str]) -> None:
    narrow = {key: value.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}) for key, value in wide.items()}
    assert read(**wide) == read(**narrow)


@pytest.mark.parametrize(
    "told",
    [
        "2026-03-02 08:15:00",
        "2026/3/2 8:15",
        "20260302081500",
        "2026年3月2日 8时15分00秒",
        "2026年03月02日 上午8:15",
        "2026-03-02T08:15:00+08:00",
        "2026-03-02T00:15:00Z",
        1772410500000,
        "1772410500000",
    ],
)
def test_times_are_of_the_district_in_any_of_the_ways_that_systems_write_them(told: object) -> None:
    assert read(accept_time=told).report.reported_at == datetime(2026, 3, 2, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "told", ["yesterday", "2026-02-30 08:00:00", "1970-01-01 08:00:00", "9999-12-31T23:59:59+08:00", "2026-03-05 08:00:00", "", None, ..., {}, [], True, 5]
)
def test_a_time_that_cannot_be_is_refused_naming_the_field(told: object) -> None:
    with pytest.raises(InvalidField) as refused:
        read(accept_time=told)
    assert refused.value.where == "accept_time"


def test_the_update_time_orders_an_orders_pushes_and_without_it_the_time_of_acceptance() -> None:
    first, later = read(update_time=""), read(update_time="2026-03-02 08:15:01")
    assert first.report.order_key < later.report.order_key < read(update_time="2026-03-02 10:15:00").report.order_key


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        ({"wait_duration": "00:00:15", "call_duration": "02:05", "is_answered": "是"}, CallFacts(waited_s=15, lasted_s=125, answered=True)),
        ({"wait_duration": 40, "call_duration": "", "is_answered": "否"}, CallFacts(waited_s=40, answered=False)),
        ({"wait_duration": "３", "call_duration": 80, "is_answered": ""}, CallFacts(waited_s=3, lasted_s=80, answered=True)),
        ({"wait_duration": "", "call_duration": None, "is_answered": ...}, None),
    ],
)
def test_waiting_and_talking_are_the_calls_facts(told: dict[str, object], facts: CallFacts | None) -> None:
    assert read(**told).report.call == facts


@pytest.mark.parametrize("told", ["long", "-3", "90000", "1:2:3:4"])
def test_a_duration_that_cannot_be_is_refused(told: str) -> None:
    with pytest.raises(InvalidField, match="call_duration"):
        read(call_duration=told)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([{"url": "https://files.example/1.jpg", "file_name": "张三.jpg"}, "F2"], ("https://files.example/1.jpg", "F2")),
        ("F1；F2;F1", ("F1", "F2")),
        ([], ()),
        (None, ()),
        ([f"F{n}" for n in range(25)], tuple(f"F{n}" for n in range(20))),
    ],
)
def test_attachments_are_taken_by_reference(told: object, found: tuple[str, ...]) -> None:
    assert read(attachments=told).report.attachments == found


@pytest.mark.parametrize("told", [["data:image/png;base64,AAAA"], ["x" * 501], [{"content": "AAAA"}], [["F1"]]])
def test_and_never_by_their_contents(told: object) -> None:
    with pytest.raises(InvalidField, match="attachments"):
        read(attachments=told)


def test_a_caller_without_a_name_or_number_is_nobody() -> None:
    assert read(caller_name="", caller_phone="无", caller_id_card=None, caller_address=...).personal is None


def test_what_people_wrote_stays_as_it_is_in_either_script() -> None:
    assert read(content=" 道路積水，行人無法通過\n請派人 ").report.text == "道路積水，行人無法通過\n請派人"
