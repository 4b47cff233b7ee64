"""People's hands on merging: what they take apart stays apart, every report stays in one case, and each source hears one end."""

from __future__ import annotations

from datetime import timedelta

from pipeline.intake.intake import Intake
from schemas.command import ReportName
from schemas.vocabulary import Action, CaseState, Milestone, Mode, Source, VerdictKind
from tests.casework.lifecycle.centre import HERE, Worked, pukou, report
from tests.casework.lifecycle.ways import FAR_APART, WATER, Way

A1, A2 = (ReportName(source=Source.HOTLINE12345, source_id=name) for name in ("A1", "A2"))


def end(centre: Worked, case: str) -> None:
    """The case goes its way to its end."""
    for action in (Action.SIGNED, Action.CONTACTED):
        centre.command(action, case)
    assert centre.command(Action.FED_BACK, case, result="已恢复供水").verdict is VerdictKind.DONE
    assert centre.desk(Action.CLOSED, case).verdict is VerdictKind.DONE


def finals(centre: Worked) -> list[str]:
    """Reports whose sources have had their final result, once for each."""
    return sorted(result.source_id for result in centre.results if result.final)


def test_the_report_that_opened_a_case_is_split_off_into_a_case_with_an_id_of_its_own_again_and_again() -> None:
    way = Way(CaseState.DISPATCHED, reports=2)
    for _ in range(2):
        way.do(Action.SPLIT, reports=(A1,))
        split = list(way.centre.cases.values())[-1].number
        assert split != way.case
        assert way.centre.desk(Action.MERGED, split, other=way.case, reason="还是一件").verdict is VerdictKind.DONE
    assert len({case.number for case in way.centre.cases.values()}) == len(way.centre.cases) == 3


def test_a_case_keeps_a_report_that_stands_and_so_does_the_one_that_is_split_off() -> None:
    way = Way(CaseState.DISPATCHED, reports=2)
    way.withdraw("A2")
    for reports in ((A2,), (A1,)):
        refused = way.tell(Action.SPLIT, reports=reports)
        assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "no-reports")


def test_a_case_that_was_merged_into_one_that_has_ended_and_is_back_tells_no_second_end() -> None:
    way = Way(CaseState.DISPATCHED)
    other = way.other()
    assert way.centre.desk(Action.MERGED, other, other=way.case, reason="同一件事").verdict is VerdictKind.DONE
    end(way.centre, way.case)
    assert way.centre.desk(Action.UNMERGED, other, reason="不是一件事").verdict is VerdictKind.DONE
    end(way.centre, other)
    assert finals(way.centre) == ["A1", "B1"]
    assert [result.again for result in way.centre.results if result.source_id == "B1" and result.state is CaseState.CLOSED] == [False, True]


def test_a_merged_case_comes_back_only_with_a_report_that_stands() -> None:
    way = Way(CaseState.DISPATCHED)
    other = way.other()
    way.centre.desk(Action.MERGED, other, other=way.case, reason="同一件事")
    way.withdraw("B1")
    refused = way.centre.desk(Action.UNMERGED, other, reason="不是一件事")
    assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "no-reports")


def test_the_machine_leaves_apart_what_a_person_took_apart_also_by_way_of_a_third() -> None:
    way = Way(CaseState.DISPATCHED, after=FAR_APART)  # B0 in the east
    centre, case = way.centre, way.case
    second = Way.said(way, "A2")
    assert second == case
    way.do(Action.SPLIT, reports=(A2,))
    split = list(centre.cases.values())[-1].number
    way.said("C1", lng=HERE[0] + FAR_APART / 2, lat=HERE[1])  # near to all three
    taken = [number for number in (case, split) if centre.case(number).state is CaseState.MERGED]
    assert len(taken) == 1, "one of the two went into the third, the other stays"


def test_a_report_that_stands_again_in_a_case_that_has_ended_hears_its_end() -> None:
    way = Way(CaseState.DISPATCHED, reports=2)
    way.withdraw("A2")
    end(way.centre, way.case)
    assert finals(way.centre) == ["A1"]
    way.said("A2")
    assert finals(way.centre) == ["A1", "A2"]


