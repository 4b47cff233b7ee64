"""How each action of the table comes about in each of its states: what has to be there before, and what makes it happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.vocabulary import OPEN_STATES, Action, CaseState, Force, OrderAct
from tests.casework.lifecycle.centre import HERE
from tests.casework.lifecycle.ways import DANGER, ELSEWHERE, FAR_APART, MORE_LONG, MORE_WATER, PETITION, WATER, Way

A, S = Action, CaseState


def come(action: Action, state: CaseState) -> Way:
    """A case in that state, with what the action needs to be possible."""
    made = _COMES.get(action)
    return Way(state) if made is None else made(state)


def happen(action: Action, way: Way) -> None:
    """The action, by a command where nothing else makes it happen."""
    made = _HAPPENS.get(action)
    if made is None:
        way.do(action)
    else:
        made(way)


def _gone(state: CaseState) -> Way:
    """One of its reports is withdrawn, the only one where it has ended."""
    way = Way(state, reports=2 if state in OPEN_STATES else 1)
    if state is not S.WITHDRAWN:
        way.withdraw("A2" if state in OPEN_STATES else "A1")
    return way


def _sent(state: CaseState) -> Way:
    """Somebody goes there, or is there."""
    return Way(state, sent=True)


def _with(*actions: Action, **more: Any) -> Callable[[CaseState], Way]:
    """Before, these are done in the state."""

    def made(state: CaseState) -> Way:
        way = Way(state, **more)
        for one in actions:
            way.do(one)
            way.centre.later(seconds=10)
        return way

    return made


def _reviewed(*actions: Action) -> Callable[[CaseState], Way]:
    """A petition that was closed, and what was asked of it since."""

    def made(state: CaseState) -> Way:
        way = Way(state, source=PETITION)
        for one in actions:
            way.do(one)
        return way

    return made


def _child(state: CaseState) -> Way:
    """Of an incident: the last of four cases, and on its way by itself."""
    way = Way(S.CLASSIFIED if state is S.CLASSIFIED else S.DISPATCHED, beside=3)
    assert way.centre.work(way.case).parent
    way.into(state)
    return way


def _returning(number: int) -> Callable[[CaseState], Way]:
    """So many units have returned it; the last return waits."""

    def made(state: CaseState) -> Way:
        way = Way(S.DISPATCHED)
        for index in range(number):
            if index:
                way.do(A.RETURN_UPHELD)
            way.unit(A.RETURN_ASKED)
            way.centre.later(seconds=30)
        way.into(state)
        return way

    return made


def _tried(state: CaseState) -> Way:
    """Whoever reported could not be reached: three times on two days."""
    way = Way(state)
    for _ in range(3):
        way.do(A.CONTACT_TRIED)
        way.centre.later(days=1)
    return way


def _older(state: CaseState) -> Way:
    """A younger case lies so far away that what is between is near to both."""
    way = Way(state)
    way.said("B1", lng=HERE[0] + FAR_APART, lat=HERE[1])
    return way


def _younger(state: CaseState) -> Way:
    """As `_older`, for the younger of the two."""
    return Way(state, after=FAR_APART)


def _gave(state: CaseState) -> Way:
    """Another case was merged into it by hand, before it ended."""
    way = Way(S.DISPATCHED)
    other = way.other()
    assert way.centre.desk(A.MERGED, other, other=way.case, reason="同一件事").code == ""
    way.given = other
    way.into(state)
    return way


def _moves(way: Way) -> None:
    """Reports come to it, or go."""
    if way.given:
        way.centre.desk(A.UNMERGED, way.given, reason="不是一件事")
    else:
        _bridge(way)


def _joins(way: Way) -> None:
    way.said("A2")


def _revised(way: Way) -> None:
    way.said("A1", MORE_WATER if way.text == WATER else MORE_LONG)


def _moved(way: Way) -> None:
    way.said("A1", lng=ELSEWHERE[0], lat=ELSEWHERE[1])


def _bridge(way: Way) -> None:
    way.said("C1", lng=HERE[0] + FAR_APART / 2, lat=HERE[1])


def _neighbours(way: Way) -> None:
    """Three more within the kilometre; a case that waits for its dispatch is an incident's parent, too."""
    for number in range(1, 4):
        way.said(f"B{number}", lng=HERE[0] + 0.003 * number, lat=HERE[1])


def _parent_closes(way: Way) -> None:
    number = next(case.number for case in way.centre.cases.values() if case.case_id == way.centre.case(way.case).parent)
    unit = way.centre.unit(number)
    if way.centre.case(number).state is S.CLASSIFIED:
        way.centre.desk(A.DISPATCHED, number)
    for action in (A.SIGNED, A.CONTACTED, A.FED_BACK):
        way.centre.command(action, number, unit, result="已恢复供水")
    assert way.centre.desk(A.CLOSED, number, result="已恢复供水").code == ""


