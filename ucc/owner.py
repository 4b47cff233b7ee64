"""The owner of a home: it starts the parts of the embedded runtime, wires them together, and answers for the warehouse."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import orjson

from pipeline.intake.intake import Intake
from pipeline.runtime.casework_process import CaseworkProcess, Place
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from schemas.event import Centre
from schemas.topics import EVENTS
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.sql import kept
from ucc.analysts import door_of
from ucc.answering import Answering
from ucc.home import Home, new_token
from ucc.landing import Landing
from ucc.settings import settings

ASK = "ask"
"""What an owner does that is one for a question of its own only: it opens no door."""


class Owner:
    """All parts of one home, in this process and its children."""

    def __init__(self, home: Home, doing: str, stack: ExitStack) -> None:
        self.home = home
        self._stack = stack
        self._logs: dict[str, SqliteLog] = {}
        self._intakes: dict[str, EmbeddedIntake] = {}
        self._casework: dict[str, CaseworkProcess] = {}
        self.warehouse = ChdbWarehouse(home.warehouse, Landing(home.logs))
        stack.callback(self.warehouse.close)
        token = new_token()
        answering = Answering(self.warehouse.query, token)
        stack.callback(answering.close)
        home.announce(answering.port, token, doing)
        self.analysts = door_of(home.path, settings().analysts, self.warehouse.answer) if doing != ASK else None
        if self.analysts is not None:
            stack.callback(self.analysts.close)

    def centre(self, centre: Centre) -> EmbeddedIntake:
        """Starts the parts of a centre; what was left half done goes on. Returns its intake."""
        name = centre.centre
        if name not in self._intakes:
            log = SqliteLog(self.home.intake_log(name), writer=True)
            self._stack.callback(log.close)
            self._logs[name] = log
            intake = EmbeddedIntake(log, name, lambda pack: Intake(shelf.get(self.home.packs, pack), centre.mode), f"{os.getpid()}")
            intake.catch_up()
            self._intakes[name] = intake
            place = Place(name, centre.time_zone, self.home.intake_log(name), self.home.casework_log(name), self.home.packs)
            self._casework[name] = CaseworkProcess(place)
            self._stack.callback(self._casework[name].close)
        return self._intakes[name]

    def log(self, centre: str) -> SqliteLog:
        """The log that doors and intake of a started centre write."""
        return self._logs[centre]

    def intake(self, centre: str) -> EmbeddedIntake:
        """The intake of a started centre."""
        return self._intakes[centre]

    def nudge(self, centre: str) -> None:
        """Says that there are new events."""
        self._casework[centre].nudge()

    def drain(self, centre: str, said: Callable[[int, int], None] | None = None) -> None:
        """Waits until all that was accepted has been folded and has landed; `said` is told how far folding and landing are."""
        reader = SqliteLog(self.home.intake_log(centre), writer=False)
        end = reader.end(EVENTS.name)
        reader.close()
        casework = self._casework[centre]
        while (done := casework.done()) < end:
            casework.nudge()
            if said is not None:
                said(done, end)
            time.sleep(0.05)
        self.warehouse.land(centre)
        # Events serve the fold alone: what is folded can be made again from what was accepted.
        self._logs[centre].trim(EVENTS.name, end)

    def outcomes_between(self, centre: str, first: int, last: int) -> dict[str, int]:
        """How many lines of the raw frames from `first` to `last` came to which outcome."""
        if first < 0:
            return {}
        counted = self.warehouse.query(kept("outcomes_between", centre=centre, first=str(first), last=str(last)), "JSONEachRow")
        return {row["outcome"]: row["lines"] for row in map(orjson.loads, counted.splitlines())}


@contextmanager
def owner_of(home: Home, doing: str) -> Iterator[Owner]:
    """Owns the home for the time of the block, with all parts started that are asked for. Raises HomeBusy when somebody else does."""
    with home.owned(doing), ExitStack() as stack:
        yield Owner(home, doing, stack)
