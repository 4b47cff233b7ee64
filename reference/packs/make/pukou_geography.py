"""Makes the map of the pack `pukou`: `areas.csv`, `grids.geojson`, `addresses.csv`.

    python -m reference.packs.make.pukou_geography --shared ../shared

Official are the district's boundary (GCJ-02, converted), and the names and codes of streets and communities. No polygons of
streets, communities or grids are public, so these are drawn here, without any randomness: streets around the places where they
lie, communities and grids as clusters of a made-up density that is high in the towns and low in the 老山 hills, their borders as
the Voronoi edges between the clusters, roughened a little so that they look like roads and ditches. `PROVENANCE.md` beside the
result says what is synthetic. Takes half a minute.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from reference import geojson, grid_file
from reference.crs import metres_per_degree
from reference.geography import OPENING, neighbours, serial_order, spoken_names
from reference.packs.make.pukou_addresses import addresses_of
from reference.rows import as_cells, write
from reference.tables import ADDRESSES, AREAS, GRIDS_FILE, PACKS
from schemas.centre import Area, Grid
from schemas.vocabulary import AreaLevel, Crs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

DISTRICT = "320111"
STREETS: dict[str, tuple[int, tuple[tuple[float, float], ...]]] = {
    "320111004": (150, ((118.630, 32.050), (118.600, 32.020), (118.655, 32.040), (118.590, 31.975), (118.630, 31.995), (118.615, 32.070))),
    "320111005": (110, ((118.490, 31.970), (118.540, 31.930), (118.430, 31.950), (118.480, 31.890), (118.525, 31.990), (118.400, 31.970))),
    "320111006": (56, ((118.500, 32.115), (118.455, 32.095), (118.490, 32.085), (118.525, 32.130))),
    "320111008": (58, ((118.440, 32.050), (118.410, 32.010), (118.470, 32.030), (118.405, 32.060))),
    "320111009": (72, ((118.620, 32.150), (118.575, 32.165), (118.645, 32.185), (118.590, 32.135), (118.555, 32.155))),
    "320111400": (8, ((118.520, 32.062), (118.560, 32.085), (118.605, 32.105))),
    "320111401": (5, ((118.515, 32.175),)),
    "320111402": (5, ((118.645, 32.105),)),
    "320111403": (8, ((118.575, 31.945),)),
    "320111404": (6, ((118.590, 32.055),)),
}
"""General grids of each street, and points that its land lies around (WGS-84), in rough likeness of the real places; together 478."""
NEW_AREA = ((118.680, 32.080), (118.680, 32.115), (118.715, 32.120), (118.745, 32.165), (118.672, 32.160), (118.672, 32.195), (118.668, 32.235))
"""Points of the land of 泰山 顶山 沿江 盘城, which 江北新区 runs: cut off."""
NEW_AREA_CELLS = 120
TOWNS: tuple[tuple[float, float, float, float], ...] = (
    (118.625, 32.055, 12, 2200),
    (118.590, 32.000, 4, 2000),
    (118.495, 31.965, 8, 1600),
    (118.485, 31.875, 5, 1000),
    (118.550, 31.960, 5, 1500),
    (118.425, 31.955, 3, 900),
    (118.440, 32.050, 6, 1100),
    (118.500, 32.105, 6, 1200),
    (118.610, 32.160, 6, 1400),
    (118.570, 32.175, 3, 900),
)
"""Longitude, latitude, height over the open country's 0.35, and reach in metres of the made-up density."""
COUNTRY = 0.35
DEDICATED: dict[str, tuple[str, ...]] = {
    "320111004": ("学校", "医院", "市场", "公园", "学校", "市场", "医院", "公园", "学校"),
    "320111005": ("学校", "市场", "医院", "学校", "园区"),
    "320111006": ("学校", "市场"),
    "320111008": ("学校", "医院"),
    "320111009": ("学校", "市场", "公园"),
    "320111402": ("公园",),
    "320111403": ("园区", "园区"),
}
"""The 24 dedicated grids by street: what stands in each."""
HALF_SIZES = {"学校": (110, 80), "医院": (90, 70), "市场": (80, 60), "公园": (220, 140), "园区": (240, 160)}
"""Half length and half width in metres, at most."""
LATTICE_M = 75.0
GRID = 1e-6
"""All coordinates lie on this lattice of degrees."""
MIN_GRIDS = 2


