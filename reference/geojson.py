"""Polygons out of GeoJSON files as cities publish them: read, put into WGS-84, repaired where they cross themselves, and said so.

Takes `.geojson` and `.json`, plain or gzipped (told by the bytes, not by the name), UTF-8 with or without byte order mark: a
FeatureCollection, a single Feature, or a bare list of features; Polygon and MultiPolygon with holes; heights are dropped, rings that
were left open are closed. Everything else is an error that names the file, the feature and what to do.
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import shapely

from reference.crs import to_wgs84_many
from schemas.errors import BrokenReference
from schemas.vocabulary import Crs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_SHOWN = 20
"""How many problems one error lists."""
_CORNERS = 3
_KNOWN_CRS = {
    **dict.fromkeys(("CRS84", "4326", "WGS84"), Crs.WGS84),
    **dict.fromkeys(("4490", "CGCS2000"), Crs.CGCS2000),
    **dict.fromkeys(("3824", "4258", "4269"), Crs.WGS84),  # TWD97, ETRS89, NAD83 in degrees: within two metres of WGS-84
    "GCJ02": Crs.GCJ02,
    "BD09": Crs.BD09,
}
"""By the last part of a `crs` member's name, without hyphens and blanks."""
_CHINA_LNG, _CHINA_LAT = (73.0, 136.0), (3.0, 54.0)
_WORLD_LNG, _WORLD_LAT = 180.0, 90.0


@dataclass(frozen=True, slots=True)
class Layer:
    """The features of one file, in its order: properties, and geometries as GeoJSON has them. `crs_name` is what its `crs` member says, empty: nothing."""

    file: str
    properties: list[dict[str, Any]]
    geometries: list[Any]
    crs_name: str = ""

    def polygons(self, labels: Sequence[str] = (), crs: Crs | None = None) -> tuple[list[Any], list[str]]:
        """Every feature as a valid shapely Polygon or MultiPolygon in WGS-84 degrees, and a sentence for each that was repaired.

        `labels` are the features' names, for errors and repairs. `crs` wins over what the file says: a GCJ-02 layer that went
        through a desktop program often calls itself CRS84. Raises BrokenReference that lists all features that are no polygons,
        are empty or degenerate, and one that tells when longitude and latitude are swapped or the coordinates are no degrees.
        """
        titles = [f"feature {number}{f' ({label})' if label else ''}" for number, label in enumerate(labels or [""] * len(self.geometries), 1)]
        shapes, problems = [], []
        for title, geometry in zip(titles, self.geometries, strict=True):
            try:
                shapes.append(_shape(geometry))
            except ValueError as error:
                problems.append(f"{title}: {error}")
        self._refuse(problems)
        self._check_degrees(shapes)
        shapes = _in_wgs84(shapes, crs or self.said_crs())
        repaired: list[str] = []
        for index in np.flatnonzero(~shapely.is_valid(shapes)).tolist():
            shapes[index], said = _repaired(shapes[index])
            repaired.append(f"{titles[index]}: {said}")
        self._refuse([f"{titles[index]}: has no area" for index in np.flatnonzero(shapely.area(shapes) == 0).tolist()])
        return shapes, repaired

    def said_crs(self) -> Crs:
        """The system that the file names, WGS-84 when it names none; raises BrokenReference when it is none that is known here."""
        last = re.sub(r"[-_\s]", "", self.crs_name.rpartition(":")[2]).upper()
        if last and last not in _KNOWN_CRS:
            raise BrokenReference(
                f"its coordinates are in {self.crs_name}: export again in WGS-84 (EPSG:4326), or say the system with --crs where the file is wrong about it",
                where=self.file,
            )
        return _KNOWN_CRS.get(last, Crs.WGS84)

    def _refuse(self, problems: Sequence[str]) -> None:
        if problems:
            more = f"\n  … and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            lines = "".join(f"\n  {problem}" for problem in problems[:_SHOWN])
            raise BrokenReference(f"each feature must be a Polygon or MultiPolygon with an area; mend or leave out:{lines}{more}", where=self.file)

    def _check_degrees(self, shapes: Sequence[Any]) -> None:
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        x, y = max(-west, east), max(-south, north)
        china = west >= _CHINA_LAT[0] and east <= _CHINA_LAT[1] and south >= _CHINA_LNG[0] and north <= _CHINA_LNG[1]
        if x <= _WORLD_LAT and y <= _WORLD_LNG and (y > _WORLD_LAT or china):
            raise BrokenReference(
                f"latitude stands before longitude (first numbers {west:g} to {east:g}, second {south:g} to {north:g}): "
                "GeoJSON wants [longitude, latitude]; export again with the axes swapped",
                where=self.file,
            )
        if x > _WORLD_LNG or y > _WORLD_LAT:
            raise BrokenReference(
                f"the coordinates are no degrees (first numbers {west:g} to {east:g}, second {south:g} to {north:g}), "
                "rather metres of a projected system: export again in WGS-84 (EPSG:4326)",
                where=self.file,
            )


