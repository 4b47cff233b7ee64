"""The owner of a home: it starts the parts of the embedded runtime, wires them together, and answers for the warehouse."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

import orjson

from pipeline.intake.intake import Intake
from pipeline.runtime.casework_process import CaseworkProcess, Place
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from schemas.errors import HomeBusy, WarehouseUnavailable
from schemas.event import Centre
from schemas.topics import EVENTS
from schemas.vocabulary import Mode
from sinks.asked import Answered, Asked, NotAnswered
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.sql import kept
from ucc.analysts import door_of
from ucc.answering import Answering, Command
from ucc.home import Home, new_token
from ucc.landing import Landing
from ucc.settings import settings

ASK = "ask"
"""What an owner does that is one for a question of its own only: it opens no door."""


class Owner:
    """All parts of one home, in this process and its children."""

    def __init__(self, home: Home, doing: str, stack: ExitStack, *, patient: bool = True) -> None:
        self.home = home
        self._stack = stack
        self._logs: dict[str, SqliteLog] = {}
        self._intakes: dict[str, EmbeddedIntake] = {}
        self._casework: dict[str, CaseworkProcess] = {}
        self._places: dict[str, Place] = {}
        self._begun = patient
        self._opening = threading.Lock()
        self._warehouse: ChdbWarehouse | None = None
        if patient:
            self._open()
        token = new_token()
        self.commands: Command | None = None
        """Takes the commands of others on this home; none: it has no door for them."""
        answering = Answering(self._ask, token, self._command)
        stack.callback(answering.close)
        home.announce(answering.port, token, doing)
        self.analysts = door_of(home.path, settings().analysts, self._answer) if doing != ASK else None
        if self.analysts is not None:
            stack.callback(self.analysts.close)

    @property
    def warehouse(self) -> ChdbWarehouse:
        """The warehouse; started where it is not."""
        return self._warehouse or self._open()

    def _open(self) -> ChdbWarehouse:
        with self._opening:
            if self._warehouse is None:
                self._warehouse = ChdbWarehouse(self.home.warehouse, Landing(self.home.logs), patient=self._begun)
                self._stack.callback(self._warehouse.close)
            return self._warehouse

    def begin(self) -> None:
        """Starts what an owner that is not patient has left for later: casework of its centres, and the warehouse. May be called once."""
        self._begun = True
        for name, place in self._places.items():
            self._casework[name] = CaseworkProcess(place)
            self._stack.callback(self._end, name)
        self._open()

    def _end(self, centre: str) -> None:
        self._casework[centre].close()

    def _ask(self, sql: str, output_format: str) -> bytes:
        return self.warehouse.query(sql, output_format)

    def _command(self, centre: str, line: bytes, seconds: float) -> bytes:
        if self.commands is None:
            raise HomeBusy("it takes no commands; wait until it ends")
        return self.commands(centre, line, seconds)

    def _answer(self, asked: Asked, into: IO[bytes]) -> Answered | NotAnswered:
        return self.warehouse.answer(asked, into)

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
            self._places[name] = Place(
                name, centre.time_zone, self.home.intake_log(name), self.home.casework_log(name), self.home.packs, centre.mode is not Mode.STREAM
            )
            if self._begun:
                self._casework[name] = CaseworkProcess(self._places[name])
                self._stack.callback(self._end, name)
        return self._intakes[name]

    def again(self, centre: str) -> None:
        """Starts the casework of a centre anew, after it could not go on: what kept it from that may be over."""
        self._casework[centre].close()
        self._casework[centre] = CaseworkProcess(self._places[centre])

    def folded(self, centre: str) -> int:
        """Offset of the last frame of events that was folded. Not from two threads at a time, as all that is asked of a centre."""
        return self._casework[centre].done() if centre in self._casework else -1

    def log(self, centre: str) -> SqliteLog:
        """The log that doors and intake of a started centre write."""
        return self._logs[centre]

    def intake(self, centre: str) -> EmbeddedIntake:
        """The intake of a started centre."""
        return self._intakes[centre]

    def nudge(self, centre: str) -> None:
        """Says that there are new events; before `begin` to nobody. Raises UccError when casework cannot go on."""
        if centre in self._casework:
            self._casework[centre].nudge()

    def nudge_landing(self) -> None:
        """Says that there is something to land; never waits, not even for a warehouse that is just starting."""
        if self._warehouse is not None:
            self._warehouse.nudge()

    def drain(self, centre: str, said: Callable[[int, int], None] | None = None, seconds: float | None = None) -> None:
        """Waits until all that was accepted has been folded and has landed; `said` is told how far folding and landing are.

        Raises WarehouseUnavailable when it takes longer than `seconds`.
        """
        until = None if seconds is None else time.monotonic() + seconds
        reader = SqliteLog(self.home.intake_log(centre), writer=False)
        end = reader.end(EVENTS.name)
        reader.close()
        casework = self._casework[centre]
        while (done := casework.done()) < end:
            casework.nudge()
            if said is not None:
                said(done, end)
            if until is not None and time.monotonic() > until:
                raise WarehouseUnavailable(f"{end - done} frames of events are not folded yet", where=centre)
            time.sleep(0.05)
        self.warehouse.land(centre, seconds=None if until is None else max(0.0, until - time.monotonic()))
        # Events serve the fold alone: what is folded can be made again from what was accepted.
        self._logs[centre].trim(EVENTS.name, end)

    def outcomes_between(self, centre: str, first: int, last: int) -> dict[str, int]:
        """How many lines of the raw frames from `first` to `last` came to which outcome."""
        if first < 0:
            return {}
        counted = self.warehouse.query(kept("outcomes_between", centre=centre, first=str(first), last=str(last)), "JSONEachRow")
        return {row["outcome"]: row["lines"] for row in map(orjson.loads, counted.splitlines())}


@contextmanager
def owner_of(home: Home, doing: str, *, patient: bool = True) -> Iterator[Owner]:
    """Owns the home for the time of the block, with all parts started that are asked for. Raises HomeBusy when somebody else does.

    Not `patient`: casework and the warehouse wait for `begin`, so that a door opens at once.
    """
    with home.owned(doing), ExitStack() as stack:
        yield Owner(home, doing, stack, patient=patient)
