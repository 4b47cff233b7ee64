"""Every guard of every row of the shipped table: where it does not hold, the command is refused with its code and a sentence, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from schemas.centre import TransitionRule
from schemas.command import Actor
from schemas.vocabulary import Action, CaseState, Guard, Role, VerdictKind
from tests.casework.lifecycle.centre import DESK, pukou
from tests.casework.lifecycle.happening import come
from tests.casework.lifecycle.ways import GONE, LONG, Way

A, G, S = Action, Guard, CaseState
ROWS = [(rule, guard) for rule in pukou().transitions for guard in rule.guards if set(rule.who) != {Role.CLOCK}]
HOLDS_ANYWAY = {
    (A.DISPATCHED, G.UNIT_NAMED): "routing always names one, the desk at least",
    (A.DISPATCHED, G.NOT_SEALED): "a sealed case is not found by its number",
    (A.MERGED, G.NOT_SEALED): "a sealed case is not found by its number",
    (A.SPLIT, G.NOT_SEALED): "a sealed case is not found by its number",
    (A.CLOSED, G.RESULT): "the feedback has brought one",
    (A.CLOSED, G.NO_RETURN_OPEN): "nothing is fed back while a return waits",
    (A.REOPENED, G.REOPEN_WINDOW): "the clock archives it first",
}
"""Belts beside the braces: no way leads to a case that they would stop."""
_WITHOUT: Mapping[Guard, Mapping[str, Any]] = {
    G.UNIT_NAMED: {"unit": ""},
    G.REASON: {"reason": " "},
    G.OWN_CASE: {"actor": GONE},
    G.RESULT: {"result": ""},
    G.RETURN_COMPLETE: {"clause": ""},
    G.NOT_ACCEPTED_REASON: {"not_accepted": None},
    G.APPROVED: {"approver": ""},
    G.EXTENDABLE: {"limit": "30d"},
    G.OTHER_CASE: {"other": ""},
    G.OTHER_OPEN: {"other": ""},
    G.HAS_REPORTS: {"reports": ()},
}
"""What the command lacks."""


def name(row: tuple[TransitionRule, Guard]) -> str:
    """Of a test: `fed_back-spoken`."""
    rule, guard = row
    twice = [other for other in pukou().transitions if other.action is rule.action and guard in other.guards]
    return f"{rule.action.value}-{guard.value}" + (f"-{rule.states[0].value}" if len(twice) > 1 else "")


def _paused(action: Action, state: CaseState) -> Way:
    way = Way(S.SIGNED if state is not S.DISPATCHED else state)
    way.do(A.PAUSED)
    if action is A.FED_BACK:
        way.unit(A.CONTACTED)
    return way


def _returned(action: Action, state: CaseState) -> Way:
    """A return waits; of what is done later than a return can be, the case has gone on meanwhile."""
    way = Way(S.DISPATCHED)
    way.unit(A.RETURN_ASKED)
    if action is A.FED_BACK:
        way.unit(A.SIGNED)
        way.unit(A.CONTACTED)
    elif state is S.SIGNED:
        way.unit(A.SIGNED)
    elif state is S.CLASSIFIED:
        assert action in (A.NOT_ACCEPTED, A.TRANSFERRED, A.MERGED)
    return way


def _late(action: Action, state: CaseState) -> Way:
    way = come(action, state)
    way.centre.later(hours=2)
    return way


def _rejected(action: Action, state: CaseState) -> Way:
    assert action is A.RETURN_ASKED
    way = Way(state)
    way.unit(A.RETURN_ASKED)
    way.do(A.RETURN_REJECTED)
    return way


def _there(action: Action, state: CaseState) -> Way:
    assert (action, state) == (A.CLOSED, S.FEEDBACK)
    return Way(state, sent=True)


def _asked_before(action: Action, state: CaseState) -> Way:
    way = come(action, state)
    way.do(action)
    way.do(A.REVIEWED if action is A.REVIEW_ASKED else A.REREVIEWED)
    return way


def _answered(action: Action, state: CaseState) -> Way:
    way = come(action, state)
    way.do(action)
    return way


def _plain(_: Action, state: CaseState) -> Way:
    return Way(state)


_COMES: Mapping[Guard, Callable[[Action, CaseState], Way]] = {
    G.SPOKEN: _plain,
    G.IN_RETURN_WINDOW: _late,
    G.FIRST_RETURN: _rejected,
    G.NO_RETURN_OPEN: _returned,
    G.RETURN_OPEN: _plain,
    G.DISPUTED: _plain,
    G.CLOCK_RUNS: _paused,
    G.CLOCK_STANDS: _plain,
    G.SUPERVISED: _plain,
    G.NEEDS_DONE: _there,
    G.PETITION: _plain,
    G.REVIEW_WINDOW: _asked_before,
    G.REVIEW_OPEN: _answered,
}
"""Where the case itself is not as the guard wants it."""


@pytest.mark.parametrize("row", [row for row in ROWS if (row[0].action, row[1]) not in HOLDS_ANYWAY], ids=name)
def test_a_guard_that_does_not_hold_refuses_and_says_what_to_do(row: tuple[TransitionRule, Guard]) -> None:
    rule, guard = row
    way = _COMES.get(guard, come)(rule.action, rule.states[0])
    missing = dict(_WITHOUT.get(guard, {}))
    if guard is G.LEAD:
        beside = Actor(role=Role.UNIT, name="协办", unit=way.centre.work(way.case).co_units[0])
        missing["actor"] = GONE if rule.action is A.FED_BACK else beside  # a co-unit feeds back what it has done itself
    if rule.action in (A.MERGED, A.LINKED) and "other" not in missing:
        missing["other"] = way.other()
    told = len(way.centre.journal)
    verdict = way.tell(rule.action, **missing)
    assert (verdict.verdict, verdict.code) == (VerdictKind.REFUSED, guard.value.replace("_", "-"))
    assert len(verdict.detail) > 8
    assert len(way.centre.journal) == told


def test_what_holds_anyway_is_still_in_the_table() -> None:
    assert HOLDS_ANYWAY.keys() <= {(rule.action, guard) for rule, guard in ROWS}


@pytest.mark.parametrize("state", CaseState)
def test_from_every_state_who_is_not_in_the_row_is_refused(state: CaseState) -> None:
    way = Way(state)
    told = len(way.centre.journal)
    for action in Action:
        row = way.centre.book.row(action, state)
        if action in (A.ACKNOWLEDGED, A.AVAILABILITY) or row is None:
            continue
        for role in Role:
            if role in row.who and role is not Role.CLOCK:
                continue  # nobody commands as the clock
            verdict = way.tell(action, actor=Actor(role=role, name="某人", unit=way.centre.unit(way.case).unit))
            assert verdict.verdict is VerdictKind.REFUSED, (action, role)
            assert verdict.code in ("not-yours", "not-now", "not-commanded"), (action, role)
    assert len(way.centre.journal) == told


@pytest.mark.parametrize("state", CaseState)
def test_from_every_state_that_a_row_does_not_name_its_action_is_refused_or_was_done_before(state: CaseState) -> None:
    way = Way(state)
    told = len(way.centre.journal)
    for action in Action:
        if action in (A.ACKNOWLEDGED, A.AVAILABILITY) or way.centre.book.row(action, state) is not None:
            continue
        for actor in (DESK, way.centre.unit(way.case)):
            verdict = way.tell(action, actor=actor)
            assert (verdict.verdict, verdict.code) in ((VerdictKind.REFUSED, "not-now"), (VerdictKind.DONE_BEFORE, "done-before")), action
            assert verdict.detail
    assert len(way.centre.journal) == told
    assert way.centre.case(way.case).state is state


def test_what_was_done_is_answered_with_who_was_first() -> None:
    way = Way(S.CLOSED)
    assert way.tell(A.CLOSED).detail == "desk:值班员 was first"


def test_a_sealed_case_is_not_found() -> None:
    way = Way(S.CLASSIFIED, text=LONG)
    way.said("A1", "举报局长贪污受贿")
    assert way.tell(A.DISPATCHED).code == "unknown-case"
