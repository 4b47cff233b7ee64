from __future__ import annotations

import csv
import gzip
import math
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.place import BORDER_M, Placer
from reference.crs import distance_m, metres_per_degree, to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from reference.fill import Options, import_centre
from reference.load import load
from schemas.centre import AddressEntry
from schemas.vocabulary import Crs, Precision
from tests.intake.centres import AREAS, area, centre, grid, placed, pukou, report

if TYPE_CHECKING:
    from pathlib import Path

    from reference.pack import Reference

BOX = (118.60, 32.00, 118.62, 32.02)
"""About 1.9 km by 2.2 km."""


# --- against brute force


def partition(seeds: list[tuple[float, float]]) -> list[Any]:
    """The box, cut into the cells that lie nearest to each seed."""
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=shapely.box(*BOX)))
    return [cell for cell in shapely.intersection(cells, shapely.box(*BOX)) if cell.geom_type == "Polygon" and cell.area > 0]


def boxes(columns: list[float], rows: list[float]) -> list[Any]:
    """Rectangles between lines; neighbours share whole sides, four share a corner."""
    west, south, east, north = BOX
    xs, ys = sorted({west, *columns, east}), sorted({south, *rows, north})
    return [shapely.box(x, y, right, top) for x, right in pairwise(xs) for y, top in pairwise(ys)]


def scattered(low: float, high: float) -> st.SearchStrategy[float]:
    """Degrees between two, with five decimals as people's maps give them."""
    return st.integers(int(low * 1e5), int(high * 1e5)).map(lambda n: n / 1e5)


SEEDS = st.lists(st.tuples(scattered(118.60, 118.62), scattered(32.00, 32.02)), min_size=3, max_size=25, unique=True)
CUTS = st.builds(boxes, st.lists(scattered(118.601, 118.619), max_size=5), st.lists(scattered(32.001, 32.019), max_size=5))
PARTITIONS = st.one_of(SEEDS.map(partition), CUTS).filter(bool)


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[Any], list[tuple[float, float]]]:
    """A partition, and points in it, around it, on its corners and on its sides."""
    polygons = draw(PARTITIONS)
    corners = [corner for polygon in polygons for corner in polygon.exterior.coords]
    sides = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for polygon in polygons for a, b in zip(polygon.exterior.coords, polygon.exterior.coords[1:], strict=False)]
    anywhere = st.tuples(st.floats(118.58, 118.64), st.floats(31.98, 32.04))
    points = draw(st.lists(anywhere | st.sampled_from(corners) | st.sampled_from(sides), min_size=1, max_size=30))
    return polygons, [(float(x), float(y)) for x, y in points]


def split(polygons: list[Any]) -> Reference:
    """A centre whose grids are these polygons, in turn of two communities."""
    return centre([(grid(f"{n:03d}", "911" if n % 2 else "921"), polygon) for n, polygon in enumerate(polygons)])


def metres_from(polygon: Any, x: float, y: float) -> float:
    """From a point to a polygon, in the plane that touches the earth there."""
    scale = metres_per_degree(y)
    return float(shapely.distance(shapely.transform(polygon, lambda xy: (xy - (x, y)) * scale), shapely.Point(0, 0)))


@given(questions())
def test_a_point_is_placed_as_by_looking_at_every_polygon_one_by_one(question: tuple[list[Any], list[tuple[float, float]]]) -> None:
    polygons, points = question
    placements = placed(Placer(split(polygons)), *(report(lng=x, lat=y) for x, y in points))
    for (x, y), placement in zip(points, placements, strict=True):
        holding = [f"{n:03d}" for n, polygon in enumerate(polygons) if polygon.covers(shapely.Point(x, y))]
        if not holding:
            assert (placement.precision, placement.grid, placement.community) == (Precision.NONE, "", "")
            continue
        distances = {f"{n:03d}": metres_from(polygon, x, y) for n, polygon in enumerate(polygons)}
        runners = [runner.choice for runner in placement.why.runners_up]
        assert (placement.precision, placement.grid) == (Precision.POINT, holding[0])
        assert (placement.community, placement.street, placement.district) == (("911", "91", "9") if int(holding[0]) % 2 else ("921", "92", "9"))
        assert (placement.lng, placement.lat) == (x, y)
        assert placement.why.rule == f"grids/{holding[0]}"
        assert runners[: len(holding) - 1] == holding[1:], "all grids that hold a point on their border are kept"
        assert {code for code, metres in distances.items() if metres < BORDER_M * 0.995} <= {holding[0], *runners}
        assert {holding[0], *runners} <= {code for code, metres in distances.items() if metres < BORDER_M * 1.005}
        assert runners[len(holding) - 1 :] == sorted(set(runners[len(holding) - 1 :])), "in the order of the pack, each once"


