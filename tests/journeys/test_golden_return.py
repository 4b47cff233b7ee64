"""Golden case 9 (`domain/domain.md` §10, §4.5): a unit returns a case, in the eighth working hour and in the ninth."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.vocabulary import Action, AlertKind, CaseState, Milestone, Source, VerdictKind
from tests.casework.lifecycle.centre import HERE, local
from tests.journeys.centre import Journey
from tests.journeys.words import work_order

RAILING = "市政设施/护栏座椅等公共设施损坏"
DUTY: dict[str, Any] = {"reason_code": "R1", "clause": "区职责清单第3条", "unit": "shuiwu"}


def ordered(at: str, name: str = "GD0901") -> tuple[Journey, str]:
    """A usual case of the city administration, passed on at an instant."""
    centre = Journey(at=local(at))
    return centre, centre.says(Source.HOTLINE12345, work_order(name, centre.at, "护栏断了一截", RAILING, HERE))


def test_in_the_eighth_working_hour_a_return_is_asked_for_and_ruled_on_and_in_the_ninth_it_counts_as_accepted() -> None:
    centre, case = ordered("2026-03-02 10:00")
    lead = centre.case(case).unit
    assert centre.due(case, Milestone.RETURN) == "2026-03-03 11:00:30", "two hours of Monday morning, four of the afternoon, two of Tuesday"
    centre.until(local("2026-03-03 11:00:30"))
    assert centre.command(Action.RETURN_ASKED, case, **DUTY).verdict is VerdictKind.DONE
    assert centre.due(case, Milestone.RULING) == "2026-03-03 15:00:30"
    late, case_late = ordered("2026-03-02 10:00")
    late.until(local("2026-03-03 11:00:31"))
    refused = late.command(Action.RETURN_ASKED, case_late, **DUTY)
    assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "in-return-window")
    assert "counts as accepted" in refused.detail
    assert late.case(case_late).unit == lead
    assert late.case(case_late).returns == 0


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-03-06 16:00", "2026-03-09 17:00:30"),  # over a weekend: two hours, a morning, three hours
        ("2026-02-13 17:00", "2026-02-24 09:00:30"),  # an hour, the Saturday that works, and the rest after the Spring Festival
        ("2026-07-01 10:00", "2026-07-02 11:30:30"),  # summer: the afternoon begins at half past two
        ("2026-03-07 10:00", "2026-03-10 10:00:00"),  # received on a Saturday: from Monday nine o'clock
    ],
)
def test_eight_working_hours_are_hours_of_the_office_and_never_a_working_day(at: str, ends: str) -> None:
    centre, case = ordered(at)
    assert centre.due(case, Milestone.RETURN) == ends


def test_a_return_that_is_upheld_costs_the_next_unit_nothing_and_a_second_one_goes_to_the_consultation() -> None:
    centre, case = ordered("2026-03-02 10:00")
    due, sent_by = centre.due(case), centre.work(case).rule
    centre.later(minutes=20).unit_does(case, Action.RETURN_ASKED, **DUTY)
    refused = centre.desk(Action.REASSIGNED, case, unit="shuiwu", reason="改派")
    assert refused.code == "no-return-open"
    centre.later(hours=1).desk_does(case, Action.RETURN_UPHELD, unit="shuiwu", reason="属水务管养")
    assert (centre.case(case).unit, centre.case(case).state) == ("shuiwu", CaseState.DISPATCHED)
    centre.later(minutes=10).unit_does(case, Action.RETURN_ASKED, reason_code="R3", clause="未移交", unit="zhujian")
    assert centre.case(case).flags == ("returning", "disputed")
    assert centre.count_of(AlertKind.CONSULTATION) == 1
    alone = centre.desk(Action.RETURN_REJECTED, case, reason="继续办理")
    assert (alone.verdict, alone.code) == (VerdictKind.REFUSED, "return-open"), "a second return is for the consultation"
    centre.later(minutes=30).desk_does(case, Action.RULED, unit="chengguan", reason="会商：城管牵头", clause="会商纪要1号")
    third = centre.command(Action.RETURN_ASKED, case, **DUTY)
    assert (third.verdict, third.code) == (VerdictKind.REFUSED, "first-return"), "what a consultation has ruled is carried out"
    assert centre.journal_of(case) == [
        "10:00:30 hotline12345 opened",
        "10:00:30 clock dispatched shizheng",
        "10:00:30 clock needed repair/waiting",
        "10:20:30 unit:经办人 return_asked shizheng/R1",
        "11:20:30 desk:值班员 return_upheld shuiwu",
        "11:25:30 clock needed repair/desk",
        "11:30:30 unit:经办人 return_asked shuiwu/R3",
        "12:00:30 desk:值班员 ruled chengguan",
    ]
    assert centre.due(case) == due == "2026-03-05 18:00:00", "days are not made longer by an hour and a half of reviews"
    routed = centre.says(Source.HOTLINE12345, work_order("GD0902", local("2026-03-05 10:00"), "座椅损坏", RAILING, (118.640, 32.061)))
    assert (centre.case(routed).unit, centre.work(routed).rule) == ("chengguan", f"precedent/{case}"), "routing goes by the ruling from now on"
    assert [line.data["rule"] for line in centre.lines(case, Action.RETURN_ASKED)] == [sent_by, f"precedent/{case}"], "counted on the rule that sent it"


@pytest.mark.parametrize(("ruling", "due"), [(Action.RETURN_UPHELD, "2026-03-02 17:00:30"), (Action.RETURN_REJECTED, "2026-03-02 16:00:30")])
def test_the_time_of_a_review_is_credited_where_the_return_was_right_and_is_lost_where_it_was_not(ruling: Action, due: str) -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD0903", centre.at, "路边一堆垃圾没人清", "市容环境/暴露垃圾", HERE))
    assert centre.due(case) == "2026-03-02 16:00:30", "four working hours"
    centre.later(minutes=20).unit_does(case, Action.RETURN_ASKED, **DUTY)
    centre.later(hours=1).desk_does(case, ruling, unit="shuiwu", reason="裁定")
    assert centre.due(case) == due
    assert centre.case(case).returns == 1


def test_a_case_that_was_late_only_because_of_a_long_review_is_late_no_more_and_is_warned_of_when_it_is() -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD0904", centre.at, "路边一堆垃圾没人清", "市容环境/暴露垃圾", HERE))
    centre.later(minutes=20).unit_does(case, Action.RETURN_ASKED, **DUTY)
    centre.until(local("2026-03-02 16:30"))
    late = {(alert.kind, alert.milestone) for alert in centre.open_alerts().values()}
    assert (AlertKind.OVERDUE, Milestone.CLOSE) in late
    centre.desk_does(case, Action.RETURN_UPHELD, unit="shuiwu", reason="属水务")
    assert centre.due(case) == "2026-03-03 11:10:00", "twenty minutes of four hours were used; the review counts for nothing"
    now = {(alert.kind, alert.milestone) for alert in centre.open_alerts().values()}
    assert not {one for one in now if one[1] in {Milestone.CLOSE, Milestone.RULING}}
    centre.until(local("2026-03-03 11:10"))
    late = {(alert.kind, alert.milestone) for alert in centre.open_alerts().values()}
    assert (AlertKind.OVERDUE, Milestone.CLOSE) in late, "and now it is"