@dataclass(frozen=True)
class Plane:
    """Metres east and north of a corner of the district."""

    west: float
    south: float
    scale: tuple[float, float]

    def metres(self, points: Any) -> Floats:  # noqa: ANN401 -- anything that is an array of pairs
        """Degrees to metres, shape (n, 2)."""
        flat: Floats = (np.asarray(points, dtype=np.float64).reshape(-1, 2) - (self.west, self.south)) * self.scale
        return flat

    def degrees(self, points: Floats) -> Floats:
        """Metres to degrees, shape (n, 2)."""
        return points / self.scale + (self.west, self.south)


@dataclass(frozen=True)
class Cell:
    """The seed of one general grid (metres) and the community it belongs to; `new_area` cells are cut off in the end."""

    x: float
    y: float
    community: str


def main() -> None:
    """Makes the three files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder of the real data")
    parser.add_argument("--out", type=Path, default=PACKS / "pukou", help="where the files go")
    arguments = parser.parse_args()
    places = arguments.shared / "data" / "places"
    (boundary,), _ = geojson.read(places / "pukou_district_gcj02.geojson").polygons(["浦口区"], Crs.GCJ02)
    boundary = shapely.set_precision(boundary, GRID)
    west, south, _, north = boundary.bounds
    plane = Plane(west, south, metres_per_degree((south + north) / 2))
    official = _official(places)
    cells = _cells(boundary, plane, {street: [code for code in official if code.startswith(street) and code != street] for street in STREETS})
    polygons = _polygons(boundary, plane, cells)
    kept = [index for index, cell in enumerate(cells) if cell.community]
    communities = [cells[index].community for index in kept]
    shapes, kinds = _with_dedicated([polygons[index] for index in kept], communities, plane)
    communities += [communities[host] for host, _ in kinds]
    grids, shapes = _numbered(shapes, communities, [""] * len(kept) + [kind for _, kind in kinds], official)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / GRIDS_FILE).write_bytes(grid_file.write(grids, shapes))
    areas = _areas(official, grids, shapes)
    (arguments.out / AREAS.file).write_bytes(write(AREAS, map(as_cells, areas)))
    (arguments.out / ADDRESSES.file).write_bytes(write(ADDRESSES, map(as_cells, addresses_of(areas, grids, shapes))))


def _official(places: Path) -> dict[str, str]:
    """Official names of the kept streets and their communities, by code."""
    names: dict[str, str] = {}
    for file in ("pukou_streets.csv", "pukou_villages.csv"):
        with (places / file).open(encoding="utf-8-sig", newline="") as lines:
            names |= {row["code"]: row["name"] for row in csv.DictReader(lines) if row["code"][:9] in STREETS}
    return dict(sorted(names.items()))


def _cells(boundary: Any, plane: Plane, communities: dict[str, list[str]]) -> list[Cell]:  # noqa: ANN401 -- shapely
    """Seeds of all general grids: land to streets by the nearest of their points, streets to communities, these to grids."""
    west, south, east, north = boundary.bounds
    step = LATTICE_M / np.array(plane.scale)
    lattice = np.array([(x, y) for y in np.arange(south, north, step[1]) for x in np.arange(west, east, step[0])])
    lattice = plane.metres(lattice[shapely.contains_xy(boundary, lattice[:, 0], lattice[:, 1])])
    weight = np.full(len(lattice), COUNTRY)
    for lng, lat, height, reach in TOWNS:
        weight += height * np.exp(-((lattice - plane.metres((lng, lat))) ** 2).sum(axis=1) / (2 * reach**2))
    owners = [street for street, (_, points) in STREETS.items() for _ in points] + [""] * len(NEW_AREA)
    around = plane.metres([point for _, points in STREETS.values() for point in points] + list(NEW_AREA))
    owner = np.array(owners)[_nearest(lattice, around)]
    cells: list[Cell] = []
    for street, (grids, points) in STREETS.items():
        mine = owner == street
        cells += _cells_of_street(lattice[mine], weight[mine], communities[street], grids, plane.metres(points[0])[0])
    outside = owner == ""
    return cells + [Cell(x, y, "") for x, y in _clusters(lattice[outside], weight[outside], NEW_AREA_CELLS)[0]]


def _cells_of_street(points: Floats, weight: Floats, codes: Sequence[str], grids: int, town: Floats) -> list[Cell]:
    """The lowest codes (社区, before 村) go to the communities nearest to the town; grids are shared out by the square root of weight."""
    centres, of = _clusters(points, weight**0.8, len(codes))
    by_distance = np.argsort(((centres - town) ** 2).sum(axis=1), kind="stable")
    shares = np.array([np.sqrt(weight[of == cluster]).sum() for cluster in by_distance])
    cells = []
    for cluster, code, count in zip(by_distance, codes, _shared_out(grids, shares), strict=True):
        mine = of == cluster
        cells += [Cell(x, y, code) for x, y in _clusters(points[mine], weight[mine], count)[0]]
    return cells


def _shared_out(total: int, shares: Floats) -> list[int]:
    """`total` in whole numbers in proportion to `shares`, at least `MIN_GRIDS` each, largest remainders first."""
    exact = MIN_GRIDS + (total - MIN_GRIDS * len(shares)) * shares / shares.sum()
    counts = np.floor(exact).astype(int)
    for index in np.argsort(counts - exact, kind="stable")[: total - counts.sum()]:
        counts[index] += 1
    return [int(count) for count in counts]


def _clusters(points: Floats, weight: Floats, count: int) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Centres of `count` weighted clusters (Lloyd, from the farthest points) and the cluster of each point."""
    centres = [np.average(points, axis=0, weights=weight)]
    far = ((points - centres[0]) ** 2).sum(axis=1)
    centres[0] = points[np.argmin(far)]
    far = ((points - centres[0]) ** 2).sum(axis=1)
    while len(centres) < count:
        centres.append(points[np.argmax(far * weight)])
        far = np.minimum(far, ((points - centres[-1]) ** 2).sum(axis=1))
    middle = np.array(centres)
    for _ in range(60):
        of = _nearest(points, middle)
        middle = np.array([np.average(points[of == index], axis=0, weights=weight[of == index]) for index in range(count)])
    return middle, _nearest(points, middle)


