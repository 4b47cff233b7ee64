"""The casework of one centre in a process of its own, beside the doors and intake: two cores work on one centre."""

from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from pipeline.casework.lifecycle.book import Book
from pipeline.runtime.casework_runner import READER, CaseworkRunner
from pipeline.runtime.collector import look_seldom
from pipeline.runtime.parent import end_with_parent
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from schemas.centre import MergeRule
from schemas.errors import HomeBusy, UccError
from schemas.topics import EVENTS

FENCE_PATIENCE_S = 10.0
"""How long a new worker waits for the one before it to be gone."""
IDLE_S = 0.5


class Place(NamedTuple):
    """Where the casework of a centre finds what it needs."""

    centre: str
    time_zone: str
    events: Path
    log: Path
    packs: Path
    follows: bool = False
    """Whether its cases are worked on."""


class CaseworkProcess:
    """Starts, nudges and watches the worker of one centre. It is started again when it ends by itself; three times in vain is an error."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._process: BaseProcess | None = None
        self._failures = 0
        self._reader: SqliteLog | None = None
        self._last = -1
        self._start()

    def nudge(self) -> None:
        """Says that there are new events; starts the worker again if it has ended. Never waits for it. Raises UccError when it cannot go on."""
        if self._process is not None and not self._process.is_alive():
            self._again()
        try:
            self._pipe.send_bytes(b"")
        except BlockingIOError:
            return  # hundreds of nudges wait to be taken: it will look
        except OSError:
            self._again()

    def done(self) -> int:
        """Offset of the last frame of events that was folded and is durable, -1 before the first."""
        if self._reader is None:
            if not self._place.log.exists():
                return -1
            self._reader = SqliteLog(self._place.log, writer=False)
        return self._reader.committed(READER, EVENTS.name)

    def close(self) -> None:
        """Lets the worker end after the frame that it is at, and waits."""
        self._pipe.close()
        if self._process is not None:
            self._process.join(30)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        if self._reader is not None:
            self._reader.close()

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        os.set_blocking(self._pipe.fileno(), False)
        self._process = spawn.Process(target=work, args=(self._place, theirs, os.getpid()), name=f"ucc casework {self._place.centre}", daemon=True)
        self._process.start()
        theirs.close()

    def _again(self) -> None:
        why = self._last_words()
        self._pipe.close()
        if self._process is not None:
            self._process.join()
        done = self.done()
        self._failures = self._failures + 1 if done <= self._last else 1
        self._last = done
        if self._failures >= 3:  # noqa: PLR2004  as the docstring says
            raise UccError(f"casework ended three times and did not get on: {why or 'it was killed'}", where=f"{self._place.centre} after events {done}")
        self._start()

    def _last_words(self) -> str:
        try:
            return self._pipe.recv_bytes().decode() if self._pipe.poll() else ""
        except (OSError, EOFError):
            return ""


def work(place: Place, pipe: Connection, parent: int) -> None:
    """The worker: folds what waits, sleeps until it is nudged, ends when the owner has gone."""
    end_with_parent(parent)
    try:
        log = _opened(place.log)
        events = SqliteLog(place.events, writer=False)
        rulebook = Rulebook(place.packs)
        casework = CaseworkRunner(events, log, place.centre, rulebook.merge_rules, place.time_zone, rulebook.book if place.follows else None)
        look_seldom()
        while _goes_on(pipe, 0.0 if casework.step() else IDLE_S):
            pass
    except UccError as error:
        with suppress(OSError):
            pipe.send_bytes(str(error).encode())
        raise SystemExit(1) from error


def _goes_on(pipe: Connection, patience: float) -> bool:
    """Takes the nudges that have come, waiting for one at most `patience` seconds; False when the owner has gone."""
    try:
        while pipe.poll(patience):
            pipe.recv_bytes()
            patience = 0.0
    except (EOFError, OSError):
        return False
    return True


class Rulebook:
    """What casework needs of packs: merge rules, and where cases are worked on all the rest."""

    def __init__(self, packs: Path) -> None:
        self._packs = packs
        self._known: dict[str, dict[str, MergeRule]] = {}
        self._books: dict[str, Book] = {}

    def merge_rules(self, pack: str) -> dict[str, MergeRule]:
        """The rules of a pack; raises NotFound when it is not on the shelf."""
        if pack not in self._known:
            self._known[pack] = dict(shelf.get(self._packs, pack).merge_rules)
        return self._known[pack]

    def book(self, pack: str) -> Book:
        """All rules of a pack; raises NotFound when it is not on the shelf."""
        if pack not in self._books:
            self._books[pack] = Book(shelf.get(self._packs, pack))
        return self._books[pack]


def _opened(path: Path) -> SqliteLog:
    until = time.monotonic() + FENCE_PATIENCE_S
    while True:
        try:
            return SqliteLog(path, writer=True)
        except HomeBusy:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
