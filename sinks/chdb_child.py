"""The process that holds chDB: lands frames and answers questions at the same time, for one owner.

    python -m sinks.chdb_child HANDLE OWNER

HANDLE is the number of an inherited socket on which the owner first says what to open (`Opening`) and then asks; OWNER is the
owner's process id. The process ends when the owner does, however that ended: the kernel ends it (PR_SET_PDEATHSIG), and so does
the end of the socket.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

from schemas.errors import Broken, UccError, WarehouseUnavailable
from schemas.ports import FrameReader
from sinks.asked import Asked
from sinks.chdb_engine import ChdbEngine
from sinks.opening import Opening
from sinks.ranges import Ranges
from sinks.writer import Readers, Writer, ends

ANSWERERS = 4
"""Questions that are answered at the same time; further ones wait."""
_PATIENCE = 30.0
"""Seconds that a former child of the same folder may take to end."""
_PR_SET_PDEATHSIG = 1


class Child:
    """Serves one owner until it stops."""

    def __init__(self, connection: Connection, opening: Opening) -> None:
        self._connection = connection
        self._readers = None if opening.readers is None else _guarded(opening.readers)
        self._sending = threading.Lock()
        self._lock = _only_one(opening.folder)
        self._engine = ChdbEngine(opening.folder, database=opening.database, bounds=opening.bounds)
        self._applied = self._engine.migrate()
        self._answerers = ThreadPoolExecutor(ANSWERERS, thread_name_prefix="answers")
        self._analysts = ThreadPoolExecutor(opening.bounds.analysts, thread_name_prefix="analysts")
        self._writer: Writer | None = None
        self._writing: threading.Thread | None = None
        if self._readers is not None:
            self._writer = Writer(self._engine, self._readers, Ranges(opening.folder / "sink.db"), opening.gathering, at_rest=self._engine.give_back)
            self._writing = threading.Thread(target=self._write, args=(self._writer,), name="writer", daemon=True)
            self._writing.start()

    def serve(self) -> None:
        """Takes requests until `stop`, or until the owner has gone."""
        kinds: dict[str, Callable[..., object]] = {
            "migrate": self._migrate,
            "insert": self._engine.insert,
            "progress": lambda: self._landing().progress(),
            "ends": lambda centre: ends(self._landing_readers(), centre),
        }
        while True:
            try:
                number, kind, values, named = self._connection.recv()
            except (EOFError, OSError):
                os._exit(0)  # the owner has gone: whatever is half done is done again
            if kind == "stop":
                self._stop(number)
                return
            if kind == "nudge":
                if self._writer is not None:
                    self._writer.nudge()
            elif kind == "analyst":
                self._analysts.submit(self._answer_analyst, number, *values)
            elif kind == "query":
                self._answerers.submit(self._answer, number, *values)
            else:
                self._answerers.submit(self._do, number, kinds[kind], values, named)

    def _answer(self, number: int, sql: str, output_format: str) -> None:
        try:
            for piece in self._engine.answer(sql, output_format):
                self._send(number, "piece", piece)
        except UccError as error:
            self._send(number, "error", error)
        else:
            self._send(number, "done", None)

    def _answer_analyst(self, number: int, asked: Asked) -> None:
        self._send(number, "done", self._engine.analysts.answer(asked, lambda piece: self._send(number, "piece", piece)))

    def _do(self, number: int, what: Callable[..., object], values: tuple[object, ...], named: dict[str, Any]) -> None:
        try:
            answer = what(*values, **named)
        except UccError as error:
            self._send(number, "error", error)
        else:
            self._send(number, "done", answer)

    def _send(self, number: int, kind: str, value: object) -> None:
        with self._sending:
            try:
                self._connection.send((number, kind, value))
            except OSError:
                os._exit(0)  # the owner has gone

    def _migrate(self) -> list[str]:
        applied, self._applied = [*self._applied, *self._engine.migrate()], []
        return applied

    def _landing(self) -> Writer:
        if self._writer is None:
            raise Broken("this warehouse was opened without logs to land")
        return self._writer

    def _landing_readers(self) -> Readers:
        if self._readers is None:
            raise Broken("this warehouse was opened without logs to land")
        return self._readers

    def _write(self, writer: Writer) -> None:
        try:
            writer.run()
        except UccError as error:
            writer.give_up(error)
        except BaseException:  # noqa: BLE001  whatever it is, it is printed and ends the process
            traceback.print_exc()
            os._exit(70)  # an unknown error: the safe state is a new process, which inserts the same batch again

    def _stop(self, number: int) -> None:
        if self._writer is not None and self._writing is not None:
            self._writer.stop()
            self._writing.join()
        self._answerers.shutdown()
        self._analysts.shutdown(cancel_futures=True)
        self._send(number, "done", None)


def _guarded(readers: Readers) -> Readers:
    """The same readers, asked by one thread at a time: the writer's, and those that are asked how far it is."""
    lock = threading.Lock()

    def ask() -> dict[str, dict[str, FrameReader]]:
        with lock:
            return {centre: dict(logs) for centre, logs in readers().items()}

    return ask


def _only_one(folder: Path) -> IO[bytes]:
    """Waits until a former child of the folder has ended. Raises WarehouseUnavailable when it does not."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (folder / "child.lock").open("ab")
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() > until:
                raise WarehouseUnavailable("another process holds this warehouse", where=str(folder)) from error
            time.sleep(0.05)
        else:
            return lock


def _end_with(owner: int) -> None:
    """Makes the kernel end this process when its owner ends. The owner's thread that started it lives as long as the owner."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != owner:
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, who stops us in order
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def main() -> None:
    """The process."""
    _end_with(int(sys.argv[2]))
    connection = Connection(int(sys.argv[1]))
    try:
        child = Child(connection, connection.recv())
    except UccError as error:
        connection.send((0, "error", error))
        os._exit(1)
    connection.send((0, "done", None))
    child.serve()
    os._exit(0)  # the engine's own end waits for its pools, and says things that nobody asked


if __name__ == "__main__":
    main()
