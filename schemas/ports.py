"""Ports: what the parts ask of the log, the state and the warehouse. Each has an embedded and a served adapter, and one conformance suite.

Nothing here names SQLite, Kafka, chDB or ClickHouse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from schemas.frame import Frame, Placed

StateKey = int | str


class FrameReader(Protocol):
    """Reads the frames of one centre."""

    def read(self, topic: str, after: int, limit: int) -> list[Placed]:
        """Up to `limit` frames of `topic` with offsets greater than `after` (-1: from the first), in order.

        Does not wait: an empty list when there are none yet. May be called any number of times. Raises LogUnavailable, and
        BrokenFrame for a frame of a version that this release does not read.
        """
        ...

    def end(self, topic: str) -> int:
        """An offset that no frame of `topic` lies beyond (the embedded log's: of its last frame), -1 when there never was one. Trimming does not change it."""
        ...

    def committed(self, reader: str, topic: str) -> int:
        """Offset of the last frame that `reader` has finished with, -1 when none."""
        ...

    def total_lines(self, topic: str) -> int:
        """Lines ever appended to `topic` by the writer of the log, trimmed ones included."""
        ...


class StateReader(Protocol):
    """Reads what a fold kept (`DESIGN.md` §5, State port)."""

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """The rows of `table` under `keys`; keys without a row are absent."""
        ...

    def scan(self, table: str) -> Iterable[tuple[StateKey, bytes]]:
        """All rows of `table`, by key."""
        ...


class Transaction(Protocol):
    """What becomes durable together, or not at all (promise 3)."""

    def append(self, topic: str, frame: Frame) -> int | None:
        """Appends a frame; returns its offset where that is known before it is durable."""
        ...

    def commit_offset(self, reader: str, topic: str, offset: int) -> None:
        """Says that `reader` has finished with the frames of `topic` up to `offset`."""
        ...

    def put(self, table: str, rows: Iterable[tuple[StateKey, bytes | None]]) -> None:
        """Writes state rows; None deletes."""
        ...


class Log(FrameReader, StateReader, Protocol):
    """The log and the state of one writer of one centre.

    One writer at a time: a second is refused with HomeBusy when it opens the log (the embedded one), or fences the first, whose
    next transaction raises HomeBusy and leaves nothing (Kafka). What a writer has made durable it reads at once; other readers do
    at once (the embedded log) or shortly afterwards (Kafka).
    """

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Opens a transaction: durable when the block ends, undone when it raises. Blocks until durable.

        Raises LogUnavailable when the disk is full or the broker is away; nothing of it has then happened.
        """
        ...

    def trim(self, topic: str, below: int) -> int:
        """Forgets frames with offsets less than `below`, where the log does not forget by age itself; returns how many. May be called twice."""
        ...


class Questions(Protocol):
    """Where questions are asked."""

    def query(self, sql: str, output_format: str) -> bytes:
        """Answers one read-only question in a ClickHouse output format; raises Refused with the warehouse's own sentence."""
        ...


class Warehouse(Questions, Protocol):
    """Where results land, too."""

    def migrate(self) -> list[str]:
        """Applies the migrations that are missing, in order; returns their names. May be called any number of times."""
        ...

    def insert(self, table: str, lines: bytes, *, rows: int, token: str) -> None:
        """Inserts NDJSON lines. Durable on return. The same batch may be inserted twice: tables hold one row per key.

        Raises WarehouseUnavailable (the same call may succeed later), Refused (it never will), or Broken where a server's tables are not there or
        not to be written: somebody has to mend the installation first.
        """
        ...
