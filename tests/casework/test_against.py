"""Golden case 6 (`domain/domain.md` §10): a complaint about a property company, whose duty it would be. From the report to the task text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from pipeline.casework.dispatch.choosing import Dispatcher
from pipeline.casework.dispatch.scene import Scene
from pipeline.casework.dispatch.task import task_for
from pipeline.casework.said import Said, read
from pipeline.intake.intake import Intake
from reference.pack import Reference
from schemas.centre import Duty, Responder, Unit
from schemas.report import Accepted
from schemas.vocabulary import Force, Mode, NotSent, UnitKind, Urgency
from tests.intake.centres import pukou, report

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
COMPANY = "wuye-lvzhou"
TEXT = "市民投诉绿洲物业公司长期不清扫楼道、乱收停车费，要求退还。来电人住3栋201室。"


def district() -> Reference:
    """The shipped district, where matters of property service are a property company's, below the housing department."""
    unit = Unit(unit=COMPANY, name="绿洲物业公司", kind=UnitKind.COMPANY, parent="zhujian", aliases=("绿洲物业",))
    duty = Duty(
        duty="P-0501-lvzhou",
        matter="0501",
        area="320111004",
        part_owner="*",
        unit=COMPANY,
        co_units=("chengguan", COMPANY),
        valid_from=date(2000, 1, 1),
        basis="物业服务合同",
    )
    shipped = pukou()
    return replace(shipped, units={**shipped.units, COMPANY: unit}, duties=(*shipped.duties, duty))


def said(text: str, **extra: str) -> Said:
    """What casework hears of a report about property service at a known place."""
    told = report(text, lng=118.6253, lat=32.0587, code_standard="hotline12345", code="住房物业/物业服务", intent="COMP", extra=extra)
    event = read(Intake(district(), Mode.LIVE).lines([Accepted(receipt_id="r", accepted_at=NOW, report=told)])[0])
    assert isinstance(event, Said)
    return event


def test_who_handles_a_complaint_about_a_property_company_is_who_oversees_it() -> None:
    usual, complaint = said("楼道灯不亮"), said(TEXT)
    assert (usual.facts.matter, usual.facts.unit, usual.against) == ("0501", COMPANY, ())
    assert (complaint.facts.matter, complaint.facts.unit, complaint.against) == ("0501", "zhujian", (COMPANY,))
    assert COMPANY not in complaint.facts.co_units
    assert said("楼道灯不亮", against="绿洲物业").against == (COMPANY,)


def test_the_reason_of_the_unit_tells_who_was_passed_over_and_why() -> None:
    event = said(TEXT).event()
    assert event.why["against"].because == "绿洲物业公司"
    assert [(runner.choice, "回避" in runner.because) for runner in event.why["unit"].runners_up][:1] == [(COMPANY, True)]


def test_nobody_of_the_company_is_sent_and_whoever_is_of_another_company_reads_place_and_task_alone() -> None:
    reference, heard = district(), said(TEXT)
    scene = Scene("0501", Urgency.U3, 118.6253, 32.0587, "某小区", lead=heard.facts.unit, against=frozenset(heard.against))
    card = next(card for card in reference.run_cards if card.matter == "0501" and card.force is Force.GRID)
    guard, other = (Responder(responder=unit, post="网格员", force=Force.GRID, skills=card.skills, unit=unit, shift="day") for unit in (COMPANY, "gongshui"))
    assert Dispatcher(reference).unfit(guard, card, scene) is NotSent.COMPLAINED_OF
    assert Dispatcher(reference).unfit(other, card, scene) is None
    task = task_for(other, card, scene, "case-1", reference.units)
    assert (task.place, task.task, task.case) == ("某小区", card.task, "")