@given(questions(), st.data())
def test_where_a_report_is_does_not_depend_on_the_frame_it_comes_in(question: tuple[list[Any], list[tuple[float, float]]], data: st.DataObject) -> None:
    polygons, points = question
    reference = split(polygons)
    reports = [report(lng=x, lat=y) for x, y in points]
    together = placed(Placer(reference), *reports)
    order = data.draw(st.permutations(range(len(reports))))
    alone = Placer(reference)
    assert [placed(alone, reports[n])[0] for n in order] == [together[n] for n in order]


@pytest.mark.parametrize("metres", [19.0, 21.0])
@pytest.mark.parametrize("east", [True, False])
def test_twenty_metres_are_as_long_to_the_east_as_to_the_north(metres: float, east: bool) -> None:
    home = shapely.box(118.60, 32.00, 118.61, 32.01)
    beside = shapely.box(118.61, 32.00, 118.62, 32.01) if east else shapely.box(118.60, 32.01, 118.61, 32.02)
    x_metres, y_metres = metres_per_degree(32.01)
    point = (118.61 - metres / x_metres, 32.005) if east else (118.605, 32.01 - metres / y_metres)
    placement = placed(Placer(split([home, beside])), report(lng=point[0], lat=point[1]))[0]
    assert [runner.choice for runner in placement.why.runners_up] == (["001"] if metres < BORDER_M else [])


# --- points that are none, or not what they seem

SQUARE = centre([(grid("911001", "911"), shapely.box(118.60, 32.00, 118.62, 32.02))])


@pytest.mark.parametrize(
    "point", [(None, None), (118.61, None), (None, 32.01), (0.0, 0.0), (1e-9, -1e-9), (-0.0, 0.0), (999.0, 999.0), (1e300, -1e300), (-180.0, 90.0)]
)
@pytest.mark.parametrize("crs", Crs)
def test_without_a_usable_point_a_report_is_nowhere_and_the_reason_says_so(point: tuple[float | None, float | None], crs: Crs) -> None:
    placement = placed(Placer(SQUARE), report(lng=point[0], lat=point[1], crs=crs))[0]
    assert (placement.precision, placement.grid, placement.street) == (Precision.NONE, "", "")
    assert placement.why.rule == "gazetteer/none"
    assert placement.why.because.startswith(("there is no point", "the point is zero or out of the world", "no grid holds the point"))


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(Crs))
def test_no_point_however_wild_stops_placing(lng: float, lat: float, crs: Crs) -> None:
    wild, sound = placed(Placer(SQUARE), report(lng=lng, lat=lat, crs=crs), report(lng=118.61, lat=32.01))
    assert wild.precision in (Precision.POINT, Precision.NONE)
    assert sound.grid == "911001"


@given(st.floats(118.6001, 118.6199), st.floats(32.0001, 32.0199), st.sampled_from(Crs))
def test_exchanged_longitude_and_latitude_are_turned_round_and_it_is_said(lng: float, lat: float, crs: Crs) -> None:
    right, exchanged = placed(Placer(SQUARE), report(lng=lng, lat=lat, crs=crs), report(lng=lat, lat=lng, crs=crs))
    assert right[:-1] == exchanged[:-1]
    assert "longitude and latitude were exchanged" in exchanged.why.because
    assert "exchanged" not in right.why.because


