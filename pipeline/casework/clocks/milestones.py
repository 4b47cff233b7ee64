"""Every milestone of a case with its due instant, none later than the closing limit (`domain/domain.md`, Decisions, Which limit)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.casework.clocks.calendar import OfficeCalendar, micros
from pipeline.casework.clocks.reckoning import Clock, Due, Reckoner, Stands, stands
from pipeline.casework.clocks.rules import Choice, Facts, LimitRules
from pipeline.casework.clocks.spans import DaySpans
from schemas.vocabulary import Milestone, Start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pipeline.casework.clocks.reckoning import Pause
    from reference.pack import Reference
    from schemas.limit import Limit

NOT_CAPPED = frozenset({Milestone.CLOSE, Milestone.REVIEW, Milestone.REREVIEW})
"""Closing itself, and what comes after it; all else happens before, and is due no later."""
EACH_ORDER = frozenset({Milestone.SIGN, Milestone.RETURN, Milestone.CONTACT, Milestone.DEPART, Milestone.ARRIVE})
"""What each unit does that the case is sent to; all else that dispatch starts, the first dispatch starts."""
_NO_SPANS: frozenset[str] = frozenset()
_NO_GRANTS: Mapping[Milestone, Sequence[Limit]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Running:
    """What has started of a case, and what was approved since.

    `started` says when: `dispatched` is the first dispatch, `sent_again` the latest one to another unit, from which that unit signs, returns and
    so on. `pauses` are for the whole case (挂账, statutory procedures, an upheld return), `grants` for single milestones (延期, a ruling).
    """

    started: Mapping[Start, datetime]
    sent_again: datetime | None = None
    pauses: Sequence[Pause] = ()
    grants: Mapping[Milestone, Sequence[Limit]] = field(default_factory=lambda: _NO_GRANTS)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A milestone that is to be reached: by when, and why then. `capped_by` is the rule of a shorter limit that holds instead, if any.

    `clock` is what it runs on, for warnings: where the closing limit caps, closing's.
    """

    choice: Choice
    starts_at: datetime
    due: Due
    clock: Clock
    capped_by: str = ""

    @property
    def milestone(self) -> Milestone:
        """What is to be reached."""
        return self.choice.milestone


class Timetable:
    """The milestones of cases, by one pack. Knows nothing of what has been reached: whoever asks leaves that out."""

    def __init__(self, reference: Reference) -> None:
        self.calendar = OfficeCalendar.of(reference)
        self.reckoner = Reckoner(self.calendar)
        self.rules = LimitRules(reference)
        self.spans = DaySpans(reference.day_spans, reference.time_zone)

    def plan(self, facts: Facts, running: Running) -> tuple[Deadline, ...]:
        """The deadlines of all milestones whose clock has started, in the usual order of milestones."""
        standing = stands(running.pauses)
        closing = self._closing(facts, running, standing)
        made = (closing if milestone is Milestone.CLOSE else self._deadline(milestone, facts, running, standing, closing) for milestone in Milestone)
        return tuple(deadline for deadline in made if deadline is not None)

    def deadline(self, milestone: Milestone, facts: Facts, running: Running) -> Deadline | None:
        """The deadline of one milestone; None where it has none, or its clock has not started."""
        standing = stands(running.pauses)
        closing = None if milestone in NOT_CAPPED and milestone is not Milestone.CLOSE else self._closing(facts, running, standing)
        return closing if milestone is Milestone.CLOSE else self._deadline(milestone, facts, running, standing, closing)

    def choice(self, milestone: Milestone, facts: Facts, at: datetime | None = None) -> Choice | None:
        """The rule of a milestone whose clock starts at `at`; None where no rule fits."""
        spans = _NO_SPANS if at is None else frozenset(span for span in self.rules.spans if self.spans.end(span, at) is not None)
        return self.rules.choose(milestone, facts, spans)

    def _closing(self, facts: Facts, running: Running, standing: Stands) -> Deadline | None:
        return self._deadline(Milestone.CLOSE, facts, running, standing, None)

    def _deadline(self, milestone: Milestone, facts: Facts, running: Running, standing: Stands, closing: Deadline | None) -> Deadline | None:
        choice = self.choice(milestone, facts)
        if choice is None or (at := running.started.get(choice.starts)) is None:
            return None
        if choice.starts is Start.DISPATCHED and milestone in EACH_ORDER and running.sent_again is not None:
            at = running.sent_again
        choice = self.choice(milestone, facts, at)
        if choice is None or choice.limit is None:
            return None
        start, grants = micros(at), tuple(running.grants.get(milestone, ()))
        best = self._made(choice, at, Clock(start, choice.limit, grants, standing))
        if choice.cap is not None:
            best = _earlier(best, self._made(choice, at, Clock(start, choice.cap, grants, standing), choice.rule))
        return best if milestone in NOT_CAPPED else self._capped(best, facts, running, standing, closing)

    def _capped(self, best: Deadline, facts: Facts, running: Running, standing: Stands, closing: Deadline | None) -> Deadline:
        """No later than the closing limit: reckoned from its own start, and, where closing runs already, than closing itself.

        A closing that was overdue before this milestone began (another unit is sent late) no longer bounds it.
        """
        if closing is None or closing.starts_at != best.starts_at:
            rule = self.choice(Milestone.CLOSE, facts)
            if rule is not None and rule.limit is not None:
                limit = Clock(best.clock.start, rule.limit, tuple(running.grants.get(Milestone.CLOSE, ())), standing)
                best = _earlier(best, self._made(best.choice, best.starts_at, limit, rule.rule))
        if closing is not None and (closing.due.at is None or closing.due.at > best.starts_at):
            best = _earlier(best, replace(best, due=closing.due, clock=closing.clock, capped_by=closing.choice.rule))
        return best

    def _made(self, choice: Choice, at: datetime, running: Clock, capped_by: str = "") -> Deadline:
        return Deadline(choice, at, self.reckoner.due(running), running, capped_by)


def _earlier(first: Deadline, other: Deadline) -> Deadline:
    """Whichever is due first; the first where both are due at once, or the clock stands before either."""
    if other.due.at is None or (first.due.at is not None and first.due.at <= other.due.at):
        return first
    return other
