"""Who is lost is replaced; who cannot be found is waited for or telephoned; what a person of the desk chooses stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.casework.dispatch.needs import Need
from pipeline.casework.dispatch.scene import Scene
from pipeline.casework.dispatch.sending import Sending, Sent
from pipeline.casework.dispatch.squad import Stand
from schemas.centre import Responder
from schemas.reading import Position
from schemas.vocabulary import Force, NeedState, OrderAct, OrderState, Urgency
from tests.casework.dispatch.posts import AT, LAT, LNG, District, at, district, post, scene

TROUBLE = scene("1608", Urgency.U2)
POLICE = Force.POLICE


class Case:
    """One case and the district that goes to it."""

    def __init__(self, people: dict[Responder, Stand], about: Scene = TROUBLE) -> None:
        self.district: District = district(people)
        self.sending = Sending(self.district.dispatcher, self.district.roster)
        self.scene, self.now = about, AT
        self.took(self.sending.begin(about, AT))

    def took(self, sent: Sent) -> Sent:
        self.needs, self.last = sent.needs, sent
        return sent

    def tell(self, act: OrderAct, *, need: int = 0, order: int = -1) -> Sent:
        orders = self.needs[need].orders
        return self.took(self.sending.told(self.scene, self.needs, (need, order % len(orders)), act, "responder", self.now))

    def later(self, seconds: float) -> Sent:
        self.now += timedelta(seconds=seconds)
        return self.took(self.sending.tick(self.scene, self.needs, self.now))

    def seen(self, *responders: str) -> None:
        for who in responders:
            self.district.roster.fix(Position(responder=who, at=self.now, lng=LNG, lat=LAT, accuracy_m=5))

    @property
    def need(self) -> Need:
        return self.needs[0]

    @property
    def due(self) -> datetime | None:
        return self.sending.due(self.scene, self.needs)

    def orders(self) -> list[tuple[str, str]]:
        return [(order.responder, order.state.value) for order in self.need.orders]


def people(*metres: float) -> dict[Responder, Stand]:
    return {post(f"p{number}", POLICE): at(so_far) for number, so_far in enumerate(metres, start=1)}


def test_one_who_declines_is_replaced_by_the_next_and_not_asked_again() -> None:
    case = Case(people(100, 200))
    assert case.orders() == [("p1", "offered")]
    case.tell(OrderAct.DECLINE)
    assert case.orders() == [("p1", "declined"), ("p2", "offered")]
    case.tell(OrderAct.DECLINE)
    assert (case.need.state, case.need.because) == (NeedState.DESK, "1 of 1 police missing with the skill order: 2 asked")
    assert case.due is None


def test_one_who_does_not_answer_within_a_minute_is_replaced_from_a_wider_ring() -> None:
    case = Case(people(100, 20_000))
    assert case.due == AT + timedelta(seconds=60)
    case.later(59)
    assert case.orders() == [("p1", "offered")]
    case.seen("p2")
    case.later(1)
    assert case.orders() == [("p1", "expired"), ("p2", "offered")]
    assert case.need.ring == 2


def test_after_three_rings_without_an_answer_the_desk_telephones() -> None:
    case = Case(people(100, 200, 300, 400))
    for ring in (1, 2, 3):
        assert (case.need.state, case.need.ring) == (NeedState.SERVED, ring)
        case.later(60)
    assert [state for _, state in case.orders()] == ["expired"] * 3
    assert (case.need.state, case.need.because) == (NeedState.DESK, "nobody answered in 3 rings: telephone")


def test_one_who_accepted_in_time_does_not_expire() -> None:
    case = Case(people(100, 200))
    case.tell(OrderAct.ACCEPT)
    assert case.due is None
    case.later(3600)
    assert case.orders() == [("p1", "accepted")]


def test_who_answers_after_another_was_asked_is_told_so_and_there_is_one_order() -> None:
    case = Case(people(100, 200))
    case.later(60)
    sent = case.tell(OrderAct.ACCEPT, order=0)
    assert sent.answer is not None
    assert "too late" in sent.answer.refused
    assert case.orders() == [("p1", "expired"), ("p2", "offered")]


def test_what_is_less_urgent_waits_until_somebody_is_free_and_no_longer_than_it_may() -> None:
    trouble = scene("1608", Urgency.U3)
    case = Case({post("p1", POLICE): at(100, load=2)}, trouble)
    assert (case.need.state, case.need.because) == (NeedState.WAITING, "1 of 1 police missing with the skill order: 1 full")
    assert case.due == AT + timedelta(minutes=5)
    case.district.roster.left("p1")
    case.now += timedelta(seconds=290)
    case.seen("p1")
    case.later(10)
    assert case.orders() == [("p1", "offered")]
    never = Case({post("p1", POLICE): at(100, load=2)}, trouble)
    never.later(8 * 3600)
    assert never.need.state is NeedState.DESK


def test_what_is_urgent_does_not_wait() -> None:
    assert Case({post("p1", POLICE): at(100, load=2)}).need.state is NeedState.DESK


def test_loads_follow_the_orders() -> None:
    case = Case(people(100, 200))
    loads = [tuple(case.district.roster.stand(who).load for who in ("p1", "p2"))]
    for act in (OrderAct.DECLINE, OrderAct.ACCEPT, OrderAct.ARRIVE, OrderAct.FINISH, OrderAct.FINISH):
        case.tell(act)
        loads.append(tuple(case.district.roster.stand(who).load for who in ("p1", "p2")))
    assert loads == [(1, 0), (0, 1), (0, 1), (0, 1), (0, 0), (0, 0)]
    assert case.need.state is NeedState.SERVED


def test_a_case_that_needs_nobody_any_more_withdraws_what_stands_and_keeps_what_was_done() -> None:
    case = Case({**people(100, 200), post("g1", Force.GRID): at(10)}, scene("1102", Urgency.U1))
    assert [need.card.force for need in case.needs] == [POLICE, Force.GRID]
    case.tell(OrderAct.ARRIVE)
    case.tell(OrderAct.FINISH)
    case.took(case.sending.call_off(case.needs, "the source withdrew it"))
    assert [need.state for need in case.needs] == [NeedState.SERVED, NeedState.CALLED_OFF]
    assert [need.orders[0].state for need in case.needs] == [OrderState.DONE, OrderState.WITHDRAWN]
    assert [case.district.roster.stand(who).load for who in ("p1", "g1")] == [0, 0]
    case.later(3600)
    assert [len(need.orders) for need in case.needs] == [1, 1]


def test_whom_the_desk_chooses_goes_and_the_other_order_is_withdrawn() -> None:
    case = Case(people(100, 200, 300))
    sent, refused = case.sending.assign(case.scene, case.needs, 0, "p3", case.now)
    case.took(sent)
    assert refused == ""
    assert case.orders() == [("p1", "withdrawn"), ("p3", "offered")]
    assert [case.district.roster.stand(who).load for who in ("p1", "p3")] == [0, 1]
    case.later(60)
    assert (case.need.state, case.need.because) == (NeedState.DESK, "whom the desk chose has it expired")


def test_not_even_the_desk_sends_a_unit_that_is_complained_of_or_another_force() -> None:
    everybody = {**people(100), post("t1", POLICE, unit="jiaoguan"): at(50), post("g1", Force.GRID): at(10)}
    case = Case(everybody, scene("1608", Urgency.U2, against={"jiaoguan"}))
    assert case.orders() == [("p1", "offered")]
    for who, sentence in (("t1", "complained of"), ("g1", "one of that force"), ("p1", "has an order"), ("x", "no responder")):
        sent, refused = case.sending.assign(case.scene, case.needs, 0, who, case.now)
        assert sentence in refused
        assert sent.needs == case.needs


def test_two_of_a_force_are_two_needs_with_two_responders() -> None:
    case = Case(people(100, 200, 300), scene("1608"))
    assert [(need.need, need.orders[0].responder) for need in case.needs] == [("C-1608-U1-police/1", "p1"), ("C-1608-U1-police/2", "p2")]
    case.tell(OrderAct.DECLINE, need=0)
    assert [need.orders[-1].responder for need in case.needs] == ["p3", "p2"]
    assert [name for name, _ in case.last.choices] == ["C-1608-U1-police/1"]