def test_a_point_a_little_outside_keeps_its_coordinates_for_the_desk() -> None:
    placement = placed(Placer(SQUARE), report(lng=118.6201, lat=32.01))[0]
    assert (placement.lng, placement.lat, placement.precision) == (118.6201, 32.01, Precision.NONE)


# --- coordinate reference systems

PUKOU_POINT = (118.6253, 32.0587)
"""In Pukou GCJ-02 lies 533 m and BD-09 1,162 m away (`domain/domain.md` §3)."""


@pytest.mark.parametrize(("crs", "shifted", "metres"), [(Crs.GCJ02, wgs84_to_gcj02, 533), (Crs.BD09, wgs84_to_bd09, 1_162)])
def test_a_labelled_point_is_moved_back_to_where_it_is(crs: Crs, shifted: Any, metres: int) -> None:
    lng, lat = shifted(*PUKOU_POINT)
    assert distance_m(*PUKOU_POINT, lng, lat) == pytest.approx(metres, abs=2)
    truth, labelled = placed(Placer(pukou()), report(lng=PUKOU_POINT[0], lat=PUKOU_POINT[1]), report(lng=lng, lat=lat, crs=crs))
    assert truth.precision is Precision.POINT
    assert labelled.grid == truth.grid
    assert labelled.lng is not None
    assert labelled.lat is not None
    assert distance_m(*PUKOU_POINT, labelled.lng, labelled.lat) < 0.01
    assert labelled.why.because == f"the point lies in its polygon; converted from {crs.zh}"


@pytest.mark.parametrize(("crs", "shifted"), [(Crs.GCJ02, wgs84_to_gcj02), (Crs.BD09, wgs84_to_bd09)])
def test_of_every_grids_inner_points_all_land_right_with_their_label_and_many_go_wrong_without_it(crs: Crs, shifted: Any) -> None:
    points = [(point.x, point.y) for point in shapely.point_on_surface(pukou().polygons)]
    placer = Placer(pukou())
    truth = [placement.grid for placement in placed(placer, *(report(lng=lng, lat=lat) for lng, lat in points))]
    moved = [shifted(*point) for point in points]
    labelled = placed(placer, *(report(lng=lng, lat=lat, crs=crs) for lng, lat in moved))
    unlabelled = placed(placer, *(report(lng=lng, lat=lat) for lng, lat in moved))
    assert [placement.grid for placement in labelled] == truth
    assert sum(placement.grid != right for placement, right in zip(unlabelled, truth, strict=True)) > len(truth) / 3


def unchanged(lng: float, lat: float) -> tuple[float, float]:
    """CGCS2000 agrees with WGS-84."""
    return lng, lat


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(118.35, 118.70), st.floats(31.85, 32.20)), min_size=20, max_size=20), st.sampled_from([Crs.GCJ02, Crs.BD09, Crs.CGCS2000]))
def test_all_over_pukou_a_labelled_point_lies_where_it_lies_in_wgs84(points: list[tuple[float, float]], crs: Crs) -> None:
    convert = {Crs.GCJ02: wgs84_to_gcj02, Crs.BD09: wgs84_to_bd09, Crs.CGCS2000: unchanged}[crs]
    placer = Placer(pukou())
    plainly = placed(placer, *(report(lng=lng, lat=lat) for lng, lat in points))
    labelled = placed(placer, *(report(lng=lng, lat=lat, crs=crs) for lng, lat in (convert(*point) for point in points)))
    for one, other in zip(plainly, labelled, strict=True):
        near = {one.grid, *(runner.choice for runner in one.why.runners_up)}
        assert other.grid in near if one.grid else other.grid == "" or other.why.runners_up == ()
        if len(near) == 1:
            assert (one.grid, one.community, one.street) == (other.grid, other.community, other.street)


def test_a_point_outside_of_china_is_the_same_in_all_systems() -> None:
    abroad = centre([(grid("911001", "911"), shapely.box(2.0, 48.0, 3.0, 49.0))])
    assert placed(Placer(abroad), report(lng=2.35, lat=48.85, crs=Crs.BD09))[0].grid == "911001"
    assert to_wgs84(2.35, 48.85, Crs.BD09) == (2.35, 48.85)


