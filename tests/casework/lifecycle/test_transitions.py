"""Every row of the shipped table of transitions, from every state: what it does, who may not, what stops it. `docs/lifecycle.md` names these tests."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipeline.casework.lifecycle.work import Work
from schemas.centre import TransitionRule
from schemas.vocabulary import Action, CaseState, ClockEffect, Milestone, Start
from tests.casework.lifecycle.centre import pukou
from tests.casework.lifecycle.happening import come, happen

ROWS = [(rule, state) for rule in pukou().transitions for state in rule.states]
_REACH = "reach_"
_STARTED = {
    ClockEffect.START_DISPATCHED: Start.DISPATCHED,
    ClockEffect.START_RETURNED: Start.RETURNED,
    ClockEffect.START_FED_BACK: Start.FED_BACK,
    ClockEffect.START_REVIEW: Start.REVIEW_ASKED,
    ClockEffect.START_REREVIEW: Start.REREVIEW_ASKED,
}


def name(row: tuple[TransitionRule, CaseState]) -> str:
    """Of a test: `signed-DISPATCHED`."""
    return f"{row[0].action.value}-{row[1].value}"


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_a_transition_does_what_its_row_says(row: tuple[TransitionRule, CaseState]) -> None:
    rule, state = row
    way = come(rule.action, state)
    before = way.centre.work(way.case)
    happen(rule.action, way)
    lines = [line for line in way.centre.lines(way.case, rule.action) if line.from_state is state]
    assert lines, way.centre.story(way.case)
    line = lines[-1]
    assert line.to_state == (rule.to or state)
    assert line.actor.partition(":")[0] in {*rule.who, "rule"}
    after = way.centre.work(way.case)
    for effect in rule.clocks:
        holds(effect, before, after)
    if not rule.clocks and line.data.get("deadlines"):
        assert rule.action in (Action.PLANNED, Action.REWORKED, Action.REOPENED), "a deadline moved without a clock effect"


def due(work: Work) -> datetime | None:
    """When it must be closed."""
    plan = work.plan(Milestone.CLOSE)
    assert plan is not None
    return plan.due


def later(before: Work, after: Work) -> timedelta:
    """By how much the closing limit has moved."""
    then, now = due(before), due(after)
    assert then is not None
    assert now is not None
    return now - then


def holds(effect: ClockEffect, before: Work, after: Work) -> None:
    """What an effect has done to the clocks."""
    if effect.startswith(_REACH):
        assert Milestone(effect.removeprefix(_REACH)).value in after.reached
    elif effect in _STARTED:
        assert _STARTED[effect].value in after.started
        assert before.started.get(_STARTED[effect].value) != after.started[_STARTED[effect].value]
    elif effect is ClockEffect.SEND_AGAIN:
        assert after.sent_again is not None
        assert after.sent_again != before.sent_again
        assert after.started["dispatched"] == before.started["dispatched"]
        assert {"sign", "contact", "arrive"}.isdisjoint(after.reached)
    elif effect is ClockEffect.CREDIT_REVIEW:
        stop, asked = after.stops[-1], before.returning
        assert asked is not None
        assert (stop.kind, stop.since) == ("review", asked.at)
        assert stop.until is not None
        assert later(before, after) == stop.until - stop.since
    elif effect is ClockEffect.STOP:
        assert after.stands is not None
        assert due(after) is None
    elif effect is ClockEffect.GO:
        assert after.stands is None
        assert due(after) is not None
    elif effect is ClockEffect.PUT_OFF:
        assert later(before, after) > timedelta()
    else:
        assert effect is ClockEffect.END
        assert not after.open
        assert not after.sent
        assert not after.alerts
        assert after.due is None
