"""Who is lost is replaced; who cannot be found is waited for or telephoned; what a person of the desk chooses stands."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

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
        return self.took(self.sending.told(self.scene, self.needs, (self.needs[need].need, order % len(orders)), act, "responder", self.now))

    def revise(self, about: Scene) -> Sent:
        self.scene = about
        return self.took(self.sending.revise(about, self.needs, self.now, "the report was revised"))

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
        return self.sending.due(self.needs)

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
        case.now += timedelta(seconds=50)
        case.seen("p1", "p2", "p3", "p4")
        case.later(10)
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
    sent, refused = case.sending.assign(case.scene, case.needs, case.need.need, "p3", case.now)
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
        sent, refused = case.sending.assign(case.scene, case.needs, case.need.need, who, case.now)
        assert sentence in refused
        assert sent.needs == case.needs


def test_two_of_a_force_are_two_needs_with_two_responders() -> None:
    case = Case(people(100, 200, 300), scene("1608"))
    assert [(need.need, need.orders[0].responder) for need in case.needs] == [("C-1608-U1-police/1", "p1"), ("C-1608-U1-police/2", "p2")]
    case.tell(OrderAct.DECLINE, need=0)
    assert [need.orders[-1].responder for need in case.needs] == ["p3", "p2"]
    assert [name for name, _ in case.last.choices] == ["C-1608-U1-police/1"]


def test_the_longest_procedures_are_sent_by_a_person() -> None:
    case = Case(people(100), scene("1608", Urgency.U4))
    assert (case.need.state, case.need.because, case.orders()) == (NeedState.DESK, "at U4 a person sends", [])
    assert [one.responder for one in case.last.choices[0][1].chosen] == ["p1"]
    assert case.district.roster.stand("p1").load == 0
    sent, refused = case.sending.assign(case.scene, case.needs, case.need.need, "p1", AT)
    assert (refused, sent.needs[0].state) == ("", NeedState.SERVED)


def test_a_case_that_becomes_one_of_the_longest_keeps_who_goes_and_sends_nobody_else_by_itself() -> None:
    case = Case(people(100, 200))
    case.revise(scene("1608", Urgency.U4))
    case.tell(OrderAct.DECLINE)
    assert case.orders() == [("p1", "declined")]
    assert case.need.state is NeedState.DESK


def test_who_goes_already_serves_what_a_revision_wants_and_only_the_rest_is_sent() -> None:
    case = Case({**people(100, 200), post("g1", Force.GRID): at(10)}, TROUBLE)
    case.tell(OrderAct.ACCEPT)
    case.revise(scene("1608"))
    assert [(need.need, need.orders[-1].responder, need.orders[-1].state.value) for need in case.needs] == [
        ("C-1608-U1-police/1", "p1", "accepted"),
        ("C-1608-U1-police/2", "p2", "offered"),
    ]
    case.revise(scene("1602", Urgency.U3))
    assert [(need.need, need.state.value) for need in case.needs] == [
        ("C-1602-usual-mediation/1", "desk"),
        ("C-1608-U1-police/1", "called_off"),
        ("C-1608-U1-police/2", "called_off"),
    ]
    assert [case.district.roster.stand(who).load for who in ("p1", "p2")] == [0, 0]
    case.revise(scene("1608"))
    assert [(need.state.value, len(need.orders)) for need in case.needs] == [("desk", 1), ("desk", 1), ("called_off", 0)]


def test_a_revision_that_changes_nothing_sends_nobody() -> None:
    case = Case(people(100, 200))
    before = case.needs
    assert case.revise(TROUBLE).needs == before
    assert case.last.choices == ()


def test_a_unit_that_is_complained_of_later_is_withdrawn_and_replaced() -> None:
    case = Case({post("t1", POLICE, unit="jiaoguan"): at(50), **people(100)})
    case.tell(OrderAct.ACCEPT)
    case.revise(scene("1608", Urgency.U2, against={"jiaoguan"}))
    assert case.orders() == [("t1", "withdrawn"), ("p1", "offered")]
    assert case.need.orders[0].because == "may not serve it any more: complained_of"


def test_a_case_that_is_sealed_calls_everybody_off() -> None:
    case = Case(people(100))
    case.revise(scene("1901", Urgency.SEALED))
    assert ([need.state for need in case.needs], case.due) == ([NeedState.CALLED_OFF], None)


def test_a_need_that_the_case_does_not_have_is_an_error() -> None:
    case = Case(people(100))
    with pytest.raises(LookupError, match="no need C-x/1"):
        case.sending.told(case.scene, case.needs, ("C-x/1", 0), OrderAct.ACCEPT, "responder", AT)


def test_an_order_of_a_case_that_became_urgent_is_not_waited_for_longer_than_that_allows() -> None:
    case = Case(people(100, 200), scene("1608", Urgency.U3))
    assert case.due == AT + timedelta(seconds=300)
    case.now += timedelta(seconds=30)
    case.revise(TROUBLE)
    assert case.due == AT + timedelta(seconds=90)
    case.revise(scene("1608", Urgency.U3))
    assert case.due == AT + timedelta(seconds=90)


def test_what_was_left_to_the_desk_is_sought_again_when_the_case_becomes_another() -> None:
    case = Case({post("p1", POLICE): at(100, load=2)})
    assert case.need.state is NeedState.DESK
    case.district.roster.left("p1")
    case.revise(scene("1612", Urgency.U2))
    assert case.orders() == [("p1", "offered")]
    assert [need.state for need in case.needs[1:]] == [NeedState.DESK, NeedState.CALLED_OFF]


def test_a_case_that_got_another_unit_is_mended_by_that_units_people() -> None:
    def hole(lead: str) -> Scene:
        return scene("0203", Urgency.U2, lead=lead)

    mend = {post(unit, Force.REPAIR, skills=("manhole",), unit=unit): at(100) for unit in ("gongshui", "yanghu")}
    case = Case({**mend, post("g1", Force.GRID): at(10)}, hole("gongshui"))
    case.revise(hole("shizheng"))
    assert case.orders() == [("gongshui", "withdrawn"), ("yanghu", "offered")]
    assert case.need.orders[0].because == "may not serve it any more: other_unit"
    assert [order.state for order in case.needs[1].orders] == [OrderState.OFFERED], "the guard stays"


def test_whom_the_desk_chose_of_another_unit_is_left_in_peace() -> None:
    mend = {post(unit, Force.REPAIR, skills=("manhole",), unit=unit): at(100) for unit in ("gongshui", "yanghu")}
    case = Case({**mend, post("g1", Force.GRID): at(10)}, scene("0203", Urgency.U2, lead="gongshui"))
    case.took(case.sending.assign(case.scene, case.needs, case.need.need, "yanghu", AT)[0])
    case.revise(scene("0203", Urgency.U2, lead="gongdian"))
    assert case.orders() == [("gongshui", "withdrawn"), ("yanghu", "offered")]
