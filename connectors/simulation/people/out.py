"""Who is out on shift, and where: everybody goes round a place of its own, and to where it is sent. Columns, so that three thousand cost little."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import cos, hypot, radians
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from reference.pack import Reference
from reference.shift import is_on
from schemas.command import PositionsEvent

METRES_PER_DEGREE = 111_195.0
WALKS_KMH = 13
"""Slower ones go round their own grid, others through the district."""
ROUND_M = {True: 250.0, False: 1_200.0}
ACCURACY_M = 8.0
Point = tuple[float, float]


class Way(NamedTuple):
    """From where to where somebody goes, from when, for how long; then it stays there."""

    begins: Point
    ends: Point
    at: datetime
    takes: timedelta


class Out:
    """Where the responders of a pack are."""

    def __init__(self, reference: Reference, seed: int, no_phone: float = 0.0) -> None:
        """`no_phone`: share of whom no position comes."""
        self._zone, self._shifts = ZoneInfo(reference.time_zone), list(reference.shifts.values())
        names = [shift.shift for shift in self._shifts]
        members = sorted(reference.responders, key=lambda one: one.responder)
        self._ids = [one.responder for one in members]
        self.row = {name: row for row, name in enumerate(self._ids)}
        self._shift = np.array([names.index(one.shift) for one in members], dtype=np.int64)
        dice = Random(f"{seed}/out")  # noqa: S311  no secret: it has to be the same again
        grids = {grid.code: shape.representative_point() for grid, shape in zip(reference.grids, reference.polygons, strict=True)}
        points = [(float(point.x), float(point.y)) for point in grids.values()]
        homes = [(float(grids[one.grid].x), float(grids[one.grid].y)) if one.grid in grids else dice.choice(points) for one in members]
        walks = [reference.forces[one.force].speed_kmh < WALKS_KMH for one in members]
        speeds = np.array([reference.forces[one.force].speed_kmh / 3.6 / 3 for one in members])
        self._home = np.array(homes, dtype=np.float64).reshape(-1, 2)
        self._round_m = np.array([ROUND_M[each] for each in walks])
        self._turn_s = speeds / self._round_m
        self._phase = np.array([dice.random() * 6.28 for _ in members])
        self._phone = np.array([dice.random() >= no_phone for _ in members], dtype=np.bool_)
        self._ways: dict[str, Way] = {}

    def on_shift(self, at: datetime) -> set[str]:
        """Ids of those on shift."""
        return {self._ids[row] for row in np.flatnonzero(self._on(at))}

    def seen(self, at: datetime) -> PositionsEvent | None:
        """A fix of each who is on shift and whose phone sends; none: nobody is."""
        rows = np.flatnonzero(self._on(at) & self._phone)
        if not len(rows):
            return None
        lng, lat = self._rounds(rows, at)
        for name in list(self._ways):
            way, row = self._ways[name], self.row[name]
            index = int(np.searchsorted(rows, row))
            if index < len(rows) and rows[index] == row:
                lng[index], lat[index] = _along(way, at)
        return PositionsEvent(
            kind="positions",
            at=at,
            responders=tuple(self._ids[row] for row in rows),
            age_ms=(2_000,) * len(rows),
            lng=tuple(np.round(lng, 6).tolist()),
            lat=tuple(np.round(lat, 6).tolist()),
            accuracy_m=(ACCURACY_M,) * len(rows),
        )

    def place(self, responder: str, at: datetime) -> Point:
        """Where somebody is."""
        way = self._ways.get(responder)
        if way is not None:
            return _along(way, at)
        lng, lat = self._rounds(np.array([self.row[responder]]), at)
        return float(lng[0]), float(lat[0])

    def metres(self, responder: str, at: datetime, to: Point) -> float:
        """How far it is from somewhere, as the crow flies."""
        lng, lat = self.place(responder, at)
        return METRES_PER_DEGREE * hypot((to[0] - lng) * cos(radians(to[1])), to[1] - lat)

    def goes(self, responder: str, at: datetime, to: Point, takes: timedelta) -> None:
        """Somebody goes there."""
        self._ways[responder] = Way(self.place(responder, at), to, at, takes)

    def goes_back(self, responder: str, at: datetime) -> None:  # noqa: ARG002  as `goes`
        """Somebody is on the own round again."""
        self._ways.pop(responder, None)

    def _on(self, at: datetime) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        local = at.astimezone(self._zone)
        on = np.array([is_on(shift, local) for shift in self._shifts], dtype=np.bool_)
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = on[self._shift]
        return found

    def _rounds(self, rows: np.ndarray[tuple[int], np.dtype[np.int64]], at: datetime) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
        angle = self._phase[rows] + (at.timestamp() % 86_400) * self._turn_s[rows]
        north = self._round_m[rows] * np.sin(angle) / METRES_PER_DEGREE
        east = self._round_m[rows] * np.cos(angle) / (METRES_PER_DEGREE * 0.85)
        return self._home[rows, 0] + east, self._home[rows, 1] + north


def _along(way: Way, at: datetime) -> Point:
    share = min(1.0, max(0.0, (at - way.at) / way.takes)) if way.takes else 1.0
    return way.begins[0] + (way.ends[0] - way.begins[0]) * share, way.begins[1] + (way.ends[1] - way.begins[1]) * share
