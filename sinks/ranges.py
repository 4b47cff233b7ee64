"""Which frames have landed and which are about to: the writer's own small file, durable before and after each insert."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

from schemas.errors import WarehouseUnavailable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ranges (
    centre TEXT, log TEXT, topic TEXT, done INTEGER NOT NULL, pending INTEGER,
    PRIMARY KEY (centre, log, topic)
) WITHOUT ROWID
"""


class Range(NamedTuple):
    """`done`: offset of the last landed frame, -1 for none. `pending`: of the last frame of the batch that was being inserted, None for none."""

    done: int
    pending: int | None


class Ranges:
    """The file. One writer; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Opens or creates it. Raises WarehouseUnavailable when it cannot."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise WarehouseUnavailable(f"the sink's own file cannot be opened: {error}", where=str(path)) from error

    def of(self, centre: str, log: str, topic: str) -> Range:
        """How far a topic of a log has come."""
        row = self._db.execute("SELECT done, pending FROM ranges WHERE centre = ? AND log = ? AND topic = ?", (centre, log, topic)).fetchone()
        return Range(-1, None) if row is None else Range(*row)

    def begin(self, centre: str, log: str, topic: str, last: int) -> None:
        """Notes that the frames after `done` up to `last` are about to be inserted. Durable on return."""
        self._write("INSERT INTO ranges VALUES (?, ?, ?, -1, ?) ON CONFLICT DO UPDATE SET pending = excluded.pending", centre, log, topic, last)

    def finish(self, centre: str, log: str, topic: str, last: int) -> None:
        """Notes that they have landed. Durable on return."""
        self._write("INSERT INTO ranges VALUES (?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET done = excluded.done, pending = NULL", centre, log, topic, last)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def _write(self, sql: str, *values: str | int) -> None:
        try:
            self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise WarehouseUnavailable(f"the sink cannot note how far it is: {error}", where=str(self._path)) from error