def test_a_case_that_turns_out_to_be_sealed_is_worked_on_no_more_and_shows_nothing() -> None:
    way = Way(CaseState.DISPATCHED, sent=True)
    way.centre.later(hours=5)
    assert way.centre.open_alerts()
    before = len(way.centre.results)
    way.said("A1", "举报局长贪污受贿")
    case = way.centre.case(way.case)
    assert (case.sealed, case.sent, case.unit, case.flags, case.due_at) == (True, (), "jiwei", (), None)
    assert not way.centre.open_alerts()
    assert {(alert.matter, alert.area) for alert in {alert.alert_id: alert for alert in way.centre.alerts}.values()} == {("", "")}
    assert way.tell(Action.SIGNED).code == "unknown-case"
    assert len(way.centre.results) == before
    roster = way.centre.state.kept.roster
    assert roster is not None
    assert not any(roster.stand(name).load for name in roster.responders)


def test_a_co_unit_below_the_lead_has_its_own_task() -> None:
    centre = Worked()
    case = centre.report(WATER)
    work = centre.work(case)
    assert "gongshui" in work.co_units
    beside = centre.unit(case).model_copy(update={"unit": "gongshui"})
    assert centre.command(Action.SIGNED, case, beside).verdict is VerdictKind.DONE
    assert centre.case(case).state is CaseState.DISPATCHED
    assert [task.unit for task in centre.work(case).co_tasks if task.signed_at] == ["gongshui"]


def test_of_a_case_that_is_less_urgent_now_nothing_is_overdue_that_need_not_be_yet_and_it_is_told_anew() -> None:
    way = Way(CaseState.DISPATCHED, text="路面井盖缺失，行人差点掉下去")
    way.centre.later(minutes=30)
    late = {alert.milestone for alert in way.centre.open_alerts().values()}
    assert {Milestone.SIGN, Milestone.ARRIVE, Milestone.INITIAL} <= late
    way.said("A1", "商家店外经营占道摆摊")
    assert not {alert.milestone for alert in way.centre.open_alerts().values()} & late
    (planned,) = way.centre.lines(way.case, Action.PLANNED)[-1:]
    assert planned.data["deadlines"]["arrive"] == {"due": None, "starts": planned.data["deadlines"]["arrive"]["starts"], "rule": "", "provisional": False}
    told = len(way.centre.lines(way.case, Action.WARNED))
    way.centre.later(hours=6)
    assert ("sign", "orange") in {(line.data["milestone"], line.data["level"]) for line in way.centre.lines(way.case, Action.WARNED)[told:]}


def test_a_case_that_has_ended_otherwise_is_linked_to_nothing() -> None:
    way = Way(CaseState.DISPATCHED)
    other = way.other()
    assert way.centre.desk(Action.VOIDED, other, reason="误报", approver="值班长").verdict is VerdictKind.DONE
    refused = way.tell(Action.LINKED, other=other)
    assert (refused.code, "VOID" in refused.detail) == ("other-case", True)


def test_who_could_not_be_reached_was_tried_and_the_case_stays_where_it_was() -> None:
    way = Way(CaseState.DISPATCHED)
    way.unit(Action.CONTACTED, reached=False)
    assert way.centre.story(way.case)[-1] == "contact_tried"
    assert way.centre.case(way.case).state is CaseState.DISPATCHED


def test_cases_that_are_closed_at_one_instant_are_archived_in_that_order_also_after_a_kill() -> None:
    way = Way(CaseState.DISPATCHED)
    other = way.other()
    end(way.centre, other)
    end(way.centre, way.case)
    way.centre.restart()
    way.centre.later(days=30)
    archived = [line.case_id for line in way.centre.journal if line.action is Action.ARCHIVED]
    assert archived == [way.centre.case(number).case_id for number in (other, way.case)]


def test_a_live_report_does_not_join_a_case_of_history_that_nobody_works_on() -> None:
    centre = Worked()
    centre.intake = Intake(pukou(), Mode.LIVE)
    centre.reports(report(centre.at - timedelta(hours=30), WATER, "OLD", reported_at=centre.at - timedelta(hours=1)))
    assert [case.history for case in centre.cases.values()] == [True]
    case = centre.report(WATER, "NEW")
    assert centre.work(case).open
    assert [one.reports for one in centre.cases.values()] == [1, 1]


def test_what_is_done_again_is_verified_anew_and_nothing_is_overdue_of_the_verification_before() -> None:
    way = Way(CaseState.FEEDBACK)
    way.centre.later(hours=4)
    assert Milestone.VERIFY in {alert.milestone for alert in way.centre.open_alerts().values()}
    way.do(Action.REWORKED)
    assert Milestone.VERIFY not in {alert.milestone for alert in way.centre.open_alerts().values()}
