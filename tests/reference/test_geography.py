from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from reference import geography
from reference.crs import distance_m, wgs84_to_gcj02
from reference.geography import Geography, neighbours, read_polygons, serial_order, spoken_names
from reference.tables import PACKS
from schemas.centre import AddressEntry, Area, Grid
from schemas.errors import BrokenReference
from schemas.vocabulary import AreaLevel, Crs

if TYPE_CHECKING:
    from pathlib import Path

PUKOU = PACKS / "pukou"
STEP = 0.01


def cell(column: int, row: int, *, west: float = 118.6, north: float = 32.1) -> list[list[float]]:
    """A square of 0.01 degrees; row 0 is the northernmost."""
    x, y = west + column * STEP, north - row * STEP
    return [[x, y], [x + STEP, y], [x + STEP, y - STEP], [x, y - STEP], [x, y]]


def city(folder: Path, *rows: dict[str, Any], columns: int = 3, name: str = "city.geojson") -> Path:
    """A file with one square for each of the properties, in reading order."""
    features = [
        {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [cell(index % columns, index // columns)]}}
        for index, properties in enumerate(rows)
    ]
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    return path


def of(read: Geography, level: AreaLevel) -> list[Area]:
    return [area for area in read.areas if area.level is level]


def synthetic(read: Geography) -> list[bool]:
    return [area.synthetic for area in read.areas] + [grid.synthetic for grid in read.grids]


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(BrokenReference) as caught:
        read_polygons(path, **options)
    assert caught.value.where == path.name
    return caught.value.detail


def coherent(read: Geography) -> None:
    """What every geography keeps: codes once, parents and communities that exist, points inside."""
    codes = [area.code for area in read.areas]
    levels = {area.code: area.level for area in read.areas}
    assert len(codes) == len(set(codes))
    assert len({grid.code for grid in read.grids}) == len(read.grids) == len(read.polygons)
    assert [area.code for area in of(read, AreaLevel.DISTRICT)] == [read.district]
    assert all(levels[area.parent] is AreaLevel.DISTRICT for area in of(read, AreaLevel.STREET))
    assert all(levels[area.parent] is AreaLevel.STREET for area in of(read, AreaLevel.COMMUNITY))
    assert {grid.community for grid in read.grids} == {area.code for area in of(read, AreaLevel.COMMUNITY)}
    land = defaultdict(list)
    for grid, polygon in zip(read.grids, read.polygons, strict=True):
        land[grid.community].append(polygon)
        assert grid.code not in grid.neighbours
    for area in of(read, AreaLevel.COMMUNITY):
        assert any(polygon.covers(shapely.Point(area.lng, area.lat)) for polygon in land[area.code]), area


TAIWAN: list[dict[str, Any]] = [
    {"VILLCODE": "67000350032", "COUNTYNAME": "台南市", "TOWNNAME": "安南區", "VILLNAME": "南灣里", "TOWNCODE": "67000350"},
    {"VILLCODE": "67000350033", "COUNTYNAME": "台南市", "TOWNNAME": "安南區", "VILLNAME": "六甲里", "TOWNCODE": "67000350"},
    {"VILLCODE": "67000280002", "COUNTYNAME": "台南市", "TOWNNAME": "歸仁區", "VILLNAME": "六甲里", "TOWNCODE": "67000280"},
]


def test_taiwans_villages_become_communities_of_their_own_name_with_one_grid_each(tmp_path: Path) -> None:
    read = read_polygons(city(tmp_path, *TAIWAN))
    coherent(read)
    assert [(area.code, area.name, area.level.value) for area in read.areas] == [
        ("67000", "台南市", "district"),
        ("67000280", "歸仁區", "street"),
        ("67000350", "安南區", "street"),
        ("67000280002", "六甲里", "community"),
        ("67000350032", "南灣里", "community"),
        ("67000350033", "六甲里", "community"),
    ]
    assert [(grid.code, grid.name, grid.community) for grid in read.grids][1] == ("67000350032001", "南灣里", "67000350032")
    assert not any(synthetic(read))
    assert {grid.valid_from for grid in read.grids} == {date(2000, 1, 1)}
    assert read.repaired == []


def test_polygons_stand_in_the_order_of_their_grids(tmp_path: Path) -> None:
    read = read_polygons(city(tmp_path, *TAIWAN))
    assert [polygon.bounds[0] for polygon in read.polygons] == pytest.approx([118.62, 118.60, 118.61])
    assert read.grids[2].neighbours == ("67000280002001", "67000350032001")


@pytest.mark.parametrize(
    ("name", "code", "street", "district"),
    [
        ("社区", "社区代码", "街道", "区"),
        ("name", "code", "镇", "区县"),
        ("NAME", "区划代码", "STREET", "DISTRICT"),
        ("SQMC", "SQDM", "JDMC", "QXMC"),
        ("名称", "adcode", "乡镇", "县"),
        ("Village_Name", "VILLAGE ID", "Town-Name", "County"),
    ],
)
def test_the_mainlands_usual_names_are_found(tmp_path: Path, name: str, code: str, street: str, district: str) -> None:
    rows = [{"fid": n, "面积": 1.5, name: f"{n}号社区", code: 320111004001 + n, street: "江浦街道", district: "浦口区"} for n in range(4)]
    read = read_polygons(city(tmp_path, *rows))
    coherent(read)
    assert [(area.code, area.name) for area in of(read, AreaLevel.COMMUNITY)] == [(str(320111004001 + n), f"{n}号社区") for n in range(4)]
    assert [(area.code, area.name) for area in of(read, AreaLevel.STREET)] == [("320111004", "江浦街道")]
    assert [(area.code, area.name) for area in of(read, AreaLevel.DISTRICT)] == [("320111", "浦口区")]


def test_properties_can_be_named_where_they_are_not_found(tmp_path: Path) -> None:
    rows = [{"a": f"{n}里", "b": f"c-{n}", "c": "北區", "d": "某市"} for n in range(3)]
    path = city(tmp_path, *rows)
    said = refusal(path)
    assert all(part in said for part in ("--name-field", "a ('0里')", "b ('c-0')", "c ('北區')"))
    read = read_polygons(path, name_field="a", code_field="b", street_field="c", district_field="d")
    coherent(read)
    assert [area.name for area in read.areas] == ["某市", "北區", "0里", "1里", "2里"]


def test_the_only_property_with_text_is_the_name(tmp_path: Path) -> None:
    read = read_polygons(city(tmp_path, {"OBJECTID": 1, "Quartier": "Nord"}, {"OBJECTID": 2, "Quartier": "Süd"}))
    assert [area.name for area in of(read, AreaLevel.COMMUNITY)] == ["Nord", "Süd"]


def test_two_properties_that_could_be_the_name_are_unclear(tmp_path: Path) -> None:
    path = city(tmp_path, {"社区": "甲社区", "村": "乙村"}, {"社区": "丙社区", "村": "丁村"})
    assert "社区, 村 could all be it: say which one with --name-field" in refusal(path)
    assert [area.name for area in of(read_polygons(path, name_field="村"), AreaLevel.COMMUNITY)] == ["乙村", "丁村"]


def test_the_same_text_under_two_usual_names_is_clear(tmp_path: Path) -> None:
    read = read_polygons(city(tmp_path, {"社区": "甲社区", "社区名称": "甲社区", "name": "x"}))
    assert [area.name for area in of(read, AreaLevel.COMMUNITY)] == ["甲社区"]


def test_a_property_that_no_feature_has_is_refused_with_those_there_are(tmp_path: Path) -> None:
    said = refusal(city(tmp_path, *TAIWAN), name_field="NAME")
    assert "no feature has a property 'NAME'" in said
    assert "VILLNAME ('南灣里')" in said


def test_missing_codes_are_given_from_north_to_south_and_west_to_east_and_marked(tmp_path: Path) -> None:
    rows = [{"name": f"{n}里", "街道": street} for n, street in enumerate(("乙街道", "甲街道", "甲街道", "乙街道", "甲街道", "甲街道"))]
    read = read_polygons(city(tmp_path, *rows))
    coherent(read)
    assert read.district == "X"
    assert [(area.code, area.name) for area in of(read, AreaLevel.STREET)] == [("X001", "乙街道"), ("X002", "甲街道")]
    assert [(area.code, area.name) for area in of(read, AreaLevel.COMMUNITY)][2:] == [
        ("X002001", "1里"),
        ("X002002", "2里"),
        ("X002003", "4里"),
        ("X002004", "5里"),
    ]
    assert all(synthetic(read))


def test_given_codes_do_not_depend_on_the_order_in_the_file(tmp_path: Path) -> None:
    rows = [{"name": f"{n}里", "街道": "甲街道" if n % 3 else "乙街道"} for n in range(9)]
    path = city(tmp_path, *rows)
    before = read_polygons(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["features"].reverse()
    path.write_text(json.dumps(content), encoding="utf-8")
    after = read_polygons(path)
    assert (after.areas, after.grids) == (before.areas, before.grids)


def test_a_code_that_is_missing_here_and_there_is_filled_in_beside_the_others(tmp_path: Path) -> None:
    rows = [dict(row) for row in TAIWAN]
    rows[1]["VILLCODE"] = ""
    read = read_polygons(city(tmp_path, *rows))
    coherent(read)
    assert [(area.code, area.synthetic) for area in of(read, AreaLevel.COMMUNITY)] == [("67000280002", False), ("67000350001", True), ("67000350032", False)]


def test_a_polygon_without_a_name_gets_one_that_says_so(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [*TAIWAN, {**TAIWAN[0], "VILLCODE": "67000350099", "VILLNAME": None}]
    read = read_polygons(city(tmp_path, *rows))
    assert read.repaired == ["feature 4: has no name, now 未命名67000350099"]
    assert [area.name for area in read.areas if area.synthetic] == ["未命名67000350099"]


def test_codes_that_stand_twice_are_refused_by_feature(tmp_path: Path) -> None:
    said = refusal(city(tmp_path, *TAIWAN, {**TAIWAN[1], "VILLNAME": "他里"}))
    assert "the community code '67000350033' stands twice, in feature 2 and feature 4" in said


def test_a_code_of_no_fit_form_is_refused_with_what_is_allowed(tmp_path: Path) -> None:
    said = refusal(city(tmp_path, {**TAIWAN[0], "VILLCODE": "A_1"}))
    assert "the code 'A_1' of a polygon is not usable" in said
    assert "letters, digits and hyphens" in said


def test_a_constant_code_belongs_to_what_lies_above(tmp_path: Path) -> None:
    read = read_polygons(city(tmp_path, *({"name": f"{n}社区", "adcode": 320111, "区": "浦口区"} for n in range(3))))
    coherent(read)
    assert (read.district, of(read, AreaLevel.COMMUNITY)[0].code) == ("320111", "320111001001")


def test_a_file_of_streets_alone_makes_each_a_community(tmp_path: Path) -> None:
    read = read_polygons(city(tmp_path, *({"街道": f"{n}街道", "街道代码": f"32011100{n}", "区": "浦口区"} for n in range(3))))
    coherent(read)
    assert [(area.code, area.name) for area in of(read, AreaLevel.COMMUNITY)] == [(f"32011100{n}", f"{n}街道") for n in range(3)]
    assert [(area.name, area.synthetic) for area in of(read, AreaLevel.STREET)] == [("浦口区", True)]
    assert read.district == "320111"


def test_grids_beside_communities_are_grouped_in_them(tmp_path: Path) -> None:
    rows = [{"网格名称": f"第{n}网格", "网格编码": f"32011100400100{n}", "社区": "甲社区" if n < 2 else "乙社区", "街道": "江浦街道"} for n in range(4)]
    read = read_polygons(city(tmp_path, *rows))
    coherent(read)
    assert [(grid.code, grid.name) for grid in read.grids] == [(f"32011100400100{n}", f"第{n}网格") for n in range(4)]
    assert Counter(grid.community for grid in read.grids) == {area.code: 2 for area in of(read, AreaLevel.COMMUNITY)}


def test_grid_codes_that_stand_twice_are_refused(tmp_path: Path) -> None:
    rows = [{"网格编码": "320111004001001", "社区": f"{n}社区"} for n in range(2)]
    assert "the grid code '320111004001001' stands twice" in refusal(city(tmp_path, *rows))


def test_parts_of_one_community_without_codes_are_its_grids(tmp_path: Path) -> None:
    read = read_polygons(city(tmp_path, *({"name": "江心社区", "街道": "江浦街道"} for _ in range(2))))
    coherent(read)
    assert [grid.name for grid in read.grids] == ["江心社区第1网格", "江心社区第2网格"]


def test_several_districts_must_be_told_apart(tmp_path: Path) -> None:
    rows = [{"name": f"{n}社区", "街道": f"{n}街道", "区": "浦口区" if n < 2 else "六合区"} for n in range(3)]
    path = city(tmp_path, *rows)
    said = refusal(path)
    assert "浦口区 (2), 六合区 (1)" in said
    assert "--district" in said
    read = read_polygons(path, district="浦口区")
    coherent(read)
    assert [area.name for area in of(read, AreaLevel.COMMUNITY)] == ["0社区", "1社区"]
    assert "no polygon lies in the district '江宁区'" in refusal(path, district="江宁区")
    assert [area.name for area in of(read_polygons(path, street_field="区", district_field="街道", district="0街道"), AreaLevel.STREET)] == ["浦口区"]


def test_a_wrong_district_is_refused_where_the_file_knows_its_own(tmp_path: Path) -> None:
    assert "no polygon lies in the district '高雄市'" in refusal(city(tmp_path, *TAIWAN), district="高雄市")


def test_a_map_with_several_districts_and_no_streets_takes_them_as_streets(tmp_path: Path) -> None:
    path = city(tmp_path, *({"name": f"{n}里", "區": f"{n % 2}區"} for n in range(4)), columns=4, name="somewhere.geojson")
    read = read_polygons(path)
    assert [area.name for area in read.areas[:3]] == ["somewhere", "0區", "1區"]
    assert read_polygons(path, district="某市").areas[0].name == "某市"


def test_another_crs_is_converted(tmp_path: Path) -> None:
    path = city(tmp_path, *TAIWAN)
    as_said, as_gcj02 = read_polygons(path), read_polygons(path, crs=Crs.GCJ02)
    x, y = as_gcj02.polygons[0].exterior.coords[0]
    assert wgs84_to_gcj02(x, y) == pytest.approx(as_said.polygons[0].exterior.coords[0], abs=1e-9)


@pytest.mark.parametrize(
    ("official", "spoken"),
    [
        ("求雨山社区居委会", ("求雨山社区",)),
        ("明发社区居民委员会", ("明发社区",)),
        ("七联村委会", ("七联村",)),
        ("石村村委会", ("石村",)),
        ("某某村村民委员会", ("某某村",)),
        ("南灣里", ()),
        ("居委会", ()),
    ],
)
def test_the_spoken_name_leaves_the_committee_out(official: str, spoken: tuple[str, ...]) -> None:
    assert spoken_names(official) == spoken


def test_serials_run_from_west_to_east_in_bands_from_north_to_south() -> None:
    assert serial_order([118.61, 118.60, 118.62, 118.60], [32.055, 32.051, 32.058, 32.061]) == [3, 1, 0, 2]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=36, unique=True), st.floats(-0.3, 0.3))
def test_neighbours_are_the_squares_beside_even_with_small_gaps_and_overlaps(cells: list[tuple[int, int]], slip_m: float) -> None:
    squares = [shapely.affinity.scale(shapely.Polygon(cell(*at)), 1 - slip_m / 1000, 1 - slip_m / 1000) for at in cells]
    expected = [tuple(sorted(i for i, (x, y) in enumerate(cells) if abs(x - a) + abs(y - b) == 1)) for a, b in cells]
    assert neighbours(squares) == expected


def test_a_grid_cut_out_of_another_is_its_neighbour_and_far_ones_are_not() -> None:
    outer, inner, far = shapely.Polygon(cell(0, 0)), shapely.Point(118.605, 32.095).buffer(0.001), shapely.Polygon(cell(3, 0))
    assert neighbours([outer.difference(inner), inner, far]) == [(1,), (0,), ()]


def test_a_wider_tolerance_reaches_across_a_gap() -> None:
    pair = [shapely.Polygon(cell(0, 0)), shapely.Polygon(cell(0, 0, west=118.61005))]
    assert neighbours(pair) == [(), ()]
    assert neighbours(pair, tolerance_m=10) == [(1,), (0,)]


def test_the_villages_of_tainan_are_read_whole(shared: Path) -> None:
    read = read_polygons(shared / "data" / "tainan_hotline" / "villages.geojson.gz")
    coherent(read)
    names = [area.name for area in of(read, AreaLevel.COMMUNITY)]
    assert (len(read.grids), len(names), len(set(names)), len(of(read, AreaLevel.STREET))) == (649, 649, 601, 37)
    assert (read.district, read.areas[0].name) == ("67000", "台南市")
    assert [line.partition(":")[0] for line in read.repaired] == ["feature 105 (汫水里)"]
    assert all(polygon.is_valid for polygon in read.polygons)
    assert not any(synthetic(read))
    back = {grid.code: grid.neighbours for grid in read.grids}
    assert all(one in back[other] for one, others in back.items() for other in others)
    assert 4 < sum(map(len, back.values())) / len(back) < 7


@pytest.fixture(scope="module")
def pukou() -> tuple[list[Area], list[Grid], Any, list[AddressEntry]]:
    def rows(name: str) -> list[dict[str, Any]]:
        with (PUKOU / name).open(encoding="utf-8", newline="") as lines:
            return [{key: value.split("|") if key == "aliases" else value for key, value in row.items() if value} for row in csv.DictReader(lines)]

    features = json.loads((PUKOU / "grids.geojson").read_text(encoding="utf-8"))["features"]
    grids = [Grid.model_validate(feature["properties"]) for feature in features]
    polygons = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    return [Area.model_validate(row) for row in rows("areas.csv")], grids, polygons, [AddressEntry.model_validate(row) for row in rows("addresses.csv")]


Pack = tuple[list[Area], list[Grid], Any, list[AddressEntry]]


def test_pukou_has_502_grids_of_which_24_are_dedicated(pukou: Pack) -> None:
    areas, grids, polygons, _ = pukou
    assert Counter(grid.kind for grid in grids) == {"general": 478, "dedicated": 24}
    assert all(grid.synthetic and grid.code[:12] == grid.community and grid.code[12:].isdigit() for grid in grids)
    coherent(Geography(areas, grids, list(polygons), [], "320111"))
    assert (PUKOU / "grids.geojson").stat().st_size < 1_500_000


def test_pukous_grids_leave_no_gaps_and_do_not_overlap(pukou: Pack) -> None:
    polygons = pukou[2]
    land = shapely.union_all(polygons)
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    assert (land.geom_type, len(land.interiors)) == ("Polygon", 0)
    assert shapely.area(polygons).sum() == pytest.approx(land.area, rel=1e-12)
    points = shapely.get_coordinates(polygons) * 1e6
    assert np.abs(points - np.round(points)).max() < 1e-6


def test_pukous_grids_are_numbered_from_north_to_south_and_know_their_neighbours(pukou: Pack) -> None:
    _, grids, polygons, _ = pukou
    for community in {grid.community for grid in grids}:
        mine = [index for index, grid in enumerate(grids) if grid.community == community]
        points = [polygons[index].representative_point() for index in mine]
        assert serial_order([point.x for point in points], [point.y for point in points]) == list(range(len(mine)))
        assert [grids[index].code[12:] for index in mine] == [f"{serial:03d}" for serial in range(1, len(mine) + 1)]
    codes = [grid.code for grid in grids]
    assert [grid.neighbours for grid in grids] == [tuple(codes[other] for other in others) for others in neighbours(polygons)]


def test_pukous_names_and_codes_are_the_official_ones_without_the_new_areas_streets(pukou: Pack, shared: Path) -> None:
    official: dict[str, str] = {}
    for file in ("pukou_streets.csv", "pukou_villages.csv"):
        with (shared / "data" / "places" / file).open(encoding="utf-8-sig", newline="") as lines:
            official |= {row["code"]: row["name"] for row in csv.DictReader(lines)}
    left_out = ("320111001", "320111002", "320111003", "320111007", "320111450")
    expected = {code: name for code, name in official.items() if not code.startswith(left_out)} | {"320111": "浦口区"}
    assert {area.code: area.name for area in pukou[0]} == expected
    assert len(expected) == 1 + 10 + 79
    assert not any(area.synthetic for area in pukou[0])


def test_pukou_lies_within_the_boundary_converted_from_gcj02(pukou: Pack, shared: Path) -> None:
    boundary = read_polygons(shared / "data" / "places" / "pukou_district_gcj02.geojson", crs=Crs.GCJ02).polygons[0]
    land = shapely.union_all(pukou[2])
    assert land.difference(boundary.buffer(2e-6)).is_empty
    assert 0.75 < land.area / boundary.area < 0.85


def test_every_address_of_pukou_is_official_without_a_point_or_synthetic_with_one_in_its_grid(pukou: Pack) -> None:
    areas, grids, polygons, addresses = pukou
    by_code = {grid.code: (grid, polygon) for grid, polygon in zip(grids, polygons, strict=True)}
    official = {(name, area.code) for area in areas if area.level is AreaLevel.COMMUNITY for name in (area.name, *area.aliases)}
    assert {(entry.name, entry.community) for entry in addresses if not entry.synthetic} == official
    made_up = [entry for entry in addresses if entry.synthetic]
    assert len(made_up) > 300
    assert len({entry.name for entry in addresses}) == len(addresses)
    for entry in made_up:
        grid, polygon = by_code[entry.grid]
        assert grid.community == entry.community
        assert polygon.contains(shapely.Point(entry.lng, entry.lat))
    assert all(entry.lng is None and not entry.grid for entry in addresses if not entry.synthetic)


def test_pukous_streets_lie_where_they_lie_in_truth(pukou: Pack) -> None:
    about = {"江浦街道": (118.62, 32.03), "桥林街道": (118.49, 31.95), "汤泉街道": (118.50, 32.10), "永宁街道": (118.60, 32.15), "星甸街道": (118.44, 32.04)}
    streets = {area.name: area for area in pukou[0] if area.level is AreaLevel.STREET}
    for name, (lng, lat) in about.items():
        street = streets[name]
        assert street.lng is not None
        assert street.lat is not None
        assert distance_m(lng, lat, street.lng, street.lat) < 6_000


def test_the_opening_lies_before_any_record_to_be_imported() -> None:
    assert date(2000, 1, 1) == geography.OPENING
