"""Exceptions of `domain/domain.md` §1.6 that lie in the way and its clocks: 4, 5, 6, 7, 8, 14, 16."""

from __future__ import annotations

import pytest

from schemas.vocabulary import Action, AlertKind, CaseState, Force, Source, VerdictKind
from tests.casework.lifecycle.centre import HERE, local
from tests.journeys.centre import Journey
from tests.journeys.words import alarm, work_order

RAILING = "市政设施/护栏座椅等公共设施损坏"
"""0207: three working days."""
RUBBISH = "市容环境/暴露垃圾"
"""0101: four working hours."""


def ordered(at: str, kind: str = RAILING, words: str = "护栏松动", name: str = "GD1401") -> tuple[Journey, str]:
    """A case that is passed on at an instant."""
    centre = Journey(at=local(at))
    pushed = f"{centre.at:%Y-%m-%d %H:%M:%S}"
    return centre, centre.says(Source.HOTLINE12345, work_order(name, centre.at, words, kind, HERE, update_time=pushed, push_time=pushed))


def test_what_is_nobodys_is_the_desks_which_is_told_at_once_and_names_who_takes_it_without_a_new_clock() -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD1402", centre.at, "护栏松动，不知道在哪条路", RAILING, None))
    (told,) = (alert for alert in centre.open_alerts().values() if alert.kind is AlertKind.NO_UNIT)
    assert (told.tells, told.rule) == (("desk",), "desk/unplaced")
    assert centre.case(case).unit == "desk"
    due = centre.due(case)
    centre.later(hours=1).desk_does(case, Action.REASSIGNED, unit="shizheng", reason="经核实为市政护栏，先办后议")
    assert AlertKind.NO_UNIT not in {alert.kind for alert in centre.open_alerts().values()}
    assert (centre.case(case).unit, centre.due(case)) == ("shizheng", due)
    assert "desk:值班员 reassigned shizheng" in [line.split(" ", 1)[1] for line in centre.journal_of(case)]


def test_a_third_partys_cause_suspends_the_case_with_the_owners_plan_and_the_clock_goes_on_where_it_stood() -> None:
    centre, case = ordered("2026-03-02 10:00", RUBBISH, "建筑垃圾堆在未移交道路上")
    centre.unit_does(case, Action.SIGNED)
    assert centre.due(case) == "2026-03-02 16:00:00"
    for missing, code in (({}, "reason"), ({"reason": "道路未移交"}, "approved")):
        refused = centre.desk(Action.SUSPENDED, case, **missing)
        assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, code)
    centre.until(local("2026-03-02 11:00")).desk_does(case, Action.SUSPENDED, reason="道路未移交，责任单位4月底前移交", approver="分管主任")
    assert (centre.case(case).flags, centre.due(case)) == (("suspended",), "-")
    centre.until(local("2026-04-27 09:00"))
    assert not centre.lines(case, Action.WARNED), "a clock that stands warns nobody"
    assert centre.command(Action.FED_BACK, case, result="已清运").code in {"spoken", "clock-runs"}
    centre.desk_does(case, Action.RESUMED, reason="已移交")
    assert centre.due(case) == "2026-04-27 12:00:00", "an hour of four was used"
    assert centre.case(case).flags == ()
    assert centre.journal_of(case) == [
        "10:00:00 hotline12345 opened",
        "10:00:00 clock dispatched chengguan",
        "10:00:00 clock needed enforcement/waiting",
        "10:00:00 unit:经办人 signed",
        "11:00:00 desk:值班员 suspended",
        "18:00:00 clock needed enforcement/desk",
        "09:00:00 desk:值班员 resumed",
    ]


def test_at_night_and_on_holidays_an_emergency_is_told_at_once_and_the_usual_waits_for_the_morning() -> None:
    centre, usual = ordered("2026-03-02 15:00")
    urgent = centre.until(local("2026-03-02 23:00")).says(
        Source.HOTLINE12345, work_order("GD1403", centre.at, "井盖缺失", "市政设施/井盖缺失破损", (HERE[0] + 0.01, HERE[1]))
    )
    centre.until(local("2026-03-03 10:00"))
    first = centre.lines(urgent, Action.WARNED)[0]
    assert centre.journal_of(urgent)[0] == "23:00:30 hotline12345 opened"
    assert (first.at, first.data["milestone"], first.data["level"]) == (local("2026-03-02 23:01:18"), "contact", "yellow")
    assert any(line.at < local("2026-03-03 02:00") for line in centre.lines(urgent, Action.WARNED))
    assert all(8 <= line.at.astimezone(centre.at.tzinfo).hour < 21 for line in centre.lines(usual, Action.WARNED))
    for case in (usual, urgent):
        assert centre.lines(case, Action.WARNED)


def test_a_usual_case_that_is_late_at_night_is_told_in_the_morning_and_its_time_is_kept() -> None:
    centre = Journey(at=local("2026-03-02 22:30"))
    case = centre.says(Source.POLICE110, alarm("1100001404", centre.at, "车被堵住，请通知挪车", "群众求助/挪车", HERE))
    assert centre.due(case) == "2026-03-02 23:00:30", "half an hour"
    centre.until(local("2026-03-03 07:59"))
    assert not centre.lines(case, Action.WARNED)
    centre.until(local("2026-03-03 08:00"))
    told = [(line.data["milestone"], line.data["level"], line.data["since"]) for line in centre.lines(case, Action.WARNED)]
    assert ("close", "orange", "2026-03-02T15:00:30Z") in told
    assert {line.at for line in centre.lines(case, Action.WARNED)} == {local("2026-03-03 08:00")}