def read(path: Path) -> Layer:
    """The features of a GeoJSON file. Raises BrokenReference when it cannot be read, is no GeoJSON or holds no features."""
    content = _parsed(path)
    features = content
    if isinstance(content, dict):
        features = [content] if content.get("type") == "Feature" else content.get("features")
    if not isinstance(features, list):
        raise BrokenReference("is no GeoJSON: wanted a FeatureCollection or a list of features", where=path.name)
    if not features:
        raise BrokenReference("holds no features: a centre needs at least one polygon", where=path.name)
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature" or not isinstance(feature.get("properties") or {}, dict):
            raise BrokenReference(f'feature {number} is none: wanted {{"type": "Feature", "properties": …, "geometry": …}}', where=path.name)
    crs_name = _crs_name(content) if isinstance(content, dict) else ""
    return Layer(path.name, [feature.get("properties") or {} for feature in features], [feature.get("geometry") for feature in features], crs_name)


def _parsed(path: Path) -> Any:  # noqa: ANN401 -- JSON
    try:
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
    except FileNotFoundError:
        raise BrokenReference("there is no such file", where=str(path)) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BrokenReference(f"the gzip is cut off or damaged ({error}): fetch the file again", where=path.name) from error
    except OSError as error:
        raise BrokenReference(f"cannot be read: {error.strerror}", where=str(path)) from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode()
        return orjson.loads(data)
    except UnicodeDecodeError as error:
        raise BrokenReference(f"is not UTF-8 (byte {error.start}): save it again as UTF-8", where=path.name) from error
    except orjson.JSONDecodeError as error:
        raise BrokenReference(f"is not JSON that can be read: {error}", where=path.name) from error


def _crs_name(content: dict[str, Any]) -> str:
    """What the `crs` member says; only GeoJSON of 2008 has one, later files are in WGS-84 by definition."""
    member = content.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else ""


def _shape(geometry: Any) -> Any:  # noqa: ANN401 -- JSON in, shapely out
    """A geometry's member as a shapely shape; raises ValueError with the end of a sentence about it."""
    if geometry is None:
        raise ValueError("has no geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"is no polygon but a {kind or type(geometry).__name__}")
    coordinates = geometry.get("coordinates")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts or not all(isinstance(part, list) and part for part in parts):
        raise ValueError("is empty")
    polygons = [shapely.Polygon(_ring(part[0]), [_ring(hole) for hole in part[1:]]) for part in parts]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _ring(points: Any) -> Floats:  # noqa: ANN401 -- JSON
    try:
        ring = np.asarray([point[:2] for point in points], dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError, KeyError):
        raise ValueError("has a ring that is no list of [longitude, latitude]") from None
    if not np.isfinite(ring).all():
        raise ValueError("has a coordinate that is no number")
    if len(np.unique(ring, axis=0)) < _CORNERS:
        raise ValueError("has a ring of fewer than three corners")
    return ring


def _in_wgs84(shapes: list[Any], crs: Crs) -> list[Any]:
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return shapes
    moved = shapely.transform(shapes, lambda points: np.column_stack(to_wgs84_many(points[:, 0], points[:, 1], crs)))
    return list(moved)


def _repaired(shape: Any) -> tuple[Any, str]:  # noqa: ANN401 -- shapely
    """The nearest valid shape, without the lines and points that a repair may leave, and what was wrong and what it changed."""
    reason = str(shapely.is_valid_reason(shape))
    kind, _, place = reason.rstrip("]").partition("[")
    valid = shapely.make_valid(shape)
    parts = [part for part in shapely.get_parts(shapely.get_parts(valid)) if part.geom_type == "Polygon" and part.area > 0]
    mended = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    near = " near " + ", ".join(f"{float(number):.6f}" for number in place.split()) if place else ""
    before = float(shapely.area(shape))
    change = f"area changed by {(float(mended.area) - before) / before * 100:+.4f} %" if before else "it had no area before"
    return mended, f"{kind.strip().lower()}{near}, repaired, {change}"
