"""The golden cases of the domain (`domain/domain.md` §10), as far as somebody is sent: who, how soon, and who never."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.casework.dispatch.scene import Scene
from pipeline.casework.dispatch.sending import Sending
from pipeline.casework.dispatch.squad import Stand
from pipeline.casework.dispatch.task import Task, task_for
from schemas.centre import Responder
from schemas.vocabulary import Force, NeedState, Urgency
from tests.casework.dispatch.posts import AT, GRID, at, district, post, scene, shipped

BORDER = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
"""Half past three in the afternoon."""
NIGHT = datetime(2026, 3, 2, 14, 40, tzinfo=UTC)
"""Twenty to eleven at night."""


def sent(about: Scene, people: dict[Responder, Stand], now: datetime = AT) -> dict[str, str]:
    """Who goes for which need; where nobody does, why."""
    here = district(people, now=now)
    needs = Sending(here.dispatcher, here.roster).begin(about, now).needs
    return {need.need: need.orders[0].responder if need.orders else f"{need.state.value}: {need.because}" for need in needs}


def test_a_pole_is_down_police_first_then_who_mends_and_a_grid_worker_who_guards() -> None:
    people = {
        post("patrol-far", Force.POLICE): at(4000, now=BORDER),
        post("patrol-near", Force.POLICE): at(1200, now=BORDER),
        post("power-1", Force.REPAIR): at(3000, now=BORDER),
        post("water-1", Force.REPAIR, skills=("water", "manhole"), unit="gongshui"): at(50, now=BORDER),
        post("guard-1", Force.GRID, grid=GRID): at(700, now=BORDER),
        post("street-1", Force.GRID, skills=("coordinate",)): at(5, now=BORDER),
        post("volunteers-1", Force.VOLUNTEER): at(5, now=BORDER),
    }
    assert sent(scene("0208", lead="gongdian"), people, BORDER) == {
        "C-0208-U1-police/1": "patrol-near",
        "C-0208-U1-repair/1": "power-1",
        "C-0208-U1-grid/1": "guard-1",
    }


def test_a_manhole_cover_is_missing_at_night_a_guard_comes_within_ten_minutes_and_the_owner_mends() -> None:
    people = {
        post("guard-day", Force.GRID, grid=GRID, shift="day"): at(10, now=NIGHT),
        post("guard-night", Force.GRID, grid=GRID, shift="night"): at(900, now=NIGHT),
        post("water-1", Force.REPAIR, skills=("water", "manhole"), unit="gongshui"): at(2500, now=NIGHT),
        post("road-1", Force.REPAIR, skills=("road", "manhole"), unit="yanghu"): at(50, now=NIGHT),
    }
    open_hole = scene("0203", lead="gongshui")
    assert sent(open_hole, people, NIGHT) == {"C-0203-U1-grid/1": "guard-night", "C-0203-U1-repair/1": "water-1"}
    here = district(people, now=NIGHT)
    guard = here.choose(open_hole, Force.GRID, now=NIGHT)
    assert guard.chosen[0].eta_s <= 600
    assert guard.ring.within_s == 600


def test_a_manhole_whose_owner_has_nobody_is_the_desks_to_telephone() -> None:
    people = {post("guard", Force.GRID): at(10), post("road-1", Force.REPAIR, skills=("manhole",), unit="yanghu"): at(50)}
    assert sent(scene("0203", lead="gongshui"), people)["C-0203-U1-repair/1"] == "desk: 1 of 1 repair missing with the skill manhole: 1 other_unit"


def test_wages_of_many_are_owed_the_labour_office_the_police_and_a_mediator_are_wanted() -> None:
    people = {post("patrol", Force.POLICE): at(500), post("mediator", Force.MEDIATION): at(500), post("chengguan-1", Force.ENFORCEMENT): at(5)}
    assert sent(scene("1604", Urgency.U2, lead="renshe"), people) == {
        "C-1604-U2-enforcement/1": "desk: 1 of 1 enforcement missing: 1 other_unit",
        "C-1604-U2-police/1": "patrol",
        "C-1604-U2-mediation/1": "mediator",
    }


def test_to_a_sealed_report_nobody_is_sent() -> None:
    everybody = {post(f"{force.value}-1", force): at(5) for force in Force}
    assert sent(scene("1901", Urgency.SEALED, lead="jiwei"), everybody) == {}


def test_a_complaint_about_a_property_is_looked_at_by_a_grid_worker_never_by_the_company() -> None:
    assert sent(scene("0501", Urgency.U3, lead="zhujian"), {post("g1", Force.GRID): at(5)}) == {"C-0501-usual-grid/1": "g1"}


def test_a_matter_that_became_an_emergency_gets_police_and_a_guard_whatever_it_is() -> None:
    people = {post("patrol", Force.POLICE): at(500), post("guard", Force.GRID): at(500)}
    assert sent(scene("1703", lead="shuishou"), people) == {"C-any-U1-police/1": "patrol", "C-any-U1-grid/1": "guard"}
    assert sent(scene("1703", Urgency.U3, lead="shuishou"), people) == {}


@pytest.mark.parametrize("urgency", [Urgency.U1, Urgency.U2, Urgency.U3, Urgency.U4])
def test_enforcement_matters_get_somebody_who_may_enforce_and_volunteers_only_what_is_soft(urgency: Urgency) -> None:
    reference = shipped()
    here = district({})
    for matter in reference.matters.values():
        cards = here.dispatcher.cards(matter.code, urgency)
        if Force.ENFORCEMENT in matter.forces:
            assert any(reference.forces[card.force].sworn for card in cards)
            assert all(card.force is not Force.VOLUNTEER for card in cards)
        assert all(card.skills == ("soft",) for card in cards if card.force is Force.VOLUNTEER)
        assert not cards or any(card.force is not Force.VOLUNTEER for card in cards)


def test_a_child_is_lost_volunteers_help_and_are_told_place_and_task_alone() -> None:
    volunteer, guard, company = post("v1", Force.VOLUNTEER), post("g1", Force.GRID), post("w1", Force.REPAIR, unit="gongshui")
    people = {volunteer: at(50), guard: at(60), post("p1", Force.POLICE): at(70)}
    lost = scene("1611", lead="gongan")
    went = sent(lost, people)
    assert went["C-1611-U1-volunteer/1"] == "v1"
    assert went["C-1611-U1-volunteer/2"].startswith(NeedState.DESK.value)
    here = district(people)
    card = here.card(lost, Force.VOLUNTEER)
    told = {who.responder: task_for(who, card, lost, "case-1", here.reference.units) for who in (volunteer, guard, company)}
    assert told["v1"] == Task("某路1号", lost.lng, lost.lat, "到场协助寻找、引导、安抚", case="")
    assert [told[who].case for who in ("v1", "g1", "w1")] == ["", "case-1", ""]
    assert set(Task.__dataclass_fields__) == {"place", "lng", "lat", "task", "case"}, "no field could hold words of a report or who reported it"
