"""Lives a simulated day: pushes what the sources tell, lets units, desk and responders act on what the centre tells them, and waits for it, window by window."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

from connectors.simulation.people.habits import Habits
from connectors.simulation.people.people import People
from schemas.command import PositionsEvent
from schemas.errors import UccError
from schemas.reading import Position
from schemas.vocabulary import Source
from ucc.api_keys import ApiKeys
from ucc.demo.clock import SimulatedClock
from ucc.demo.console import Console
from ucc.demo.day import Day, Window, windows
from ucc.demo.ended import Delivered, Ended
from ucc.demo.figures import QUESTIONS, figures, lines
from ucc.demo.hands import Hands
from ucc.demo.pushing import EndedError, Pusher
from ucc.demo.receiver import Receiver
from ucc.demo.twins import Pairs
from ucc.door import Door
from ucc.home import Home
from ucc.installing import DEFAULT_PACK
from ucc.owner import Owner
from ucc.reconciling import reconciled
from ucc.up import TICK_S

HABITS: Final = Habits(
    names_unit_after=timedelta(hours=4),
    consults_after=timedelta(hours=8),
    handles_share=0.3,
    verifies_after=timedelta(hours=1),
    revisits_after=timedelta(minutes=40),
)
"""What a person at a terminal may do as well, the desk leaves to that person for some hours; for all else it is quick, so that a day sees cases end."""
FIXES_EVERY: Final = timedelta(seconds=40)
"""Nobody is sent on a fix that is older than a minute (`dispatch_rules.csv`)."""
LANDED_S, LOOK_S = 180.0, 0.5 + TICK_S
"""How long, at the end, what was accepted may take until the warehouse has it; between two looks the clock ticks."""


class Driver:
    """Lives the day in a thread of its own, from when the door is open."""

    def __init__(self, home: Home, day: Day, clock: SimulatedClock, receiver: Receiver) -> None:
        """Keys are made here."""
        self.home, self.day, self.clock, self._receiver = home, day, clock, receiver
        self._api_keys = ApiKeys(home.path)
        self._keys: Mapping[Source, str] = {source: self._api_keys.create(DEFAULT_PACK, source, name="demo")[1] for source in Source}
        self._people = People(day.reference, day.seed, day.start.astimezone(UTC), HABITS)
        self._pairs = Pairs()
        self._fixed_at = day.start - FIXES_EVERY
        self.pushed = self.accepted = self.refused = self.commanded = 0
        self.address = ""
        self._ended: Ended | None = None
        self._error: UccError | None = None
        self._thread: threading.Thread | None = None

    def begin(self, door: Door, owner: Owner, beside: Callable[[Owner], Callable[[], None]]) -> None:
        """The door is open. `beside`: what is begun with the day, and how it is ended."""
        self.address = door.address
        self._thread = threading.Thread(target=self._run, args=(door, owner, beside), name="demo", daemon=True)
        self._thread.start()

    def ended(self) -> Ended:
        """How it ended. Raises what kept it from its end."""
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error
        if self._ended is None:
            raise EndedError("the demo was ended before its day was over")
        return self._ended

    def delivered(self) -> Delivered:
        """What sources have been told so far."""
        return Delivered(sum(_lines_of(self.home.path / "results" / f"{source}.ndjson") for source in Source), *self._receiver.taken())

    def _run(self, door: Door, owner: Owner, beside: Callable[[Owner], Callable[[], None]]) -> None:
        try:
            end = beside(owner)
            try:
                self._day_long(door)
            finally:
                end()
            self._ended = self._settled(door, owner)
        except UccError as error:
            self._error = error
        finally:
            door.ended.set()

    def _day_long(self, door: Door) -> None:
        with (
            Console(self.home, DEFAULT_PACK, door.ended) as console,
            Pusher(door.address, door.ended) as pusher,
            Hands(door.address, self._api_keys, DEFAULT_PACK, door.ended) as hands,
        ):
            self.clock.begin()
            for window in windows(self.day, self.clock.step):
                until = window.until.astimezone(UTC)
                if door.ended.wait(self.clock.wait_s(until)):
                    raise EndedError("the demo was ended before its day was over")
                self.clock.reach(until)
                self._push(pusher, window)
                commands = self._people.commands(until)
                self.commanded += len(commands)
                hands.give(commands)
                console.caught_up()
                self._people.told(console.told())

    def _push(self, pusher: Pusher, window: Window) -> None:
        for source in Source:
            mine = [push for push in window.pushes if push.source is source]
            for push, receipt in zip(mine, pusher.reports(source.value, self._keys[source], [push.line for push in mine]), strict=True):
                self.pushed += 1
                if receipt.receipt_id:
                    self.accepted += 1
                    self._pairs.note(push, receipt.receipt_id)
                else:
                    self.refused += 1
        pusher.figures("readings", self._keys[Source.DEPARTMENT], [reading.to_json() for reading in window.readings])
        if window.until - self._fixed_at >= FIXES_EVERY:
            self._fixed_at = window.until
            seen = self._people.out.seen(window.until.astimezone(UTC))
            pusher.figures("positions", self._keys[Source.JOINT_PATROL], [] if seen is None else [fix.to_json() for fix in fixes(seen)])

    def _settled(self, door: Door, owner: Owner) -> Ended:
        """Once the warehouse has all of it, and the sources; and nothing is due any more, so that nothing changes."""
        until, found, before = time.monotonic() + LANDED_S, figures(owner.warehouse.query), None
        while (found != before or lines(found) < self.accepted or _told(found) > sum(self.delivered()[:2])) and time.monotonic() < until:
            if door.ended.wait(LOOK_S):
                raise EndedError("the demo was ended before all of its day had landed")
            found, before = figures(owner.warehouse.query), found
        (compared,) = reconciled(self.home, DEFAULT_PACK)
        # Figures that depend on what the last landing brought are asked for once more, behind the comparison.
        found = figures(owner.warehouse.query)
        twins = self._pairs.asked(owner.warehouse.query, self._merges)
        return Ended(self.pushed, self.accepted, self.refused, self.commanded, self.delivered(), found, QUESTIONS, twins, compared["differences"])

    def _merges(self, matter: str) -> bool:
        rule = self.day.reference.merge_rules.get(matter)
        return rule is not None and rule.merges


def fixes(seen: PositionsEvent) -> list[Position]:
    """Where responders are, line by line as their phones' platform sends it."""
    columns = zip(seen.responders, seen.age_ms, seen.lng, seen.lat, seen.accuracy_m, strict=True)
    return [
        Position(responder=responder, at=seen.at - timedelta(milliseconds=age), lng=lng, lat=lat, accuracy_m=accuracy_m)
        for responder, age, lng, lat, accuracy_m in columns
    ]


def _told(found: Mapping[str, list[dict[str, object]]]) -> int:
    return sum(int(str(row["number"])) for row in found["results"])


def _lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