def _nearest(points: Floats, centres: Floats) -> npt.NDArray[np.intp]:
    nearest: npt.NDArray[np.intp] = shapely.STRtree(shapely.points(centres)).nearest(shapely.points(points))
    return nearest


def _polygons(boundary: Any, plane: Plane, cells: Sequence[Cell]) -> list[Any]:  # noqa: ANN401 -- shapely
    """One polygon a cell: faces between the roughened Voronoi edges, all on the coordinate lattice, without gaps or overlaps."""
    seeds = np.array([(cell.x, cell.y) for cell in cells])
    flat = shapely.transform(boundary, plane.metres)
    edges = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=shapely.envelope(flat), only_edges=True)
    pieces = {_ends(line) for part in shapely.get_parts(edges) for line in _segments(part)}
    rough = [shapely.LineString(plane.degrees(_roughened(np.array(piece)))) for piece in sorted(pieces)]
    net = shapely.set_precision(shapely.union_all([*rough, boundary.exterior]), GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(net, grid_size=GRID))))
    faces = [face for face in faces if boundary.contains(face.representative_point())]
    inside = plane.metres([(face.representative_point().x, face.representative_point().y) for face in faces])
    parts: list[list[Any]] = [[] for _ in cells]
    for face, owner in zip(faces, _nearest(inside, seeds).tolist(), strict=True):
        parts[owner].append(face)
    joined = [shapely.union_all(part, grid_size=GRID) for part in parts]
    return _without_crumbs(joined)


def _segments(line: Any) -> list[Any]:  # noqa: ANN401 -- shapely
    points = shapely.get_coordinates(line)
    return [np.array(pair) for pair in pairwise(points)]


