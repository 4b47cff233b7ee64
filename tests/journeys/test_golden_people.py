"""Golden cases 3, 5 and 6 (`domain/domain.md` §10): wages that are owed, an official who is accused, a property company that would answer for itself."""

from __future__ import annotations

import pytest

from pipeline.casework.dispatch.scene import Scene
from pipeline.casework.dispatch.task import task_for
from schemas.command import Actor
from schemas.vocabulary import Action, CaseState, Force, OrderAct, OutcomeKind, Role, Source, Urgency, VerdictKind
from tests.casework.lifecycle.centre import HERE, local
from tests.casework.test_against import COMPANY, district
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
    assert centre.alerted(case) == ["no_responder/orange"], "the labour office has nobody with a position: the desk telephones"
    centre.later(seconds=20)
    for force in (Force.POLICE, Force.MEDIATION):
        centre.goes(case, force, OrderAct.ACCEPT, OrderAct.DEPART)
    centre.later(minutes=5).unit_does(case, Action.SIGNED, Action.CONTACTED)
    centre.until(local("2026-01-27 10:30"))
    for force in (Force.POLICE, Force.MEDIATION):
        centre.goes(case, force, OrderAct.ARRIVE)
    centre.unit_does(case, Action.HANDLED)
    for unit in ("gongan", "street-320111004"):
        beside = Actor(role=Role.UNIT, name="协办", unit=unit)
        centre.done(centre.command(Action.FED_BACK, case, beside, result="已到场稳控"))
    assert centre.case(case).state is CaseState.HANDLING, "a co-unit's task ends; the case is its lead's"
    centre.until(local("2026-01-27 16:00"))
    for force in (Force.POLICE, Force.MEDIATION):
        centre.goes(case, force, OrderAct.FINISH)
    centre.unit_does(case, Action.FED_BACK, result="承包方已付清14人工资")
    centre.until(local("2026-01-27 17:30")).closed(case)
    assert centre.journal_of(case) == [
        "10:00:30 hotline12345 opened",
        "10:00:30 clock dispatched renshe",
        "10:00:30 clock needed enforcement/desk",
        "10:00:30 clock ordered police",
        "10:00:30 clock ordered mediation",
        "10:00:50 responder:民警 order_told police/accept",
        "10:00:50 responder:民警 order_told police/depart",
        "10:00:50 responder:调解 order_told mediation/accept",
        "10:00:50 responder:调解 order_told mediation/depart",
        "10:05:50 unit:经办人 signed",
        "10:05:50 unit:经办人 contacted",
        "10:30:00 responder:民警 order_told police/arrive",
        "10:30:00 responder:民警 arrived",
        "10:30:00 responder:调解 order_told mediation/arrive",
        "10:30:00 unit:经办人 handled",
        "10:30:00 unit:协办 fed_back",
        "10:30:00 unit:协办 fed_back",
        "16:00:00 responder:民警 order_told police/finish",
        "16:00:00 responder:调解 order_told mediation/finish",
        "16:00:00 unit:经办人 fed_back",
        "17:30:00 desk:值班员 verified",
        "17:30:00 desk:值班员 revisited",
        "17:30:00 desk:值班员 closed",
    ]
    assert centre.heard("GD0101") == ["派单", "签收", "办理", "办结反馈", "办结归档!"]


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
    assert (case.sealed, case.matter, case.sent, case.state, case.street, case.lng) == (True, "1901", (), CaseState.CLASSIFIED, "", None)
    for action in (Action.DISPATCHED, Action.SUPERVISED, Action.CLOSED):
        refused = centre.desk(action, number or case.case_id, unit="jiwei", reason="试派", result="试结")
        assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "unknown-case")
    centre.later(days=90)
    assert [line.action for line in centre.journal] == [Action.OPENED]
    assert (centre.results, centre.alerts) == ([], [])


def test_who_complains_of_a_property_company_is_heard_by_those_who_oversee_it_and_never_by_it() -> None:
    centre = Journey(at=local("2026-03-02 10:00"), reference=district())
    (guard,) = centre.near(Force.GRID, skill="inspect", place=HERE)
    words = "投诉小区长期不清扫楼道、乱收停车费，来电人住3栋201室，电话19990000009。"
    said = work_order("GD0104", centre.at, words, "住房物业/物业服务", HERE, appeal_type="投诉", complained_unit="绿洲物业公司")
    case = centre.says(Source.HOTLINE12345, said)
    opened = centre.case(case)
    assert (opened.matter, opened.unit, opened.co_units) == ("0501", "zhujian", ("street-320111004",))
    assert centre.work(case).against == (COMPANY,)
    for action, more in (
        (Action.REASSIGNED, {"unit": COMPANY}),
        (Action.REASSIGNED, {"unit": "chengguan", "co_units": (COMPANY,)}),
    ):
        refused = centre.desk(action, case, reason="物业服务合同", **more)
        assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "complained-of")
    company = Actor(role=Role.UNIT, name="物业", unit=COMPANY)
    for action in (Action.SIGNED, Action.CONTACTED, Action.HANDLED):
        assert centre.command(action, case, company).verdict is VerdictKind.REFUSED
    asked = centre.command(Action.RETURN_ASKED, case, reason_code="R1", clause="物业服务合同", unit=COMPANY)
    assert asked.verdict is VerdictKind.DONE
    upheld = centre.desk(Action.RETURN_UPHELD, case, unit=COMPANY, reason="合同约定")
    assert (upheld.verdict, upheld.code) == (VerdictKind.REFUSED, "complained-of")
    centre.desk_does(case, Action.RETURN_REJECTED, reason="监管职责在住建")
    assert centre.case(case).sent == (guard,)
    (need,) = (need for need in centre.work(case).needs if need.standing is not None)
    scene = Scene(opened.matter, opened.urgency, opened.lng, opened.lat, opened.street_name, opened.grid, opened.unit, against=frozenset({COMPANY}))
    ours = next(one for one in centre.reference.responders if one.responder == guard)
    task = task_for(ours, need.card, scene, case, centre.reference.units)
    assert (task.place, task.task, task.case) == ("江浦街道", need.card.task, case)
    assert centre.journal_of(case) == [
        "10:00:30 hotline12345 opened",
        "10:00:30 clock dispatched zhujian",
        "10:00:30 clock ordered grid",
        "10:00:30 unit:经办人 return_asked zhujian/R1",
        "10:00:30 desk:值班员 return_rejected",
    ]
    theirs = ours.model_copy(update={"unit": COMPANY})
    assert task_for(theirs, need.card, scene, case, centre.reference.units).case == "", "a company's staff may not open the case"
