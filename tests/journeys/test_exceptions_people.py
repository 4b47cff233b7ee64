"""Exceptions of `domain/domain.md` §1.6 that lie in who is concerned: 10, 11, 12; and whom a case complains of, when that is said later (§4.3)."""

from __future__ import annotations

import pytest

from schemas.command import Actor
from schemas.vocabulary import Action, CaseState, Force, Milestone, Role, Source, Urgency, VerdictKind
from tests.casework.lifecycle.centre import HERE, local
from tests.casework.test_against import COMPANY, district
from tests.journeys.centre import Journey
from tests.journeys.words import alarm, task, work_order

PROPERTY = "住房物业/物业服务"


def test_who_threatens_harm_is_the_police_s_within_a_minute_and_the_accused_is_never_told() -> None:
    centre = Journey(at=local("2026-03-02 20:00"), reference=district())
    (officer,) = centre.near(Force.POLICE)
    words = "投诉人称物业再不退费就扬言要砍人、同归于尽"
    said = work_order("GD1301", centre.at, words, PROPERTY, HERE, appeal_type="投诉", complained_unit="绿洲物业公司", urgency_level="一般")
    case = centre.says(Source.HOTLINE12345, said)
    opened = centre.case(case)
    assert (opened.urgency, opened.sent) == (Urgency.U1, (officer,))
    assert centre.due(case, Milestone.SIGN) == "2026-03-02 20:01:30"
    assert COMPANY not in (opened.unit, *opened.co_units)
    refused = centre.command(Action.SIGNED, case, Actor(role=Role.UNIT, name="物业", unit=COMPANY))
    assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "own-case")
    centre.later(minutes=12)
    assert "unsigned/red" in centre.alerted(case), "ten minutes on: the district's leader"


@pytest.mark.parametrize(
    ("words", "matter"),
    [
        ("邻居家男子家暴妻子，孩子在哭", "1602"),
        ("楼道里发现弃婴", "1503"),
        ("同学留言说不想活了", "1611"),
    ],
)
def test_minors_violence_at_home_and_suicide_are_urgent_at_once_and_few_may_read_what_was_said(words: str, matter: str) -> None:
    centre = Journey(at=local("2026-03-02 23:00"))
    (officer,) = centre.near(Force.POLICE)
    case = centre.says(Source.HOTLINE12345, work_order("GD1302", centre.at, words, "", HERE))
    opened = centre.case(case)
    assert (opened.matter, opened.urgency, opened.sent[:1]) == (matter, Urgency.U1, (officer,))
    assert "restricted" in opened.flags
    event = centre.outcomes[-1].event
    assert event is not None
    assert event.why["restricted"].rule.startswith("gates/emergency-")
    assert event.shown is not None
    assert {event.shown.text, event.shown.text_plain, event.shown.address} == {"受限"}, "analysts are shown that there is something, not what"
    told = b"".join(line.to_json() for line in (*centre.journal, *centre.cases.values(), *centre.alerts, *centre.results))
    assert words.encode() not in told


def test_who_is_usual_is_not_restricted() -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD1303", centre.at, "楼道长期没人打扫", PROPERTY, HERE))
    assert centre.case(case).flags == ()


def test_what_a_leader_instructs_is_supervised_from_the_start_and_goes_the_usual_way() -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    said = task("RW1304", centre.at, "公园护栏松动", "护栏", HERE, event_src="领导批示")
    case = centre.says(Source.CITY_MANAGEMENT, said)
    assert centre.case(case).flags == ("supervised",)
    (line,) = centre.lines(case, Action.SUPERVISED)
    assert (line.actor, line.data["level"], line.why and line.why.because) == ("source:city_management", 3, "a leader has instructed it")
    supervision = centre.work(case).supervision
    assert supervision is not None
    assert supervision.due == local("2026-03-05 18:00"), "three working days of its own"
    early = centre.desk(Action.CLOSED, case, result="按批示办结")
    assert early.verdict is VerdictKind.REFUSED, "an instruction is no shortcut"
    centre.later(minutes=20).says(Source.CITY_MANAGEMENT, {**said, "event_desc": "公园护栏松动两处", "update_time": "2026-03-02 10:20:00"})
    assert len(centre.lines(case, Action.SUPERVISED)) == 1, "a revision is no second instruction"
    centre.desk_does(case, Action.SUPERVISION_ENDED, reason="已落实")
    assert centre.case(case).flags == ()
    assert [line.split(" ", 1)[1] for line in centre.journal_of(case)] == [
        "city_management opened",
        "clock dispatched shizheng",
        "clock needed repair/waiting",
        "city_management supervised 3",
        "city_management revised",
        "desk:值班员 supervision_ended",
    ]


def test_an_instruction_that_nobody_heeds_is_the_next_level_s() -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    case = centre.says(Source.CITY_MANAGEMENT, task("RW1305", centre.at, "公园护栏松动", "护栏", HERE, event_src="领导批示"))
    centre.until(local("2026-03-06 09:00"))
    assert [line.data["level"] for line in centre.lines(case, Action.SUPERVISED)] == [3, 4]
    assert "supervision/orange" in centre.alerted(case)


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_a_unit_that_is_complained_of_later_loses_the_case_whoever_gave_it_to_it_and_however_far_it_is(by_hand: bool, late: bool) -> None:
    centre = Journey(at=local("2026-03-02 10:00"), reference=district())
    said = work_order("GD1306", centre.at, "楼道灯不亮没人管", PROPERTY, HERE)
    case = centre.says(Source.HOTLINE12345, said)
    assert centre.case(case).unit == COMPANY
    if by_hand:
        centre.desk_does(case, Action.REASSIGNED, unit=COMPANY, reason="合同在物业")
    due = centre.due(case)
    if late:
        centre.unit_does(case, Action.SIGNED, Action.CONTACTED, Action.HANDLED)
    centre.later(hours=1)
    more = {**said, "content": "物业态度恶劣，拒不处理", "appeal_type": "投诉", "complained_unit": "绿洲物业公司"}
    assert centre.says(Source.HOTLINE12345, {**more, "update_time": "2026-03-02 11:00:00", "push_time": "2026-03-02 11:00:00"}) == case
    now = centre.case(case)
    assert (now.unit, now.state, COMPANY in now.co_units) == ("zhujian", CaseState.DISPATCHED, False)
    assert centre.due(case) == due
    assert centre.lines(case, Action.REASSIGNED)[-1].actor == "source:hotline12345"


def test_who_joins_a_case_with_a_complaint_of_its_unit_takes_it_away_from_the_unit() -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD1307", centre.at, "路灯不亮", "市政设施/路灯照明", HERE))
    lead = centre.case(case).unit
    name = centre.reference.units[lead].name
    joined = work_order("GD1308", local("2026-03-02 10:30"), "路灯不亮，多次推诿", "市政设施/路灯照明", HERE, appeal_type="投诉", complained_unit=name)
    assert centre.says(Source.HOTLINE12345, joined) == case
    assert centre.work(case).against == (lead,)
    assert centre.case(case).unit != lead
    assert centre.says(Source.POLICE110, alarm("1100001309", local("2026-03-02 10:40"), "路灯坏了", "公共设施险情/路灯故障", HERE)) == case
    assert centre.case(case).unit != lead
