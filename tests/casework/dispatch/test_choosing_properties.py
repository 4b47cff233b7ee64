"""What holds for any district: the arrays choose as a person with a list would, in whatever order the list is, and nobody who may not."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.dispatch.choosing import REASONS
from pipeline.casework.dispatch.scene import Ask, Scene
from pipeline.casework.dispatch.squad import Stand
from schemas.centre import Responder
from schemas.vocabulary import Availability, Force, Urgency
from tests.casework.dispatch.brute import Brute
from tests.casework.dispatch.posts import AT, GRID, LAT, LNG, district, post, shipped

URGENCIES = (Urgency.U1, Urgency.U2, Urgency.U3)
CARDS = ("0203", "0208", "1608", "1611", "0801", "0303", "1105", "0101")
MOSTLY_FREE = st.sampled_from([Availability.FREE] * 5 + [*Availability])

stands = st.builds(
    Stand,
    seen_at=st.one_of(st.none(), st.sampled_from([0, 10, 10, 59, 60, 61, 120, 121, 500, -200]).map(lambda s: AT - timedelta(seconds=s))),
    lng=st.integers(-300, 300).map(lambda steps: LNG + steps / 4000),
    lat=st.integers(-300, 300).map(lambda steps: LAT + steps / 4000),
    accuracy_m=st.sampled_from([5, 10, 10, 100, 101]),
    availability=MOSTLY_FREE,
    load=st.sampled_from([0, 0, 0, 1, 2, 3]),
    today=st.sampled_from([0, 0, 1, 5]),
)
UNITS = ("gongan", "jiaoguan", "chengguan", "gongshui", "gongdian", "yanghu", "shengtai", "xiaofang")
bodies = st.tuples(
    st.sampled_from([Force.POLICE, Force.GRID, Force.GRID, Force.REPAIR, Force.ENFORCEMENT, Force.VOLUNTEER, Force.FIRE]),
    st.sets(st.sampled_from(["order", "guard", "inspect", "manhole", "water", "power", "soft", "appearance", "fire", "waste"]), min_size=1, max_size=4),
    st.sampled_from(UNITS),
    st.sampled_from([GRID, "", "320111004001002"]),
    st.sampled_from(["always", "always", "day", "night"]),
)


@st.composite
def districts(draw: st.DrawFn) -> dict[Responder, Stand]:
    people = draw(st.lists(st.tuples(bodies, stands), max_size=25))
    return {
        post(f"r{number:02d}", force, skills=tuple(sorted(skills)), unit=unit, grid=grid, shift=shift): stand
        for number, ((force, skills, unit, grid, shift), stand) in enumerate(people)
    }


scenes = st.builds(
    Scene,
    matter=st.sampled_from(CARDS),
    urgency=st.sampled_from(URGENCIES),
    lng=st.just(LNG),
    lat=st.just(LAT),
    grid=st.sampled_from([GRID, ""]),
    lead=st.sampled_from(["gongshui", "shuiwu", "chengguan", "gongdian", "gongan"]),
    co_units=st.sets(st.sampled_from(UNITS), max_size=2).map(frozenset),
    against=st.sets(st.sampled_from(UNITS), max_size=1).map(frozenset),
)


@given(
    people=districts(), scene=scenes, pick=st.integers(0, 3), number=st.integers(1, 4), ring=st.integers(1, 3), asked=st.sets(st.integers(0, 24), max_size=3)
)
def test_the_arrays_choose_as_one_would_who_looks_at_everybody(
    people: dict[Responder, Stand], scene: Scene, pick: int, number: int, ring: int, asked: set[int]
) -> None:
    here = district(people)
    cards = here.dispatcher.cards(scene.matter, scene.urgency)
    ask = Ask(scene, cards[pick % len(cards)], number, ring, frozenset(f"r{one:02d}" for one in asked))
    choice = here.dispatcher.choose(here.roster, ask, AT)
    brute = Brute(here.reference, people, ask, here.roster.local(AT))
    reasons = {responder.responder: brute.reason(responder, stand) for responder, stand in people.items()}
    assert {who: here.dispatcher.reason(here.roster, ask, who, AT) for who in reasons} == reasons
    found = choice.ring.number, [(one.score, one.responder) for one in choice.chosen], [(one.score, one.responder) for one in choice.runners_up]
    assert found == brute.chosen()
    of_force = [reasons[responder.responder] for responder in people if responder.force is ask.card.force]
    assert choice.left_out == {reason: of_force.count(reason) for reason in REASONS if of_force.count(reason)}
    assert choice.eligible + sum(choice.left_out.values()) == len(of_force)
    assert choice.missing == number - len(choice.chosen)


@given(people=districts(), scene=scenes, seed=st.integers())
def test_the_order_in_which_responders_stand_and_fixes_come_changes_nothing(people: dict[Responder, Stand], scene: Scene, seed: int) -> None:
    shuffled = list(people.items())
    Random(seed).shuffle(shuffled)
    one, other = district(people), district(dict(shuffled))
    for card in one.dispatcher.cards(scene.matter, scene.urgency):
        ask = Ask(scene, card, card.number)
        assert one.dispatcher.choose(one.roster, ask, AT) == other.dispatcher.choose(other.roster, ask, AT)


@given(people=districts(), scene=scenes)
def test_nobody_of_a_unit_that_is_complained_of_is_chosen_named_as_next_or_recommended_to_the_desk(people: dict[Responder, Stand], scene: Scene) -> None:
    here = district(people)
    parents = {unit.unit: unit.parent for unit in shipped().units.values()}
    for card in here.dispatcher.cards(scene.matter, scene.urgency):
        choice = here.dispatcher.choose(here.roster, Ask(scene, card, 4), AT)
        named = {one.responder for one in (*choice.chosen, *choice.runners_up)} | {one.responder for one in choice.nearest_left_out}
        for who in named:
            unit = here.roster.responders[who].unit
            assert not {unit, parents[unit]} & scene.against
