"""The way of a case, from its report to its archive."""

from __future__ import annotations

import pytest

from schemas.command import Actor
from schemas.vocabulary import Action, AlertKind, AlertStatus, CaseState, Force, OrderAct, Role, VerdictKind
from tests.casework.lifecycle.centre import Worked, local

MANHOLE = "路面井盖缺失，行人差点掉下去"


def test_a_case_goes_its_way_and_each_source_hears_its_end_once() -> None:
    centre = Worked()
    case = centre.report(MANHOLE)
    assert centre.case(case).state is CaseState.DISPATCHED
    for action in (Action.SIGNED, Action.CONTACTED):
        assert centre.command(action, case).verdict is VerdictKind.DONE
    assert centre.command(Action.FED_BACK, case, result="已更换井盖").verdict is VerdictKind.DONE
    for action in (Action.VERIFIED, Action.REVISITED, Action.CLOSED):
        assert centre.desk(action, case).verdict is VerdictKind.DONE
    assert centre.case(case).state is CaseState.CLOSED
    (final,) = [result for result in centre.results if result.final]
    assert (final.source_id, final.result, final.said) == ("A1", "已更换井盖", "办结归档")
    assert not centre.open_alerts()
    centre.later(days=31)
    assert centre.case(case).state is CaseState.ARCHIVED


def test_reopened_and_closed_again_the_source_hears_no_second_final_result() -> None:
    centre = Worked()
    case = centre.report(MANHOLE)
    for _ in range(2):
        for action in (Action.SIGNED, Action.CONTACTED):
            centre.command(action, case)
        assert centre.command(Action.FED_BACK, case, result="已修复").verdict is VerdictKind.DONE
        assert centre.desk(Action.CLOSED, case).verdict is VerdictKind.DONE
        assert centre.desk(Action.REOPENED, case, reason="诉求人称仍松动").verdict is VerdictKind.DONE
    assert [result.final for result in centre.results if result.state is CaseState.CLOSED] == [True, False]
    assert centre.case(case).rework == 2


def test_a_command_sent_again_is_answered_as_before_and_changes_nothing() -> None:
    centre = Worked()
    case = centre.report(MANHOLE)
    first = centre.command(Action.SIGNED, case, command_id="the-same-id")
    told = len(centre.journal)
    assert centre.command(Action.SIGNED, case, command_id="the-same-id") == first
    assert len(centre.journal) == told
    second = centre.command(Action.SIGNED, case)
    assert (second.verdict, second.detail) == (VerdictKind.DONE_BEFORE, "unit:经办人 was first")


def test_a_case_that_has_gone_on_refuses_what_expected_it_elsewhere() -> None:
    centre = Worked()
    case = centre.report(MANHOLE)
    seq = centre.case(case).seq
    centre.command(Action.SIGNED, case)
    refused = centre.desk(Action.REASSIGNED, case, unit="shuiwu", reason="属水务", expect_state=CaseState.DISPATCHED, expect_seq=seq)
    assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "has-gone-on")
    assert "signed by unit:经办人" in refused.detail


def test_who_is_sent_goes_there_and_what_is_missing_is_the_desks() -> None:
    centre = Worked()
    (guard,) = centre.near(Force.GRID, skill="guard")
    case = centre.report(MANHOLE)
    assert centre.case(case).sent == (guard,)
    (missing,) = [alert for alert in centre.open_alerts().values() if alert.kind is AlertKind.NO_RESPONDER]
    assert "repair" in missing.evidence
    me = Actor(role=Role.RESPONDER, name="网格员", responder=guard)
    for act in (OrderAct.ACCEPT, OrderAct.DEPART, OrderAct.ARRIVE, OrderAct.FINISH):
        assert centre.command(Action.ORDER_TOLD, case, me, act=act).verdict is VerdictKind.DONE
    assert centre.case(case).state is CaseState.ON_SITE
    acknowledged = centre.desk(Action.ACKNOWLEDGED, alert=missing.alert_id)
    assert acknowledged.verdict is VerdictKind.DONE
    assert centre.open_alerts()[missing.alert_id].status is AlertStatus.ACKNOWLEDGED
    assert centre.desk(Action.ACKNOWLEDGED, alert=missing.alert_id).detail == "desk:值班员 was first"


def test_an_order_that_nobody_answers_goes_to_the_next_and_after_three_rings_to_the_desk() -> None:
    centre = Worked()
    centre.near(Force.GRID, 3, skill="guard")
    case = centre.report(MANHOLE)
    centre.later(minutes=1).later(minutes=1).later(minutes=1)
    (need, *_) = centre.work(case).needs
    assert [order.state.value for order in need.orders].count("expired") == len(need.orders) - (need.standing is not None)
    assert len({order.responder for order in need.orders}) == len(need.orders)


def test_a_return_that_is_upheld_is_what_routing_does_from_then_on() -> None:
    centre = Worked()
    case = centre.report(MANHOLE)
    sent_by = centre.work(case).rule
    asked = centre.command(Action.RETURN_ASKED, case, reason_code="R1", clause="三定方案第二条", unit="shuiwu")
    assert asked.verdict is VerdictKind.DONE
    upheld = centre.desk(Action.RETURN_UPHELD, case, unit="shuiwu", reason="井盖属排水设施")
    assert upheld.verdict is VerdictKind.DONE
    assert centre.case(case).unit == "shuiwu"
    other = centre.report("井盖破损严重", "A2", lng=118.64, lat=32.061)
    assert (centre.case(other).unit, centre.work(other).rule) == ("shuiwu", f"precedent/{case}")
    (line,) = centre.lines(case, Action.RETURN_UPHELD)
    assert line.data["rule"] == sent_by


@pytest.mark.parametrize("kill", [False, True])
def test_time_brings_warnings_and_supervision_also_after_a_kill(kill: bool) -> None:
    centre = Worked(at=local("2026-03-02 22:40"))
    case = centre.report(MANHOLE)
    if kill:
        centre.restart()
    centre.later(hours=8)
    warned = [(line.data["milestone"], line.data["level"]) for line in centre.lines(case, Action.WARNED)]
    assert ("close", "orange") in warned
    assert ("close", "red") in warned
    assert len(warned) == len(set(warned)), "one warning of each milestone and level"
    assert centre.case(case).flags == ("supervised",)
