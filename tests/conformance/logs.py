"""What the conformance suite does with logs, the embedded one among them, and what it lets other processes do with them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol, TypeVar

from pipeline.runtime.sqlite_log import SqliteLog
from schemas.frame import Frame, Placed, frame_of
from schemas.ports import FrameReader, Log, StateReader

T = TypeVar("T")


class Reading(FrameReader, StateReader, Protocol):
    """What a reader of frames and of state sees."""


class Backend(Protocol):
    """One kind of log, one of which lies somewhere. It crosses into other processes."""

    @property
    def patience(self) -> float:
        """Seconds within which a reader sees what the writer has made durable; 0: at once."""
        ...

    def writer(self) -> AbstractContextManager[Log]:
        """Opens the log as its writer. Where there is one, it raises HomeBusy, or the other's next transaction does."""
        ...

    def reader(self) -> AbstractContextManager[Reading]:
        """Opens the log to read it."""
        ...


@dataclass(frozen=True)
class SqliteBackend:
    """The embedded log in a folder."""

    folder: Path
    patience: float = 0

    @contextmanager
    def writer(self) -> Iterator[Log]:
        """The file's writer."""
        with closing(SqliteLog(self.folder / "log.db", writer=True)) as log:
            yield log

    @contextmanager
    def reader(self) -> Iterator[Reading]:
        """A reader of the file."""
        with closing(SqliteLog(self.folder / "log.db", writer=False)) as log:
            yield log


def frame(*lines: str, raw_offset: int | None = None) -> Frame:
    """A frame of lines of text."""
    return frame_of("pukou", "test", [line.encode() for line in lines], source="test", raw_offset=raw_offset, hops=("test",))


def write(log: Log, number: int) -> None:
    """The transaction of a number: `number % 3 + 1` frames here, one there, a state row, an offset, all of which tell the number."""
    with log.transaction() as transaction:
        for part in range(number % 3 + 1):
            transaction.append("ucc.journal", frame(f"{number}.{part}", raw_offset=number))
        transaction.put("meta", [(0, str(number).encode()), (f"row {number}", b"x" * 300)])
        transaction.append("ucc.outcomes", frame(*map(str, range(number + 1))) if number < 400 else frame(str(number)))
        transaction.commit_offset("test", "ucc.raw", number)


def check_whole(log: Reading) -> int:
    """All of what `write` wrote is there up to some number, and nothing of what would come after; returns the number, -1 for none."""
    last = log.committed("test", "ucc.raw")
    expected = [f"{number}.{part}" for number in range(last + 1) for part in range(number % 3 + 1)]
    assert [line.decode() for placed in everything(log, "ucc.journal") for line in placed.frame.lines()] == expected
    assert log.read("ucc.journal", log.end("ucc.journal"), 1) == []
    assert log.total_lines("ucc.journal") == len(expected)
    assert len(everything(log, "ucc.outcomes")) == last + 1
    assert log.load("meta", [0]) == ({} if last < 0 else {0: str(last).encode()})
    assert [key for key, _ in log.scan("meta") if key != 0] == sorted(f"row {number}" for number in range(last + 1))
    return last


def everything(log: FrameReader, topic: str) -> list[Placed]:
    """All frames of a topic, in portions."""
    found: list[Placed] = []
    while portion := log.read(topic, found[-1].offset if found else -1, 7):
        found += portion
    return found


def within(seconds: float, look: Callable[[], T]) -> T:
    """What `look` finds, as soon as its assertions hold; they have to within so many seconds."""
    until = time.monotonic() + seconds
    while True:
        try:
            return look()
        except AssertionError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.005)


# what other processes do


def write_for_ever(backend: Backend, _: Connection) -> None:
    """Writes transaction after transaction until it is killed, from where the log ends."""
    with backend.writer() as log:
        number = check_whole(log) + 1
        while True:
            write(log, number)
            number += 1


def look(backend: Backend, pipe: Connection) -> None:
    """Looks into the log each time it is asked to, and tells what is there: at least as much as is asked for, where that comes in time."""
    with contextlib.suppress(EOFError), backend.reader() as log:
        while True:
            pipe.send(within(backend.patience, partial(_seen, log, pipe.recv())))


def _seen(log: Reading, wanted: int) -> tuple[int, int]:
    whole = check_whole(log)
    assert whole >= wanted
    return whole, log.committed("test", "ucc.raw")
