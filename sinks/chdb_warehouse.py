"""The embedded warehouse: chDB in a child process of its own, supervised; implements `schemas.ports.Warehouse`.

    warehouse = ChdbWarehouse(folder, readers)      the child starts, applies migrations, begins to land
    warehouse.query("SELECT …", "JSONEachRow")
    warehouse.land("pukou")                         waits until all that is in the centre's logs has landed
    warehouse.close()

A child that dies is started again; what it was doing is done again: questions once more, landing from its durable notes. All
methods may be called from any thread.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Self

from schemas.errors import Broken, UccError, WarehouseUnavailable
from sinks.asked import Answered, Asked, NotAnswered
from sinks.opening import Bounds, Opening
from sinks.writer import Gathering, Progress, Readers

_START_SECONDS = 60.0
_SHORTEST_LIFE = 5.0
"""Seconds within which a child that ended counts as one that could not live: the next is started more slowly."""
_LONGEST_PAUSE = 5.0
_STOP_SECONDS = 60.0
_Reply = tuple[str, Any]
_DIED: _Reply = ("died", None)


class ChdbWarehouse:
    """The warehouse of one folder and its child process."""

    def __init__(
        self,
        folder: Path,
        readers: Readers | None = None,
        *,
        database: str = "ucc",
        bounds: Bounds | None = None,
        gathering: Gathering | None = None,
        patient: bool = True,
    ) -> None:
        """Starts the child and waits until it is ready; not `patient`: the first question waits, and is told what kept the engine from starting.

        `readers` travels to the child, so it must be picklable: a function of a module, or a partial of one. Raises Broken for a
        migration that was changed, WarehouseUnavailable when the engine does not start.
        """
        self._opening = Opening(folder, database, readers, bounds or Bounds(), gathering or Gathering())
        self._numbers = count(1)
        self._guard = threading.Condition()
        self._waiting: dict[int, SimpleQueue[_Reply]] = {}
        self._connection: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: UccError | None = None
        self._closing = False
        self._supervisor = threading.Thread(target=self._supervise, name="warehouse", daemon=True)
        self._supervisor.start()
        if not patient:
            return
        try:
            self._ready()
        except UccError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process id of the child, for those who watch it."""
        return self._process.pid if self._process is not None else 0

    # the port

    def migrate(self) -> list[str]:
        """Names of the migrations that were applied since the start or the last call; the child applies them when it starts."""
        applied: list[str] = self._ask("migrate")
        return applied

    def insert(self, table: str, lines: bytes, *, rows: int, token: str) -> None:
        """Inserts NDJSON lines; see the port."""
        self._ask("insert", table, lines, rows=rows, token=token)

    def query(self, sql: str, output_format: str) -> bytes:
        """Answers one read-only question; see the port. Raises WarehouseUnavailable when the warehouse died of it twice."""
        pieces: list[bytes] = []
        self._ask("query", sql, output_format, piece=pieces.append, again=pieces.clear)
        return b"".join(pieces)

    def answer(self, asked: Asked, into: IO[bytes]) -> Answered | NotAnswered:
        """Answers an analyst, who sees the views and nothing below them; the answer is written to `into`, an empty file.

        Raises WarehouseUnavailable when the warehouse died of it twice.
        """

        def again() -> None:
            into.seek(0)
            into.truncate()

        answered: Answered | NotAnswered = self._ask("analyst", asked, piece=into.write, again=again)
        return answered

    # landing

    def nudge(self) -> None:
        """Says that there may be new frames; does not wait."""
        connection = self._connection
        if connection is not None:
            self._send(connection, (0, "nudge", (), {}))

    def progress(self) -> Progress:
        """How far landing has come."""
        progress: Progress = self._ask("progress")
        return progress

    def land(self, centre: str, *, said: Callable[[int], None] | None = None, seconds: float | None = None) -> None:
        """Waits until all that is in the logs of `centre` now has landed; `said` is told how many frames are still to land.

        Raises Broken when landing has ended for good, WarehouseUnavailable when it takes longer than `seconds`.
        """
        targets: dict[tuple[str, str, str], int] = self._ask("ends", centre)
        until = None if seconds is None else time.monotonic() + seconds
        while True:
            self.nudge()
            progress = self.progress()
            left = sum(max(0, end - progress.done.get(key, -1)) for key, end in targets.items())
            if said is not None:
                said(left)
            if not left:
                return
            if progress.ended:
                raise Broken(f"landing has ended: {progress.trouble}")
            if until is not None and time.monotonic() > until:
                raise WarehouseUnavailable(f"{left} frames have not landed after {seconds:g} s{': ' + progress.trouble if progress.trouble else ''}")
            time.sleep(0.05)

    def close(self) -> None:
        """Lets the batch at hand end and stops the child. May be called twice."""
        with self._guard:
            if self._closing:
                return
            self._closing = True
            connection, process = self._connection, self._process
            self._guard.notify_all()
        if connection is not None:
            self._send(connection, (0, "stop", (), {}))
        if process is not None:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._supervisor.join(_STOP_SECONDS)

    # asking

    def _ask(self, kind: str, *values: object, piece: Callable[[bytes], object] | None = None, again: Callable[[], None] | None = None, **named: object) -> Any:  # noqa: ANN401  each kind has its own answer
        for _ in range(2):
            reply, value = self._once(kind, values, named, piece)
            if reply == "done":
                return value
            if reply == "error":
                raise value
            if again is not None:
                again()
        raise WarehouseUnavailable("the warehouse's process ended twice while it did this; ask for less at a time", where=kind)

    def _once(self, kind: str, values: tuple[object, ...], named: dict[str, object], piece: Callable[[bytes], object] | None) -> _Reply:
        replies: SimpleQueue[_Reply] = SimpleQueue()
        number = next(self._numbers)
        connection = self._ready(number, replies)
        self._send(connection, (number, kind, values, named))
        while True:
            reply = replies.get()
            if reply[0] != "piece":
                return reply
            if piece is not None:
                piece(reply[1])

    def _ready(self, number: int = 0, replies: SimpleQueue[_Reply] | None = None) -> Connection:
        """The child's connection, as soon as it is ready; `replies` will get what it says on `number`."""
        with self._guard:
            ready = self._guard.wait_for(lambda: self._connection is not None or self._failure is not None or self._closing, _START_SECONDS)
            if self._failure is not None:
                raise self._failure
            if not ready or self._closing or self._connection is None:
                raise WarehouseUnavailable(
                    "the warehouse is closed" if self._closing else "the warehouse did not start in time", where=str(self._opening.folder)
                )
            if replies is not None:
                self._waiting[number] = replies
            return self._connection

    def _send(self, connection: Connection, message: tuple[int, str, tuple[object, ...], dict[str, object]]) -> None:
        with self._guard:
            try:
                connection.send(message)
            except OSError:
                return  # it has died: the supervisor says so to all who wait

    # supervising: one thread that lives as long as the warehouse, because the kernel ends a child with the thread that started it

    def _supervise(self) -> None:
        pause = 0.1
        while not self._closing:
            began = time.monotonic()
            ours, process = self._start()
            first = self._first(ours)
            if first == _DIED and time.monotonic() - began < _SHORTEST_LIFE:
                pause = min(2 * pause, _LONGEST_PAUSE)
            elif first[0] == "error":
                self._fail(first[1])
            else:
                self._serve(ours)
                pause = 0.1
            ours.close()
            process.kill()
            process.wait()
            if self._failure is not None:
                return
            with self._guard:
                self._guard.wait_for(lambda: self._closing, pause)

    def _start(self) -> tuple[Connection, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        handle = theirs.fileno()
        paths = os.pathsep.join(path or "." for path in sys.path)
        process = subprocess.Popen(  # noqa: S603  our own module, by our own interpreter
            [sys.executable, "-m", "sinks.chdb_child", str(handle), str(os.getpid())],
            pass_fds=[handle],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths},
        )
        theirs.close()
        with self._guard:
            self._process = process
        return Connection(ours.detach()), process

    def _first(self, connection: Connection) -> _Reply:
        try:
            connection.send(self._opening)
            _, kind, value = connection.recv()
        except (EOFError, OSError):
            return _DIED
        return kind, value

    def _serve(self, connection: Connection) -> None:
        with self._guard:
            self._connection = connection
            self._guard.notify_all()
            if self._closing:
                connection.send((0, "stop", (), {}))
        while True:
            try:
                number, kind, value = connection.recv()
            except (EOFError, OSError):
                break
            waiting = self._waiting.get(number)
            if waiting is not None:
                if kind != "piece":
                    del self._waiting[number]
                waiting.put((kind, value))
        with self._guard:
            self._connection = None
            died = list(self._waiting.values())
            self._waiting.clear()
        for replies in died:
            replies.put(_DIED)

    def _fail(self, error: UccError) -> None:
        with self._guard:
            self._failure = error
            self._guard.notify_all()
