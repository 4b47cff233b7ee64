"""Coordinate reference systems of China: WGS-84 ↔ GCJ-02 ↔ BD-09, and distances in metres (`domain/domain.md` §3).

Phones, 北斗 terminals and government base maps give WGS-84 or CGCS2000, which agree within decimetres and are treated as one;
Gaode and Tencent give GCJ-02, Baidu gives BD-09. A wrong label moves a point by half a kilometre to more than one, so nothing is
guessed here: the caller says what a point is in.

Where the conversion applies: only inside the box that every public implementation uses (72.004–137.8347° E, 0.8293–55.8271° N).
Outside of it all systems are the same. Taiwan, Hong Kong and the neighbours' border lands lie in the box; whether their points are
shifted is a matter of the label alone (Tainan's data is WGS-84, hence never touched). On the box's own edge, at sea or abroad,
a point may not come back to where it was.

Why own code: pyproj knows neither system (they are no published projections); coord-convert 0.2.1 (its last release, 2019) does not
build any more, takes one point at a time and stops its inverse at 1e-6° (0.1 m); pygcj and the common inverses of BD-09 err by 0.4 to 2 m. The
formulas are public, and here one text of them serves single points (`math`) and arrays (`numpy`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.vocabulary import Crs

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north, degrees."""
_ROUNDS = 8
"""Each round of an inverse shrinks the error 50-fold or better, so five leave less than 1e-8 m; the formula has a cusp at 105° E, where
points closer to it than a millimetre take longer (five leave 1e-6 m, eight 1e-7 m)."""

_KRASOVSKY_A = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_WGS84_A = 6378137.0
_WGS84_E2 = 6.69437999014e-3
_BD_WAVE = math.pi * 3000 / 180
_BD_SHIFT = (0.0065, 0.006)


def to_wgs84(lng: float, lat: float, crs: Crs) -> tuple[float, float]:
    """A point of any system as (longitude, latitude) in WGS-84 degrees; exact to 1e-6 m, 10 to 20 µs."""
    if crs in (Crs.WGS84, Crs.CGCS2000) or not _inside(lng, lat):
        return lng, lat
    if crs is Crs.BD09:
        lng, lat = _gcj02_of_bd09(lng, lat, math)
    return _wgs84_of_gcj02(lng, lat, math)


def to_wgs84_many(lngs: Floats, lats: Floats, crs: Crs) -> tuple[Floats, Floats]:
    """Points of one system as (longitudes, latitudes) in WGS-84 degrees. Two arrays of the same shape; NaN stays NaN."""
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return lngs, lats
    inside = _inside_many(lngs, lats)
    x, y = lngs[inside], lats[inside]
    if crs is Crs.BD09:
        x, y = _gcj02_of_bd09(x, y, np)
    return _put(lngs, lats, inside, _wgs84_of_gcj02(x, y, np))


def wgs84_to_gcj02(lng: float, lat: float) -> tuple[float, float]:
    """A WGS-84 point as Gaode and Tencent show it."""
    return _shifted(lng, lat, math) if _inside(lng, lat) else (lng, lat)


def wgs84_to_bd09(lng: float, lat: float) -> tuple[float, float]:
    """A WGS-84 point as Baidu shows it."""
    return _twisted(*_shifted(lng, lat, math), math) if _inside(lng, lat) else (lng, lat)


def wgs84_to_gcj02_many(lngs: Floats, lats: Floats) -> tuple[Floats, Floats]:
    """WGS-84 points as Gaode and Tencent show them. Two arrays of the same shape."""
    inside = _inside_many(lngs, lats)
    return _put(lngs, lats, inside, _shifted(lngs[inside], lats[inside], np))


def wgs84_to_bd09_many(lngs: Floats, lats: Floats) -> tuple[Floats, Floats]:
    """WGS-84 points as Baidu shows them. Two arrays of the same shape."""
    inside = _inside_many(lngs, lats)
    return _put(lngs, lats, inside, _twisted(*_shifted(lngs[inside], lats[inside], np), np))


