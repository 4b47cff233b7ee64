"""The logs that the conformance suite runs on, and what it lets other processes do with them."""

from __future__ import annotations

import contextlib
import resource
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import LogUnavailable, UccError
from schemas.frame import Frame, Placed, frame_of
from schemas.ports import FrameReader, Log, StateReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from pathlib import Path


class Reading(FrameReader, StateReader, Protocol):
    """What a reader of frames and of state sees."""


class Backend(Protocol):
    """One kind of log, one of which lies somewhere. It crosses into other processes."""

    def writer(self) -> AbstractContextManager[Log]:
        """Opens the log as its writer; raises HomeBusy when there is one."""
        ...

    def reader(self) -> AbstractContextManager[Reading]:
        """Opens the log to read it."""
        ...

    def full(self, log: Log) -> AbstractContextManager[None]:
        """For the time of the block this process finds the disk of the log all but full."""
        ...


@dataclass(frozen=True)
class SqliteBackend:
    """The embedded log in a folder."""

    folder: Path

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

    @contextmanager
    def full(self, log: Log) -> Iterator[None]:  # noqa: ARG002  a broker would be told by its log
        """The kernel lets no file of this process grow beyond what the log has, and a little."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = max(path.stat().st_size for path in self.folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


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
    assert log.end("ucc.journal") == len(expected) - 1
    assert log.total_lines("ucc.journal") == len(expected)
    assert log.end("ucc.outcomes") == last
    assert log.load("meta", [0]) == ({} if last < 0 else {0: str(last).encode()})
    assert [key for key, _ in log.scan("meta") if key != 0] == sorted(f"row {number}" for number in range(last + 1))
    return last


def everything(log: FrameReader, topic: str) -> list[Placed]:
    """All frames of a topic, in portions."""
    found: list[Placed] = []
    while portion := log.read(topic, found[-1].offset if found else -1, 7):
        found += portion
    return found


# what other processes do


def write_for_ever(backend: Backend) -> None:
    """Writes transaction after transaction until it is killed, from where the log ends."""
    with backend.writer() as log:
        number = check_whole(log) + 1
        while True:
            write(log, number)
            number += 1


def look(backend: Backend, pipe: Connection) -> None:
    """Looks into the log each time it is asked to, and tells what is there."""
    with contextlib.suppress(EOFError), backend.reader() as log:
        while pipe.recv_bytes():
            pipe.send((check_whole(log), log.committed("test", "ucc.raw")))


def hold(backend: Backend, pipe: Connection) -> None:
    """Is the writer until it is told to end; tells the error when it cannot be."""
    try:
        with backend.writer():
            pipe.send("holds")
            pipe.recv_bytes()
    except UccError as error:
        pipe.send(error.code)


def write_until_full(backend: Backend, pipe: Connection) -> None:
    """Writes until nothing more goes in, looks at what there is, and writes again when there is room. Tells what it met."""
    with backend.writer() as log:
        number = 0
        for number in range(5):
            write(log, number)
        said: list[str] = []
        with backend.full(log):
            while not said:
                number += 1
                try:
                    write(log, number)
                except LogUnavailable as error:
                    said.append(error.code)
            kept_while_full = check_whole(log)
        write(log, number)
        write(log, number + 1)
        pipe.send((said, number, kept_while_full, check_whole(log)))
