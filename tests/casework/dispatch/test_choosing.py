"""Who may go, who goes first, and what is said of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.casework.dispatch.choosing import Dispatcher
from pipeline.casework.dispatch.roster import Roster
from pipeline.casework.dispatch.squad import Stand
from schemas.reading import Position
from schemas.vocabulary import Availability, Force, NotSent, Urgency
from tests.casework.dispatch.posts import AT, GRID, LAT, LNG, at, district, names, post, scene, shipped

POLICE = Force.POLICE
FIGHT = scene("1608")
STREETLIGHT = scene("0204", Urgency.U3, lead="ludeng")


@pytest.mark.parametrize(
    ("stand", "reason"),
    [
        (at(500), None),
        (at(500, availability=Availability.INTERRUPTIBLE, load=1), None),
        (at(500, age_s=60), None),
        (at(500, age_s=60.000001), NotSent.STALE),
        (at(500, age_s=-61), NotSent.STALE),
        (at(500, accuracy_m=100), None),
        (at(500, accuracy_m=100.5), NotSent.INACCURATE),
        (at(500, load=1), None),
        (at(500, load=2), NotSent.FULL),
        (at(500, availability=Availability.RESTING), NotSent.RESTING),
        (at(500, availability=Availability.BUSY), NotSent.BUSY),
        (Stand(), NotSent.NO_FIX),
        (at(14_285), None),  # 2,400 s: the third ring to the second
        (at(14_286.5), NotSent.TOO_FAR),
        (at(500, age_s=300, accuracy_m=900, load=9), NotSent.FULL),
    ],
)
def test_who_may_go_and_the_first_reason_of_who_may_not(stand: Stand, reason: NotSent | None) -> None:
    here = district({post("p1", POLICE): stand})
    choice = here.choose(FIGHT, POLICE)
    assert here.reason(FIGHT, POLICE, "p1") is reason
    assert names(choice) == (["p1"] if reason is None else [])
    assert choice.left_out == ({} if reason is None else {reason: 1})


def test_a_fix_may_be_older_where_it_is_less_urgent() -> None:
    here = district({post("p1", POLICE): at(500, age_s=120)})
    assert names(here.choose(scene("1608", Urgency.U2), POLICE)) == ["p1"]
    assert here.reason(FIGHT, POLICE, "p1") is NotSent.STALE


def test_only_who_is_on_shift_goes_and_a_night_shift_ends_in_the_morning() -> None:
    people = {post("day", POLICE, shift="day"): at(500), post("night", POLICE, shift="night"): at(100)}
    assert names(district(people).choose(FIGHT, POLICE)) == ["day"]
    night = AT - timedelta(hours=5)
    at_night = {responder: at(stand_at, now=night) for responder, stand_at in zip(people, (500, 100), strict=True)}
    assert names(district(at_night, now=night).choose(FIGHT, POLICE, now=night)) == ["night"]


def test_force_skill_and_unit_have_to_fit() -> None:
    here = district(
        {
            post("lamp-1", Force.REPAIR, skills=("lamp",), unit="ludeng"): at(900),
            post("lamp-2", Force.REPAIR, skills=("lamp",), unit="gongdian"): at(100),
            post("power", Force.REPAIR, unit="ludeng"): at(50),
            post("police", POLICE): at(1),
        }
    )
    assert names(here.choose(STREETLIGHT, Force.REPAIR)) == ["lamp-1"]
    reasons = {who: here.reason(STREETLIGHT, Force.REPAIR, who) for who in ("lamp-2", "power", "police")}
    assert reasons == {"lamp-2": NotSent.OTHER_UNIT, "power": NotSent.NO_SKILL, "police": NotSent.OTHER_FORCE}


def test_a_company_below_the_leading_unit_is_of_it() -> None:
    burst = scene("0303", lead="shuiwu")
    here = district(
        {post("w1", Force.REPAIR, skills=("water",), unit="gongshui"): at(900), post("w2", Force.REPAIR, skills=("water",), unit="gongdian"): at(10)}
    )
    assert names(here.choose(burst, Force.REPAIR)) == ["w1"]


@pytest.mark.parametrize(
    ("against", "unit", "goes"),
    [("gongan", "gongan", False), ("gongan", "jiaoguan", False), ("jiaoguan", "gongan", True), ("chengguan", "gongan", True)],
)
def test_a_unit_that_is_complained_of_never_handles_nor_who_is_below_it(against: str, unit: str, goes: bool) -> None:
    here = district({post("p1", POLICE, unit=unit): at(500)})
    complaint = scene("1608", against={against})
    assert bool(here.choose(complaint, POLICE).chosen) is goes
    assert here.reason(complaint, POLICE, "p1") is (None if goes else NotSent.COMPLAINED_OF)
    assert here.choose(complaint, POLICE).nearest_left_out == ()


def test_the_nearest_goes_and_equal_ones_in_the_order_of_their_ids() -> None:
    here = district({post("c", POLICE): at(500), post("b", POLICE): at(-500), post("a", POLICE): at(900)})
    choice = here.choose(FIGHT, POLICE)
    assert names(choice) == ["b"]
    assert [one.responder for one in choice.runners_up] == ["c", "a"]


def test_the_way_is_the_straight_line_and_four_tenths_at_the_speed_of_the_force() -> None:
    (one,) = district({post("p1", POLICE): at(500)}).choose(FIGHT, POLICE).chosen
    assert (one.metres, one.eta_s) == (500, 84)  # 500 m × 1.4 at 30 km/h


def test_who_answers_for_the_grid_goes_before_one_who_is_a_little_nearer() -> None:
    broken = scene("0203")
    here = district({post("own", Force.GRID, grid=GRID): at(300), post("near", Force.GRID, grid="320111004001002"): at(250)})
    choice = here.choose(broken, Force.GRID)
    assert names(choice) == ["own"]
    assert choice.chosen[0].own_grid_s == 60
    assert "answers for the grid -60" in choice.chosen[0].because


def test_orders_on_hand_and_orders_of_this_day_count() -> None:
    trouble = scene("1608", Urgency.U3)
    here = district({post("loaded", POLICE): at(100, load=1), post("often", POLICE): at(100, today=9), post("free", POLICE): at(1500)})
    choice = here.choose(trouble, POLICE)
    assert [one.responder for one in (*choice.chosen, *choice.runners_up)] == ["free", "often", "loaded"]
    assert [(one.load_s, one.today_s) for one in choice.runners_up] == [(0, 540), (600, 0)]


def test_orders_of_another_day_count_for_nothing() -> None:
    here = district({post("often", POLICE): at(100, today=9)})
    (one,) = here.choose(scene("1608", Urgency.U3), POLICE, now=AT + timedelta(seconds=1)).chosen
    assert one.today == 9
    tomorrow = AT + timedelta(hours=14, minutes=1)
    here.roster.fix(Position(responder="often", at=tomorrow, lng=LNG, lat=LAT, accuracy_m=5))
    (one,) = here.choose(scene("1608", Urgency.U3), POLICE, now=tomorrow).chosen
    assert one.today == 0
    here.roster.took("often", tomorrow)
    assert here.roster.stand("often").today == 1


def test_what_stays_uncovered_is_counted_and_said() -> None:
    here = district({post("last", POLICE): at(1500), post("pair-1", POLICE): at(-1560), post("pair-2", POLICE): at(-5000 + 3400)})
    choice = here.choose(FIGHT, POLICE)
    assert names(choice) == ["pair-1"]
    last = next(one for one in choice.runners_up if one.responder == "last")
    assert (last.stay, last.uncovered_s) == (0, 60)
    assert "nobody of its force stay round about +60" in last.because
    assert (choice.chosen[0].stay, choice.chosen[0].uncovered_s) == (1, 30)


def test_a_ring_is_widened_until_it_holds_enough_and_no_further() -> None:
    here = district({post("near", POLICE): at(4000), post("far", POLICE): at(6000)})
    assert (names(here.choose(FIGHT, POLICE)), here.choose(FIGHT, POLICE).ring.number) == (["near"], 2)
    both = here.choose(FIGHT, POLICE, number=3)
    assert (names(both), both.missing, both.ring.number) == (["near", "far"], 1, 2)
    last = here.choose(FIGHT, POLICE, ring=3)
    assert (last.ring.number, last.ring.next_within_s, last.ring.then) == (3, None, "the desk telephones")


def test_a_choice_says_what_happens_when_nobody_answers() -> None:
    ring = district({post("p1", POLICE): at(500)}).choose(FIGHT, POLICE).ring
    assert (ring.number, ring.within_s, ring.next_within_s, ring.ends_at) == (1, 600, 1200, AT + timedelta(seconds=60))
    assert ring.then == "ring 2: whoever is there within 20 min"


def test_a_shortfall_says_how_many_are_missing_and_why() -> None:
    here = district({post("p1", POLICE): at(500), post("p2", POLICE): at(500, load=2), post("p3", POLICE): Stand()})
    choice = here.choose(FIGHT, POLICE, number=3)
    assert choice.shortfall == "2 of 3 police missing: 1 full, 1 no_fix"
    assert [(one.responder, one.reason, one.eta_s) for one in choice.nearest_left_out] == [("p2", NotSent.FULL, 84), ("p3", NotSent.NO_FIX, None)]
    assert choice.may_wait
    why = choice.why()
    assert why.rule == "run_cards/C-1608-U1-police"
    assert "84 s on the way (500 m)" in why.because
    assert "2 of 3 police missing" in why.because


def test_a_force_that_the_centre_does_not_have_is_said_and_not_waited_for() -> None:
    choice = district({post("p1", POLICE): at(500)}).choose(scene("0203"), Force.REPAIR)
    assert (choice.chosen, choice.may_wait) == ((), False)
    assert choice.shortfall == "1 of 1 repair missing with the skill manhole: nobody of this force belongs to the centre"


def test_a_case_without_a_point_is_not_guessed_at() -> None:
    here = district({post("p1", POLICE): at(500)})
    nowhere = type(FIGHT)("1608", Urgency.U1)
    choice = here.choose(nowhere, POLICE)
    assert (choice.chosen, choice.left_out, choice.may_wait) == ((), {NotSent.NO_PLACE: 1}, False)


def test_choosing_changes_nothing() -> None:
    here = district({post("p1", POLICE): at(500), post("p2", POLICE): at(700)})
    before = [here.roster.stand(who) for who in ("p1", "p2")]
    assert here.choose(FIGHT, POLICE) == here.choose(FIGHT, POLICE)
    assert [here.roster.stand(who) for who in ("p1", "p2")] == before


def test_a_late_fix_and_one_of_a_stranger_are_passed_over() -> None:
    here = district({post("p1", POLICE): at(500, age_s=10)})
    seen = here.roster.stand("p1")
    assert not here.roster.fix(Position(responder="p1", at=AT - timedelta(seconds=11), lng=LNG, lat=LAT, accuracy_m=5))
    assert not here.roster.fix(Position(responder="stranger", at=AT, lng=LNG, lat=LAT, accuracy_m=5))
    assert here.roster.stand("p1") == seen
    assert here.roster.fix(Position(responder="p1", at=AT, lng=LNG, lat=LAT, accuracy_m=5))
    assert (here.roster.stand("p1").lng, here.roster.stand("p1").seen_at) == (LNG, AT)


@pytest.mark.parametrize("urgency", [Urgency.SEALED, Urgency.NONE])
def test_nobody_is_ever_sent_to_a_sealed_case_or_to_one_with_nothing_to_do(urgency: Urgency) -> None:
    dispatcher = Dispatcher(shipped())
    assert all(dispatcher.cards(matter, urgency) == () for matter in shipped().matters)


def test_the_roster_of_the_shipped_district_knows_everybody() -> None:
    roster = Roster(shipped())
    assert sum(map(len, roster.squads.values())) == len(shipped().responders)
    assert all(list(squad.ids) == sorted(squad.ids) for squad in roster.squads.values())


def test_the_desk_is_not_told_to_telephone_who_rests_or_is_off_shift() -> None:
    here = district(
        {post("p1", POLICE, shift="night"): at(10), post("p2", POLICE): at(20, availability=Availability.RESTING), post("p3", POLICE): at(30, load=2)}
    )
    assert [one.responder for one in here.choose(FIGHT, POLICE).nearest_left_out] == ["p3"]
