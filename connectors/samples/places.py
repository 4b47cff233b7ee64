"""Where the things of the sample week happen: addresses of the pack `pukou`, with points in its grids."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, radians, sin, sqrt
from random import Random
from typing import Any, NamedTuple, TypeVar

import shapely

from reference.crs import wgs84_to_gcj02
from reference.pack import Reference
from schemas.centre import AddressEntry
from schemas.vocabulary import AreaLevel

T = TypeVar("T")
METRES_PER_DEGREE = 111_195.0
AROUND_M = {"road": 160.0, "estate": 60.0, "village": 400.0}
"""How far from the known point of a road, an estate, a village or an institution things happen."""
_ENDINGS = {
    "road": ("路", "街", "大道"),
    "estate": ("花园", "雅苑", "家园", "新村", "公馆"),
    "school": ("学校",),
    "hospital": ("医院",),
    "market": ("农贸市场",),
    "park": ("公园",),
    "industry": ("产业园",),
}
ZERO, ACROSS, EXCHANGED = 0.008, 0.02, 0.032
"""Of exported points: to where they are zero, across the border, have longitude and latitude exchanged."""
_ACROSS = (118.7188, 32.1387)
"""A point in 泰山街道, which is the neighbour's (WGS-84): now and then a caller stands there."""


class Place(NamedTuple):
    """One place: what people call it, its address, and its point (WGS-84 degrees)."""

    name: str
    address: str
    community: str
    street: str
    lng: float
    lat: float


class Places:
    """Draws places by kind: road, estate, village, school, hospital, market, park, industry."""

    def __init__(self, reference: Reference, dice: Random) -> None:
        self._dice = dice
        self._areas = reference.areas
        self._shapes = {grid.code: shape for grid, shape in zip(reference.grids, reference.polygons, strict=True)}
        self._entries: dict[str, list[AddressEntry]] = {
            kind: [entry for entry in reference.addresses if entry.synthetic and entry.name.endswith(endings)] for kind, endings in _ENDINGS.items()
        }
        self._villages = [
            AddressEntry(name=area.aliases[0], community=area.code, lng=area.lng, lat=area.lat)
            for area in reference.areas.values()
            if area.level is AreaLevel.COMMUNITY and area.aliases and area.name.endswith("村委会")
        ]
        for shape in self._shapes.values():
            shapely.prepare(shape)

    def kinds(self) -> frozenset[str]:
        """The kinds of which the pack has places with a point."""
        known = {kind for kind, entries in self._entries.items() if entries and all(entry.lng is not None for entry in entries)}
        if self._villages and all(village.lng is not None for village in self._villages):
            known.add("village")
        return frozenset(known)

    def one(self, kind: str) -> Place:
        """A place of a kind: a house on a road, a building of an estate, somewhere in a village, an institution."""
        entries = self._villages if kind == "village" else self._entries[kind]
        entry = pick(self._dice, entries)
        name = entry.name
        if kind == "road":
            name += f"{1 + int(self._dice.random() * 320)}号"
        elif kind == "estate":
            name += f"{1 + int(self._dice.random() * 28)}栋"
        elif kind == "village":
            name += f"{1 + int(self._dice.random() * 14)}组"
        street = self._areas[self._areas[entry.community].parent].name
        lng, lat = self._point(entry, AROUND_M.get(kind, 80.0))
        return Place(name, f"浦口区{street}{name}", _short(self._areas[entry.community].name), street, lng, lat)

    def _point(self, entry: AddressEntry, around: float) -> tuple[float, float]:
        """A point around a known one, in the same grid where the entry has one; after twenty vain throws the known one."""
        assert entry.lng is not None, f"{entry.name} has no point"  # noqa: S101  the entries are chosen so
        assert entry.lat is not None, f"{entry.name} has no point"  # noqa: S101
        shape: Any = self._shapes.get(entry.grid)
        for _ in range(20):
            lng, lat = moved(self._dice, entry.lng, entry.lat, around)
            if shape is None or shapely.contains_xy(shape, lng, lat):
                return lng, lat
        return entry.lng, entry.lat


def pick(dice: Random, choices: Sequence[T]) -> T:
    """One of `choices`; by `random()` alone, whose numbers for a seed never change between releases of Python."""
    return choices[int(dice.random() * len(choices))]


def moved(dice: Random, lng: float, lat: float, most_m: float) -> tuple[float, float]:
    """A point at most so many metres away."""
    metres, angle = most_m * sqrt(dice.random()), 2 * pi * dice.random()
    return lng + metres * sin(angle) / METRES_PER_DEGREE / cos(radians(lat)), lat + metres * cos(angle) / METRES_PER_DEGREE


def as_exported(dice: Random, lng: float, lat: float) -> tuple[str, str]:
    """Longitude and latitude as the hotline's map (GCJ-02) writes them; a few exchanged, zero, or across the border."""
    luck = dice.random()
    if luck < ZERO:
        return "0", "0"
    if luck < ACROSS:
        lng, lat = moved(dice, *_ACROSS, 700.0)
    x, y = (f"{value:.6f}" for value in wgs84_to_gcj02(lng, lat))
    return (y, x) if ACROSS <= luck < EXCHANGED else (x, y)


def _short(name: str) -> str:
    return name.removesuffix("居委会").removesuffix("委会")
