"""How a deadline stands at an instant: reached, when and how early or late; or how much time is left, or over."""

from __future__ import annotations

from datetime import datetime

from schemas.vocabulary import OPEN_STATES, Milestone
from sinks.story.model import Deadline, Story
from sinks.story.tongue import Tongue

_AFTER_CLOSING = frozenset({Milestone.REVIEW, Milestone.REREVIEW})
"""Milestones whose clocks run when the case has ended."""


def standing(deadline: Deadline, story: Story, tongue: Tongue, now: datetime) -> str:
    """What was planned, by which rule, and what has become of it."""
    due = deadline.due_at
    rule = tongue.clauses(deadline.rule, tongue("provisional") if deadline.provisional else "")
    if due is None:
        reached = deadline.reached_at
        return tongue("stands", rule=rule) if reached is None else tongue.clauses(rule, tongue("reached_standing", at=tongue.time(reached)))
    is_window = deadline.milestone == Milestone.RETURN
    planned = tongue("window" if is_window else "deadline", at=tongue.time(due), rule=rule)
    if deadline.reached_at is not None:
        return tongue.clauses(planned, _reached(deadline.reached_at, due, tongue))
    is_open = story.state in OPEN_STATES or deadline.milestone in _AFTER_CLOSING
    if is_open and now <= due:
        return tongue.clauses(planned, tongue("left", left=tongue.lasting(due - now)))
    if is_window:
        return tongue.clauses(planned, tongue("window_over"))
    return tongue.clauses(planned, tongue("overdue", late=tongue.lasting(now - due)) if is_open else tongue("not_reached"))


def _reached(at: datetime, due: datetime, tongue: Tongue) -> str:
    if at > due:
        return tongue("reached_late", at=tongue.time(at), late=tongue.lasting(at - due))
    return tongue("reached", at=tongue.time(at), ahead=tongue.lasting(due - at))
