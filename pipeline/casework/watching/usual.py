"""How many cases of a matter are usual in a street at an hour, and how improbable more of them are (`domain/domain.md` §5.2 B, §6 Surge).

A slot is an hour of the day in the centre's zone, of working days or of other days (48 of them). History: the hours of the last
8 weeks before the last 24, so that what happens now is not held against itself. With, for one slot,

    D    days of history that have it                  y    cases of each of these hours, of the street
    B    median of y                                   S    sum of min(y, B + 3 √(B + 1)): a surge of the past counts as much as a busy hour
    m    streets in which anything was ever opened     A    S of all streets together
    β    `surge_prior_days`                            μ    (A + ½) / (m D), what is usual in any street

the rate of an hour is Gamma with the prior mean μ, worth β days, and so has after D days

    mean  λ = (β μ + S) / (β + D)          variance  λ / (β + D)

so a street of which little is known is held to what is usual in all streets. A window adds its hours, the first and the last by their part.
How many there are in it is negative binomial with that mean and

    variance  λ + λ²/r + Σ λ/(β + D)

where r is how unequal days are beyond chance, from all streets: with φ the mean of (T - E)²/E over the totals T of whole days and their
expectations E, r = mean of E / (φ - 1), and without end where φ ≤ 1.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from math import exp, inf, lgamma, log, log1p, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from schemas.watching import Watching

HOUR_S = 3_600
DAY_H = 24
_WEEK_H = 7 * DAY_H
_SLOTS = 2 * DAY_H
_NO_MORE = 1e-12
"""Terms so small beside the sum of a tail are left out."""
_POISSON = 1e6
"""A negative binomial of this size is told from a Poisson by nobody, and its terms lose their digits."""


class Counts(NamedTuple):
    """Cases by the hour: hours since 1970 in which there was any, rising, and how many."""

    hours: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()

    def one_more(self, hour: int, since: int) -> Counts:
        """With one case more in `hour`, the last one or a later one, and without the hours before `since`."""
        hours, counts = self
        hours, counts = (hours, (*counts[:-1], counts[-1] + 1)) if hours and hours[-1] == hour else ((*hours, hour), (*counts, 1))
        first = bisect_left(hours, since)
        return Counts(hours[first:], counts[first:])


class Expected(NamedTuple):
    """How many are usual in a window."""

    mean: float
    variance: float

    def chance(self, number: int) -> float:
        """Probability of so many or more; `number` is above the mean."""
        size = self.mean**2 / (self.variance - self.mean) if self.variance > self.mean else inf
        if size > _POISSON:
            term = exp(number * log(self.mean) - self.mean - lgamma(number + 1))
            grows, falls = 0.0, self.mean
        else:
            part = self.mean / (self.mean + size)
            term = exp(lgamma(number + size) - lgamma(size) - lgamma(number + 1) + size * log1p(-part) + number * log(part))
            grows, falls = part, part * size
        total = 0.0
        while term > total * _NO_MORE:
            total += term
            term *= (grows * number + falls) / (number + 1)
            number += 1
        return min(1.0, total)


class _Span(NamedTuple):
    """The hours looked back over, `first` … `last` - 1; the slot of each hour up to now; days of each slot."""

    first: int
    last: int
    slots: Sequence[int]
    days: Sequence[int]


class _Habit(NamedTuple):
    """Of all streets together: what each slot adds up to, and r."""

    sums: Sequence[float]
    size: float


class Usual:
    """What is usual, by the hour. It remembers nothing but what it has reckoned for the present hour."""

    def __init__(self, watching: Watching, zone: ZoneInfo, works: Callable[[int], bool]) -> None:
        """`works`: whether a day (`date.toordinal`) is a working day."""
        self._watching = watching
        self._zone = zone
        self._works = works
        self._now = (-1, -1, -1)
        self._span = _Span(0, 0, (), ())
        self._slots: dict[int, int] = {}
        self._habits: dict[str, _Habit] = {}
        self._rates: dict[tuple[str, str], Sequence[float]] = {}

    def since(self, hour: int) -> int:
        """The first hour that may still be asked for in `hour` or later."""
        return hour - DAY_H - self._watching.surge_weeks * _WEEK_H

    def known(self, began: int, hour: int) -> bool:
        """Whether so much history lies before the last 24 hours that anything can be told, where counting began in the hour `began`."""
        return hour - DAY_H - began >= self._watching.surge_history_days * DAY_H

    def expected(self, of: tuple[str, str], own: Counts, everywhere: Counts, overall: tuple[int, int], window: tuple[int, int]) -> Expected:
        """What is usual for a matter in a street (`of`) in a window (the second it ends, its hours: 24 at most).

        `own` and `everywhere` are the counts of the street and of all streets; `overall`: the hour in which counting began, and how many streets there are.
        """
        began, streets = overall
        end, length = window
        hour, seconds = divmod(end, HOUR_S)
        if self._now != (hour, began, streets):
            self._now = (hour, began, streets)
            self._look_back(hour, began)
        habit = self._habits.get(of[0])
        if habit is None:
            habit = self._habits[of[0]] = self._habit(everywhere)
        rates = self._rates.get(of)
        if rates is None:
            rates = self._rates[of] = self._reckoned(own, habit.sums, streets)
        prior, span = self._watching.surge_prior_days, self._span
        part = seconds / HOUR_S
        mean = unknown = 0.0
        for slot, share in zip(span.slots[-length - 1 :], (1 - part, *(1.0 for _ in range(length - 1)), part), strict=True):
            mean += share * rates[slot]
            unknown += share * share * rates[slot] / (prior + span.days[slot])
        return Expected(mean, mean + mean * mean / habit.size + unknown)

    def _look_back(self, hour: int, began: int) -> None:
        last = hour - DAY_H
        first = max(began, self.since(hour))
        self._slots = {each: self._slots[each] if each in self._slots else self._slot(each) for each in range(first, hour + 1)}
        slots = list(self._slots.values())
        days = [0] * _SLOTS
        for slot in slots[: last - first]:
            days[slot] += 1
        self._span = _Span(first, last, slots, [max(1, count) for count in days])
        self._habits.clear()
        self._rates.clear()

    def _slot(self, hour: int) -> int:
        local = datetime.fromtimestamp(hour * HOUR_S, self._zone)
        return local.hour if self._works(local.toordinal()) else DAY_H + local.hour

    def _reckoned(self, own: Counts, all_sums: Sequence[float], streets: int) -> Sequence[float]:
        prior = self._watching.surge_prior_days
        sums = self._sums(self._bounded(own))
        return [
            (prior * (everywhere + 0.5) / (streets * days) + mine) / (prior + days)
            for mine, everywhere, days in zip(sums, all_sums, self._span.days, strict=True)
        ]

    def _habit(self, everywhere: Counts) -> _Habit:
        first, last, slots, days = self._span
        bounded = self._bounded(everywhere)
        sums = self._sums(bounded)
        rates = [total / number for total, number in zip(sums, days, strict=True)]
        whole = (last - first) // DAY_H
        start = last - whole * DAY_H
        totals = [0.0] * whole
        for hour, count in bounded:
            if hour >= start:
                totals[(hour - start) // DAY_H] += count
        begins = range(start - first, last - first, DAY_H)
        pairs = [(total, sum(rates[slot] for slot in slots[begin : begin + DAY_H])) for begin, total in zip(begins, totals, strict=True)]
        unequal = [(total - mean) ** 2 / mean for total, mean in pairs if mean > 0]
        beyond = sum(unequal) / (len(unequal) - 1) - 1 if len(unequal) > 1 else 0.0
        return _Habit(sums, sum(mean for _, mean in pairs) / whole / beyond if beyond > 0 else inf)

    def _bounded(self, counted: Counts) -> list[tuple[int, float]]:
        """The counts within the span, none above B + 3 √(B + 1) of its slot."""
        first, last, slots, days = self._span
        inside = slice(bisect_left(counted.hours, first), bisect_left(counted.hours, last))
        found = list(zip(counted.hours[inside], counted.counts[inside], strict=True))
        by_slot: dict[int, list[int]] = {}
        for hour, count in found:
            by_slot.setdefault(slots[hour - first], []).append(count)
        bounds = {slot: _bound(counts, days[slot]) for slot, counts in by_slot.items()}
        return [(hour, min(count, bounds[slots[hour - first]])) for hour, count in found]

    def _sums(self, bounded: list[tuple[int, float]]) -> list[float]:
        sums = [0.0] * _SLOTS
        for hour, count in bounded:
            sums[self._span.slots[hour - self._span.first]] += count
        return sums


def _bound(counts: list[int], days: int) -> float:
    """B + 3 √(B + 1) of the counts of so many days, those with none left out."""
    counts.sort(reverse=True)
    low, high = (counts[place] if place < len(counts) else 0 for place in (days // 2, (days - 1) // 2))
    median = (low + high) / 2
    return median + 3 * sqrt(median + 1)
