"""A city's polygons as areas and grids: what a centre needs of its map, made from one GeoJSON file (`domain/domain.md` §3).

Each polygon is one community and the one grid in it, unless the file has grids of its own beside the communities. What the file does
not give is filled in and marked: codes that are made up start with `X` where no official code stands above them, and areas with a
made-up name or code are synthetic.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from pydantic import ValidationError

from reference import geojson, polygon_fields
from reference.crs import metres_per_degree
from schemas.centre import Area, Grid
from schemas.errors import BrokenReference
from schemas.vocabulary import AreaLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from schemas.vocabulary import Crs

OPENING = date(2000, 1, 1)
"""From when grids hold that are given without a date: before any record that a centre may import."""
_SERIAL = 3
_BAND = 100
"""Bands of latitude a degree has for serials: 0.01°, some 1.1 km."""
_PLACES = 6
_MADE_UP = "X"


@dataclass(frozen=True, slots=True)
class Geography:
    """Areas, grids and their shapes. `polygons` (shapely, WGS-84 degrees) stand in the order of `grids`; `district` is the top area's code."""

    areas: list[Area]
    grids: list[Grid]
    polygons: list[Any]
    repaired: list[str]
    """One sentence for each polygon that was repaired or name that was filled in."""
    district: str


class _Place(NamedTuple):
    """What a file says of one polygon."""

    title: str
    lng: float
    lat: float
    named: bool
    name: str
    code: str
    street: str
    street_code: str
    district: str
    district_code: str
    grid: str
    grid_code: str


@dataclass(slots=True)
class _Node:
    """An area while its code is being found; `members` are indices of places."""

    name: str
    code: str
    members: list[int]
    synthetic: bool = False


def read_polygons(
    path: Path,
    *,
    name_field: str | None = None,
    code_field: str | None = None,
    street_field: str | None = None,
    district_field: str | None = None,
    district: str | None = None,
    crs: Crs | None = None,
    valid_from: date = OPENING,
) -> Geography:
    """The areas and grids of any city's polygons.

    Properties are found among the usual names unless they are given. `district` picks the district where the file holds several,
    and names it where the file says none. `crs` wins over what the file says; neither: WGS-84. Raises BrokenReference that says
    what to do: file not readable, shapes beyond repair, properties unclear, codes that stand twice or have no fit form.
    """
    layer = geojson.read(path)
    fields = polygon_fields.find(layer.properties, layer.file, name=name_field, code=code_field, street=street_field, district=district_field)
    names = [polygon_fields.text(row.get(fields.name)) for row in layer.properties]
    polygons, said = layer.polygons(names, crs)
    points = shapely.point_on_surface(polygons)
    places = _places(layer.properties, fields, shapely.get_x(points).tolist(), shapely.get_y(points).tolist())
    kept = _of_one_district(places, district, layer.file)
    places, polygons = [places[index] for index in kept], [polygons[index] for index in kept]
    said += [f"{place.title}: has no name, now {place.name}" for place in places if not place.named]
    try:
        return _assembled(places, polygons, said, _Frame(layer.file, district or layer.file.partition(".")[0], valid_from, fields.grid_code or fields.grid))
    except ValidationError as error:
        detail = error.errors()[0]
        raise BrokenReference(
            f"the {detail['loc'][0]} '{detail['input']}' of a polygon is not usable: {detail['msg'].replace('String s', 's')}; codes are up to 32 letters, "
            "digits and hyphens, names up to 200 printable characters",
            where=layer.file,
        ) from error


def neighbours(polygons: Sequence[Any] | npt.NDArray[np.object_], *, tolerance_m: float = 1.0) -> list[tuple[int, ...]]:
    """For each polygon (WGS-84 degrees) the indices of those beside it, ascending.

    Two are neighbours when more than a metre of the border of one runs within `tolerance_m` of the other, so gaps and overlaps
    of careless drawing do not part them, and a touch at a corner does not join them (unless the corner is very sharp).
    """
    flat = _in_metres(np.asarray(polygons, dtype=np.object_))
    left, right = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=tolerance_m)
    left, right = left[left < right], right[left < right]
    near = shapely.buffer(flat, tolerance_m)
    shared = shapely.length(shapely.intersection(shapely.boundary(flat)[left], near[right]))
    beside: list[list[int]] = [[] for _ in flat]
    for one, other in zip(left[shared > 1 + 2 * tolerance_m].tolist(), right[shared > 1 + 2 * tolerance_m].tolist(), strict=True):
        beside[one].append(other)
        beside[other].append(one)
    return [tuple(sorted(indices)) for indices in beside]


def serial_order(lngs: Sequence[float], lats: Sequence[float]) -> list[int]:
    """Indices in the order in which serials are given: band by band from north to south (0.01° each), in a band from west to east."""
    return sorted(range(len(lngs)), key=lambda index: (-math.floor(lats[index] * _BAND), lngs[index], lats[index]))


