"""The grids of a pack (`grids.geojson`): features whose properties are the fields of `Grid` and whose geometry is a polygon in WGS-84."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import shapely
from pydantic import TypeAdapter, ValidationError

from reference.problem import Problem
from reference.rows import Origin, Rows, as_problem
from schemas.centre import Grid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

_FORM = 'a FeatureCollection whose features have `properties` (the fields of a grid) and a `geometry` of type "Polygon" or "MultiPolygon"'
_POLYGONAL = (3, 6)
_WORLD = (-180.0, -90.0, 180.0, 90.0)


def read(path: Path, problems: list[Problem]) -> tuple[Rows[Grid], npt.NDArray[np.object_]]:
    """The grids of a file and, in the same order, their polygons; what is wrong goes to `problems` (row: number of the feature, from 1)."""
    name = f"{path.parent.name}/{path.name}"
    features = _features(path, name, problems)
    origins = [Origin(name, number) for number in range(1, len(features) + 1)]
    rows: Rows[Grid] = Rows(known={str(feature["properties"].get("code", "")) for feature in features})
    polygons = shapely.from_geojson([orjson.dumps(feature["geometry"]) for feature in features], on_invalid="ignore")
    bad = {origin.row - 1 for origin in _shape_problems(polygons, origins, problems)}
    try:
        TypeAdapter(list[Grid]).validate_python([feature["properties"] for feature in features])
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems += [as_problem(detail, origins[int(detail["loc"][0])], detail["loc"][1:]) for detail in details]
        bad |= {int(detail["loc"][0]) for detail in details}
    good = [index for index in range(len(features)) if index not in bad]
    rows.items = TypeAdapter(list[Grid]).validate_python([features[index]["properties"] for index in good])
    rows.origins = [origins[index] for index in good]
    rows.intact = not bad and bool(features)
    return rows, np.asarray(polygons, dtype=np.object_)[good]


def _features(path: Path, name: str, problems: list[Problem]) -> list[dict[str, Any]]:
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        problems.append(Problem(name, 0, "", "", "is missing: a centre without grids cannot place a report", _FORM))
        return []
    except orjson.JSONDecodeError as error:
        problems.append(Problem(name, 0, "", "", f"is not JSON that can be read: {error}", _FORM))
        return []
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        problems.append(Problem(name, 0, "features", "", "holds no features", _FORM))
        return []
    fit = [isinstance(feature, dict) and isinstance(feature.get("properties"), dict) and isinstance(feature.get("geometry"), dict) for feature in features]
    problems += [Problem(name, number, "", "", "is no feature with properties and geometry", _FORM) for number, good in enumerate(fit, 1) if not good]
    return features if all(fit) else []


def _shape_problems(polygons: npt.NDArray[np.object_], origins: Sequence[Origin], problems: list[Problem]) -> list[Origin]:
    """Adds what is wrong with the shapes; returns which features are concerned."""
    concerned: list[Origin] = []
    polygonal = np.isin(shapely.get_type_id(polygons), _POLYGONAL) & ~shapely.is_empty(polygons)
    bounds = shapely.bounds(polygons)
    inside = (bounds[:, 0] >= _WORLD[0]) & (bounds[:, 1] >= _WORLD[1]) & (bounds[:, 2] <= _WORLD[2]) & (bounds[:, 3] <= _WORLD[3])
    valid = shapely.is_valid(polygons)
    for index in np.flatnonzero(~(polygonal & inside & valid)):
        origin = origins[int(index)]
        concerned.append(origin)
        if not polygonal[index]:
            problems.append(Problem(*origin, "geometry", "", "is no polygon", "a Polygon or MultiPolygon that is not empty"))
        elif not inside[index]:
            problems.append(Problem(*origin, "geometry", "", "lies outside the world", "WGS-84 degrees, longitude first"))
        else:
            reason = shapely.is_valid_reason(polygons[index])
            problems.append(
                Problem(*origin, "geometry", "", f"crosses or touches itself: {reason}", "a valid polygon; `ucc reference import` repairs what it reads")
            )
    return concerned


def write(grids: Sequence[Grid], polygons: Sequence[Any] | npt.NDArray[np.object_]) -> bytes:
    """Grids and their polygons as a file, one feature a line."""
    geometries = [orjson.loads(text) for text in shapely.to_geojson(np.asarray(polygons, dtype=np.object_))]
    lines = [
        orjson.dumps({"type": "Feature", "properties": grid.model_dump(mode="json", exclude_defaults=True), "geometry": geometry})
        for grid, geometry in zip(grids, geometries, strict=True)
    ]
    return b'{"type":"FeatureCollection","features":[\n' + b",\n".join(lines) + b"\n]}\n"