def _ends(segment: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """The two ends in one order, so that an edge that two cells share is one."""
    one, other = sorted((round(float(x), 3), round(float(y), 3)) for x, y in segment)
    return one, other


def _roughened(ends: Floats) -> Floats:
    """A straight edge with up to three bends, sideways by up to 7 % of its length; how much comes from where it lies."""
    start, end = ends
    along = end - start
    length = float(np.hypot(*along))
    if length < 2 * LATTICE_M:
        return ends
    across = np.array((-along[1], along[0]))
    phase = float((start + end).sum())
    bends = [start + along * part + across * 0.07 * np.sin(phase * frequency) for part, frequency in ((0.27, 0.37), (0.52, 0.73), (0.76, 1.13))]
    return np.array([start, *bends, end])


def _without_crumbs(shapes: list[Any]) -> list[Any]:
    """Each cell in one piece: what is cut off by a bend of the district's border joins the neighbour with the longest common border."""
    whole = [max(shapely.get_parts(shape), key=shapely.area) for shape in shapes]
    for shape, largest in zip(list(shapes), list(whole), strict=True):
        for crumb in shapely.get_parts(shape):
            if not crumb.equals(largest):
                common = shapely.length(shapely.intersection(shapely.boundary(whole), crumb.boundary))
                host = int(np.argmax(common))
                whole[host] = shapely.union(whole[host], crumb, grid_size=GRID)
    return whole


def _with_dedicated(shapes: list[Any], communities: Sequence[str], plane: Plane) -> tuple[list[Any], list[tuple[int, str]]]:
    """Cuts the dedicated grids out of general ones; returns all shapes, and for each dedicated one its host's index and what it is."""
    general, added, kinds = list(shapes), [], []
    for street, wanted in DEDICATED.items():
        mine = [index for index, code in enumerate(communities) if code.startswith(street)]
        roomy = [index for index in mine if _room(shapes[index], plane)[1] > min(HALF_SIZES["市场"]) * 2.5]
        for rank, kind in enumerate(wanted):
            host = roomy[(2 * rank + 1) * len(roomy) // (2 * len(wanted))]
            block = _block(shapes[host], kind, plane)
            general[host] = shapely.difference(general[host], block, grid_size=GRID)
            added.append(block)
            kinds.append((host, kind))
    return general + added, kinds


def _room(shape: Any, plane: Plane) -> tuple[Floats, float]:  # noqa: ANN401 -- shapely
    """Middle and radius in metres of the largest circle in a shape."""
    circle = shapely.get_coordinates(shapely.maximum_inscribed_circle(shapely.transform(shape, plane.metres), tolerance=1))
    return circle[0], float(np.hypot(*(circle[1] - circle[0])))


def _block(shape: Any, kind: str, plane: Plane) -> Any:  # noqa: ANN401 -- shapely
    """A turned rectangle in the middle of a shape, no larger than two thirds of the room there."""
    middle, radius = _room(shape, plane)
    half = np.array(HALF_SIZES[kind])
    half = half * min(1.0, radius * 0.66 / float(np.hypot(*half)))
    turn = float(np.sin(middle.sum())) * np.pi / 4
    corners = np.array(((-1, -1), (1, -1), (1, 1), (-1, 1))) * half
    turned = corners @ np.array(((np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn)))) + middle
    return shapely.set_precision(shapely.Polygon(np.round(plane.degrees(turned), 6)), GRID)


def _numbered(shapes: Sequence[Any], communities: Sequence[str], kinds: Sequence[str], official: dict[str, str]) -> tuple[list[Grid], list[Any]]:
    """Grids with codes (community + serial, from north to south and west to east) and their shapes, by code."""
    points = [shape.representative_point() for shape in shapes]
    serial: dict[str, int] = {}
    found: list[tuple[Grid, Any]] = []
    for index in serial_order([point.x for point in points], [point.y for point in points]):
        community = communities[index]
        number = serial[community] = serial.get(community, 0) + 1
        called = next(iter(spoken_names(official[community])), official[community])
        name = f"{called}专属网格({kinds[index]})" if kinds[index] else f"{called}第{number}网格"
        grid = Grid(
            code=f"{community}{number:03d}",
            name=name,
            community=community,
            kind="dedicated" if kinds[index] else "general",
            valid_from=OPENING,
            synthetic=True,
        )
        found.append((grid, shapes[index]))
    found.sort(key=lambda pair: pair[0].code)
    codes = [grid.code for grid, _ in found]
    beside = neighbours([shape for _, shape in found])
    grids = [grid.model_copy(update={"neighbours": tuple(codes[other] for other in others)}) for (grid, _), others in zip(found, beside, strict=True)]
    return grids, [shape for _, shape in found]


def _areas(official: dict[str, str], grids: Sequence[Grid], shapes: Sequence[Any]) -> list[Area]:
    """District, streets, communities. Names and codes are official; the points lie in the synthetic polygons."""
    areas = []
    for code, name in {DISTRICT: "浦口区", **official}.items():
        land = shapely.union_all([shape for grid, shape in zip(grids, shapes, strict=True) if grid.community.startswith(code)], grid_size=GRID)
        point = shapely.maximum_inscribed_circle(land, tolerance=1e-5)
        lng, lat = (round(float(number), 6) for number in shapely.get_coordinates(point)[0])
        level = {6: AreaLevel.DISTRICT, 9: AreaLevel.STREET}.get(len(code), AreaLevel.COMMUNITY)
        parent = "" if level is AreaLevel.DISTRICT else code[:6] if level is AreaLevel.STREET else code[:9]
        aliases = spoken_names(name) if level is AreaLevel.COMMUNITY else ()
        areas.append(Area(code=code, name=name, level=level, parent=parent, aliases=aliases, lng=lng, lat=lat))
    return areas


if __name__ == "__main__":
    main()
