"""What write-back keeps of one source: how far the log was read, what waits, what was given up. One SQLite file, durable at each step."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.errors import LogUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS taken (log TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS written (file TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT, result_id TEXT NOT NULL UNIQUE, report_id TEXT NOT NULL, line BLOB NOT NULL,
    since REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS waiting_of_report ON waiting (report_id, number);
CREATE INDEX IF NOT EXISTS waiting_due ON waiting (next_at, number);
CREATE TABLE IF NOT EXISTS undelivered (result_id TEXT PRIMARY KEY, report_id TEXT NOT NULL, line BLOB NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID;
"""
_PATIENCE_S = 30.0


class Waiting(NamedTuple):
    """One result that waits. Times are seconds since 1970 by our clock."""

    number: int
    result_id: str
    line: bytes
    since: float
    tries: int


class Kept:
    """The file of one source. Used by one thread at a time; another process may look into it."""

    def __init__(self, path: Path) -> None:
        """Opens the file, makes it where it is not there. Raises LogUnavailable."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_PATIENCE_S)
            path.chmod(0o600)
            with self._said():
                for setting in ("journal_mode=WAL", "synchronous=FULL"):
                    self._db.execute(f"PRAGMA {setting}")
                self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.OperationalError) as error:
            raise LogUnavailable(f"what was delivered cannot be noted: {error}", where=str(path)) from error

    def close(self) -> None:
        """Closes it."""
        self._db.close()

    # from the log

    def taken(self, log: str) -> int:
        """Offset of the last frame of a log whose results were taken, -1 when none."""
        rows = self._ask("SELECT position FROM taken WHERE log = ?", log)
        return int(rows[0][0]) if rows else -1

    def take(self, log: str, position: int, results: Iterable[tuple[str, str, bytes]], now: float) -> None:
        """Notes the results (id, report, line) of frames up to `position` as waiting, all or none; what waits already stays as it is."""
        with self._together():
            self._db.executemany("INSERT OR IGNORE INTO waiting (result_id, report_id, line, since) VALUES (?, ?, ?, ?)", [(*one, now) for one in results])
            self._db.execute("INSERT INTO taken VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position", (log, position))

    # what waits

    def waiting(self) -> int:
        """How many results wait."""
        return int(self._ask("SELECT count(*) FROM waiting")[0][0])

    def first(self, limit: int) -> list[Waiting]:
        """Those that wait, in the order of the log."""
        return [Waiting(*row) for row in self._ask("SELECT number, result_id, line, since, tries FROM waiting ORDER BY number LIMIT ?", limit)]

    def due(self, now: float) -> Waiting | None:
        """One that may be tried now: the first of its report, so that none is told before the one before it."""
        rows = self._ask(
            "SELECT number, result_id, line, since, tries FROM waiting AS one WHERE next_at <= ?"
            " AND NOT EXISTS (SELECT 1 FROM waiting AS other WHERE other.report_id = one.report_id AND other.number < one.number)"
            " ORDER BY next_at, number LIMIT 1",
            now,
        )
        return Waiting(*rows[0]) if rows else None

    def put_off(self, one: Waiting, next_at: float) -> None:
        """Notes a try that failed."""
        with self._together():
            self._db.execute("UPDATE waiting SET tries = tries + 1, next_at = ? WHERE number = ?", (next_at, one.number))

    def done(self, some: Sequence[Waiting], *, file: str = "", size: int = 0) -> None:
        """Notes that these were delivered; `file` and `size`: into which, and how long it is now."""
        with self._together():
            self._db.executemany("DELETE FROM waiting WHERE number = ?", [(one.number,) for one in some])
            if file:
                self._db.execute("INSERT INTO written VALUES (?, ?) ON CONFLICT DO UPDATE SET size = excluded.size", (file, size))

    def size(self, file: str) -> int:
        """How long a file was after the last results that are known to be in it."""
        rows = self._ask("SELECT size FROM written WHERE file = ?", file)
        return int(rows[0][0]) if rows else 0

    # what was given up

    def give_up(self, one: Waiting) -> None:
        """Takes one out of those that wait, and keeps it among the undelivered."""
        with self._together():
            self._db.execute(
                "INSERT OR REPLACE INTO undelivered SELECT result_id, report_id, line, number FROM waiting WHERE number = ?",
                (one.number,),
            )
            self._db.execute("DELETE FROM waiting WHERE number = ?", (one.number,))

    def undelivered(self) -> int:
        """How many were given up."""
        return int(self._ask("SELECT count(*) FROM undelivered")[0][0])

    def again(self, now: float) -> int:
        """Lets all that were given up wait again, in their order; returns how many."""
        with self._together():
            count: int = self._db.execute(
                "INSERT OR IGNORE INTO waiting (result_id, report_id, line, since) SELECT result_id, report_id, line, ? FROM undelivered ORDER BY number",
                (now,),
            ).rowcount
            self._db.execute("DELETE FROM undelivered")
        return count

    # how

    def _ask(self, sql: str, *values: object) -> list[Any]:
        with self._said():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _together(self) -> Iterator[None]:
        """What is written in the block becomes durable together, or not at all."""
        with self._said():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise LogUnavailable(f"what was delivered cannot be noted: {error}", where=str(self._path)) from error
