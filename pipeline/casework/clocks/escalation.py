"""Before and after a deadline: yellow, orange, red, who is told when, and the levels of supervision (`domain/domain.md` §4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.casework.clocks.reckoning import Due, clock
from reference.precedence import ANY
from schemas.limit import read_limit
from schemas.vocabulary import AlertLevel, Milestone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipeline.casework.clocks.milestones import Deadline, Timetable
    from pipeline.casework.clocks.reckoning import Pause
    from reference.pack import Reference
    from schemas.clocks import SupervisionLevel, WarningRule
    from schemas.vocabulary import Urgency


WINDOWS = frozenset({Milestone.RETURN})
"""Not duties but rights that end: whoever does nothing has agreed, and nobody is warned."""


class Warned(NamedTuple):
    """A milestone is about to be missed, or has been. `at` is when that is so, `tell_at` when people are told: quiet hours are over then."""

    level: AlertLevel
    at: datetime
    tell_at: datetime
    tells: tuple[str, ...]
    rule: str


class Escalation:
    """Warnings and supervision of one pack."""

    def __init__(self, reference: Reference, timetable: Timetable) -> None:
        self._timetable = timetable
        self._rules: dict[tuple[str, str], list[WarningRule]] = {}
        for rule in reference.warnings:
            self._rules.setdefault((rule.milestone, rule.urgency), []).append(rule)
        self._limits = {rule.over: read_limit(rule.over) for rule in reference.warnings}
        self._steps = reference.supervision

    def warnings(self, deadline: Deadline, urgency: Urgency) -> tuple[Warned, ...]:
        """The warnings of a deadline in order, one of each level, those that the standing clock does not reach left out.

        They are instants of the deadline's own kind of time. What has been reached by then needs no warning: whoever asks knows.
        """
        if deadline.milestone in WINDOWS:
            return ()
        first: dict[AlertLevel, Warned] = {}
        for rule in self.rules(deadline.milestone, urgency):
            at = self._at(deadline, rule)
            if at is None or (rule.level in first and first[rule.level].at <= at):
                continue
            over = self._timetable.spans.end(rule.quiet, at) if rule.quiet else None
            first[rule.level] = Warned(rule.level, at, over or at, rule.tells, rule.warning)
        order = list(AlertLevel)
        return tuple(sorted(first.values(), key=lambda warned: (warned.at, order.index(warned.level))))

    def rules(self, milestone: Milestone, urgency: Urgency) -> list[WarningRule]:
        """The rows that hold for a milestone and urgency: those of the most specific pair, the milestone's first."""
        pairs = ((milestone, urgency), (milestone, ANY), (ANY, urgency), (ANY, ANY))
        return next((self._rules[pair] for pair in pairs if pair in self._rules), [])

    def begun_by(self, level: AlertLevel) -> SupervisionLevel | None:
        """The level of supervision that a warning begins by itself."""
        return next((step for step in self._steps if step.on is level), None)

    def above(self, step: SupervisionLevel | None) -> SupervisionLevel | None:
        """The level above one, the first above none; None above the last."""
        return next((other for other in self._steps if step is None or other.level > step.level), None)

    def supervised(self, step: SupervisionLevel, since: datetime, pauses: Iterable[Pause] = ()) -> Due:
        """By when a supervised case must have moved: the level's own due time, from when supervision began. Nothing for a level without a time."""
        limit = read_limit(step.limit)
        return Due(None) if limit is None else self._timetable.reckoner.due(clock(since, limit, (), pauses))

    def _at(self, deadline: Deadline, rule: WarningRule) -> datetime | None:
        reckoner, over = self._timetable.reckoner, self._limits[rule.over]
        if rule.share is not None:
            return reckoner.at_share(deadline.clock, rule.share)
        return None if over is None else reckoner.after_due(deadline.clock, over)
