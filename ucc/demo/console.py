"""What a console of the centre sees: each new line of cases, journal, alerts and verdicts, in its order; and whether the centre is behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

import orjson

from connectors.simulation.people.people import Told
from pipeline.runtime.casework_runner import READER
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import Unavailable
from schemas.topics import ALERTS, CASES, EVENTS, JOURNAL, VERDICTS
from ucc.demo.pushing import EndedError
from ucc.home import Home

FRAMES_AT_ONCE = 256
LOOK_S, PATIENCE_S = 0.002, 120.0
"""Between two looks at a centre that is behind; how long it may be behind without a frame being folded."""


class Console:
    """Follows the embedded log of one centre. Used by one thread."""

    def __init__(self, home: Home, centre: str, ended: threading.Event) -> None:
        """Nothing is read yet: casework may be about to make its log."""
        self._home, self._centre, self._ended = home, centre, ended
        self._stack = ExitStack()
        self._events = self._opened(home.intake_log(centre).exists, lambda: SqliteLog(home.intake_log(centre), writer=False))
        self._log = self._opened(home.casework_log(centre).exists, lambda: SqliteLog(home.casework_log(centre), writer=False))
        self._read = dict.fromkeys((CASES.name, JOURNAL.name, ALERTS.name, VERDICTS.name), -1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def caught_up(self) -> None:
        """Waits until all that has happened is folded. Raises Unavailable where nothing moves for two minutes, EndedError."""
        end, until, last = self._events.end(EVENTS.name), time.monotonic() + PATIENCE_S, -1
        while (folded := self._log.committed(READER, EVENTS.name)) < end:
            if folded > last:
                last, until = folded, time.monotonic() + PATIENCE_S
            self._wait(until)

    def told(self) -> Told:
        """What is new since the last time."""
        cases, journal, alerts, verdicts = (self._new(topic) for topic in self._read)
        return Told(cases, journal, alerts, verdicts)

    def _new(self, topic: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while frames := self._log.read(topic, self._read[topic], FRAMES_AT_ONCE):
            self._read[topic] = frames[-1].offset
            found += [orjson.loads(line) for placed in frames for line in placed.frame.lines()]
        return found

    def _opened(self, there: Callable[[], bool], opened: Callable[[], SqliteLog]) -> SqliteLog:
        until = time.monotonic() + PATIENCE_S
        while not there():
            self._wait(until)
        log = opened()
        self._stack.callback(log.close)
        return log

    def _wait(self, until: float) -> None:
        if self._ended.wait(LOOK_S):
            raise EndedError("the demo was ended before its day was over")
        if time.monotonic() > until:
            raise Unavailable("casework does not get on", where=self._centre)
