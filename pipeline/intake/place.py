"""Where a report is: the grid, community, street and district it lies in (`domain/domain.md` §3, pipeline duties).

The ladder: point in polygon; the address dictionary; the centroid of a community that the address names (flagged approximate);
else nowhere, and the desk looks at it. A frame is placed at once: the points of 500 reports are one query of the tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from pipeline.intake.gazetteer import Gazetteer
from reference.crs import metres_per_degree, to_wgs84
from schemas.event import RunnerUp, Why
from schemas.vocabulary import AreaLevel, Crs, Precision

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from reference.pack import Reference
    from schemas.centre import AddressEntry
    from schemas.report import Report

ZERO_DEGREES = 1e-6
"""Points so near to 0° N, 0° E are no points: a field that was left empty."""
EAST_MOST, NORTH_MOST = 180.0, 90.0
BORDER_M = 20.0
"""A point so near to another grid could lie in it: both are kept (`domain/domain.md` §3)."""
MARGIN_M = 2_000.0
"""Points so far outside the centre's polygons are still looked at; beyond, the point is taken to be wrong."""


class Placement(NamedTuple):
    """Where a report is, and why we think so. Coordinates are WGS-84 degrees."""

    lng: float | None
    lat: float | None
    precision: Precision
    grid: str
    community: str
    community_name: str
    street: str
    street_name: str
    district: str
    why: Why


class _Point(NamedTuple):
    lng: float
    lat: float
    note: str


_Found = tuple[int, str, tuple[int, ...], tuple[int, ...]]
"""The grid of a point, what was done to the point, other grids that hold it (a border, an overlap), grids less than 20 m away."""
WHYS_KEPT = 100_000
"""Distinct reasons kept for reuse; a city has a few thousand pairs of neighbouring grids."""


class _Area(NamedTuple):
    community: str
    community_name: str
    street: str
    street_name: str
    district: str


