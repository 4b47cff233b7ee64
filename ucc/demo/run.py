"""Runs a simulated day: `ucc up` with a simulated clock, and clients at its door: what sources push, what people command, what is told back to sources."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from connectors.write_back.ways import FILE
from reference import load, shelf
from schemas.errors import BrokenSetting
from schemas.vocabulary import Mode, Source
from ucc import up
from ucc.demo.clock import SimulatedClock
from ucc.demo.day import Day, staffed, working_day
from ucc.demo.driver import FIXES_EVERY, Driver
from ucc.demo.ended import Ended
from ucc.demo.receiver import Receiver
from ucc.demo.showing import Showing
from ucc.door import Door
from ucc.figures import FRAME_S
from ucc.home import Home, new_token, write_whole
from ucc.installing import DEFAULT_PACK, prepared
from ucc.owner import Owner
from ucc.settings import Settings

MARK: Final = "demo.json"
"""In a home that a demo has made."""
BY_HTTP, SECRET = Source.HOTLINE12345, "write_back.secret"
LEAST_FRAME_S: Final = 0.02
"""How often positions are passed on at most, however fast the day goes by."""


class Wanted(NamedTuple):
    """The command line."""

    speed: float
    speed_said: str
    reports: int
    responders: int
    hours: float
    seed: int
    port: int


def run(home: Home, settings: Settings, wanted: Wanted, *, quiet: bool) -> Ended:
    """Runs the day to its end, or until it is told to end. `quiet`: no table. Raises BrokenSetting (the home is somebody's), HomeBusy."""
    _made_anew(home)
    reference = staffed(load.load(shelf.find(DEFAULT_PACK)), wanted.responders)
    zone = ZoneInfo(reference.time_zone)
    start = datetime.combine(working_day(reference, datetime.now(zone).date()), time(), zone)
    day = Day(reference, start, wanted.seed, wanted.reports, timedelta(hours=wanted.hours))
    clock = SimulatedClock(start.astimezone(UTC), wanted.speed)
    prepared(home, DEFAULT_PACK, Mode.SIMULATED)
    secret = new_token()
    with Receiver(secret.encode()) as receiver:
        _write_back(home, secret, receiver.url)
        driver = Driver(home, day, clock, receiver)
        showing = Showing(driver, wanted.speed_said)
        shown = not quiet and sys.stderr.isatty()

        def opened(door: Door, owner: Owner) -> None:
            driver.begin(door, owner, showing.begin if shown else lambda _: lambda: None)

        frame_s = min(FRAME_S, max(LEAST_FRAME_S, clock.real_s(FIXES_EVERY) / 2))
        up.run(home, settings, "127.0.0.1", wanted.port, clock=clock, frame_s=frame_s, opened=opened)
        ended = driver.ended()
    if not quiet:
        showing.last_words(ended)
    return ended


def _write_back(home: Home, secret: str, url: str) -> None:
    """The hotline is told over HTTP, all others in files."""
    write_whole(home.path / SECRET, secret.encode())
    ways = {source: f"{{url: '{url}', secret_file: {SECRET}}}" if source is BY_HTTP else "{file: true}" for source in Source}
    (home.path / FILE).write_text("".join(f"{source}: {way}\n" for source, way in ways.items()), "utf-8")


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
