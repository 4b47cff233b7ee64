"""What holds for any district: the arrays choose as a person with a list would, in whatever order the list is, and nobody who may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.dispatch.choosing import REASONS
from pipeline.casework.dispatch.scene import Ask, Scene
from pipeline.casework.dispatch.squad import Stand
from schemas.centre import Responder
from schemas.reading import Position
from schemas.vocabulary import Availability, Force, NotSent, Urgency
from tests.casework.dispatch.brute import Brute
from tests.casework.dispatch.posts import AT, GRID, LAT, LNG, District, district, post, shipped

URGENCIES = (Urgency.U1, Urgency.U2, Urgency.U3)
MATTERS = ("0203", "0208", "1608", "1611", "0801", "0303", "1105", "0101")
UNITS = ("gongan", "jiaoguan", "chengguan", "gongshui", "gongdian", "yanghu", "shengtai", "xiaofang")
SKILLS = ("order", "guard", "inspect", "manhole", "water", "power", "soft", "appearance", "fire", "waste")
FORCES = (Force.POLICE, Force.GRID, Force.REPAIR, Force.ENFORCEMENT, Force.VOLUNTEER, Force.FIRE)
MOSTLY = st.integers(0, 11).map(lambda drawn: drawn != 7)
"""Eleven times of twelve as it should be: with less, hardly anybody could ever go."""
PLACES = st.one_of(st.integers(-8, 8).map(lambda steps: steps / 400), st.integers(-300, 300).map(lambda steps: steps / 4000))
CARDS = {(card, urgency): district({}).dispatcher.cards(card, urgency) for card in MATTERS for urgency in URGENCIES}


scenes = st.builds(
    Scene,
    matter=st.sampled_from(MATTERS),
    urgency=st.sampled_from(URGENCIES),
    lng=st.just(LNG),
    lat=st.just(LAT),
    grid=st.sampled_from([GRID, ""]),
    lead=st.sampled_from(["gongshui", "shuiwu", "chengguan", "gongdian", "gongan"]),
    co_units=st.sets(st.sampled_from(UNITS), max_size=2).map(frozenset),
    against=st.sets(st.sampled_from(UNITS), max_size=1).map(frozenset),
)


class Case(NamedTuple):
    """A district, and what is asked of it."""

    people: dict[Responder, Stand]
    ask: Ask

    def brute(self, here: District) -> Brute:
        return Brute(here.reference, self.people, self.ask, here.roster.local(AT))


@st.composite
def stands(draw: st.DrawFn) -> Stand:
    seconds = draw(st.sampled_from([0, 10, 60])) if draw(MOSTLY) else draw(st.sampled_from([60.000001, 61, 120, 121, 500, -200]))
    return Stand(
        seen_at=AT - timedelta(seconds=seconds) if draw(MOSTLY) else None,
        lng=LNG + draw(PLACES),
        lat=LAT + draw(PLACES),
        accuracy_m=draw(st.sampled_from([5, 100])) if draw(MOSTLY) else 100.5,
        availability=Availability.FREE if draw(MOSTLY) else draw(st.sampled_from(Availability)),
        load=draw(st.sampled_from([0, 0, 0, 1])) if draw(MOSTLY) else draw(st.integers(2, 4)),
        today=draw(st.integers(0, 5)),
    )


@st.composite
def responders(draw: st.DrawFn, name: str, ask: Ask) -> Responder:
    card, about, fits = ask.card, ask.scene, draw(MOSTLY)
    skills = card.skills if fits else tuple(sorted(draw(st.sets(st.sampled_from(SKILLS), max_size=4))))
    unit = draw(st.sampled_from((about.lead, *sorted(about.co_units)) if fits and card.unit != "*" else UNITS))
    grid = draw(st.sampled_from([GRID, "", "320111004001002"]))
    return post(name, card.force if fits else draw(st.sampled_from(FORCES)), skills=skills, unit=unit, grid=grid, shift="always" if draw(MOSTLY) else "night")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    about = draw(scenes)
    asked = draw(st.sets(st.integers(0, 14), max_size=2))
    card = draw(st.sampled_from(CARDS[about.matter, about.urgency]))
    ask = Ask(about, card, draw(st.integers(1, 4)), draw(st.integers(1, 3)), frozenset(f"r{one:02d}" for one in asked))
    return Case({draw(responders(f"r{number:02d}", ask)): draw(stands()) for number in range(draw(st.integers(0, 15)))}, ask)


@given(cases())
def test_the_arrays_choose_as_one_would_who_looks_at_everybody(case: Case) -> None:
    here = district(case.people)
    ask, brute = case.ask, case.brute(here)
    choice = here.dispatcher.choose(here.roster, ask, AT)
    reasons = {responder.responder: brute.reason(responder, stand) for responder, stand in case.people.items()}
    assert {who: here.dispatcher.reason(here.roster, ask, who, AT) for who in reasons} == reasons
    lasting = {NotSent.OTHER_FORCE, NotSent.COMPLAINED_OF, NotSent.NO_SKILL, NotSent.OTHER_UNIT}
    for responder in case.people:
        reason, unfit = reasons[responder.responder], here.dispatcher.unfit(responder, ask.card, ask.scene)
        assert unfit is (reason if reason in lasting else None) or reason is NotSent.ASKED
    found = choice.ring.number, [(one.score, one.responder) for one in choice.chosen], [(one.score, one.responder) for one in choice.runners_up]
    assert found == brute.chosen()
    of_force = [reasons[responder.responder] for responder in case.people if responder.force is ask.card.force]
    assert choice.left_out == {reason: of_force.count(reason) for reason in REASONS if of_force.count(reason)}
    assert choice.eligible + sum(choice.left_out.values()) == len(of_force)
    assert choice.missing == ask.number - len(choice.chosen)


@given(cases(), st.integers())
def test_the_order_in_which_responders_stand_changes_nothing(case: Case, seed: int) -> None:
    shuffled = list(case.people.items())
    Random(seed).shuffle(shuffled)
    one, other = district(case.people), district(dict(shuffled))
    assert one.dispatcher.choose(one.roster, case.ask, AT) == other.dispatcher.choose(other.roster, case.ask, AT)


@given(cases(), st.integers())
def test_the_order_in_which_fixes_come_changes_nothing_the_latest_counts(case: Case, seed: int) -> None:
    fixes = [
        Position(responder=responder.responder, at=stand.seen_at - timedelta(seconds=ago), lng=stand.lng + ago, lat=stand.lat, accuracy_m=stand.accuracy_m)
        for responder, stand in case.people.items()
        if stand.seen_at is not None
        for ago in (0, 1, 2)
    ]
    Random(seed).shuffle(fixes)
    one, other = district(case.people), district({responder: replace(stand, seen_at=None) for responder, stand in case.people.items()})
    for fix in fixes:
        other.roster.fix(fix)
    assert one.dispatcher.choose(one.roster, case.ask, AT) == other.dispatcher.choose(other.roster, case.ask, AT)


@given(cases())
def test_nobody_of_a_unit_that_is_complained_of_is_chosen_named_as_next_or_recommended_to_the_desk(case: Case) -> None:
    here = district(case.people)
    parents = {unit.unit: unit.parent for unit in shipped().units.values()}
    choice = here.dispatcher.choose(here.roster, case.ask, AT)
    named = {one.responder for one in (*choice.chosen, *choice.runners_up)} | {one.responder for one in choice.nearest_left_out}
    for who in named:
        unit = here.roster.responders[who].unit
        assert not {unit, parents[unit]} & case.ask.scene.against
