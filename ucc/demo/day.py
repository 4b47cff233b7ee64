"""A simulated day of a district: what every source pushes, when; the figures of its departments; who is out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from connectors.simulation.faults import Push, pushes, stormy_day
from connectors.simulation.readings import readings
from reference.pack import Reference
from schemas.reading import Reading
from schemas.vocabulary import Source

SHARES: Final[Mapping[Source, int]] = {
    Source.HOTLINE12345: 300,
    Source.POLICE110: 80,
    Source.CITY_MANAGEMENT: 400,
    Source.PETITION: 15,
    Source.JOINT_PATROL: 600,
    Source.DEPARTMENT: 105,
}
"""Reports of each source on an ordinary day of a district of half a million people (`domain/domain.md` §0, volumes)."""
READINGS_EVERY = timedelta(minutes=5)
LENGTH = timedelta(hours=24)
SATURDAY = 5


class Day(NamedTuple):
    """What is asked for. `start` is aware; `reports` of all sources together, without what the storm adds; whoever is out stands in the reference."""

    reference: Reference
    start: datetime
    seed: int
    reports: int
    length: timedelta = LENGTH

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + self.length


class Window(NamedTuple):
    """What sources push by `until`."""

    until: datetime
    pushes: list[Push]
    readings: list[Reading]


def counts(reports: int) -> list[tuple[Source, int]]:
    """So many reports, shared among the sources as on an ordinary day; each has one at least."""
    return [(source, max(1, round(reports * share / sum(SHARES.values())))) for source, share in SHARES.items()]


def staffed(reference: Reference, count: int) -> Reference:
    """The pack with so many of its responders, of every force and shift: those who are out today. There are no more than it has."""
    step = max(1, len(reference.responders) // max(1, count))
    return replace(reference, responders=reference.responders[::step][:count])


def working_day(reference: Reference, today: date) -> date:
    """The latest day up to today on which offices are open: on any other nearly all that is handled waits."""
    known = {one.day: one.works for one in reference.calendar}
    while not known.get(today, today.weekday() < SATURDAY):
        today -= timedelta(days=1)
    return today


def windows(day: Day, step: timedelta) -> Iterator[Window]:
    """The day in steps of so long a time. What was held up until after its end comes with the last."""
    lines = pushes(stormy_day(day.reference, counts(day.reports), day.seed, day.start), day.seed, day.start)
    waiting: deque[Push] = deque()
    last_reading = day.start - READINGS_EVERY
    until = day.start
    while until < day.end:
        until = min(until + step, day.end)
        while not waiting or waiting[-1].at <= until:
            if (push := next(lines, None)) is None:
                break
            waiting.append(push)
        told = []
        while waiting and waiting[0].at <= until:
            told.append(waiting.popleft())
        said: list[Reading] = []
        if until - last_reading >= READINGS_EVERY:
            last_reading = until
            said = list(readings(day.reference, until, day.seed))
        yield Window(until, told, said)
