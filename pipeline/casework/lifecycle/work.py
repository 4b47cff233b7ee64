"""The row of a case that is worked on: all that its way, its clocks and its orders rest on. Immutable; kept beside the case's own row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.casework.clocks.milestones import Running
from pipeline.casework.clocks.reckoning import Pause
from pipeline.casework.dispatch.needs import Need
from schemas.errors import BrokenFrame
from schemas.limit import read_limit
from schemas.vocabulary import AlertLevel, Milestone, NeedState, OrderState, Start


@dataclass(frozen=True, slots=True)
class Planned:
    """A deadline as it stands: when it is due (none: the clock stands), from when it runs, by which rule, shortened by which."""

    milestone: Milestone
    due: datetime | None
    starts: datetime
    rule: str
    provisional: bool = False
    capped_by: str = ""


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801  `Warning` is Python's own
    """A warning that is still to be told."""

    at: datetime
    """When people are told: quiet hours are over then."""
    since: datetime
    """When it is so."""
    milestone: Milestone
    level: AlertLevel
    tells: tuple[str, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The clock of the whole case stands, or stood: by whose approval, why."""

    kind: str
    """paused, suspended or review (of an upheld return)."""
    since: datetime
    until: datetime | None
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Grant:
    """So much more time for a milestone (延期)."""

    milestone: Milestone
    limit: str
    at: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Returned:
    """退单: a unit refused, and what became of it."""

    unit: str
    at: datetime
    reason: str
    clause: str
    suggested: str
    rule: str
    """The rule that had sent it there."""
    ruling: str = ""
    """upheld, rejected; empty: still open."""


@dataclass(frozen=True, slots=True)
class CoTask:
    """协办: a co-unit's own task."""

    unit: str
    since: datetime
    signed_at: datetime | None = None
    done_at: datetime | None = None
    result: str = ""


@dataclass(frozen=True, slots=True)
class Supervision:
    """督办: a level, since when, and by when the case must have moved."""

    level: int
    since: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of the work on a case. Instants are UTC; dictionaries are keyed by the words' codes."""

    ordinal: int
    open: bool
    unit: str = ""
    """With whom it is now; empty: at the desk."""
    co_units: tuple[str, ...] = ()
    rule: str = ""
    """The routing rule (or `precedent/…`, `desk`) that sent it there."""
    by_hand: bool = False
    """A person chose the unit: a revised report does not move the case any more."""
    source: str = ""
    """Of the report that the case is described by."""
    against: tuple[str, ...] = ()
    started: dict[str, datetime] = field(default_factory=dict)
    sent_again: datetime | None = None
    reached: dict[str, datetime] = field(default_factory=dict)
    plans: tuple[Planned, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    warned: tuple[str, ...] = ()
    """What was told already: `close/orange`."""
    stops: tuple[Stop, ...] = ()
    grants: tuple[Grant, ...] = ()
    returns: tuple[Returned, ...] = ()
    disputed: bool = False
    supervision: Supervision | None = None
    co_tasks: tuple[CoTask, ...] = ()
    needs: tuple[Need, ...] = ()
    tries: tuple[datetime, ...] = ()
    """Attempts to reach who reported, in vain."""
    spoken: bool = False
    result: str = ""
    rework: int = 0
    closed_at: datetime | None = None
    parent: int = 0
    """Ordinal of the incident's parent."""
    children: tuple[int, ...] = ()
    links: tuple[int, ...] = ()
    apart: tuple[int, ...] = ()
    """Cases that a person has taken apart from this one: the machine does not put them together again."""
    into: int = 0
    gave: tuple[str, ...] = ()
    """Register keys that moved when a person or the machine merged it into another."""
    told: tuple[str, ...] = ()
    """Register keys of reports whose source has had its final result."""
    restricted: bool = False
    """What was said is for who handles it alone: minors, domestic violence, suicide."""
    alerts: tuple[str, ...] = ()
    """Ids of its alerts that are not over."""
    done: dict[str, str] = field(default_factory=dict)
    """Who did what last: action → `role:name`."""
    due: datetime | None = None
    """When the clock is to look at it."""

    @property
    def stands(self) -> Stop | None:
        """The stop that keeps the clock now."""
        return next((stop for stop in reversed(self.stops) if stop.until is None), None)

    @property
    def returning(self) -> Returned | None:
        """The return that waits for its ruling."""
        return next((one for one in self.returns if not one.ruling), None)

    @property
    def flags(self) -> tuple[str, ...]:
        """What is beside the state."""
        stop = self.stands
        held = {
            "suspended": stop is not None and stop.kind == "suspended",
            "paused": stop is not None and stop.kind == "paused",
            "supervised": self.supervision is not None,
            "extended": bool(self.grants),
            "returning": self.returning is not None,
            "disputed": self.disputed,
            "incident": bool(self.parent or self.children),
            "restricted": self.restricted,
        }
        return tuple(name for name, holds in held.items() if holds)

    @property
    def sent(self) -> tuple[str, ...]:
        """Responders with a standing order."""
        return tuple(need.standing.responder for need in self.needs if need.standing is not None)

    @property
    def at_desk(self) -> int:
        """Needs that a person has to fill."""
        return sum(need.state is NeedState.DESK for need in self.needs)

    @property
    def arrived(self) -> bool:
        """Whether somebody who was sent is there."""
        return any(order.state is OrderState.ARRIVED for need in self.needs for order in need.orders)

    def plan(self, milestone: Milestone) -> Planned | None:
        """The deadline of a milestone."""
        return next((plan for plan in self.plans if plan.milestone is milestone), None)

    def running(self) -> Running:
        """As the timetable asks for it."""
        grants: dict[Milestone, list[Any]] = {}
        for grant in self.grants:
            grants.setdefault(grant.milestone, []).append(read_limit(grant.limit))
        return Running(
            started={Start(name): at for name, at in self.started.items()},
            sent_again=self.sent_again,
            pauses=tuple(Pause(stop.since, stop.until) for stop in self.stops),
            grants=grants,
        )

    def with_started(self, start: Start, at: datetime, *, anew: bool = False) -> Work:
        """A clock starts; one that runs is not started again, unless what it counts begins anew (a further feedback)."""
        if start.value in self.started and not anew:
            return self
        return replace(self, started={**self.started, start.value: at})

    def with_reached(self, milestone: Milestone, at: datetime) -> Work:
        """A milestone is reached; the first time counts."""
        return self if milestone.value in self.reached else replace(self, reached={**self.reached, milestone.value: at})


_ROW: TypeAdapter[Work] = TypeAdapter(Work)


def to_bytes(work: Work) -> bytes:
    """A row as it is kept."""
    return _ROW.dump_json(work, exclude_defaults=True)


def work_from(data: bytes) -> Work:
    """Reads a row back; raises BrokenFrame when it is none."""
    try:
        return _ROW.validate_json(data)
    except ValidationError as error:
        raise BrokenFrame(f"a row of the work on cases is not readable: {error.error_count()} problems") from error