class Placer:
    """Places reports on the grids of one reference pack."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._zone = ZoneInfo(reference.time_zone)
        shapely.prepare(reference.polygons)
        west, south, east, north = shapely.total_bounds(reference.polygons).tolist()
        x_metres, y_metres = metres_per_degree((south + north) / 2)
        x_margin, y_margin = MARGIN_M / x_metres, MARGIN_M / y_metres
        self._bounds: tuple[float, float, float, float] = (west - x_margin, south - y_margin, east + x_margin, north + y_margin)
        # Borders are looked for where a degree is as long to the east as to the north, so that 20 m are 20 m in every direction.
        self._squeeze = x_metres / y_metres
        self._border = BORDER_M / y_metres
        self._tree = shapely.STRtree(shapely.transform(reference.polygons, lambda xy: xy * (self._squeeze, 1.0)))
        self._areas = {code: self._area(code) for code, area in reference.areas.items() if area.level is AreaLevel.COMMUNITY}
        self._dated = len({(grid.valid_from, grid.valid_to) for grid in reference.grids}) > 1
        self._gazetteer = Gazetteer(reference)
        self._grids_of: dict[str, list[int]] = {}
        for index, grid in enumerate(reference.grids):
            self._grids_of.setdefault(grid.community, []).append(index)
        self._whys: dict[_Found, Why] = {}

    def place(self, reports: Sequence[Report], plains: Sequence[tuple[str, str]]) -> list[Placement]:
        """Placements of `reports`, in order; `plains` has for each the plain text and the plain address."""
        points = [self._point(report) for report in reports]
        usable = [(i, point) for i, point in enumerate(points) if point is not None and self._within_bounds(point.lng, point.lat)]
        found = self._in_polygons([point for _, point in usable], [reports[i].reported_at for i, _ in usable])
        placed = {i: self._on_grid(point, which) for (i, point), which in zip(usable, found, strict=True) if which is not None}
        return [placed.get(i) or self._without_point(report, points[i], *plains[i]) for i, report in enumerate(reports)]

    def _point(self, report: Report) -> _Point | None:
        """The report's point in WGS-84, turned round where longitude and latitude were exchanged; None when it is no point."""
        lng, lat = report.lng, report.lat
        if lng is None or lat is None or (abs(lng) < ZERO_DEGREES and abs(lat) < ZERO_DEGREES):
            return None
        note = ""
        if not self._within_bounds(lng, lat) and self._within_bounds(lat, lng):
            lng, lat, note = lat, lng, "longitude and latitude were exchanged"
        if abs(lng) > EAST_MOST or abs(lat) > NORTH_MOST:
            return None
        if report.crs not in (Crs.WGS84, Crs.CGCS2000):
            lng, lat = to_wgs84(lng, lat, report.crs)
            note = f"{note}; converted from {report.crs.zh}".lstrip("; ")
        return _Point(lng, lat, note)

    def _within_bounds(self, lng: float, lat: float) -> bool:
        west, south, east, north = self._bounds
        return west <= lng <= east and south <= lat <= north

    def _in_polygons(self, points: Sequence[_Point], reported: Sequence[datetime]) -> list[_Found | None]:
        """For each point the grid that it lies in on the day of its report, None when it lies in none."""
        if not points:
            return []
        x, y = np.array([point.lng for point in points]), np.array([point.lat for point in points])
        which, grids = self._tree.query(shapely.points(x * self._squeeze, y), predicate="dwithin", distance=self._border)
        inside = shapely.intersects_xy(self._reference.polygons[grids], x[which], y[which])
        home: list[tuple[int, ...]] = [()] * len(points)
        near = home.copy()
        days = [at.astimezone(self._zone).date() for at in reported] if self._dated else None
        for i, grid, holds in zip(which.tolist(), grids.tolist(), inside.tolist(), strict=True):
            if days is not None and not self._is_valid(grid, days[i]):
                continue
            if holds:
                home[i] = (*home[i], grid)
            else:
                near[i] = (*near[i], grid)
        return [self._found(*found) if found[1] else None for found in zip(points, home, near, strict=True)]

    @staticmethod
    def _found(point: _Point, home: tuple[int, ...], near: tuple[int, ...]) -> _Found:
        """Where several grids hold a point, the first of the pack has it. The order of the tree is of no account."""
        if len(home) == 1 and len(near) <= 1:
            return home[0], point.note, (), near
        first, *others = sorted(home)
        return first, point.note, tuple(others), tuple(sorted(near))

    def _is_valid(self, grid: int, on: date) -> bool:
        row = self._reference.grids[grid]
        return row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)

    def _on_grid(self, point: _Point, found: _Found) -> Placement:
        why = self._whys.get(found)
        if why is None:
            if len(self._whys) >= WHYS_KEPT:
                self._whys.clear()
            why = self._whys[found] = self._why(*found)
        row = self._reference.grids[found[0]]
        return Placement(point.lng, point.lat, Precision.POINT, row.code, *self._areas[row.community], why)

    def _why(self, grid: int, note: str, others: tuple[int, ...], near: tuple[int, ...]) -> Why:
        codes = [row.code for row in self._reference.grids]
        runners = [RunnerUp(choice=codes[other], because="the point lies in its polygon, too") for other in others]
        runners += [RunnerUp(choice=codes[other], because=f"its border is less than {BORDER_M:.0f} m away") for other in near]
        because = "the point lies in its polygon"
        return Why(rule=f"grids/{codes[grid]}", because=f"{because}; {note}" if note else because, runners_up=tuple(runners))

    def _without_point(self, report: Report, point: _Point | None, text: str, address: str) -> Placement:
        if point is not None:
            note = f"no grid holds the point; {point.note}" if point.note else "no grid holds the point"
        elif report.lng is None or report.lat is None:
            note = "there is no point"
        else:
            note = "the point is zero or out of the world"
        hit = self._gazetteer.find(address, text, report.area_hint)
        if hit is None:
            why = Why(rule="gazetteer/none", because=f"{note}; neither address nor text names a known place")
            return Placement(point.lng if point else None, point.lat if point else None, Precision.NONE, "", "", "", "", "", "", why)
        entry = hit.entry
        runners = tuple(RunnerUp(choice=other.community, because=f"it is called {other.name}, too") for other in hit.others)
        if entry.lng is not None and entry.lat is not None:
            why = Why(rule=f"addresses/{entry.name}", because=f"{note}; {hit.field} names it", runners_up=runners)
            found = self._in_polygons([_Point(entry.lng, entry.lat, "")], [report.reported_at])[0]
            row = self._reference.grids[found[0]] if found else None
            grid = row.code if row is not None and row.community == entry.community else self._only_grid(entry, report.reported_at)
            return Placement(entry.lng, entry.lat, Precision.ADDRESS, grid, *self._areas[entry.community], why)
        area = self._reference.areas[entry.community]
        why = Why(rule=f"areas/{entry.community}", because=f"{note}; {hit.field} names {entry.name}: its centre, approximate", runners_up=runners)
        return Placement(area.lng, area.lat, Precision.COMMUNITY, self._only_grid(entry, report.reported_at), *self._areas[entry.community], why)

    def _only_grid(self, entry: AddressEntry, reported: datetime) -> str:
        """The grid of a place without a usable point: the one that the dictionary names, else its community's, where that has but one; else none."""
        day = reported.astimezone(self._zone).date()
        grids = [self._reference.grids[grid] for grid in self._grids_of.get(entry.community, []) if not self._dated or self._is_valid(grid, day)]
        codes = [grid.code for grid in grids]
        if entry.grid in codes:
            return entry.grid
        return codes[0] if len(codes) == 1 else ""

    def _area(self, community: str) -> _Area:
        area = self._reference.areas[community]
        street = self._reference.areas.get(area.parent)
        return _Area(community, area.name, street.code if street else "", street.name if street else "", street.parent if street else "")
