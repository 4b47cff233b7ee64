"""Responders of a simulated district on their rounds: where each of them is at any instant.

    fixes(reference, 200, at, seed)        a fix of each of 200 responders who are on shift at `at`

A pure function of the instant: each has a round of known addresses near the own grid, walks or rides from one to the next, stays a while, and goes on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from math import atan2, cos, hypot, radians
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors.samples.places import METRES_PER_DEGREE
from reference.pack import Reference
from schemas.centre import Responder, Shift
from schemas.reading import Position
from schemas.vocabulary import Force

METRES_A_SECOND: Mapping[Force, float] = {
    **dict.fromkeys((Force.GRID, Force.VOLUNTEER, Force.MEDIATION), 1.3),  # on foot
    Force.ENFORCEMENT: 5.5,  # on a scooter
    **dict.fromkeys((Force.POLICE, Force.REPAIR, Force.FIRE, Force.MEDICAL), 8.5),  # by car, in traffic
}
STOPS = {True: 4, False: 9}
"""Addresses of a round, on foot and otherwise."""
AMONG = {True: 8, False: 30}
"""Drawn from so many nearest ones."""
STAYS_S = (60, 600)
SCATTER_M = 4.0
"""What a phone is off by, each way."""
Point = tuple[float, float]
"""Longitude and latitude, WGS-84 degrees."""


class Round(NamedTuple):
    """A round: where it turns, when (seconds from its beginning) each leg and each stay begins, and when it begins anew."""

    points: tuple[Point, ...]
    """From, to, from, to, …: a stay is a leg that leads nowhere."""
    begins: tuple[float, ...]
    lasts: float
    phase: float

    def at(self, seconds: float) -> Point:
        """Where one is."""
        passed = (seconds + self.phase) % self.lasts
        leg = bisect_right(self.begins, passed) - 1
        ends = self.begins[leg + 1] if leg + 1 < len(self.begins) else self.lasts
        share = (passed - self.begins[leg]) / (ends - self.begins[leg])
        (west, south), (east, north) = self.points[leg], self.points[leg + 1]
        return west + (east - west) * share, south + (north - south) * share


class Rounds:
    """The rounds of a pack's responders. Used by one thread at a time."""

    def __init__(self, reference: Reference, seed: int) -> None:
        """`reference` has grids."""
        self.key = reference.hash, seed
        self._seed, self._zone, self._shifts = seed, ZoneInfo(reference.time_zone), reference.shifts
        self._grids: Mapping[str, Point] = {
            grid.code: (float(inside.x), float(inside.y))
            for grid, shape in zip(reference.grids, reference.polygons, strict=True)
            for inside in (shape.representative_point(),)
        }
        known = [(entry.lng, entry.lat) for entry in reference.addresses if entry.lng is not None and entry.lat is not None]
        self._known: list[Point] = known if len(known) >= AMONG[False] else [*known, *self._grids.values()]
        self._responders = list(reference.responders)
        Random(f"{seed}/responders").shuffle(self._responders)  # noqa: S311  no secret: it has to be the same again
        self._rounds: dict[str, Round] = {}

    def fixes(self, count: int, at: datetime) -> list[Position]:
        """See `fixes`."""
        local, found = at.astimezone(self._zone), list[Position]()
        for responder in self._responders:
            if len(found) == count:
                break
            if is_on(self._shifts[responder.shift], local):
                found.append(self._fix(responder, at))
        return found

    def _fix(self, responder: Responder, at: datetime) -> Position:
        lng, lat = self._round(responder).at(at.timestamp())
        dice = Random(f"{self._seed}/{responder.responder}/{at.timestamp()}")  # noqa: S311  as above
        north, east = ((2 * dice.random() - 1) * SCATTER_M / METRES_PER_DEGREE for _ in range(2))
        return Position(
            responder=responder.responder,
            at=at,
            lng=round(lng + east / cos(radians(lat)), 6),
            lat=round(lat + north, 6),
            accuracy_m=round(4 + 8 * dice.random()),
        )

    def _round(self, responder: Responder) -> Round:
        if responder.responder not in self._rounds:
            self._rounds[responder.responder] = self._made(responder)
        return self._rounds[responder.responder]

    def _made(self, responder: Responder) -> Round:
        dice = Random(f"{self._seed}/{responder.responder}")  # noqa: S311  as above
        speed = METRES_A_SECOND[responder.force]
        walks = speed < 2  # noqa: PLR2004  nobody rides so slowly
        home = self._grids.get(responder.grid) or dice.choice(self._known)
        near = sorted(self._known, key=lambda point: metres(home, point))[: AMONG[walks]]
        stops = sorted(dice.sample(near, min(STOPS[walks], len(near))), key=lambda point: atan2(point[1] - home[1], point[0] - home[0]))
        points, seconds = [home], list[float]()
        for stop in (*stops, home):
            points += [stop, stop]
            seconds += [max(1.0, metres(points[-3], stop) / speed), dice.uniform(*STAYS_S)]
        begins = tuple(accumulate(seconds[:-1], initial=0.0))
        return Round(tuple(points), begins, sum(seconds), dice.uniform(0, sum(seconds)))


def fixes(reference: Reference, count: int, at: datetime, seed: int = 0) -> list[Position]:
    """A fix of each of `count` responders who are on shift at `at` (aware), without their centre; fewer where fewer are on shift.

    The same arguments give the same fixes; within a shift they are of the same responders. The first call for a pack takes a second.
    """
    global _last  # noqa: PLW0603  what was made for the pack that is simulated
    if _last is None or _last.key != (reference.hash, seed):
        _last = Rounds(reference, seed)
    return _last.fixes(count, at)


_last: Rounds | None = None


def is_on(shift: Shift, local: datetime) -> bool:
    """Whether a shift is on; one that ends before it starts ends on the next day."""
    time, today, yesterday = local.time(), str(local.isoweekday()), str((local - timedelta(days=1)).isoweekday())
    if shift.starts < shift.ends:
        return today in shift.days and shift.starts <= time < shift.ends
    return (today in shift.days and time >= shift.starts) or (yesterday in shift.days and time < shift.ends)


def metres(one: Point, other: Point) -> float:
    """How far two points near each other are apart."""
    return METRES_PER_DEGREE * hypot((other[0] - one[0]) * cos(radians(one[1])), other[1] - one[1])
