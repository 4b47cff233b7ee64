"""What is usual: counts by the hour, medians of slots, pooling over streets, and tails, against reckoning by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from math import comb, exp, factorial, sqrt
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.watching.usual import Counts, Expected, Usual
from schemas.watching import Watching

ZONE = ZoneInfo("Asia/Shanghai")
WATCHING = Watching()
NOW = int(datetime(2026, 3, 2, 2, 20, tzinfo=UTC).timestamp())
HOUR = NOW // 3600


def weekdays(day: int) -> bool:
    return (day - 1) % 7 < 5


def slot(hour: int) -> tuple[bool, int]:
    local = datetime.fromtimestamp(hour * 3600, ZONE)
    return weekdays(local.toordinal()), local.hour


def counted(hours: list[int]) -> Counts:
    counts = Counts()
    for hour in sorted(hours):
        counts = counts.one_more(hour, 0)
    return counts


@given(st.lists(st.integers(0, 60)), st.integers(0, 60))
def test_hours_are_counted_and_old_ones_forgotten(hours: list[int], since: int) -> None:
    expected = Counter(hours)
    assert dict(zip(*counted(hours), strict=True)) == expected
    kept = counted(hours).one_more(60, since)
    assert dict(zip(*kept, strict=True)) == {hour: count for hour, count in (expected + Counter([60])).items() if hour >= since}


def by_hand(own: Counter[int], everywhere: Counter[int], streets: int, began: int, length: int) -> float:
    """The mean, as the formula in `usual.py` says it."""
    last = HOUR - 24
    days: dict[tuple[bool, int], list[int]] = {}
    for hour in range(max(began, last - 8 * 168), last):
        days.setdefault(slot(hour), []).append(hour)

    def bounded(counts: Counter[int], hours: list[int]) -> float:
        middle = median(counts[hour] for hour in hours)
        return sum(min(counts[hour], middle + 3 * sqrt(middle + 1)) for hour in hours)

    total, part = 0.0, NOW % 3600 / 3600
    for back in range(length + 1):
        hours = days[slot(HOUR - back)]
        share = part if back == 0 else 1 - part if back == length else 1.0
        prior = (bounded(everywhere, hours) + 0.5) / (streets * len(hours))
        total += share * (5 * prior + bounded(own, hours)) / (5 + len(hours))
    return total


@pytest.mark.parametrize("length", [1, 24])
@pytest.mark.parametrize(("seed", "began_days", "cases"), [(1, 80, 60), (2, 20, 400), (3, 80, 4000)])
def test_what_is_usual_is_what_the_formula_says(seed: int, began_days: int, cases: int, length: int) -> None:
    chance, began = Random(seed), HOUR - began_days * 24
    own = [chance.randrange(began, HOUR + 1) for _ in range(cases)] + [HOUR - 200] * 50
    everywhere = own + [chance.randrange(began, HOUR + 1) for _ in range(2 * cases)]
    usual = Usual(WATCHING, ZONE, weekdays)
    expected = usual.expected(("0301", "s1"), counted(own), counted(everywhere), (began, 4), (NOW, length))
    assert expected.mean == pytest.approx(by_hand(Counter(own), Counter(everywhere), 4, began, length))
    assert expected.variance > expected.mean


def test_a_surge_of_the_past_hardly_changes_what_is_usual() -> None:
    steady = list(range(HOUR - 60 * 24, HOUR, 3))
    means = []
    for past in ([], [HOUR - 24 * 10] * 500):
        counts = counted(steady + past)
        means.append(Usual(WATCHING, ZONE, weekdays).expected(("0301", "s1"), counts, counts, (HOUR - 60 * 24, 1), (NOW, 24)).mean)
    assert means[0] == pytest.approx(8, rel=0.1)
    assert means[1] < 1.1 * means[0]


def test_a_street_without_history_is_held_to_what_is_usual_in_all_streets() -> None:
    chance = Random(4)
    began = HOUR - 60 * 24
    everywhere = counted([chance.randrange(began, HOUR) for _ in range(60 * 20)])
    usual = Usual(WATCHING, ZONE, weekdays)
    mean = usual.expected(("0301", "new"), Counts(), everywhere, (began, 10), (NOW, 24)).mean
    assert 0 < mean < 20 / 10


def test_what_is_usual_does_not_depend_on_what_was_asked_before() -> None:
    chance, began = Random(5), HOUR - 60 * 24
    own = [chance.randrange(began, HOUR) for _ in range(300)]
    usual = Usual(WATCHING, ZONE, weekdays)
    for hour, streets in ((HOUR - 30, 3), (HOUR, 3), (HOUR, 4), (HOUR + 50, 4), (HOUR, 4)):
        asked = (("0301", "s1"), counted(own), counted(own), (began, streets), (hour * 3600 + 600, 24))
        assert usual.expected(*asked) == Usual(WATCHING, ZONE, weekdays).expected(*asked)


@pytest.mark.parametrize(("mean", "number"), [(0.05, 3), (1.0, 3), (4.0, 9), (40.0, 90)])
def test_the_tail_of_what_is_as_unequal_as_chance_is_poissons(mean: float, number: int) -> None:
    below = sum(exp(-mean) * mean**k / factorial(k) for k in range(number))
    assert Expected(mean, mean).chance(number) == pytest.approx(1 - below, rel=1e-6)


@pytest.mark.parametrize(("mean", "size", "number"), [(0.5, 1, 3), (4.0, 2, 12), (12.0, 5, 40)])
def test_the_tail_of_what_is_more_unequal_is_the_negative_binomials(mean: float, size: int, number: int) -> None:
    part = mean / (mean + size)
    below = sum(comb(k + size - 1, k) * (1 - part) ** size * part**k for k in range(number))
    assert Expected(mean, mean + mean**2 / size).chance(number) == pytest.approx(1 - below, rel=1e-6)
    assert Expected(mean, mean + mean**2 / size).chance(number) > Expected(mean, mean).chance(number)
