from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.simulation.faults import pushes, stormy_day
from reference import load, shelf
from reference.pack import Reference
from schemas.vocabulary import Force, Source
from ucc.demo.day import READINGS_EVERY, Day, counts, staffed, windows, working_day

START = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load.load(shelf.find("pukou"))


def test_each_source_has_its_share_and_one_report_at_least() -> None:
    assert sum(number for _, number in counts(1_500)) == 1_500
    assert dict(counts(10))[Source.PETITION] == 1
    assert dict(counts(1_500))[Source.JOINT_PATROL] > dict(counts(1_500))[Source.POLICE110]


@pytest.mark.parametrize("step", [timedelta(seconds=12), timedelta(minutes=5)])
def test_every_line_of_the_day_is_pushed_once_in_its_window_and_in_order(reference: Reference, step: timedelta) -> None:
    day = Day(reference, START, 3, 60, timedelta(hours=13))
    wanted = [push for push in pushes(stormy_day(reference, counts(60), 3, START), 3, START) if push.at <= day.end]
    seen = []
    since = START
    for window in windows(day, step):
        assert all(since < push.at <= window.until or push.at == START for push in window.pushes)
        since = window.until
        seen += window.pushes
    assert seen == wanted
    assert since == day.end


def test_figures_come_as_often_as_they_are_said_to(reference: Reference) -> None:
    found = list(windows(Day(reference, START, 3, 10, timedelta(hours=1)), timedelta(seconds=30)))
    assert sum(bool(window.readings) for window in found) == timedelta(hours=1) / READINGS_EVERY


@pytest.mark.parametrize("count", [0, 1, 400, 10_000])
def test_so_many_are_out_of_every_force_where_there_are_enough(reference: Reference, count: int) -> None:
    out = staffed(reference, count).responders
    assert len(out) == min(count, len(reference.responders))
    assert set(out) <= set(reference.responders)
    if count >= 400:
        assert {(one.force, one.shift) for one in out} >= {(Force.GRID, "day"), (Force.POLICE, "night"), (Force.REPAIR, "night")}


@pytest.mark.parametrize(
    ("today", "works"),
    [
        (date(2026, 3, 2), date(2026, 3, 2)),
        (date(2026, 3, 1), date(2026, 2, 28)),  # a Saturday on which one works, for the Spring Festival
        (date(2026, 10, 5), date(2026, 9, 30)),
        (date(2026, 11, 22), date(2026, 11, 20)),
    ],
)
def test_the_day_is_the_latest_on_which_offices_are_open(reference: Reference, today: date, works: date) -> None:
    assert working_day(reference, today) == works
