"""The table of one order: every state and act is either in it, behind already, or refused with a sentence."""

from __future__ import annotations

import pytest

from pipeline.casework.dispatch.orders import LOST, SERVING, STANDING, TABLE, Who, after
from schemas.vocabulary import OrderAct, OrderState

S, A = OrderState, OrderAct


def test_the_way_of_an_order_that_goes_well() -> None:
    state, seen = S.OFFERED, []
    for act in (A.ACCEPT, A.DEPART, A.ARRIVE, A.FINISH):
        state = after(state, act, "responder").state
        seen.append(state)
    assert seen == [S.ACCEPTED, S.ON_THE_WAY, S.ARRIVED, S.DONE]


@pytest.mark.parametrize("step", TABLE, ids=lambda step: f"{step.state}-{step.act}")
def test_every_row_is_done_by_those_whom_it_names_and_by_nobody_else(step: object) -> None:
    assert step in TABLE
    row = next(one for one in TABLE if one is step)
    whos: tuple[Who, ...] = ("responder", "desk", "clock")
    for who in whos:
        answer = after(row.state, row.act, who)
        assert answer.changed is (who in row.who)
        assert answer.state is (row.to if who in row.who else row.state)
        assert bool(answer.refused) is (who not in row.who)


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("act", A)
def test_an_act_is_in_the_table_or_says_nothing_new_or_is_refused_with_a_sentence(state: OrderState, act: OrderAct) -> None:
    who: Who = "clock" if act is A.EXPIRE else "desk"
    answer = after(state, act, who)
    in_table = any((step.state, step.act) == (state, act) for step in TABLE)
    assert answer.changed is in_table
    if not in_table:
        assert answer.state is state
    assert not (answer.changed and answer.refused)


@pytest.mark.parametrize(("state", "act"), [(step.to, step.act) for step in TABLE])
def test_an_act_that_is_sent_again_says_nothing_new(state: OrderState, act: OrderAct) -> None:
    assert after(state, act, "desk") == (state, False, "")


def test_what_a_phone_without_a_net_tells_late_takes_nothing_back() -> None:
    assert after(S.ARRIVED, A.ACCEPT, "responder") == (S.ARRIVED, False, "")
    assert after(S.OFFERED, A.ARRIVE, "responder") == (S.ARRIVED, True, "")
    assert after(S.ACCEPTED, A.EXPIRE, "clock") == (S.ACCEPTED, False, "")


@pytest.mark.parametrize("state", [S.EXPIRED, S.WITHDRAWN, S.DECLINED])
def test_who_comes_too_late_is_told_so(state: OrderState) -> None:
    answer = after(state, A.ACCEPT, "responder")
    assert (answer.state, answer.changed) == (state, False)
    assert "too late" in answer.refused


def test_only_standing_orders_change_and_every_state_can_be_reached() -> None:
    assert {step.state for step in TABLE} == STANDING
    assert {S.OFFERED, *(step.to for step in TABLE)} == set(S)
    assert set(S) == SERVING | LOST
    assert not SERVING & LOST
