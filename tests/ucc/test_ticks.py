"""Ticks of the embedded runtime: when something is due, once for each, by the clock that the centre lives by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.casework.lifecycle.kept import TIMERS
from pipeline.casework.state import ARRIVALS
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.event import EVENT
from schemas.topics import EVENTS, RAW
from schemas.vocabulary import Mode
from ucc.home import Home
from ucc.installing import prepared
from ucc.owner import Owner, owner_of
from ucc.up import Tending

DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""Of the simulated centre."""


class Tended:
    """A centre in which nothing is folded: its state is what a test writes."""

    def __init__(self, home: Home, owner: Owner, mode: Mode, stack: ExitStack, clock: Callable[[], datetime]) -> None:
        self._centre = prepared(home, "", mode)
        self._owner, self._home, self._clock = owner, home, clock
        self._stack = stack
        owner.centre(self._centre)
        self.casework = stack.enter_context(closing(SqliteLog(home.casework_log("pukou"), writer=True)))
        self.log = stack.enter_context(closing(SqliteLog(home.intake_log("pukou"), writer=False)))
        self._tending = self._fresh()

    def _fresh(self) -> Tending:
        return self._stack.enter_context(closing(Tending(self._owner, self._home, self._centre, self._clock)))

    def due(self, instant: datetime | None) -> None:
        """As the fold writes it."""
        with self.casework.transaction() as transaction:
            transaction.put(TIMERS, [(0, instant.isoformat().encode() if instant is not None else b"")])

    def idle(self, *, again: bool = False) -> list[datetime]:
        """Lets it look; `again`: as a new process. The ticks that there are then."""
        if again:
            self._tending = self._fresh()
        self._tending._due_at["tick"] = 0.0  # noqa: SLF001  half a second later
        self._tending.idle()
        ticks = [placed.frame for placed in self.log.read(RAW.name, -1, 100) if placed.frame.header.kind == "tick"]
        assert [placed.frame.body for placed in self.log.read(EVENTS.name, -1, 100) if placed.frame.header.kind == "tick"] == [tick.body for tick in ticks]
        return [EVENT.validate_json(tick.body).at for tick in ticks]


@contextmanager
def tended(folder: Path, mode: Mode, clock: Callable[[], datetime]) -> Iterator[Tended]:
    home = Home(folder)
    prepared(home, "", mode)
    with ExitStack() as stack:
        owner = stack.enter_context(owner_of(home, "test", patient=False))
        yield Tended(home, owner, mode, stack, clock)


def test_a_timer_that_is_due_gets_one_tick_and_the_next_one_its_own(tmp_path: Path) -> None:
    with tended(tmp_path, Mode.LIVE, lambda: DAY) as it:
        assert it.idle() == []
        it.due(datetime.now(UTC) + timedelta(hours=1))
        assert it.idle() == []
        it.due(datetime.now(UTC) - timedelta(seconds=2))
        (first,) = it.idle()
        assert datetime.now(UTC) - first < timedelta(hours=1), "by our clock"
        assert it.idle() == [first], "the fold has not come to it yet"
        it.due(datetime.now(UTC) - timedelta(seconds=1))
        assert len(it.idle()) == 2
        it.due(None)
        assert len(it.idle()) == 2


def test_after_a_restart_what_is_due_gets_its_tick(tmp_path: Path) -> None:
    with tended(tmp_path, Mode.LIVE, lambda: DAY) as it:
        it.due(datetime.now(UTC) - timedelta(seconds=2))
        assert len(it.idle()) == 1
        assert len(it.idle(again=True)) == 2


def test_a_simulated_centre_ticks_by_the_clock_of_its_door(tmp_path: Path) -> None:
    now = [DAY]
    with tended(tmp_path, Mode.SIMULATED, lambda: now[0]) as it:
        it.due(DAY + timedelta(minutes=5))
        assert it.idle() == []
        now[0] = DAY + timedelta(minutes=6)
        assert it.idle() == [DAY + timedelta(minutes=6)]


def test_a_centre_of_the_past_never_ticks(tmp_path: Path) -> None:
    with tended(tmp_path, Mode.STREAM, lambda: DAY) as it:
        it.due(DAY - timedelta(days=1))
        assert it.idle() == []


@pytest.mark.parametrize(("timer", "warm", "ticks"), [(-1, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_the_first_of_timers_and_reports_that_stop_being_warm_is_due(tmp_path: Path, timer: int, warm: int, ticks: int) -> None:
    now = datetime.now(UTC)
    with tended(tmp_path, Mode.LIVE, lambda: DAY) as it:
        it.due(now + timedelta(hours=timer))
        arrived = now - timedelta(days=45) + timedelta(hours=warm)
        with it.casework.transaction() as transaction:
            transaction.put(ARRIVALS, [(f"{int(arrived.timestamp()):012d}.0", b"[]")])
        assert len(it.idle()) == ticks
