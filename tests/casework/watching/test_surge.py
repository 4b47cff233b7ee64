"""Surges: a steady stream has none, a burst has one, told once; what is usual is that of such hours and days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.casework.clocks.calendar import OfficeCalendar
from pipeline.casework.table import Table
from pipeline.casework.watching.surge import SURGES, Calm, Row, Surge, Surges, row_from, row_to_bytes
from schemas.errors import BrokenFrame
from schemas.vocabulary import AlertLevel
from schemas.watching import Watching
from tests.casework.clocks.centres import pukou
from tests.casework.watching.kept import Kept

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2025, 10, 12, 16, tzinfo=UTC)
"""The beginning of a Monday in the centre, some days after a holiday; no day of the following eight weeks is unlike its week."""
YELLOW, ORANGE, RED = AlertLevel
WATCHING = Watching()


def weekdays(day: int) -> bool:
    return (day - 1) % 7 < 5


class Watch:
    """Surges, fed case by case, with the clock calling when it is due."""

    def __init__(self, works: Callable[[int], bool] = weekdays, *, kept_every: int = 0) -> None:
        self.state = Kept()
        self.works = works
        self.kept_every = kept_every
        self.opened = 0
        self.over: list[Calm] = []
        self.table: Table[str, Row] = Table(SURGES, self.state, row_from)
        self.surges = Surges(self.table, WATCHING, ZONE, works)

    def open(self, at: datetime, street: str = "s1", matter: str = "0301", urgency: str = "U2") -> Surge | None:
        self.quiet(at)
        found = self.surges.opened(matter, street, at, urgency)
        self.opened += 1
        if self.kept_every and self.opened % self.kept_every == 0:
            self.state.keep(self.table, row_to_bytes)
            self.table = Table(SURGES, self.state, row_from)
            self.surges = Surges(self.table, WATCHING, ZONE, self.works)
        return found

    def quiet(self, until: datetime) -> None:
        while (due := self.surges.due()) is not None and due <= until:
            self.over += self.surges.quiet(due)

    def all(self, openings: Iterator[tuple[datetime, str]] | list[tuple[datetime, str]]) -> list[Surge]:
        return [found for at, street in openings if (found := self.open(at, street)) is not None]


def steady(a_day: float, days: float, seed: int, streets: int = 5, *, start: datetime = START, at_night: bool = True) -> Iterator[tuple[datetime, str]]:
    """A Poisson stream, so many a day in each street; `at_night` false: from 8 to 20 alone."""
    chance, at = Random(seed), start
    while True:
        at += timedelta(days=chance.expovariate(a_day * streets * (1 if at_night else 2)))
        if at >= start + timedelta(days=days):
            return
        if at_night or 8 <= at.astimezone(ZONE).hour < 20:
            yield at, f"s{chance.randrange(streets)}"


@pytest.mark.parametrize("a_day", [0.2, 2, 20])
def test_a_steady_stream_hardly_ever_has_a_surge(a_day: float) -> None:
    watch = Watch()
    found = watch.all(steady(a_day, 60, 4))
    assert len(found) <= 1 + watch.opened / 1000
    assert not any(surge.at < START + timedelta(days=15) for surge in found)


def test_a_stream_with_quiet_nights_has_no_surge_every_morning() -> None:
    watch = Watch()
    assert len(watch.all(steady(12, 60, 3, at_night=False))) <= 1 + watch.opened / 1000


@pytest.mark.parametrize(("a_day", "seed"), [(2, 1), (6, 2), (24, 3)])
def test_five_times_what_is_usual_for_a_day_is_a_surge(a_day: float, seed: int) -> None:
    watch = Watch()
    watch.all(steady(a_day, 40, seed))
    burst = START + timedelta(days=40)
    told = watch.all(list(steady(5 * a_day, 1, seed, streets=1, start=burst)))
    assert told
    assert [surge.street for surge in told] == ["s0"] * len(told)
    levels = [list(AlertLevel).index(surge.level) for surge in told]
    assert levels == sorted(set(levels))
    for surge in told:
        assert surge.number >= WATCHING.surge_least
        assert surge.ratio == pytest.approx(surge.number / surge.usual)
        assert surge.ratio >= WATCHING.surge_yellow
        assert surge.chance < (WATCHING.surge_chance_hour if surge.hours == 1 else WATCHING.surge_chance_day)


def test_a_burst_within_minutes_is_seen_in_the_hour_and_told_once() -> None:
    watch = Watch()
    watch.all(steady(6, 40, 5))
    at = START + timedelta(days=40, hours=10)
    told = watch.all([(at + timedelta(minutes=minute), "s2") for minute in range(0, 40, 2)])
    assert [surge.level for surge in told] == sorted({surge.level for surge in told}, key=list(AlertLevel).index)
    assert told[0].hours == 1
    assert told[-1].level is RED
    assert told[0].evidence.startswith(f"{told[0].number} cases in the last hour, ")


def test_three_cases_of_what_is_hardly_ever_reported_are_orange_and_five_are_red() -> None:
    watch = Watch()
    watch.all(steady(6, 40, 5))
    at = START + timedelta(days=40)
    told = [watch.open(at + timedelta(minutes=minute), matter="0305") for minute in range(6)]
    assert [surge and surge.level for surge in told] == [None, None, ORANGE, None, RED, None]


def test_a_matter_that_is_most_urgent_is_red_at_once() -> None:
    watch = Watch()
    watch.all(steady(6, 40, 5))
    told = [watch.open(START + timedelta(days=40, minutes=minute), matter="0305", urgency="U1") for minute in range(3)]
    assert [surge and surge.level for surge in told] == [None, None, RED]


def test_before_two_weeks_of_history_nothing_is_a_surge() -> None:
    watch = Watch()
    watch.open(START)
    early, late = START + timedelta(days=14, hours=23), START + timedelta(days=16)
    assert watch.all([(early + timedelta(minutes=minute), "s1") for minute in range(50)]) == []
    assert watch.all([(late + timedelta(minutes=minute), "s2") for minute in range(5)])


def test_a_surge_is_over_after_three_calm_hours_and_told_again_only_an_hour_after_it_was_told() -> None:
    watch = Watch()
    watch.all(steady(48, 40, 8, streets=1))
    at = START + timedelta(days=40, minutes=5)
    assert watch.surges.due() is None
    watch.over.clear()
    told = watch.all([(at + timedelta(seconds=20 * number), "s0") for number in range(30)])
    assert [told[-1].level, told[-1].hours] == [RED, 1]
    assert watch.surges.due() == START + timedelta(days=40, hours=1)
    usual = list(steady(48, 2, 9, streets=1, start=at + timedelta(minutes=20)))
    assert watch.all(usual) == []
    assert [(calm.matter, calm.street) for calm in watch.over] == [("0301", "s0")]
    assert watch.over[0].at >= START + timedelta(days=40, hours=4)
    assert watch.surges.due() is None
    again = at + timedelta(days=3)
    assert watch.all([(again + timedelta(seconds=20 * number), "s0") for number in range(30)])


def test_the_clock_ends_a_surge_although_nothing_is_opened_any_more() -> None:
    watch = Watch()
    watch.all(steady(2, 40, 8))
    at = START + timedelta(days=40, minutes=5)
    assert watch.all([(at + timedelta(minutes=minute), "s1") for minute in range(8)])
    one, other = watch.surges.quiet(at + timedelta(days=9)), watch.surges.quiet(at + timedelta(days=9))
    assert [(calm.matter, calm.street) for calm in one] == [("0301", "s1")]
    assert at + timedelta(hours=3) <= one[0].at <= at + timedelta(days=1, hours=4)
    assert other == ()


def test_what_is_usual_on_a_saturday_at_work_is_that_of_working_days() -> None:
    saturday = (START + timedelta(days=40)).astimezone(ZONE).date()
    assert saturday == date(2025, 11, 22)

    def at_work(day: int) -> bool:
        return weekdays(day) or day == saturday.toordinal()

    def told_with(works: Callable[[int], bool]) -> list[Surge]:
        watch = Watch(works)
        for at, street in steady(24, 40, 11):
            if weekdays(at.astimezone(ZONE).toordinal()):
                watch.open(at, street)
        return watch.all(list(steady(24, 1, 12, start=START + timedelta(days=40))))

    assert told_with(at_work) == []
    assert told_with(weekdays)


def test_the_pack_says_which_days_work() -> None:
    works = OfficeCalendar.of(pukou()).works
    assert works(date(2026, 2, 14).toordinal())
    assert not works(date(2026, 2, 16).toordinal())


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(0, 59))
def test_what_is_taken_back_leaves_nothing_and_a_restart_changes_nothing(seed: int, minute: int) -> None:
    chance = Random(seed)
    openings = list(steady(4, 18, seed, streets=3))
    burst = START + timedelta(days=18, minutes=minute)
    openings += [(burst + timedelta(seconds=40 * number), f"s{chance.randrange(2)}") for number in range(40)]
    openings += list(steady(4, 2, seed + 1, streets=3, start=burst + timedelta(hours=1)))
    plain, restarted, poisoned = Watch(), Watch(kept_every=7), Watch()
    for at, street in openings:
        expected = plain.open(at, street)
        assert restarted.open(at, street) == expected
        poisoned.quiet(at)
        mark = poisoned.table.savepoint()
        if chance.random() < 0.2:
            for _ in range(chance.randrange(6)):
                poisoned.surges.opened("0301", f"s{chance.randrange(5)}", at, "U1")
            poisoned.table.back_to(mark)
        assert poisoned.open(at, street) == expected
    end = openings[-1][0] + timedelta(days=2)
    for watch in (plain, restarted, poisoned):
        watch.quiet(end)
    assert plain.over == restarted.over == poisoned.over


def test_a_row_that_cannot_be_read_is_said_to_be_one_of_the_surges() -> None:
    with pytest.raises(BrokenFrame, match="a row of the surges"):
        row_from(b"[1]")
