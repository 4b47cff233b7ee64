"""Points whose label is wrong are found by the addresses beside them, and points whose label is right are never accused."""

from __future__ import annotations

from math import cos, sin, tau
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.crs_audit import LEAST_PAIRS, Pair, Pointed, audited, pairs_by_label
from pipeline.intake.gazetteer import Gazetteer
from pipeline.intake.plain import plain
from reference.crs import metres_per_degree, wgs84_to_bd09, wgs84_to_gcj02
from schemas.vocabulary import Crs
from tests.intake.centres import pukou

if TYPE_CHECKING:
    from collections.abc import Callable

PUKOU = (118.6253, 32.0587)
CITIES = (PUKOU, (116.4074, 39.9042), (121.4737, 31.2304), (113.2644, 23.1291), (104.0665, 30.5728), (108.9398, 34.3416), (126.6424, 45.7567))
"""南京浦口, 北京, 上海, 广州, 成都, 西安, 哈尔滨."""
SAME = {Crs.CGCS2000: Crs.WGS84}
labels = st.sampled_from(list(Crs))
seeds = st.integers(0, 10**6)
counts = st.integers(LEAST_PAIRS, 120)


def unshifted(lng: float, lat: float) -> tuple[float, float]:
    """WGS-84 and CGCS2000 are one."""
    return lng, lat


SHIFTS: dict[Crs, Callable[[float, float], tuple[float, float]]] = {
    Crs.WGS84: unshifted,
    Crs.CGCS2000: unshifted,
    Crs.GCJ02: wgs84_to_gcj02,
    Crs.BD09: wgs84_to_bd09,
}


def cloud(truth: Crs, count: int, seed: int, *, loose_m: float = 60.0, around: tuple[float, float] = PUKOU) -> list[Pair]:
    """Places in some kilometres around, each with a point in the system `truth` that lies up to `loose_m` off."""
    dice = Random(seed)
    x_metres, y_metres = metres_per_degree(around[1])
    found = []
    for _ in range(count):
        place = around[0] + dice.uniform(-0.05, 0.05), around[1] + dice.uniform(-0.05, 0.05)
        angle, metres = dice.random() * tau, dice.random() * loose_m
        found.append(Pair(*SHIFTS[truth](place[0] + cos(angle) * metres / x_metres, place[1] + sin(angle) * metres / y_metres), *place))
    return found


def as_one(label: Crs) -> Crs:
    """The system that a label means."""
    return SAME.get(label, label)


@given(truth=labels, label=labels, around=st.sampled_from(CITIES), count=counts, seed=seeds)
def test_a_wrong_label_is_found_all_over_china_and_the_right_one_named(truth: Crs, label: Crs, around: tuple[float, float], count: int, seed: int) -> None:
    found = audited("police110", label, cloud(truth, count, seed, around=around))
    assert found.right == (None if as_one(label) is as_one(truth) else as_one(truth))
    assert found.pairs == count


@given(label=labels, count=counts, seed=seeds, loose_m=st.floats(0.0, 2_000.0))
def test_a_right_label_is_never_accused_however_loose_its_points_are(label: Crs, count: int, seed: int, loose_m: float) -> None:
    assert audited("hotline12345", label, cloud(label, count, seed, loose_m=loose_m)).right is None


@given(truth=labels, label=labels, count=st.integers(0, LEAST_PAIRS - 1), seed=seeds)
def test_of_too_few_places_nothing_is_said(truth: Crs, label: Crs, count: int, seed: int) -> None:
    assert audited("hotline12345", label, cloud(truth, count, seed)).right is None


@given(truth=labels, label=labels, count=counts, seed=seeds, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_is_of_no_account(truth: Crs, label: Crs, count: int, seed: int, shuffle: Random) -> None:
    pairs = cloud(truth, count, seed)
    mixed = pairs.copy()
    shuffle.shuffle(mixed)
    assert audited("x", label, pairs) == audited("x", label, mixed)


@given(label=labels, seed=seeds, junk=st.integers(0, 200))
def test_zero_exchanged_and_far_away_points_do_not_count(label: Crs, seed: int, junk: int) -> None:
    sound = cloud(label, 40, seed)
    first = sound[0]
    strange = [
        Pair(0.0, 0.0, *first[2:]),
        Pair(first.lat, first.lng, *first[2:]),
        Pair(first.lng + 0.2, first.lat, *first[2:]),
        Pair(999.0, -999.0, *first[2:]),
    ]
    assert audited("x", label, [*sound, *(strange[number % 4] for number in range(junk))]) == audited("x", label, sound)


def test_where_nothing_tells_where_a_point_should_lie_the_audit_says_so() -> None:
    found = audited("petition", Crs.WGS84, [])
    assert (found.pairs, found.medians, found.right) == (0, {}, None)
    assert str(found) == "points of petition are labelled wgs84, and no address tells where they should lie"


@pytest.mark.parametrize(
    ("truth", "label", "said"),
    [
        (Crs.GCJ02, Crs.WGS84, "points of police110 are labelled wgs84 and lie 534 m off their addresses (median of 120); as gcj02 they lie 0 m off"),
        (Crs.BD09, Crs.CGCS2000, "points of police110 are labelled cgcs2000 and lie 1167 m off their addresses (median of 120); as bd09 they lie 0 m off"),
        (Crs.GCJ02, Crs.GCJ02, "points of police110 are labelled gcj02 and lie 0 m off their addresses (median of 120)"),
    ],
)
def test_the_sentence_names_the_source_its_label_and_the_right_one(truth: Crs, label: Crs, said: str) -> None:
    assert str(audited("police110", label, cloud(truth, 120, 1, loose_m=0.0))) == said


# which places


def pointed(address: str, *, source: str = "police110", label: Crs = Crs.WGS84, lng: float = 118.6, area_hint: str = "") -> Pointed:
    """A report with a point."""
    return Pointed(source, label, lng, 32.0, plain(address), area_hint)


def test_points_are_paired_with_the_places_that_their_addresses_name_and_each_place_bears_witness_once() -> None:
    known = [entry for entry in pukou().addresses if entry.name == "东篱家园"]
    (place,) = known
    points = [pointed("浦口区东篱家园3栋", lng=118.1), pointed("浦口区东篱家園（西门）", lng=118.2), pointed("无人知晓路1号"), pointed("七联村委会")]
    points += [pointed("东篱家园", source="petition"), pointed("东篱家园", label=Crs.BD09)]
    found = pairs_by_label(Gazetteer(pukou()), points)
    assert {key: [pair[0] for pair in pairs] for key, pairs in found.items()} == {
        ("police110", Crs.WGS84): [118.1],
        ("petition", Crs.WGS84): [118.6],
        ("police110", Crs.BD09): [118.6],
    }
    assert all(pair[2:] == (place.lng, place.lat) for pairs in found.values() for pair in pairs)
