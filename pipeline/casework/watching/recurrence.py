"""The same matter at the same place again and again: how often, in how many cases, through how many channels (`domain/domain.md`, Decisions, §6, §10 (4)).

Counted is what people reported within so many days of each other, whatever the order in which it arrived. Of a place that is one
cell of a hot spot only the nearest in time are looked at (`nearby.LOOKED_AT`): far more than any rule asks for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pipeline.casework.nearby import is_trouble
from schemas.ids import derived_id
from schemas.vocabulary import AlertKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.casework.nearby import Nearby
    from pipeline.casework.rows import Entry
    from pipeline.casework.table import Table
    from schemas.watching import Watching

ISSUES = "issues"
"""Name of the table: ordinal of a case → of an earlier case of the same issue, itself where it is the first."""
_DAY_S = 86_400


class Recurring(NamedTuple):
    """Reports of one matter at one place within 30 days of each other (`Watching.issue_days`), the new one among them."""

    reports: int
    cases: int
    sources: int
    cases_in_3_days: int
    """Most cases within any three days (`Watching.quick_days`) that hold the new report."""
    ordinals: tuple[int, ...]
    """Of the cases, the oldest first."""

    def evidence(self, watching: Watching) -> str:
        """The figures as a sentence."""
        of_all = f"{self.reports} reports in {self.cases} cases through {self.sources} channels within {watching.issue_days:g} days"
        return f"{of_all}, {self.cases_in_3_days} cases within {watching.quick_days:g} days, the same address or {watching.issue_radius_m:g} m apart at most"


NOTHING = Recurring(0, 0, 0, 0, ())


def recurring(nearby: Nearby, entry: Entry, watching: Watching) -> Recurring:
    """What a report that newly stands in a case makes of its place; `NOTHING` where it tells of no trouble at a place, or is sealed."""
    if not is_trouble(entry):
        return NOTHING
    seconds = int(watching.issue_days * _DAY_S)
    found = sorted([*nearby.at_same_place(entry, watching.issue_radius_m, seconds), entry], key=lambda each: (each.reported_at, each.key))
    times = [each.reported_at for each in found]
    ends = [bisect_right(times, time + seconds) for time in times[: bisect_right(times, entry.reported_at)]]
    first = max(range(len(ends)), key=lambda start: (ends[start] - start, start))
    held = found[first : ends[first]]
    cases = sorted({each.case for each in held})
    quick = _most_cases(found, entry.reported_at, int(watching.quick_days * _DAY_S))
    return Recurring(len(held), len(cases), len({each.source for each in held}), quick, tuple(cases))


def asked_for(found: Recurring, watching: Watching) -> tuple[AlertKind, ...]:
    """What the figures ask for: an alert of six in 30 days, of three in three days, a consultation on the issue."""
    asked = (
        (AlertKind.SIX_IN_30_DAYS, found.reports >= watching.issue_reports),
        (AlertKind.THREE_IN_3_DAYS, found.cases_in_3_days >= watching.quick_cases),
        (AlertKind.CONSULTATION, found.cases >= watching.issue_cases),
    )
    return tuple(kind for kind, holds in asked if holds)


def issue_id(centre: str, first_case: str) -> str:
    """Id of the issue whose first case has this id."""
    return derived_id(centre, "issue", first_case)


class Issues:
    """Which cases are one issue (问题). It keeps its first case, and so its id, while cases go on joining it, even when the first is long past."""

    def __init__(self, table: Table[int, int]) -> None:
        """`table`: `ISSUES`, its rows numbers as JSON."""
        self._table = table

    def joined(self, ordinals: Sequence[int]) -> int:
        """Makes the cases, and what they are one issue with, one issue; returns the ordinal of its first case. At least one ordinal."""
        self._table.fetch(ordinals)
        roots = {self.first(ordinal) for ordinal in ordinals}
        first = min(roots)
        for ordinal in sorted(roots.union(ordinals)):
            if self._table.get(ordinal) != first:
                self._table.put(ordinal, first)
        return first

    def first(self, ordinal: int) -> int:
        """The first case of the issue of a case; itself where it is in none."""
        while (earlier := self._table.get(ordinal)) is not None and earlier != ordinal:
            ordinal = earlier
        return ordinal


def _most_cases(found: Sequence[Entry], at: int, seconds: int) -> int:
    """Most distinct cases within so many seconds that hold the instant `at`; `found` in order of time."""
    held: Counter[int] = Counter()
    most = after = 0
    for entry in found:
        if entry.reported_at > at:
            break
        while after < len(found) and found[after].reported_at <= entry.reported_at + seconds:
            held[found[after].case] += 1
            after += 1
        if entry.reported_at >= at - seconds:
            most = max(most, len(held))
        held[entry.case] -= 1
        if not held[entry.case]:
            del held[entry.case]
    return most