def _leaves(way: Way) -> None:
    """A report is withdrawn; where all were, one of two comes again and is sealed: it leaves the case."""
    if way.centre.case(way.case).state is S.WITHDRAWN:
        way.said("A1", "举报局长贪污受贿")
    else:
        way.withdraw("A1")


def _again(way: Way) -> None:
    """The report that was withdrawn stands again."""
    way.said("A2" if way.centre.case(way.case).state in OPEN_STATES else "A1")


def _declines(way: Way) -> None:
    way.centre.command(A.ORDER_TOLD, way.case, way.responder(), act=OrderAct.DECLINE, reason="车坏了")


def _nobody_else(way: Way) -> None:
    """Nobody else can be called, and who goes cannot go after all."""
    way.centre.later(minutes=40)  # fixes are stale by now
    _declines(way)


def _somebody_else(way: Way) -> None:
    way.centre.near(Force.REPAIR, 3, skill="water", unit="gongshui")
    _declines(way)


def _tells(way: Way) -> None:
    """Who goes there says how far it is; what became of its order when the case ended was told then."""
    if way.centre.case(way.case).state in OPEN_STATES:
        way.centre.command(A.ORDER_TOLD, way.case, way.responder(), act=OrderAct.FINISH if way.centre.work(way.case).arrived else OrderAct.DEPART)


def _assigns(way: Way) -> None:
    need = way.centre.work(way.case).needs[0].need
    (name,) = way.centre.near(Force.REPAIR, 1, skill="water", unit="gongshui")
    assert way.centre.desk(A.ORDER_ASSIGNED, way.case, need=need, responder=name).code == ""


def _more_urgent(way: Way) -> None:
    """Its report says so now."""
    way.said("A1", DANGER if way.text == WATER else f"{MORE_LONG}，有人跳楼轻生")


def _late(way: Way) -> None:
    way.centre.later(days=40)


def _link(action: Action) -> Callable[[Way], None]:
    return lambda way: way.do(action, other=way.other())


_COMES: Mapping[Action, Callable[[CaseState], Way]] = {
    A.REPORT_WITHDRAWN: lambda state: Way(state, reports=2 if state in OPEN_STATES or state is S.WITHDRAWN else 1),
    A.REVIVED: _gone,
    A.ABSORBED: _younger,
    A.REPORT_MOVED: lambda state: _older(state) if state in OPEN_STATES else _gave(state),
    A.CLOSED: lambda state: _child(state) if state in OPEN_STATES - {S.FEEDBACK, S.VERIFYING, S.REVISITING} else Way(state),
    A.FED_BACK: _tried,
    A.RESUMED: _with(A.PAUSED),
    A.SUPERVISION_ENDED: _with(A.SUPERVISED),
    A.RETURN_UPHELD: _returning(1),
    A.RETURN_REJECTED: _returning(1),
    A.RULED: _returning(2),
    A.REVIEW_ASKED: _reviewed(),
    A.REVIEWED: _reviewed(A.REVIEW_ASKED),
    A.REREVIEW_ASKED: _reviewed(A.REVIEW_ASKED, A.REVIEWED),
    A.REREVIEWED: _reviewed(A.REVIEW_ASKED, A.REVIEWED, A.REREVIEW_ASKED),
    A.SPLIT: lambda state: Way(state, reports=2),
    A.NEEDED: _sent,
    A.ORDERED: _sent,
    A.ORDER_TOLD: _sent,
    A.WARNED: lambda state: Way(state) if state in OPEN_STATES else _reviewed(A.REVIEW_ASKED)(state),
}
_HAPPENS: Mapping[Action, Callable[[Way], None]] = {
    A.JOINED: _joins,
    A.REVISED: _revised,
    A.MOVED: _moved,
    A.REPORT_WITHDRAWN: _leaves,
    A.WITHDRAWN: lambda way: way.withdraw(),
    A.REVIVED: _again,
    A.ABSORBED: _bridge,
    A.REPORT_MOVED: _moves,
    A.INCIDENT: _neighbours,
    A.ARCHIVED: _late,
    A.NEEDED: _nobody_else,
    A.ORDERED: _somebody_else,
    A.ORDER_TOLD: _tells,
    A.ORDER_ASSIGNED: _assigns,
    A.PLANNED: _more_urgent,
    A.WARNED: _late,
    A.MERGED: _link(A.MERGED),
    A.LINKED: _link(A.LINKED),
    A.CLOSED: lambda way: _parent_closes(way) if way.centre.work(way.case).parent else way.do(A.CLOSED),
}
