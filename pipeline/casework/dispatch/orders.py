"""One order to one responder: which state follows which, by what, and who may do it. The table is the rule; the function reads it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from schemas.vocabulary import OrderAct, OrderState

Who = Literal["responder", "desk", "clock"]
S, A = OrderState, OrderAct


class Step(NamedTuple):
    """A row of the table."""

    state: OrderState
    act: OrderAct
    to: OrderState
    who: tuple[Who, ...]
    note: str


_BOTH: tuple[Who, ...] = ("responder", "desk")
TABLE: tuple[Step, ...] = (
    Step(S.OFFERED, A.ACCEPT, S.ACCEPTED, _BOTH, "the desk for one who says so by telephone"),
    Step(S.OFFERED, A.DECLINE, S.DECLINED, _BOTH, "with a reason; the next one is asked"),
    Step(S.OFFERED, A.DEPART, S.ON_THE_WAY, _BOTH, "who goes has accepted"),
    Step(S.OFFERED, A.ARRIVE, S.ARRIVED, _BOTH, "who is there has accepted"),
    Step(S.OFFERED, A.EXPIRE, S.EXPIRED, ("clock",), "no answer in time; one looks further"),
    Step(S.OFFERED, A.WITHDRAW, S.WITHDRAWN, ("desk",), "with a reason"),
    Step(S.ACCEPTED, A.DEPART, S.ON_THE_WAY, _BOTH, ""),
    Step(S.ACCEPTED, A.ARRIVE, S.ARRIVED, _BOTH, "a phone without a net tells it late"),
    Step(S.ACCEPTED, A.DECLINE, S.DECLINED, _BOTH, "cannot go after all; the next one is asked"),
    Step(S.ACCEPTED, A.WITHDRAW, S.WITHDRAWN, ("desk",), "with a reason"),
    Step(S.ON_THE_WAY, A.ARRIVE, S.ARRIVED, _BOTH, ""),
    Step(S.ON_THE_WAY, A.DECLINE, S.DECLINED, _BOTH, "has broken down; the next one is asked"),
    Step(S.ON_THE_WAY, A.WITHDRAW, S.WITHDRAWN, ("desk",), "with a reason"),
    Step(S.ARRIVED, A.FINISH, S.DONE, _BOTH, "the case goes on from what was done"),
    Step(S.ARRIVED, A.DECLINE, S.DECLINED, _BOTH, "is beyond what it can do; the next one is asked"),
    Step(S.ARRIVED, A.WITHDRAW, S.WITHDRAWN, ("desk",), "with a reason"),
)
"""Every change that there is (`domain/domain.md` §4.3, §4.4)."""
STANDING = frozenset({S.OFFERED, S.ACCEPTED, S.ON_THE_WAY, S.ARRIVED})
"""Somebody is asked, goes or is there."""
SERVING = STANDING | {S.DONE}
"""The need has what it needs, or is about to."""
LOST = frozenset(S) - SERVING
"""Somebody else is needed."""
_STEPS = {(step.state, step.act): step for step in TABLE}
_ON_THE_WAY_THERE: dict[OrderAct, frozenset[OrderState]] = {
    A.ACCEPT: frozenset({S.ACCEPTED, S.ON_THE_WAY, S.ARRIVED, S.DONE}),
    A.DEPART: frozenset({S.ON_THE_WAY, S.ARRIVED, S.DONE}),
    A.ARRIVE: frozenset({S.ARRIVED, S.DONE}),
    A.FINISH: frozenset({S.DONE}),
    A.DECLINE: frozenset({S.DECLINED}),
    A.WITHDRAW: frozenset({S.WITHDRAWN}),
    A.EXPIRE: SERVING - {S.OFFERED} | LOST,
}
"""In these states an act is behind already: said again, overtaken, or (the timer) no longer of interest."""


class Answer(NamedTuple):
    """What came of an act. `changed` is False where it says nothing new, too; `refused` says why it cannot be."""

    state: OrderState
    changed: bool
    refused: str = ""


def after(state: OrderState, act: OrderAct, who: Who) -> Answer:
    """What an act makes of an order. Never raises: an act that cannot be is refused with a sentence for whoever sent it."""
    step = _STEPS.get((state, act))
    if step is None:
        if state in _ON_THE_WAY_THERE[act]:
            return Answer(state, changed=False)
        return Answer(state, changed=False, refused=f"the order is {state.value}: {act.value} comes too late or too early; look at it again")
    if who not in step.who:
        return Answer(state, changed=False, refused=f"{act.value} of an order that is {state.value} is for {' or '.join(step.who)}, not for {who}")
    return Answer(step.to, changed=True)