def distance_m(lng1: float, lat1: float, lng2: float, lat2: float) -> float:
    """Metres between two WGS-84 points, on the plane that touches the ellipsoid at their mean latitude.

    Against the geodesic, up to 55° latitude: less than 1e-6 of the distance off up to 10 km, 1e-4 up to 100 km. Takes no account
    of the date line. Half a microsecond: fit for comparing every pair of a neighbourhood.
    """
    lat = math.radians((lat1 + lat2) / 2)
    sine = math.sin(lat)
    w = 1 - _WGS84_E2 * sine * sine
    east = math.radians(lng2 - lng1) * math.cos(lat)
    north = math.radians(lat2 - lat1) * (1 - _WGS84_E2) / w
    return _WGS84_A / math.sqrt(w) * math.sqrt(east * east + north * north)


def metres_per_degree(lat: float) -> tuple[float, float]:
    """How many metres a degree of (longitude, latitude) is at `lat`, on the WGS-84 ellipsoid."""
    sine = math.sin(math.radians(lat))
    w = 1 - _WGS84_E2 * sine * sine
    radius = math.radians(_WGS84_A / math.sqrt(w))
    return radius * math.cos(math.radians(lat)), radius * (1 - _WGS84_E2) / w


def _inside(lng: float, lat: float) -> bool:
    west, south, east, north = _BOX
    return west <= lng <= east and south <= lat <= north


def _inside_many(lngs: Floats, lats: Floats) -> npt.NDArray[np.bool_]:
    west, south, east, north = _BOX
    return (west <= lngs) & (lngs <= east) & (south <= lats) & (lats <= north)


def _put(lngs: Floats, lats: Floats, inside: npt.NDArray[np.bool_], converted: tuple[Any, Any]) -> tuple[Floats, Floats]:
    """The points with those `inside` replaced."""
    x, y = np.array(lngs, dtype=np.float64), np.array(lats, dtype=np.float64)
    x[inside], y[inside] = converted
    return x, y


# Below, `m` is `math` for single points or `numpy` for arrays: the same text serves both.


def _shifted(lng: Any, lat: Any, m: Any) -> tuple[Any, Any]:  # noqa: ANN401 -- floats with math, arrays with numpy
    """WGS-84 → GCJ-02: a sum of waves in metres, laid on the Krasovsky ellipsoid."""
    x, y, pi = lng - 105.0, lat - 35.0, m.pi
    root = m.sqrt(abs(x))
    common = 20.0 * m.sin(6 * pi * x) + 20.0 * m.sin(2 * pi * x)
    north = common + 20.0 * m.sin(pi * y) + 40.0 * m.sin(pi / 3 * y) + 160.0 * m.sin(pi / 12 * y) + 320.0 * m.sin(pi / 30 * y)
    east = common + 20.0 * m.sin(pi * x) + 40.0 * m.sin(pi / 3 * x) + 150.0 * m.sin(pi / 12 * x) + 300.0 * m.sin(pi / 30 * x)
    north = north * 2 / 3 - 100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    east = east * 2 / 3 + 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    phi = lat * (pi / 180)
    sine = m.sin(phi)
    w = 1 - _KRASOVSKY_E2 * sine * sine
    radius = _KRASOVSKY_A / m.sqrt(w) * (pi / 180)
    return lng + east / (radius * m.cos(phi)), lat + north / (radius * (1 - _KRASOVSKY_E2) / w)


def _twisted(lng: Any, lat: Any, m: Any) -> tuple[Any, Any]:  # noqa: ANN401 -- floats with math, arrays with numpy
    """GCJ-02 → BD-09: a ripple in polar coordinates of the degrees, and a shift."""
    radius = m.sqrt(lng * lng + lat * lat) + 0.00002 * m.sin(lat * _BD_WAVE)
    angle = m.atan2(lat, lng) + 0.000003 * m.cos(lng * _BD_WAVE)
    return radius * m.cos(angle) + _BD_SHIFT[0], radius * m.sin(angle) + _BD_SHIFT[1]


def _wgs84_of_gcj02(lng: Any, lat: Any, m: Any) -> tuple[Any, Any]:  # noqa: ANN401 -- floats with math, arrays with numpy
    x, y = lng, lat
    for _ in range(_ROUNDS):
        forward = _shifted(x, y, m)
        x, y = x + (lng - forward[0]), y + (lat - forward[1])
    return x, y


def _gcj02_of_bd09(lng: Any, lat: Any, m: Any) -> tuple[Any, Any]:  # noqa: ANN401 -- floats with math, arrays with numpy
    x, y = lng - _BD_SHIFT[0], lat - _BD_SHIFT[1]
    for _ in range(_ROUNDS):
        forward = _twisted(x, y, m)
        x, y = x + (lng - forward[0]), y + (lat - forward[1])
    return x, y
