"""Golden cases 3, 5 and 6 (`domain/domain.md` §10): wages that are owed, an official who is accused, a property company that would answer for itself."""

from __future__ import annotations

import pytest

from schemas.vocabulary import Action, CaseState, Force, Intent, OutcomeKind, Source, Urgency, VerdictKind
from tests.casework.lifecycle.centre import HERE, local
from tests.journeys.centre import Journey
from tests.journeys.words import letter, work_order

SITE = (118.6271, 32.0588)
"""In 江浦街道."""
OWED = "劳动社保/拖欠工资"


def test_wages_of_fourteen_workers_before_the_spring_festival_are_a_collective_matter_with_police_and_street_beside_the_labour_office() -> None:
    centre = Journey(at=local("2026-01-27 10:00"))
    centre.near(Force.ENFORCEMENT, unit="renshe", place=SITE)
    centre.near(Force.POLICE, place=SITE)
    centre.near(Force.MEDIATION, place=SITE)
    words = "工地承包方拖欠我们14名工人三个月工资，年关将近，工友们很着急，要求帮助讨薪。"
    case = centre.says(Source.HOTLINE12345, work_order("GD0101", centre.at, words, "矛盾纠纷治安/劳资群体性纠纷", SITE, involved_count=14))
    opened = centre.case(case)
    assert (opened.matter, opened.urgency, opened.unit) == ("1604", Urgency.U2, "renshe")
    assert opened.co_units == ("gongan", "street-320111004")
    assert centre.due(case) == "2026-01-28 18:00:00", "one working day, at the close of office"
    assert [task.unit for task in centre.work(case).co_tasks] == ["gongan", "street-320111004"]
    assert centre.journal_of(case) == []


@pytest.mark.parametrize(
    ("day", "due"),
    [("2024-01-27 10:00", "2024-02-02 18:00:00"), ("2025-01-27 10:00", "2025-02-10 18:00:00"), ("2026-01-27 10:00", "2026-02-03 18:00:00")],
)
def test_wages_of_one_worker_are_five_working_days_around_the_spring_festival(day: str, due: str) -> None:
    centre = Journey(at=local(day))
    case = centre.says(Source.HOTLINE12345, work_order("GD0102", centre.at, "单位拖欠我一人两个月工资，要求支付。", OWED, SITE))
    opened = centre.case(case)
    assert (opened.matter, opened.urgency, opened.unit) == ("1201", Urgency.U2, "renshe")
    assert centre.due(case) == due


@pytest.mark.parametrize("channel", ["petition", "hotline"])
def test_who_accuses_an_official_is_counted_and_nothing_else_is_to_be_seen_or_commanded(channel: str) -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    centre.near(Force.POLICE)
    centre.near(Force.GRID, skill="guard")
    words = "举报某村支书收受贿赂、侵吞集体资金，附证据。"
    if channel == "petition":
        name, source = "XF0001", Source.PETITION
        number = centre.says(source, letter(name, centre.at, words, "纪检监察", 信访目的="检举控告", 问题属地="江浦街道"))
    else:
        name, source = "GD0103", Source.HOTLINE12345
        number = centre.says(source, work_order(name, centre.at, words, "党纪法定途径与其他/其他", HERE, appeal_type="举报"))
    (outcome,) = centre.outcomes
    assert (outcome.outcome, outcome.event is None or outcome.event.report.text) == (OutcomeKind.SEALED, "")
    told = "".join(line.to_json().decode() for line in (*centre.journal, *centre.cases.values(), *centre.outcomes, *centre.alerts, *centre.results))
    assert "村支书" not in told
    assert "江浦" not in told
    assert (centre.results, centre.alerts) == ([], [])
    assert [line.action for line in centre.journal] == [Action.OPENED]
    (case,) = centre.cases.values()
    assert (case.sealed, case.unit, case.sent, case.state, case.street, case.lng) == (True, "", (), CaseState.CLASSIFIED, "", None)
    for action in (Action.DISPATCHED, Action.SUPERVISED, Action.CLOSED):
        refused = centre.desk(action, number or case.case_id, unit="jiwei", reason="试派", result="试结")
        assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "unknown-case")
    centre.later(days=90)
    assert [line.action for line in centre.journal] == [Action.OPENED]
    assert (centre.results, centre.alerts) == ([], [])


def test_who_complains_of_a_property_company_is_heard_by_those_who_oversee_it_and_never_by_it() -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    assert Intent.COMPLAINT