def spoken_names(official: str) -> tuple[str, ...]:
    """What people call a community whose official name is that of its committee: 石村村委会 → 石村, 七联村委会 → 七联村."""
    for suffix in ("居民委员会", "居委会"):
        if official.endswith(suffix) and official != suffix:
            return (official.removesuffix(suffix),)
    for suffix in ("村民委员会", "村委会"):
        stem = official.removesuffix(suffix)
        if stem not in (official, ""):
            return (stem if stem.endswith("村") else stem + "村",)
    return ()


def _in_metres(polygons: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Polygons on a plane whose unit is the metre, good enough for a city."""
    west, south, _, north = shapely.total_bounds(polygons)
    scale = np.array(metres_per_degree(float(south + north) / 2))
    flat: npt.NDArray[np.object_] = shapely.transform(polygons, lambda points: (points - (west, south)) * scale)
    return flat


def _places(rows: Sequence[Mapping[str, Any]], fields: polygon_fields.Fields, lngs: Sequence[float], lats: Sequence[float]) -> list[_Place]:
    def value(row: Mapping[str, Any], field: str | None) -> str:
        return polygon_fields.text(row.get(field)) if field else ""

    places = []
    for number, (row, lng, lat) in enumerate(zip(rows, lngs, lats, strict=True), 1):
        name, code = value(row, fields.name), value(row, fields.code)
        street, street_code = value(row, fields.street), value(row, fields.street_code)
        district, district_code = value(row, fields.district), value(row, fields.district_code)
        grid, grid_code = value(row, fields.grid), value(row, fields.grid_code)
        called = name or f"未命名{code or number}"
        places.append(_Place(f"feature {number}", lng, lat, bool(name), called, code, street, street_code, district, district_code, grid, grid_code))
    return places


def _of_one_district(places: Sequence[_Place], wanted: str | None, file: str) -> list[int]:
    """Indices of the places of the one district that a centre has."""
    seen = Counter(place.district for place in places)
    if len(seen) == 1 and ("" in seen or wanted in (None, *seen)):
        return list(range(len(places)))
    listed = ", ".join(f"{name or '(none)'} ({count})" for name, count in seen.most_common(20))
    if not wanted:
        raise BrokenReference(
            f"the polygons lie in {len(seen)} districts: {listed}; a centre has one: pick it with --district, or make them the centre's "
            "streets with --street-field",
            where=file,
        )
    if wanted not in seen:
        raise BrokenReference(f"no polygon lies in the district '{wanted}'; there are {listed}", where=file)
    return [index for index, place in enumerate(places) if place.district == wanted]


class _Frame(NamedTuple):
    """What all areas of one file share."""

    file: str
    title: str
    valid_from: date
    grid_field: str | None


def _assembled(places: list[_Place], polygons: list[Any], said: list[str], frame: _Frame) -> Geography:
    communities = _communities(places, frame)
    streets = _streets(places, frame)
    district = _district(places, streets, communities, frame)
    _fill_codes(places, district, streets, communities)
    at = {member: street for street in streets for member in street.members}
    areas = [_area(district, AreaLevel.DISTRICT, "", places)]
    areas += sorted((_area(street, AreaLevel.STREET, district.code, places) for street in streets), key=lambda area: area.code)
    areas += sorted((_area(node, AreaLevel.COMMUNITY, at[node.members[0]].code, places) for node in communities), key=lambda area: area.code)
    grids = _grids(places, communities, frame)
    _refuse_doubles(((area.code, f"{area.level.zh} {area.name}") for area in areas), "area code", frame.file)
    order = sorted(range(len(grids)), key=lambda index: grids[index].code)
    shapes = [polygons[index] for index in order]
    codes = [grids[index].code for index in order]
    _refuse_doubles(((grids[index].code, places[index].title) for index in order), "grid code", frame.file)
    beside = [tuple(codes[other] for other in others) for others in neighbours(shapes)]
    return Geography(areas, [grids[index].model_copy(update={"neighbours": beside[rank]}) for rank, index in enumerate(order)], shapes, said, district.code)


def _communities(places: Sequence[_Place], frame: _Frame) -> list[_Node]:
    """Places of one community together: each its own where it has a code of its own; by street and name where the file has grids or no codes."""
    if not frame.grid_field:
        _refuse_doubles(((place.code, place.title) for place in places), "community code", frame.file)
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, place in enumerate(places):
        groups[(place.code,) if place.code else (place.district, place.street_code or place.street, place.name)].append(index)
    for key, members in groups.items():
        if len({places[member].name for member in members}) > 1:
            raise BrokenReference(f"the community code '{key[0]}' has several names: {', '.join(sorted({places[m].name for m in members}))}", where=frame.file)
    return [_Node(places[m[0]].name, places[m[0]].code, m, synthetic=not places[m[0]].named) for m in groups.values()]


def _streets(places: Sequence[_Place], frame: _Frame) -> list[_Node]:
    """Streets of the places; where the file has none, one of the district's own name."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, place in enumerate(places):
        groups[place.street_code or place.street].append(index)
    nodes = []
    for members in groups.values():
        first = places[members[0]]
        nodes.append(_Node(first.street or first.street_code or first.district or frame.title, first.street_code, members, synthetic=not first.street))
    return nodes


def _district(places: Sequence[_Place], streets: Sequence[_Node], communities: Sequence[_Node], frame: _Frame) -> _Node:
    """The top area; on the way streets get the code that stands in their communities' codes."""
    known = {place.district_code for place in places}
    if all(place.street for place in places):
        below = defaultdict(list)
        for node in communities:
            below[places[node.members[0]].street_code or places[node.members[0]].street].append(node.code)
        for street in streets:
            first = places[street.members[0]]
            street.code = street.code or _above(below[first.street_code or first.street])
        twice = {code for code, count in Counter(street.code for street in streets).items() if count > 1}
        for street in streets:
            street.code = "" if street.code in twice else street.code
        above = _above([street.code for street in streets])
    else:
        above = _above([node.code for node in communities])
    name = places[0].district or frame.title
    return _Node(name, known.pop() if len(known) == 1 and known != {""} else above, list(range(len(places))), synthetic=not places[0].district)


def _above(codes: Sequence[str]) -> str:
    """The code above `codes`, when all are it and a serial of three digits; else empty."""
    stems = {code[:-_SERIAL].rstrip("-") if code[-_SERIAL:].isdigit() and len(code) > _SERIAL else "" for code in codes}
    return stems.pop() if len(stems) == 1 else ""


def _fill_codes(places: Sequence[_Place], district: _Node, streets: Sequence[_Node], communities: Sequence[_Node]) -> None:
    """Gives codes to the areas that have none: the code above and a serial of three digits, none of them used twice."""
    used = {node.code for node in (district, *streets, *communities)}
    if not district.code:
        district.code, district.synthetic = _MADE_UP, True
    used.add(district.code)
    _number(places, streets, district.code, used)
    at = {member: street for street in streets for member in street.members}
    for street in streets:
        _number(places, [node for node in communities if at[node.members[0]] is street], street.code, used)


def _number(places: Sequence[_Place], nodes: Sequence[_Node], above: str, used: set[str]) -> None:
    missing = [node for node in nodes if not node.code]
    centres = [(_mean(places[m].lng for m in node.members), _mean(places[m].lat for m in node.members)) for node in missing]
    serial = 0
    for index in serial_order([lng for lng, _ in centres], [lat for _, lat in centres]):
        while not missing[index].code:
            serial += 1
            code = f"{above}{serial:0{_SERIAL}d}"
            if code not in used:
                missing[index].code, missing[index].synthetic = code, True
                used.add(code)


def _mean(values: Iterable[float]) -> float:
    """The mean, rounded to 1e-9, so that it does not depend on the order of `values`."""
    listed = list(values)
    return round(math.fsum(listed) / len(listed), 9)


def _area(node: _Node, level: AreaLevel, parent: str, places: Sequence[_Place]) -> Area:
    """The area of a node; its point is the one inside the member polygon nearest to the middle of all."""
    lng, lat = _mean(places[m].lng for m in node.members), _mean(places[m].lat for m in node.members)
    middle = min((places[m] for m in node.members), key=lambda place: (round((place.lng - lng) ** 2 + (place.lat - lat) ** 2, 9), place.lng, place.lat))
    aliases = spoken_names(node.name) if level is AreaLevel.COMMUNITY else ()
    point = {"lng": round(middle.lng, _PLACES), "lat": round(middle.lat, _PLACES)}
    return Area(code=node.code, name=node.name, level=level, parent=parent, aliases=aliases, synthetic=node.synthetic, **point)


def _grids(places: Sequence[_Place], communities: Sequence[_Node], frame: _Frame) -> list[Grid]:
    """One grid a place, in the order of the places."""
    grids: dict[int, Grid] = {}
    for node in communities:
        members = serial_order([places[m].lng for m in node.members], [places[m].lat for m in node.members])
        for serial, member in enumerate((node.members[index] for index in members), 1):
            place = places[member]
            numbered = node.name if len(members) == 1 else f"{node.name}第{serial}网格"
            grids[member] = Grid(
                code=place.grid_code or f"{node.code}{serial:0{_SERIAL}d}",
                name=place.grid or numbered,
                community=node.code,
                valid_from=frame.valid_from,
                synthetic=node.synthetic,
            )
    return [grids[index] for index in range(len(places))]


def _refuse_doubles(codes: Iterable[tuple[str, str]], what: str, file: str) -> None:
    seen: dict[str, str] = {}
    for code, title in codes:
        if code and code in seen:
            raise BrokenReference(
                f"the {what} '{code}' stands twice, in {seen[code]} and {title}: codes must be unique; mend them, or name another property with --code-field",
                where=file,
            )
        seen[code] = title