# --- grids that are cut anew


def test_a_report_lies_in_the_grid_of_its_day_in_the_centres_zone() -> None:
    whole, west, east = shapely.box(118.60, 32.00, 118.62, 32.02), shapely.box(118.60, 32.00, 118.61, 32.02), shapely.box(118.61, 32.00, 118.62, 32.02)
    new_year = date(2024, 1, 1)
    reference = centre(
        [
            (grid("911001", "911", valid_to=date(2023, 12, 31)), whole),
            (grid("911002", "911", valid_from=new_year), west),
            (grid("911003", "912", valid_from=new_year), east),
        ]
    )
    last_evening, first_morning = datetime(2023, 12, 31, 15, 59, tzinfo=UTC), datetime(2023, 12, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai lies between
    before, after = placed(Placer(reference), *(report(lng=118.615, lat=32.01, reported_at=at) for at in (last_evening, first_morning)))
    assert (before.grid, before.community) == ("911001", "911")
    assert (after.grid, after.community) == ("911003", "912")


def test_a_report_of_before_there_were_grids_is_nowhere_where_grids_have_dates() -> None:
    reference = centre(
        [
            (grid("911001", "911", valid_from=date(2024, 1, 1)), shapely.box(118.60, 32.00, 118.61, 32.02)),
            (grid("911002", "911"), shapely.box(118.61, 32.00, 118.62, 32.02)),
        ]
    )
    early, other = placed(Placer(reference), *(report(lng=lng, lat=32.01, reported_at="2023-06-01T00:00:00Z") for lng in (118.605, 118.615)))
    assert early.precision is Precision.NONE
    assert other.grid == "911002"


def test_where_all_grids_began_on_one_day_history_is_placed_on_them_too() -> None:
    reference = centre([(grid("911001", "911", valid_from=date(2024, 1, 1)), shapely.box(118.60, 32.00, 118.62, 32.02))])
    assert placed(Placer(reference), report(lng=118.61, lat=32.01, reported_at="1999-06-01T00:00:00Z"))[0].grid == "911001"


# --- without a point: the ladder

LADDER = centre(
    [
        (grid("911001", "911"), shapely.box(118.60, 32.00, 118.61, 32.02)),
        (grid("911002", "911"), shapely.box(118.61, 32.00, 118.62, 32.02)),
        (grid("912001", "912"), shapely.box(118.62, 32.00, 118.63, 32.02)),
    ],
    areas=(*AREAS[:3], area("911", "甲社区", at=(118.61, 32.01)), area("912", "乙社区", at=(118.625, 32.01)), area("921", "同心社区"), area("913", "同心社区")),
    addresses=[
        AddressEntry(name="人民广场", community="911", lng=118.605, lat=32.01),
        AddressEntry(name="边界大厦", community="911", grid="911002", lng=118.6201, lat=32.01),
        AddressEntry(name="老山公园", community="911", grid="911002"),
        AddressEntry(name="新开小区", community="912"),
    ],
)


def test_a_known_address_stands_for_the_missing_point() -> None:
    placement = placed(Placer(LADDER), report(address="小区人民广场旁"))[0]
    assert (placement.precision, placement.lng, placement.lat, placement.grid, placement.community) == (Precision.ADDRESS, 118.605, 32.01, "911001", "911")
    assert placement.why.rule == "addresses/人民广场"
    assert placement.why.because == "there is no point; address names it"


def test_the_dictionary_is_asked_where_the_point_lies_outside_and_the_reason_says_both() -> None:
    placement = placed(Placer(LADDER), report("人民广场有积水", lng=121.4, lat=31.2))[0]
    assert (placement.precision, placement.grid) == (Precision.ADDRESS, "911001")
    assert placement.why.because == "no grid holds the point; text names it"


def test_a_usable_point_goes_before_any_name() -> None:
    placement = placed(Placer(LADDER), report(address="人民广场", lng=118.625, lat=32.01))[0]
    assert (placement.precision, placement.grid) == (Precision.POINT, "912001")


def test_a_known_address_whose_point_lies_across_the_border_stays_in_its_community() -> None:
    placement = placed(Placer(LADDER), report(address="边界大厦"))[0]
    assert (placement.community, placement.grid) == ("911", "911002")


def test_a_known_place_without_a_point_is_its_communitys_centre_and_said_to_be_approximate() -> None:
    placement = placed(Placer(LADDER), report(address="老山公园门口"))[0]
    assert (placement.precision, placement.lng, placement.lat, placement.grid) == (Precision.COMMUNITY, 118.61, 32.01, "911002")
    assert placement.why.rule == "areas/911"
    assert placement.why.because.endswith("names 老山公园: its centre, approximate")


def test_a_named_community_is_a_place_and_its_grid_is_known_only_where_it_has_one() -> None:
    two, one = placed(Placer(LADDER), report("甲社区无人打扫"), report("乙社区无人打扫"))
    assert (two.precision, two.community, two.grid) == (Precision.COMMUNITY, "911", "")
    assert (one.precision, one.community, one.grid, one.street_name) == (Precision.COMMUNITY, "912", "912001", "东街道")


def test_a_shared_name_needs_its_street() -> None:
    alone, with_street, with_hint = placed(Placer(LADDER), report("同心社区停水"), report("西街道同心社区停水"), report("同心社区停水", area_hint="东街道"))
    assert alone.precision is Precision.NONE
    assert (with_street.community, with_hint.community) == ("921", "913")
    assert [runner.choice for runner in with_street.why.runners_up] == ["913"]


def test_a_known_place_in_a_community_that_was_cut_anew_has_the_grid_of_the_day() -> None:
    reference = centre(
        [
            (grid("911001", "911", valid_to=date(2023, 12, 31)), shapely.box(118.60, 32.00, 118.61, 32.02)),
            (grid("911002", "911", valid_from=date(2024, 1, 1)), shapely.box(118.60, 32.00, 118.61, 32.02)),
        ]
    )
    old, new = placed(Placer(reference), *(report("甲社区", reported_at=at) for at in ("2023-12-31T00:00:00Z", "2024-01-01T00:00:00Z")))
    assert (old.grid, new.grid) == ("911001", "911002")


def test_nothing_at_all_is_nowhere() -> None:
    assert placed(Placer(LADDER), report("路灯坏了"))[0] == (None, None, Precision.NONE, "", "", "", "", "", "", placed(Placer(LADDER), report())[0].why)


def test_no_reports_have_no_places() -> None:
    assert Placer(LADDER).place([], []) == []


# --- the packs


def verify_inner_points(reference: Reference) -> None:
    """Of every grid a point well inside lies in it, in its community, its street and its district."""
    inner = shapely.point_on_surface(reference.polygons)
    placements = placed(Placer(reference), *(report(lng=point.x, lat=point.y) for point in inner))
    communities = {row.code: row.community for row in reference.grids}
    for row, placement in zip(reference.grids, placements, strict=True):
        assert row.code in {placement.grid, *(runner.choice for runner in placement.why.runners_up)}
        assert placement.community == communities[placement.grid]
        community = reference.areas[placement.community]
        assert (placement.community_name, placement.street) == (community.name, community.parent)
        assert (placement.street_name, placement.district) == (reference.areas[placement.street].name, reference.areas[placement.street].parent)
    assert sum(placement.grid == row.code for row, placement in zip(reference.grids, placements, strict=True)) >= 0.99 * len(reference.grids)


def test_every_grid_of_the_shipped_pack_holds_its_own_points() -> None:
    assert len(pukou().grids) == 502
    verify_inner_points(pukou())


def test_every_known_address_of_the_shipped_pack_is_found_in_its_community_or_needs_its_street() -> None:
    reference = pukou()
    placer = Placer(reference)
    by_name: dict[str, set[str]] = {}
    for entry in reference.addresses:
        by_name.setdefault(entry.name, set()).add(entry.community)
    for row in reference.areas.values():
        if row.name in by_name and len(row.code) == 12:
            by_name[row.name].add(row.code)
    found = placed(placer, *(report(address=entry.name) for entry in reference.addresses))
    in_street = placed(
        placer, *(report(address=f"{reference.areas[reference.areas[entry.community].parent].name}{entry.name}") for entry in reference.addresses)
    )
    for entry, alone, beside in zip(reference.addresses, found, in_street, strict=True):
        if len(by_name[entry.name]) == 1:
            assert alone.community == entry.community, entry.name
        else:
            assert alone.precision is Precision.NONE, entry.name
        assert beside.community == entry.community, entry.name


@pytest.fixture(scope="module")
def tainan(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """A pack made of the 649 real polygons of another city."""
    folder = tmp_path_factory.mktemp("packs") / "tainan"
    import_centre("tainan", shared / "data" / "tainan_hotline" / "villages.geojson.gz", folder, options=Options(time_zone="Asia/Taipei"))
    return load(folder)


def test_every_grid_of_an_imported_pack_holds_its_own_points(tainan: Reference) -> None:
    verify_inner_points(tainan)


def test_of_a_real_citys_trusted_points_all_but_one_in_a_thousand_lie_in_the_right_village(tainan: Reference, shared: Path) -> None:
    with gzip.open(shared / "data" / "tainan_hotline" / "cases_2015_2018.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["trusted_geo"] == "True" and row["village_poly"]][::4]
    assert len(rows) > 15_000
    placer = Placer(tainan)
    right = 0
    for first in range(0, len(rows), 500):
        part = rows[first : first + 500]
        placements = placed(placer, *(report(lng=float(row["lng"]), lat=float(row["lat"])) for row in part))
        right += sum((p.street_name, p.community_name) == (row["town_poly"], row["village_poly"]) for p, row in zip(placements, part, strict=True))
    assert right >= 0.999 * len(rows)


def test_placing_agrees_with_a_plain_look_at_every_polygon_of_a_real_city(tainan: Reference) -> None:
    random = np.random.default_rng(7)
    west, south, east, north = shapely.total_bounds(tainan.polygons)
    xs, ys = random.uniform(west, east, 1_000), random.uniform(south, north, 1_000)
    placements = placed(Placer(tainan), *(report(lng=float(x), lat=float(y)) for x, y in zip(xs, ys, strict=True)))
    for x, y, placement in zip(xs, ys, placements, strict=True):
        holding = np.flatnonzero(shapely.covers(tainan.polygons, shapely.Point(x, y)))
        assert placement.grid == (tainan.grids[holding[0]].code if len(holding) else "")
    assert math.isclose(sum(bool(p.grid) for p in placements) / 1_000, shapely.area(tainan.polygons).sum() / ((east - west) * (north - south)), abs_tol=0.05)


def test_where_grids_of_a_real_city_meet_all_are_kept_in_the_order_of_the_pack(tainan: Reference) -> None:
    inner = [(point.x, point.y) for point in shapely.point_on_surface(tainan.polygons)]
    rings = [polygon.exterior if polygon.geom_type == "Polygon" else polygon.geoms[0].exterior for polygon in tainan.polygons]
    corners = [(corner, home) for ring, home in zip(rings, inner, strict=True) for corner in ring.coords[::25]]
    points = [(x + (home[0] - x) * 0.005, y + (home[1] - y) * 0.005) for (x, y), home in corners]
    order = {row.code: n for n, row in enumerate(tainan.grids)}
    meetings = 0
    for (x, y), placement in zip(points, placed(Placer(tainan), *(report(lng=x, lat=y) for x, y in points)), strict=True):
        holding = [tainan.grids[n].code for n in np.flatnonzero(shapely.covers(tainan.polygons, shapely.Point(x, y)))]
        runners = [runner.choice for runner in placement.why.runners_up]
        near = runners[max(len(holding) - 1, 0) :]
        assert [code for code in (placement.grid, *runners[: len(holding) - 1]) if code] == holding
        assert near == sorted(near, key=order.__getitem__)
        meetings += len(near) > 1
    assert meetings > 10
