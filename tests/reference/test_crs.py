from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import crs
from schemas.vocabulary import Crs

if TYPE_CHECKING:
    from collections.abc import Callable

CHINA_LNG = st.floats(73.0, 135.5)
CHINA_LAT = st.floats(3.0, 54.0)
PUKOU = (118.6253, 32.0587)
METRE = 1 / 111_000
FORWARD = {Crs.WGS84: lambda lng, lat: (lng, lat), Crs.CGCS2000: lambda lng, lat: (lng, lat), Crs.GCJ02: crs.wgs84_to_gcj02, Crs.BD09: crs.wgs84_to_bd09}


def on_the_sphere(lng1: float, lat1: float, lng2: float, lat2: float) -> float:
    """Great-circle metres on a sphere of 6,371 km, as the figures of the domain brief were computed."""
    a, b, half = math.radians(lat1), math.radians(lat2), math.radians(lng2 - lng1) / 2
    return 2 * 6_371_000 * math.asin(math.sqrt(math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(half) ** 2))


def along_the_ellipsoid(lng1: float, lat1: float, lng2: float, lat2: float) -> float:
    """Metres from the straight line through the earth, which for a chord of up to 100 km is the geodesic to 1e-7."""
    flattening = 1 / 298.257223563
    e2 = flattening * (2 - flattening)

    def point(lng: float, lat: float) -> tuple[float, float, float]:
        x, y = math.radians(lng), math.radians(lat)
        radius = 6378137 / math.sqrt(1 - e2 * math.sin(y) ** 2)
        return radius * math.cos(y) * math.cos(x), radius * math.cos(y) * math.sin(x), radius * (1 - e2) * math.sin(y)

    return 2 * 6_371_000 * math.asin(math.dist(point(lng1, lat1), point(lng2, lat2)) / 2 / 6_371_000)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"), [((120.0, 40.0), (120.00567568355486, 40.0013047896019)), ((118.0, 32.0), (118.00543101383846, 31.997964381055795))]
)
def test_published_vectors_of_gcj02_are_met_to_the_last_digit(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert crs.wgs84_to_gcj02(*wgs84) == pytest.approx(gcj02, rel=0, abs=1e-12)


def test_a_wrong_label_in_pukou_is_off_by_the_distances_of_the_domain_brief() -> None:
    gaode, baidu = crs.wgs84_to_gcj02(*PUKOU), crs.wgs84_to_bd09(*PUKOU)
    assert [on_the_sphere(*a, *b) for a, b in ((PUKOU, gaode), (gaode, baidu), (PUKOU, baidu))] == pytest.approx([533, 888, 1162], abs=1)
    assert [crs.distance_m(*a, *b) for a, b in ((PUKOU, gaode), (gaode, baidu), (PUKOU, baidu))] == pytest.approx([533, 888, 1162], abs=2)


@given(CHINA_LNG, CHINA_LAT, st.sampled_from([Crs.GCJ02, Crs.BD09]))
def test_a_point_of_china_comes_back_to_where_it_was(lng: float, lat: float, kind: Crs) -> None:
    back = crs.to_wgs84(*FORWARD[kind](lng, lat), kind)
    assert math.dist(back, (lng, lat)) < 1e-6 * METRE


@given(st.floats(-1e-6, 1e-6), CHINA_LAT, st.sampled_from([Crs.GCJ02, Crs.BD09]))
def test_a_point_on_the_cusp_of_the_formula_comes_back_too(offset: float, lat: float, kind: Crs) -> None:
    back = crs.to_wgs84(*FORWARD[kind](105 + offset, lat), kind)
    assert math.dist(back, (105 + offset, lat)) < 1e-6 * METRE


@given(CHINA_LNG, CHINA_LAT, st.sampled_from([Crs.GCJ02, Crs.BD09]))
def test_the_found_point_is_shown_where_the_given_one_was(lng: float, lat: float, kind: Crs) -> None:
    assert math.dist(FORWARD[kind](*crs.to_wgs84(lng, lat, kind)), (lng, lat)) < 1e-6 * METRE


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=20), st.sampled_from(Crs))
def test_arrays_are_converted_like_single_points(points: list[tuple[float, float]], kind: Crs) -> None:
    lngs, lats = np.array([p[0] for p in points], dtype=float), np.array([p[1] for p in points], dtype=float)
    expected = [crs.to_wgs84(*point, kind) for point in points]
    assert list(zip(*crs.to_wgs84_many(lngs, lats, kind), strict=True)) == [pytest.approx(point, rel=0, abs=1e-12) for point in expected]


@pytest.mark.parametrize(("single", "many"), [(crs.wgs84_to_gcj02, crs.wgs84_to_gcj02_many), (crs.wgs84_to_bd09, crs.wgs84_to_bd09_many)])
def test_arrays_are_shifted_like_single_points(
    single: Callable[[float, float], tuple[float, float]], many: Callable[..., tuple[crs.Floats, crs.Floats]]
) -> None:
    points = [PUKOU, (120.2, 23.0), (-0.1, 51.5), (105.0, 35.0)]
    lngs, lats = many(np.array([p[0] for p in points]), np.array([p[1] for p in points]))
    assert list(zip(lngs, lats, strict=True)) == [pytest.approx(single(*point), rel=0, abs=1e-12) for point in points]


def test_wgs84_and_cgcs2000_are_left_as_they_are() -> None:
    assert crs.to_wgs84(120.2, 23.0, Crs.WGS84) == crs.to_wgs84(120.2, 23.0, Crs.CGCS2000) == (120.2, 23.0)


@pytest.mark.parametrize("point", [(-74.0, 40.7), (139.7, 35.7), (0.0, 0.0), (-1.0, -1.0)])
def test_outside_of_chinas_box_all_systems_are_the_same(point: tuple[float, float]) -> None:
    for kind in Crs:
        assert crs.to_wgs84(*point, kind) == FORWARD[kind](*point) == point


def test_arrays_are_not_changed_in_place_and_keep_nan() -> None:
    lngs, lats = np.array([118.6, math.nan]), np.array([32.0, math.nan])
    x, y = crs.to_wgs84_many(lngs, lats, Crs.BD09)
    assert lngs[0] == 118.6
    assert (abs(x[0] - 118.6), math.isnan(x[1]), math.isnan(y[1])) == (pytest.approx(0.0118, abs=0.001), True, True)


@given(st.floats(-170, 170), st.floats(0, 55), st.floats(0.001, 10), st.floats(0, 2 * math.pi))
def test_distances_within_a_city_are_right_to_a_millionth(lng: float, lat: float, km: float, bearing: float) -> None:
    other = lng + km / 111 / math.cos(math.radians(lat)) * math.sin(bearing), lat + km / 111 * math.cos(bearing)
    assert crs.distance_m(lng, lat, *other) == pytest.approx(along_the_ellipsoid(lng, lat, *other), rel=1e-6, abs=1e-6)


def test_distances_across_a_province_are_right_to_a_ten_thousandth() -> None:
    assert crs.distance_m(118.0, 32.0, 118.9, 32.4) == pytest.approx(along_the_ellipsoid(118.0, 32.0, 118.9, 32.4), rel=1e-4)


@given(CHINA_LNG, CHINA_LAT)
def test_a_degree_has_the_metres_that_the_distance_says(lng: float, lat: float) -> None:
    east, north = crs.metres_per_degree(lat)
    assert crs.distance_m(lng, lat, lng + 1e-3, lat) == pytest.approx(east * 1e-3, rel=1e-6)
    assert crs.distance_m(lng, lat - 5e-4, lng, lat + 5e-4) == pytest.approx(north * 1e-3, rel=1e-6)
