"""Where a report is: the grid, community, street and district it lies in (`domain/domain.md` §3, pipeline duties).

The ladder: point in polygon; the address dictionary; the centroid of a community that the address names (flagged approximate);
else nowhere, and the desk looks at it. A frame is placed at once: the points of 500 reports are one query of the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from pipeline.intake.gazetteer import Gazetteer
from reference.crs import to_wgs84
from reference.pack import Reference
from schemas.event import RunnerUp, Why
from schemas.report import Report
from schemas.vocabulary import AreaLevel, Crs, Precision

METRES_PER_DEGREE = 111_195.0
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
        self._tree = shapely.STRtree(reference.polygons)
        shapely.prepare(reference.polygons)
        margin = MARGIN_M / METRES_PER_DEGREE
        west, south, east, north = shapely.total_bounds(reference.polygons)
        self._bounds = (west - margin, south - margin, east + margin, north + margin)
        self._areas = {code: self._area(code) for code, area in reference.areas.items() if area.level is AreaLevel.COMMUNITY}
        self._dated = any(grid.valid_to is not None for grid in reference.grids)
        self._gazetteer = Gazetteer(reference)
        self._grids_of: dict[str, list[int]] = {}
        for index, grid in enumerate(reference.grids):
            self._grids_of.setdefault(grid.community, []).append(index)
        self._inside = [Why(rule=f"grids/{grid.code}", because="the point lies in its polygon") for grid in reference.grids]

    def place(self, reports: Sequence[Report], plains: Sequence[tuple[str, str]]) -> list[Placement]:
        """Placements of `reports`, in order; `plains` has for each the plain text and the plain address."""
        points = [self._point(report) for report in reports]
        usable = [i for i, point in enumerate(points) if point is not None and self._within_bounds(point.lng, point.lat)]
        found = self._in_polygons([points[i] for i in usable], [reports[i] for i in usable])  # type: ignore[misc]
        by_index = dict(zip(usable, found, strict=True))
        return [by_index.get(i) or self._without_point(report, points[i], *plains[i]) for i, report in enumerate(reports)]

    def _point(self, report: Report) -> _Point | None:
        """The report's point in WGS-84, turned round where longitude and latitude were exchanged; None when it is no point."""
        lng, lat = report.lng, report.lat
        if lng is None or lat is None or (abs(lng) < 1e-6 and abs(lat) < 1e-6):
            return None
        note = ""
        if not self._within_bounds(lng, lat) and self._within_bounds(lat, lng):
            lng, lat, note = lat, lng, "longitude and latitude were exchanged"
        if not (-180 <= lng <= 180 and -90 <= lat <= 90):
            return None
        if report.crs not in (Crs.WGS84, Crs.CGCS2000):
            lng, lat = to_wgs84(lng, lat, report.crs)
            note = f"{note}; converted from {report.crs.zh}".lstrip("; ")
        return _Point(lng, lat, note)

    def _within_bounds(self, lng: float, lat: float) -> bool:
        west, south, east, north = self._bounds
        return west <= lng <= east and south <= lat <= north

    def _in_polygons(self, points: list[_Point], reports: list[Report]) -> list[Placement | None]:
        """For each point the grid that it lies in, None when it lies in none."""
        if not points:
            return []
        x, y = np.array([p.lng for p in points]), np.array([p.lat for p in points])
        which, grids = self._tree.query(shapely.points(x, y), predicate="dwithin", distance=BORDER_M / METRES_PER_DEGREE)
        inside: npt.NDArray[np.bool_] = shapely.intersects_xy(self._reference.polygons[grids], x[which], y[which])
        home: list[list[int]] = [[] for _ in points]
        near: list[list[int]] = [[] for _ in points]
        for i, grid, holds in zip(which.tolist(), grids.tolist(), inside.tolist(), strict=True):
            if not self._dated or self._is_valid(grid, reports[i].reported_at.date()):
                (home if holds else near)[i].append(grid)
        return [self._on_grid(point, *sorted(home[i]), near=near[i]) if home[i] else None for i, point in enumerate(points)]

    def _is_valid(self, grid: int, on: date) -> bool:
        row = self._reference.grids[grid]
        return row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)

    def _on_grid(self, point: _Point, grid: int, *others: int, near: Sequence[int]) -> Placement:
        row = self._reference.grids[grid]
        why = self._inside[grid]
        if others or near or point.note:
            runners = tuple(RunnerUp(choice=self._reference.grids[g].code, because=f"its border is less than {BORDER_M:.0f} m away") for g in (*others, *near))
            why = Why(rule=why.rule, because=f"{why.because}; {point.note}" if point.note else why.because, runners_up=runners)
        return Placement(point.lng, point.lat, Precision.POINT, row.code, *self._areas[row.community], why)

    def _without_point(self, report: Report, point: _Point | None, text: str, address: str) -> Placement:
        if point is not None:
            note = "the point lies outside the centre's grids"
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
            on_grid = self._in_polygons([_Point(entry.lng, entry.lat, "")], [report])[0]
            grid = on_grid.grid if on_grid else entry.grid
            return Placement(entry.lng, entry.lat, Precision.ADDRESS, grid, *self._areas[entry.community], why)
        area = self._reference.areas[entry.community]
        grids = self._grids_of.get(entry.community, [])
        grid = self._reference.grids[grids[0]].code if len(grids) == 1 else ""
        why = Why(rule=f"areas/{entry.community}", because=f"{note}; {hit.field} names {entry.name}: its centre, approximate", runners_up=runners)
        return Placement(area.lng, area.lat, Precision.COMMUNITY, grid, *self._areas[entry.community], why)

    def _area(self, community: str) -> _Area:
        area = self._reference.areas[community]
        street = self._reference.areas.get(area.parent)
        return _Area(community, area.name, street.code if street else "", street.name if street else "", street.parent if street else "")
