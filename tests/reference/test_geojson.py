from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from reference import crs, geojson
from schemas.errors import BrokenReference
from schemas.vocabulary import Crs

if TYPE_CHECKING:
    from pathlib import Path

SQUARE = [[118.60, 32.00], [118.61, 32.00], [118.61, 32.01], [118.60, 32.01], [118.60, 32.00]]
HOLE = [[118.602, 32.002], [118.604, 32.002], [118.604, 32.004], [118.602, 32.004], [118.602, 32.002]]
BOW_TIE = [[118.60, 32.00], [118.62, 32.00], [118.60, 32.01], [118.61, 32.02], [118.60, 32.00]]


def polygon(*rings: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*geometries: object, **members: object) -> dict[str, object]:
    return {"type": "FeatureCollection", "features": [feature(geometry, name=f"社区{n}") for n, geometry in enumerate(geometries)], **members}


def layer(folder: Path, content: object) -> geojson.Layer:
    path = folder / "city.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    return geojson.read(path)


def refusal(folder: Path, content: object, labels: tuple[str, ...] = ()) -> BrokenReference:
    with pytest.raises(BrokenReference) as caught:
        layer(folder, content).polygons(labels)
    assert caught.value.where == "city.geojson"
    return caught.value


def test_a_collection_a_list_and_a_single_feature_are_read_alike(tmp_path: Path) -> None:
    for content in (collection(polygon(SQUARE)), [feature(polygon(SQUARE), name="社区0")], feature(polygon(SQUARE), name="社区0")):
        read = layer(tmp_path, content)
        (shape,), repaired = read.polygons()
        assert (read.properties, repaired) == ([{"name": "社区0"}], [])
        assert shape.equals(shapely.Polygon(SQUARE))


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("packed", [False, True])
def test_gzip_and_byte_order_mark_are_told_by_the_bytes(tmp_path: Path, before: bytes, packed: bool) -> None:
    data = before + json.dumps(collection(polygon(SQUARE)), ensure_ascii=False).encode()
    path = tmp_path / "city.json"
    path.write_bytes(gzip.compress(data) if packed else data)
    assert geojson.read(path).properties == [{"name": "社区0"}]


def test_holes_and_parts_are_kept_heights_dropped_and_open_rings_closed(tmp_path: Path) -> None:
    high = [[x, y, 12.5] for x, y in SQUARE[:-1]]
    far = [[[x + 1, y] for x, y in SQUARE]]
    shapes, repaired = layer(tmp_path, collection(polygon(high, HOLE), {"type": "MultiPolygon", "coordinates": [[SQUARE], far]})).polygons()
    assert repaired == []
    assert shapes[0].equals(shapely.Polygon(SQUARE, [HOLE]))
    assert not shapes[0].has_z
    assert shapes[1].geom_type == "MultiPolygon"
    assert len(shapes[1].geoms) == 2


def test_a_polygon_that_crosses_itself_is_repaired_and_named(tmp_path: Path) -> None:
    shapes, repaired = layer(tmp_path, collection(polygon(SQUARE), polygon(BOW_TIE))).polygons(["新河社区", "南灣里"])
    assert shapes[1].is_valid
    assert shapes[1].area > 0
    assert len(repaired) == 1
    assert repaired[0].startswith("feature 2 (南灣里): self-intersection near 118.60")
    assert "repaired, area changed by +" in repaired[0]


def test_a_repair_leaves_polygons_only(tmp_path: Path) -> None:
    spiked = [*SQUARE[:2], [118.63, 32.00], *SQUARE[1:]]
    shapes, repaired = layer(tmp_path, collection(polygon(spiked))).polygons()
    assert (shapes[0].geom_type, len(repaired)) == ("Polygon", 1)
    assert shapes[0].area == pytest.approx(shapely.Polygon(SQUARE).area)


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        (None, "has no geometry"),
        ({"type": "Point", "coordinates": [118.6, 32.0]}, "is no polygon but a Point"),
        ({"type": "GeometryCollection", "geometries": []}, "is no polygon but a GeometryCollection"),
        ("POLYGON", "is no polygon but a str"),
        (polygon(), "is empty"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "is empty"),
        ({"type": "Polygon"}, "is empty"),
        (polygon([[118.6, 32.0], [118.7, 32.0], [118.6, 32.0]]), "fewer than three corners"),
        (polygon([[118.6, 32.0], [118.7, 32.0], [118.8, 32.0], [118.6, 32.0]]), "has no area"),
        (polygon([118.6, 32.0, 118.7, 32.0]), "no list of [longitude, latitude]"),
        (polygon([["a", "b"]] * 4), "no list of [longitude, latitude]"),
        (polygon([{"x": 1}] * 4), "no list of [longitude, latitude]"),
        (polygon([[118.6, None], [118.7, 32.0], [118.8, 32.1]]), "is no number"),
    ],
)
def test_what_is_no_polygon_with_an_area_is_refused_by_name(tmp_path: Path, geometry: object, said: str) -> None:
    error = refusal(tmp_path, collection(polygon(SQUARE), geometry), ("新河社区", "南灣里"))
    assert "feature 2 (南灣里): " in error.detail
    assert said in error.detail
    assert "feature 1" not in error.detail


def test_all_bad_features_are_listed_up_to_twenty(tmp_path: Path) -> None:
    error = refusal(tmp_path, collection(*[None] * 25))
    assert "feature 20:" in error.detail
    assert "feature 21:" not in error.detail
    assert "and 5 more" in error.detail


