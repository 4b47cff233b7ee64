"""What the people of a district remember: the cases that they work on, and what each of them means to do when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from connectors.simulation.people.habits import PRESSING, Habits
from reference.pack import Reference
from schemas.command import Actor
from schemas.vocabulary import Action

OPENS, CLOSES = time(9), time(18)
"""Office hours of those who are not on duty at night."""
SATURDAY = 5


class Act(NamedTuple):
    """What somebody means to do. Acts of one instant are done in the order in which they were meant."""

    at: datetime
    order: int
    what: str
    """`sign`, `verify`, `accept`, …: who does it goes by that."""
    case: str = ""
    """case_id."""
    turn: int = 0
    """Of the case at a unit: what is meant for an earlier turn is not done any more."""
    more: tuple[str, ...] = ()
    """What else has to be known: need and order, a unit, an alert."""


class Wish(NamedTuple):
    """A command to be given: by whom, what, with which further fields."""

    actor: Actor
    action: Action
    more: Mapping[str, Any] = {}


@dataclass(slots=True)
class File:
    """What people know of a case that is open, or was closed a while ago."""

    picture: Mapping[str, Any]
    """The latest line of `ucc.cases`."""
    unit: str = ""
    turn: int = 0
    began: datetime | None = None
    asleep: bool = False
    """The unit has forgotten it."""
    left: bool = False
    """The desk has forgotten it."""
    tries: int = 0
    refused: int = 0
    sent_back: int = 0
    spoken: bool = False

    @property
    def state(self) -> str:
        """Where it stands."""
        return str(self.picture["state"])

    @property
    def urgency(self) -> str:
        """How urgent it is."""
        return str(self.picture.get("urgency", "U3"))

    @property
    def pressing(self) -> bool:
        """Whether somebody has to see to it at any hour."""
        return self.urgency in PRESSING


class Memory:
    """Of all of them. `now` is when they last acted: nobody acts in the past."""

    def __init__(self, reference: Reference, seed: int, habits: Habits, start: datetime) -> None:
        self.reference, self.habits, self.seed, self.now = reference, habits, seed, start
        self.files: dict[str, File] = {}
        self.reopened: set[str] = set()
        """Closed cases that somebody means to reopen."""
        self._plan: list[Act] = []
        self._meant = 0
        self._zone = ZoneInfo(reference.time_zone)
        self._days = {one.day: one.works for one in reference.calendar}

    def dice(self, *name: str) -> Random:
        """Dice for one decision: what it is about is its name, so that decisions do not hang on each other."""
        return Random(f"{self.seed}/{'/'.join(name)}")  # noqa: S311  no secret: it has to be the same again

    def means(self, at: datetime, what: str, case: str = "", turn: int = 0, more: tuple[str, ...] = (), *, office: bool = False) -> None:
        """Somebody means to do something, in office hours where that is said."""
        self._meant += 1
        at = max(at, self.now)
        heappush(self._plan, Act(self.in_office(at) if office else at, self._meant, what, case, turn, more))

    def next(self, until: datetime) -> Act | None:
        """The next thing that is meant to be done by then."""
        return heappop(self._plan) if self._plan and self._plan[0].at <= until else None

    def waiting(self) -> datetime | None:
        """When the next thing is meant to be done."""
        return self._plan[0].at if self._plan else None

    def in_office(self, at: datetime) -> datetime:
        """The instant itself, or as far into the next office day as it lies beyond the last one's hours, some minutes at most."""
        local = at.astimezone(self._zone)
        if self._works(local.date()) and OPENS <= local.time() < CLOSES:
            return at
        day = local.date() + timedelta(days=local.time() >= CLOSES)
        while not self._works(day):
            day += timedelta(days=1)
        return datetime.combine(day, OPENS, tzinfo=self._zone).astimezone(at.tzinfo) + timedelta(seconds=local.hour * 150 + local.minute * 2 + local.second)

    def _works(self, day: date) -> bool:
        known = self._days.get(day)
        return day.weekday() < SATURDAY if known is None else known
