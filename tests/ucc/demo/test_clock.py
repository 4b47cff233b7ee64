from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import BrokenSetting
from ucc.demo.clock import LONGEST, SimulatedClock, speed

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(("said", "meant"), [("60x", 60.0), ("60", 60.0), ("0.5x", 0.5), ("max", math.inf)])
def test_a_speed_is_read(said: str, meant: float) -> None:
    assert speed(said) == meant


@pytest.mark.parametrize("said", ["", "x", "0", "-1x", "fast", "1e9x", "100001x", "60 x"])
def test_what_is_no_speed_is_said_to_be_none(said: str) -> None:
    with pytest.raises(BrokenSetting, match=r"--speed: is no speed"):
        speed(said)


def test_the_clock_stands_at_what_was_reached_and_never_goes_back() -> None:
    clock = SimulatedClock(START, 60.0)
    assert clock() == START
    clock.reach(START + timedelta(hours=1))
    clock.reach(START)
    assert clock() == START + timedelta(hours=1)


def test_at_full_speed_nothing_is_waited_for() -> None:
    clock = SimulatedClock(START, math.inf)
    clock.begin()
    assert clock.wait_s(START + timedelta(days=1)) == 0
    assert clock.step == LONGEST


def test_a_window_is_as_long_as_what_goes_by_between_two_looks() -> None:
    assert SimulatedClock(START, 60.0).step == timedelta(seconds=12)
    assert SimulatedClock(START, 600.0).step == LONGEST
    assert SimulatedClock(START, 600.0).real_s(timedelta(minutes=10)) == 1
    slow = SimulatedClock(START, 1.0)
    slow.begin()
    assert slow.wait_s(START + timedelta(hours=1)) > 3_000
