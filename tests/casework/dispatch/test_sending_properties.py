"""Whatever responders, the desk and the clock do, in whatever order: no need has two orders, none is forgotten, loads are what stands."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.dispatch.needs import Need
from pipeline.casework.dispatch.orders import STANDING
from pipeline.casework.dispatch.sending import Needs, Sending
from schemas.reading import Position
from schemas.vocabulary import Availability, Force, NeedState, OrderAct, OrderState, Urgency
from tests.casework.dispatch.posts import AT, LAT, LNG, District, at, district, post, scene

TOLD = st.tuples(st.just("told"), st.integers(0, 5), st.integers(0, 5), st.sampled_from(OrderAct), st.sampled_from(["responder", "desk", "clock"]))
TIME = st.tuples(st.just("time"), st.sampled_from([1, 30, 60, 61, 300, 3600, 30_000]))
MOVED = st.tuples(st.just("moved"), st.integers(0, 9), st.integers(-100, 100), st.sampled_from(Availability))
CHOSE = st.tuples(st.just("chose"), st.integers(0, 5), st.integers(0, 9))
BECAME = st.tuples(st.just("became"), st.sampled_from(["lost", "fight", "less", "slow", "against", "sealed", "longest"]))
ENDED = st.tuples(st.just("ended"))
STEPS = st.lists(st.one_of(TOLD, TOLD, TIME, TIME, MOVED, MOVED, CHOSE, BECAME, ENDED), max_size=25)
SCENES = {
    "lost": scene("1611"),
    "fight": scene("1608"),
    "less": scene("1611", Urgency.U2),
    "slow": scene("1608", Urgency.U3),
    "longest": scene("1608", Urgency.U4),
    "sealed": scene("1901", Urgency.SEALED),
    "against": scene("1611", against={"jiaoguan"}),
}


OTHER_ORDERS = {"r2": 1, "r4": 2, "r5": 1}
"""What some have on hand for other cases: nothing that happens here may change it."""


def new_district() -> District:
    forces = [Force.POLICE] * 4 + [Force.GRID] * 3 + [Force.VOLUNTEER] * 3
    return district(
        {
            post(f"r{number}", force, unit="jiaoguan" if number == 1 else ""): at(200.0 * number, load=OTHER_ORDERS.get(f"r{number}", 0))
            for number, force in enumerate(forces)
        }
    )


def is_settled(need: Need) -> bool:
    """Served, waiting with a reason and an instant, or with the desk or called off with a reason."""
    has = need.standing is not None or any(order.state is OrderState.DONE for order in need.orders)
    match need.state:
        case NeedState.SERVED:
            return has
        case NeedState.WAITING:
            return not has and bool(need.because) and need.again_at is not None
        case NeedState.DESK | NeedState.CALLED_OFF:
            return not has and bool(need.because) and need.again_at is None
        case _:
            return False


def history(needs: Needs) -> list[list[str]]:
    return [[order.responder for order in need.orders] for need in needs]


@given(name=st.sampled_from(sorted(SCENES.keys() - {"sealed"})), steps=STEPS)
def test_every_need_is_served_waits_or_is_with_the_desk_and_never_has_two_orders(name: str, steps: list[tuple[object, ...]]) -> None:
    here, about, now = new_district(), SCENES[name], AT
    sending = Sending(here.dispatcher, here.roster)
    needs = sending.begin(about, now).needs
    assert needs
    for step in steps:
        before = history(needs)
        match step:
            case "told", int(need), int(order), OrderAct() as act, ("responder" | "desk" | "clock") as who:
                place = need % len(needs)
                if needs[place].orders:
                    needs = sending.told(about, needs, (needs[place].need, order % len(needs[place].orders)), act, who, now).needs
            case "time", int(seconds):
                until = now + timedelta(seconds=seconds)
                while (due := sending.due(needs)) is not None and due <= until:
                    assert due > now or seconds == 0
                    now = due
                    needs = sending.tick(about, needs, now).needs
                now = until
            case "moved", int(number), int(steps_east), Availability() as says:
                here.roster.fix(Position(responder=f"r{number}", at=now, lng=LNG + steps_east / 2000, lat=LAT, accuracy_m=5))
                here.roster.says(f"r{number}", says)
            case "chose", int(need), int(number):
                sent, refused = sending.assign(about, needs, needs[need % len(needs)].need, f"r{number}", now)
                assert not refused or sent.needs == needs
                needs = sent.needs
            case "became", str(other):
                about = SCENES[other]
                needs = sending.revise(about, needs, now, "it was revised").needs
                before = []
            case _:
                needs = sending.call_off(needs, "it was merged").needs
        assert all(is_settled(need) for need in needs)
        assert all(sum(order.state in STANDING for order in need.orders) <= 1 for need in needs)
        assert all(after[: len(earlier)] == earlier for earlier, after in zip(before, history(needs), strict=False))
        standing = Counter(need.standing.responder for need in needs if need.standing is not None)
        assert all(count == 1 for count in standing.values())
        assert {who: here.roster.stand(who).load for who in here.roster.responders} == {
            who: standing[who] + OTHER_ORDERS.get(who, 0) for who in here.roster.responders
        }
        if about.against:
            assert "r1" not in standing
        assert all(here.roster.responders[order.responder].force is need.card.force for need in needs for order in need.orders)
