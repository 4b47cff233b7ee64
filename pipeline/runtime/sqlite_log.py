"""The embedded log: frames, offsets and state of one writer of one centre in one SQLite file.

Write-ahead logging with synchronous=FULL: a commit is on the disk when it returns. One writer a file (an advisory lock fences a
second one); any number of readers, in any process.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import orjson

from schemas.errors import BrokenFrame, HomeBusy, LogUnavailable
from schemas.frame import Frame, Placed, header_from
from schemas.ports import StateKey

STATE_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS topics (topic TEXT PRIMARY KEY, last INTEGER NOT NULL, lines INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets (reader TEXT, topic TEXT, position INTEGER NOT NULL, PRIMARY KEY (reader, topic)) WITHOUT ROWID;
"""


def _name(word: str) -> str:
    """A topic or table as part of an SQL name; all are our own constants."""
    return word.replace(".", "_").replace("-", "_")


class SqliteLog:
    """One file of the embedded log; implements the ports `Log` and `Transaction` of `schemas.ports`."""

    def __init__(self, path: Path, *, writer: bool) -> None:
        """Opens (as writer: creates) the file. Raises HomeBusy when another process writes it, LogUnavailable when it is not there."""
        self._path = path
        self._lock: IO[bytes] | None = None
        self._known: set[str] = set()
        if writer:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _fence(path)
        elif not path.exists():
            raise LogUnavailable("there is no log yet", where=str(path))
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._db.execute("PRAGMA mmap_size=268435456")
        if writer:
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA wal_autocheckpoint=4000")
            self._db.execute("PRAGMA cache_size=-32768")
            self._db.executescript(_SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO about VALUES ('version', ?)", (STATE_VERSION,))
            version = self._db.execute("SELECT value FROM about WHERE name = 'version'").fetchone()[0]
            if version != STATE_VERSION:
                self.close()
                raise BrokenFrame(f"the log has version {version}; this release reads {STATE_VERSION}: run the release that wrote it, or a newer one", where=str(path))

    def close(self) -> None:
        """Closes the file and lets another writer in."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    # what is there

    def read(self, topic: str, after: int, limit: int) -> list[Placed]:
        """Frames of `topic` after an offset; see the port."""
        try:
            rows = self._db.execute(f"SELECT position, header, body FROM frames_{_name(topic)} WHERE position > ? ORDER BY position LIMIT ?", (after, limit)).fetchall()  # noqa: S608  names are our own constants
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise LogUnavailable(str(error), where=str(self._path)) from error
        return [Placed(position, Frame(header_from(header, f"{self._path.name} {topic} {position}"), body)) for position, header, body in rows]

    def end(self, topic: str) -> int:
        """Offset of the last frame, -1 when there never was one."""
        row = self._one("SELECT last FROM topics WHERE topic = ?", topic)
        return -1 if row is None else row

    def total_lines(self, topic: str) -> int:
        """Lines ever appended."""
        return self._one("SELECT lines FROM topics WHERE topic = ?", topic) or 0

    def committed(self, reader: str, topic: str) -> int:
        """Offset up to which `reader` has finished, -1 when none."""
        row = self._one("SELECT position FROM offsets WHERE reader = ? AND topic = ?", reader, topic)
        return -1 if row is None else row

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """State rows under `keys`."""
        if not keys:
            return {}
        try:
            found = self._db.execute(f"SELECT key, value FROM state_{_name(table)} WHERE key IN (SELECT value FROM json_each(?))", (orjson.dumps(list(keys)),))  # noqa: S608
            return dict(found.fetchall())
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return {}
            raise LogUnavailable(str(error), where=str(self._path)) from error

    def scan(self, table: str) -> Iterable[tuple[StateKey, bytes]]:
        """All rows of a state table, by key."""
        try:
            return self._db.execute(f"SELECT key, value FROM state_{_name(table)} ORDER BY key")  # noqa: S608
        except sqlite3.OperationalError:
            return iter(())

    # what is written

    @contextmanager
    def transaction(self) -> Iterator[SqliteLog]:
        """Everything in the block becomes durable together, or nothing does."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._undo()
            raise LogUnavailable(f"the log cannot take it: {error}", where=str(self._path)) from error
        except BaseException:
            self._undo()
            raise

    def append(self, topic: str, frame: Frame) -> int:
        """Appends a frame within the open transaction; returns its offset."""
        name = _name(topic)
        if name not in self._known:
            self._db.execute(f"CREATE TABLE IF NOT EXISTS frames_{name} (position INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB NOT NULL)")
            self._known.add(name)
        position: int = self._db.execute(
            "INSERT INTO topics VALUES (?, 0, ?) ON CONFLICT (topic) DO UPDATE SET last = last + 1, lines = lines + excluded.lines RETURNING last", (topic, frame.header.lines)
        ).fetchone()[0]
        self._db.execute(f"INSERT INTO frames_{name} VALUES (?, ?, ?)", (position, frame.header.to_json(), frame.body))  # noqa: S608
        return position

    def commit_offset(self, reader: str, topic: str, offset: int) -> None:
        """Notes within the open transaction how far `reader` has come."""
        self._db.execute("INSERT INTO offsets VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position", (reader, topic, offset))

    def put(self, table: str, rows: Iterable[tuple[StateKey, bytes | None]]) -> None:
        """Writes state rows within the open transaction; None deletes."""
        name = _name(table)
        if f"state {name}" not in self._known:
            self._db.execute(f"CREATE TABLE IF NOT EXISTS state_{name} (key PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
            self._known.add(f"state {name}")
        kept = [(key, value) for key, value in rows if value is not None or self._db.execute(f"DELETE FROM state_{name} WHERE key = ?", (key,)) is None]  # noqa: S608
        self._db.executemany(f"INSERT INTO state_{name} VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", kept)  # noqa: S608

    def trim(self, topic: str, below: int) -> int:
        """Forgets frames below an offset."""
        try:
            return self._db.execute(f"DELETE FROM frames_{_name(topic)} WHERE position < ?", (below,)).rowcount  # noqa: S608
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return 0
            raise LogUnavailable(str(error), where=str(self._path)) from error

    def _one(self, sql: str, *values: str) -> int | None:
        row = self._db.execute(sql, values).fetchone()
        return None if row is None else int(row[0])

    def _undo(self) -> None:
        self._known.clear()
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def _fence(path: Path) -> IO[bytes]:
    """Holds the writer's lock of a file; it is let go when the process ends, however that ended."""
    lock = path.with_suffix(".lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise HomeBusy("another process writes this log", where=str(path)) from error
    return lock
