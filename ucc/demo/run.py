"""Runs a simulated day: `ucc up` with a simulated clock, and clients that push at its door as the sources do."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live

from connectors.write_back.ways import FILE
from reference import load, shelf
from schemas.errors import BrokenSetting, UccError
from schemas.vocabulary import Mode, Source
from ucc import up
from ucc.api_keys import ApiKeys
from ucc.demo.clock import SimulatedClock
from ucc.demo.day import Day, Window, windows
from ucc.demo.figures import QUESTIONS, Rows, figures, lines
from ucc.demo.pushing import Pusher
from ucc.demo.screen import Shown, screen
from ucc.demo.twins import Pairs, Twins
from ucc.door import Door
from ucc.home import Home
from ucc.installing import DEFAULT_PACK, prepared
from ucc.owner import Owner
from ucc.reconciling import reconciled
from ucc.settings import Settings

MARK = "demo.json"
"""In a home that a demo has made."""
SHOWN_EVERY_S = 2.0
LANDED_S, LOOK_S = 180.0, 0.5
"""How long, at the end, what was accepted may take until the warehouse has it."""


class Wanted(NamedTuple):
    """The command line."""

    speed: float
    speed_said: str
    reports: int
    responders: int
    hours: float
    seed: int
    port: int


class Ended(NamedTuple):
    """How the day ended."""

    pushed: int
    accepted: int
    refused: int
    figures: Mapping[str, Rows]
    twins: Twins
    differences: list[str]

    @property
    def balanced(self) -> bool:
        """Whether every line that was accepted has one outcome in the warehouse."""
        return not self.differences and self.accepted == lines(self.figures)

    def said(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "pushed": self.pushed,
            "accepted": self.accepted,
            "refused_at_the_door": self.refused,
            "figures": dict(self.figures),
            "questions": dict(QUESTIONS),
            "told_by_two_channels": self.twins.told,
            "of_these_alike": self.twins.alike,
            "of_these_in_one_case": self.twins.together,
            "balanced": self.balanced,
            "differences": self.differences,
        }


def run(home: Home, settings: Settings, wanted: Wanted, *, quiet: bool) -> Ended:
    """Runs the day to its end, or until it is told to end. `quiet`: no table. Raises BrokenSetting (the home is somebody's), HomeBusy."""
    _made_anew(home)
    reference = load.load(shelf.find(DEFAULT_PACK))
    zone = ZoneInfo(reference.time_zone)
    start = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    day = Day(reference, start, wanted.seed, wanted.reports, wanted.responders, timedelta(hours=wanted.hours))
    clock = SimulatedClock(start.astimezone(UTC), wanted.speed)
    prepared(home, DEFAULT_PACK, Mode.STREAM)
    (home.path / FILE).write_text("".join(f"{source}: {{file: true}}\n" for source in Source), "utf-8")
    keys = ApiKeys(home.path)
    made = {source: keys.create(DEFAULT_PACK, source, name="demo")[1] for source in Source}
    driver = Driver(home, day, clock, made, wanted.speed_said, quiet=quiet)
    up.run(home, settings, "127.0.0.1", wanted.port, clock=clock, opened=driver.begin)
    return driver.ended()


def _made_anew(home: Home) -> None:
    """Empties a home that a demo has made. Raises BrokenSetting for one that holds anything else, HomeBusy."""
    mark = home.path / MARK
    with home.owned("begin a demo"):
        if not mark.exists() and (home.centres() or home.packs.exists()):
            raise BrokenSetting("this home holds an installation, and a demo would begin it anew: name another one with --home", where=str(home.path))
        for found in home.path.iterdir():
            if found.name != "owner.lock":
                shutil.rmtree(found) if found.is_dir() and not found.is_symlink() else found.unlink()
        mark.write_text('{"made_by": "ucc demo"}\n', encoding="ascii")


class Driver:
    """Pushes the day at the door, in a thread of its own, and shows what becomes of it."""

    def __init__(self, home: Home, day: Day, clock: SimulatedClock, keys: Mapping[Source, str], speed: str, *, quiet: bool) -> None:
        self._home, self._day, self._clock, self._keys, self._speed, self._quiet = home, day, clock, keys, speed, quiet
        self._matters = {code: matter.name for code, matter in day.reference.matters.items()}
        self._pairs = Pairs()
        self._pushed = self._accepted = self._refused = 0
        self._ended: Ended | None = None
        self._error: UccError | None = None
        self._thread: threading.Thread | None = None

    def begin(self, door: Door, owner: Owner) -> None:
        """The door is open."""
        self._thread = threading.Thread(target=self._run, args=(door, owner), name="demo", daemon=True)
        self._thread.start()

    def ended(self) -> Ended:
        """How it ended. Raises what kept it from its end."""
        if self._error is not None:
            raise self._error
        if self._ended is None:
            raise UccError("the demo was ended before its day was over")
        return self._ended

    def _run(self, door: Door, owner: Owner) -> None:
        try:
            with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
                self._day_long(door, owner, live)
            self._ended = self._settled(owner)
            if not self._quiet:
                self._last_words(door)
        except UccError as error:
            self._error = error
        finally:
            door.ended.set()

    def _day_long(self, door: Door, owner: Owner, live: Live) -> None:
        shown_at = 0.0
        self._clock.begin()
        with Pusher(door.address) as pusher:
            for window in windows(self._day, self._clock.step):
                if door.ended.wait(self._clock.wait_s(window.until.astimezone(UTC))):
                    raise UccError("the demo was ended before its day was over")
                self._clock.reach(window.until.astimezone(UTC))
                self._push(pusher, window)
                if not self._quiet and sys.stderr.isatty() and time.monotonic() - shown_at > SHOWN_EVERY_S:
                    shown_at = time.monotonic()
                    live.update(screen(figures(owner.warehouse.query), self._shown(door), self._matters, live.console.width), refresh=True)

    def _push(self, pusher: Pusher, window: Window) -> None:
        for source in Source:
            mine = [push for push in window.pushes if push.source is source]
            for push, receipt in zip(mine, pusher.reports(source.value, self._keys[source], [push.line for push in mine]), strict=True):
                self._pushed += 1
                if receipt.receipt_id:
                    self._accepted += 1
                    self._pairs.note(push, receipt.receipt_id)
                else:
                    self._refused += 1
        pusher.figures("readings", self._keys[Source.DEPARTMENT], [reading.to_json() for reading in window.readings])
        pusher.figures("positions", self._keys[Source.JOINT_PATROL], [fix.to_json() for fix in window.fixes])

    def _settled(self, owner: Owner) -> Ended:
        """Once the warehouse has all of it."""
        until = time.monotonic() + LANDED_S
        found = figures(owner.warehouse.query)
        while lines(found) < self._accepted and time.monotonic() < until:
            time.sleep(LOOK_S)
            found = figures(owner.warehouse.query)
        (compared,) = reconciled(self._home, DEFAULT_PACK)
        # Figures that depend on what the last landing brought are asked for once more, behind the comparison.
        found = figures(owner.warehouse.query)
        return Ended(self._pushed, self._accepted, self._refused, found, self._pairs.asked(owner.warehouse.query, self._merges), compared["differences"])

    def _merges(self, matter: str) -> bool:
        rule = self._day.reference.merge_rules.get(matter)
        return rule is not None and rule.merges

    def _shown(self, door: Door) -> Shown:
        zone = ZoneInfo(self._day.reference.time_zone)
        return Shown(self._clock(), zone, self._speed, door.address, self._pushed, self._refused)

    def _last_words(self, door: Door) -> None:
        assert self._ended is not None  # noqa: S101  it has just been made
        ended, console = self._ended, Console()
        console.print(screen(ended.figures, self._shown(door), self._matters, console.width))
        both = f"{ended.accepted:,} receipts, {lines(ended.figures):,} outcomes"
        console.print(f"\n{'balanced' if ended.balanced else 'NOT BALANCED'}: {both}{''.join(f'; {one}' for one in ended.differences)}")
        console.print(
            f"told by two channels: {ended.twins.told:,}; found to be of one matter that merges: {ended.twins.alike:,}; of these in one case: {ended.twins.together:,}"
        )
        console.print(
            f'\nAsk on, for instance:\n  ucc --home {self._home.path} sql "{QUESTIONS["busiest"]}"\n  ucc --home {self._home.path} reconcile', soft_wrap=True
        )
