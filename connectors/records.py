"""Physical lines of a stream of bytes, bounded and counted, and what every reader of records has in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.errors import Refused, UnreadableFile
from schemas.frame import MAX_LINE_BYTES

MAX_RECORD_BYTES = MAX_LINE_BYTES
"""A record that is longer costs only itself: fifty times the longest report that the models allow, as long as a line of the log may be."""
MAX_RECORD_LINES = 200
"""A quote that opens and does not close within so many lines costs its first line only, never its neighbours."""
KEPT_OF_REFUSED = 4096

Raw = tuple[int, list[str] | Refused, bytes]
"""Line number, the cells or why there are none, and the bytes as they were."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where to read on: JSON with orjson.dumps, back with Position(**orjson.loads(…))."""

    offset: int
    """Bytes (after unpacking and from UTF-16 to UTF-8), or rows of a sheet, that lie behind."""
    number: int
    """Number of the next line or row, from 1."""
    encoding: str
    header: str
    """Fingerprint of the columns: a position fits no other file."""


class Records(Protocol):
    """Reads the records of one file, in order, in batches."""

    encoding: str
    columns: list[str]
    said: list[str]

    @property
    def position(self) -> Position:
        """After the last record that was taken."""
        ...

    @property
    def done(self) -> float:
        """Share of the file read so far, 0 … 1."""
        ...

    def take(self, most: int) -> list[Raw]:
        """The next records, `most` at most; none at the end of the file.

        Raises UnreadableFile, once all records before the break were given, when the file cannot be read on.
        """
        ...

    def close(self) -> None:
        """Lets the file go."""
        ...


class LongLine(bytes):
    """The beginning of a line that is longer than a record may be; `length` is that of the whole line."""

    length: int


class Lines:
    """Physical lines (ended by LF; a CR before it stays) of a stream of bytes."""

    def __init__(self, chunks: Iterator[bytes], *, offset: int = 0, number: int = 1) -> None:
        """`offset` and `number` are those of the first byte that `chunks` gives; no chunk is longer than a record may be."""
        self.offset, self.number = offset, number
        self.broken: UnreadableFile | None = None
        """Why the stream cannot be read on; the line it cut off is not among the lines."""
        self.ended = False
        self._chunks = chunks
        self._ready: list[bytes] = []
        self._next = 0
        self._tail = b""
        self._skipped = 0
        self._unended = False
        self._long = 0

    def ahead(self, most: int) -> list[bytes]:
        """The lines that come next, without their LF: `most` of them unless the stream ends. Reads ahead, passes over nothing."""
        while len(self._ready) - self._next < most and not self.ended:
            self._read_on()
        return self._ready[self._next : self._next + most]

    @property
    def has_long(self) -> bool:
        """Whether a LongLine is among the lines that were read ahead."""
        return self._long > 0

    def pass_over(self, count: int) -> None:
        """Goes on behind the next `count` lines, which were read ahead."""
        gone = self._ready[self._next : self._next + count]
        self.offset += sum(map(len, gone)) + len(gone)
        self.number += len(gone)
        self._next += len(gone)
        if self._long:
            long = [line for line in gone if isinstance(line, LongLine)]
            self._long -= len(long)
            self.offset += sum(line.length - len(line) for line in long)
        if self._unended and self._next == len(self._ready) and gone:
            self.offset -= 1
        if self._next > MAX_RECORD_LINES * 20:
            del self._ready[: self._next]
            self._next = 0

    def _read_on(self) -> None:
        try:
            chunk = next(self._chunks, b"")
        except UnreadableFile as error:
            self.broken, self.ended = error, True
            return
        if not chunk:
            self.ended = True
            if self._tail or self._skipped:
                self._unended = True
                self._add_first(self._tail)
            return
        first, *others = chunk.split(b"\n")
        if not others:
            self._keep(first)
            return
        self._keep(first)
        self._add_first(self._tail)
        self._tail = others.pop()
        self._ready += others

    def _keep(self, part: bytes) -> None:
        """Adds to the line that is being read; of a line that is too long only the beginning."""
        if self._skipped:
            self._skipped += len(part)
            return
        self._tail += part
        if len(self._tail) > MAX_RECORD_BYTES:
            self._skipped = len(self._tail)
            self._tail = self._tail[:KEPT_OF_REFUSED]

    def _add_first(self, line: bytes) -> None:
        if self._skipped:
            long = LongLine(line)
            long.length = self._skipped
            self._ready.append(long)
            self._long += 1
        else:
            self._ready.append(line)
        self._tail, self._skipped = b"", 0


def fingerprint(columns: Sequence[str]) -> str:
    """Of a header, 16 hex digits."""
    return hashlib.blake2b("\x1f".join(columns).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