def test_who_cannot_be_reached_three_times_on_two_days_is_no_reason_not_to_end_and_the_tries_are_kept() -> None:
    centre, case = ordered("2026-03-02 10:00")
    centre.unit_does(case, Action.SIGNED, Action.HANDLED)
    early = centre.command(Action.FED_BACK, case, result="已修复")
    assert (early.verdict, early.code) == (VerdictKind.REFUSED, "spoken")
    for at in ("2026-03-02 11:00", "2026-03-02 15:00", "2026-03-02 17:00"):
        centre.until(local(at)).unit_does(case, Action.CONTACT_TRIED, reason="无人接听")
    same_day = centre.command(Action.FED_BACK, case, result="已修复")
    assert same_day.code == "spoken", "three times, and all on one day"
    assert "3 times on 1 so far" in same_day.detail
    centre.until(local("2026-03-03 09:30")).done(centre.command(Action.CONTACTED, case, reached=False, reason="关机"))
    centre.unit_does(case, Action.FED_BACK, result="已修复，多次联系诉求人未果")
    centre.desk_does(case, Action.VERIFIED)
    centre.desk_does(case, Action.CLOSED)
    assert [line.data["tries"] for line in centre.lines(case, Action.CONTACT_TRIED)] + [
        line.data["tries"] for line in centre.lines(case, Action.CONTACTED)
    ] == [1, 2, 3, 4]
    assert centre.heard("GD1401")[-1] == "办结归档!"


def test_the_time_of_a_statutory_procedure_is_not_counted_and_who_approved_it_is_kept() -> None:
    centre, case = ordered("2026-03-02 10:00")
    centre.unit_does(case, Action.SIGNED, Action.HANDLED)
    assert centre.due(case) == "2026-03-05 18:00:00"
    centre.until(local("2026-03-03 09:00")).desk_does(case, Action.PAUSED, reason="委托鉴定", approver="分管主任")
    refused = centre.desk(Action.PAUSED, case, reason="听证", approver="分管主任")
    assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "clock-runs")
    waits = centre.command(Action.FED_BACK, case, result="先行反馈")
    assert waits.verdict is VerdictKind.REFUSED
    centre.until(local("2026-03-17 18:00")).desk_does(case, Action.RESUMED, reason="鉴定意见已出")
    assert centre.due(case) == "2026-03-20 18:00:00"
    (stop,) = centre.work(case).stops
    assert (stop.kind, stop.reason, stop.by) == ("paused", "委托鉴定", "分管主任")
    assert centre.lines(case, Action.PAUSED)[0].data["approver"] == "分管主任"


@pytest.mark.parametrize("action", [Action.PAUSED, Action.SUSPENDED, Action.EXTENDED])
@pytest.mark.parametrize(("more", "code"), [({}, "reason"), ({"reason": "天气"}, "approved")])
def test_no_clock_stands_or_is_put_off_without_a_reason_and_without_who_approved_it(action: Action, more: dict[str, str], code: str) -> None:
    centre, case = ordered("2026-03-02 10:00")
    centre.unit_does(case, Action.SIGNED)
    due = centre.due(case)
    refused = centre.desk(action, case, limit="1wd", **more)
    assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, code)
    by_itself = centre.command(action, case, limit="1wd", reason="天气", approver="本单位")
    assert (by_itself.verdict, by_itself.code) == (VerdictKind.REFUSED, "not-yours")
    assert centre.due(case) == due


def test_opened_again_within_thirty_days_it_is_the_same_case_and_one_rework_and_afterwards_a_new_one() -> None:
    centre, case = ordered("2026-03-02 10:00")
    for result in ("已加固", "已更换"):
        centre.unit_does(case, *((Action.SIGNED,) if centre.case(case).state is CaseState.DISPATCHED else ()), Action.CONTACTED)
        centre.unit_does(case, Action.FED_BACK, result=result)
        centre.desk_does(case, Action.CLOSED)
        if result == "已加固":
            centre.until(local("2026-03-31 10:00")).desk_does(case, Action.REOPENED, reason="诉求人称又松动")
    assert (centre.case(case).rework, centre.case(case).state) == (1, CaseState.CLOSED)
    assert centre.due(case) == "2026-03-05 18:00:00", "no clock is reset"
    assert [(result.result, result.final, result.again) for result in centre.results if result.state is CaseState.CLOSED] == [
        ("已加固", True, False),
        ("已更换", False, True),
    ]
    centre.later(days=31)
    refused = centre.desk(Action.REOPENED, case, reason="又松动")
    assert refused.verdict is VerdictKind.REFUSED
    assert centre.case(case).state is CaseState.ARCHIVED
    assert centre.says(Source.HOTLINE12345, work_order("GD1405", centre.at, "护栏又松动", RAILING, HERE)) != case


def test_a_night_without_a_responder_is_the_desks_and_it_sends_by_hand_whom_it_reaches_by_telephone() -> None:
    centre = Journey(at=local("2026-03-02 23:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD1406", centre.at, "井盖缺失", "市政设施/井盖缺失破损", HERE))
    assert "no_responder/red" in centre.alerted(case)
    (need, *_) = (need for need in centre.work(case).needs if need.card.force is Force.GRID)
    guard = next(one for one in centre.reference.responders if one.force is Force.GRID and "guard" in one.skills and one.shift == "night")
    centre.desk_does(case, Action.ORDER_ASSIGNED, need=need.need, responder=guard.responder, reason="电话通知到位")
    assert centre.case(case).sent == (guard.responder,)
    assert centre.lines(case, Action.ORDER_ASSIGNED)[0].actor == "desk:值班员"