@pytest.mark.parametrize("shift", [0.0, -40.0])
def test_swapped_axes_are_told_and_what_to_do(tmp_path: Path, shift: float) -> None:
    error = refusal(tmp_path, collection(polygon([[y, x + shift] for x, y in SQUARE])))
    assert "latitude stands before longitude" in error.detail
    assert "axes swapped" in error.detail


def test_metres_of_a_projection_are_told_and_what_to_do(tmp_path: Path) -> None:
    error = refusal(tmp_path, collection(polygon([[x * 3000, y * 80000] for x, y in SQUARE])))
    assert "no degrees" in error.detail
    assert "EPSG:4326" in error.detail


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", Crs.WGS84),
        ("EPSG:4326", Crs.WGS84),
        ("urn:ogc:def:crs:EPSG::4490", Crs.CGCS2000),
        ("EPSG:3824", Crs.WGS84),
        ("GCJ-02", Crs.GCJ02),
        ("BD-09", Crs.BD09),
    ],
)
def test_the_crs_that_a_file_names_is_used(tmp_path: Path, name: str, kind: Crs) -> None:
    read = layer(tmp_path, collection(polygon(SQUARE), crs={"type": "name", "properties": {"name": name}}))
    (shape,), _ = read.polygons()
    assert read.said_crs() is kind
    assert shape.exterior.coords[0] == pytest.approx(crs.to_wgs84(118.60, 32.00, kind), abs=1e-12)


def test_a_given_crs_wins_over_what_the_file_says(tmp_path: Path) -> None:
    read = layer(tmp_path, collection(polygon(SQUARE, HOLE), crs={"type": "name", "properties": {"name": "EPSG:4326"}}))
    (shape,), _ = read.polygons(crs=Crs.GCJ02)
    assert shape.exterior.coords[0] == pytest.approx(crs.to_wgs84(118.60, 32.00, Crs.GCJ02), abs=1e-12)
    assert shape.interiors[0].coords[2] == pytest.approx(crs.to_wgs84(118.604, 32.004, Crs.GCJ02), abs=1e-12)


def test_an_unknown_crs_is_refused_by_name(tmp_path: Path) -> None:
    error = refusal(tmp_path, collection(polygon(SQUARE), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3826"}}))
    assert "EPSG::3826" in error.detail
    assert "--crs" in error.detail


def test_a_given_crs_wins_over_one_that_is_not_known(tmp_path: Path) -> None:
    read = layer(tmp_path, collection(polygon(SQUARE), crs={"type": "name", "properties": {"name": "unknown"}}))
    (shape,), _ = read.polygons(crs=Crs.WGS84)
    assert shape.equals(shapely.Polygon(SQUARE))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"type": "FeatureCollection", "features": []}, "no features"),
        ([], "no features"),
        ({"type": "Topology", "objects": {}}, "no GeoJSON"),
        ("text", "no GeoJSON"),
        (17, "no GeoJSON"),
        ([{"type": "Polygon"}], "feature 1 is none"),
        ([feature(polygon(SQUARE)), "x"], "feature 2 is none"),
        ([{"type": "Feature", "properties": [], "geometry": None}, {"type": "Feature", "properties": [1], "geometry": None}], "feature 2 is none"),
    ],
)
def test_what_is_no_geojson_is_refused(tmp_path: Path, content: object, said: str) -> None:
    assert said in refusal(tmp_path, content).detail


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not JSON"),
        (b'{"type": "FeatureCollection", "features": [', "is not JSON"),
        (b"PK\x03\x04", "is not JSON"),
        ('{"type": "浦口"}'.encode("gb18030"), "is not UTF-8"),
        (b"[" * 100_000, "is not JSON"),
        (b'[{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[NaN, 1]]]}}]', "is not JSON"),
        (gzip.compress(b"[]" * 1000, mtime=0)[:-12], "gzip is cut off or damaged"),
        (b"\x1f\x8b" + b"x" * 40, "gzip is cut off or damaged"),
    ],
)
def test_a_damaged_file_is_refused_with_its_reason(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "city.geojson"
    path.write_bytes(data)
    with pytest.raises(BrokenReference, match=said):
        geojson.read(path)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenReference, match="no such file"):
        geojson.read(tmp_path / "none.geojson")
    with pytest.raises(BrokenReference, match="cannot be read"):
        geojson.read(tmp_path)


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5), lambda inner: st.lists(inner, max_size=4), max_leaves=20))
def test_whatever_the_coordinates_are_the_answer_is_a_polygon_or_a_refusal(coordinates: object) -> None:
    for kind in ("Polygon", "MultiPolygon"):
        one = geojson.Layer("city.geojson", [{}], [{"type": kind, "coordinates": coordinates}])
        try:
            (shape,), _ = one.polygons()
        except BrokenReference:
            continue
        assert shape.is_valid
        assert shape.area > 0


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=9))
def test_any_ring_of_corners_becomes_a_valid_polygon_or_is_refused(corners: list[tuple[int, int]]) -> None:
    ring = [[118.6 + x / 100, 32 + y / 100] for x, y in corners]
    one = geojson.Layer("city.geojson", [{}], [polygon(ring)])
    try:
        (shape,), repaired = one.polygons()
    except BrokenReference:
        return
    assert shape.is_valid
    assert shape.geom_type in ("Polygon", "MultiPolygon")
    assert bool(repaired) != bool(shapely.Polygon(ring).is_valid)
