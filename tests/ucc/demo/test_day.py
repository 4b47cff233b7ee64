from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.simulation.faults import pushes, stormy_day
from reference import load, shelf
from reference.pack import Reference
from schemas.vocabulary import Source
from ucc.demo.day import FIXES_EVERY, READINGS_EVERY, Day, counts, windows

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
    day = Day(reference, START, 3, 60, 0, timedelta(hours=13))
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
    day = Day(reference, START, 3, 10, 7, timedelta(hours=1))
    found = list(windows(day, timedelta(seconds=30)))
    assert sum(bool(window.readings) for window in found) == timedelta(hours=1) / READINGS_EVERY
    assert sum(bool(window.fixes) for window in found) == timedelta(hours=1) / FIXES_EVERY
    assert {Counter(fix.responder for fix in window.fixes).most_common(1)[0][1] for window in found} == {1}
