"""The embedded log: frames, offsets and state of one writer of one centre in one SQLite file.

Write-ahead logging with synchronous=FULL: a commit is on the disk when it returns. One writer a file (an advisory lock fences a
second one); any number of readers, in any process. The lines of a frame are kept compressed (zstd): they are so alike that a
small part is left, and compressing costs less than writing the whole twice.
"""

from __future__ import annotations

import fcntl
import sqlite3
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, Any

import orjson
import zstandard

from schemas.errors import BrokenFrame, HomeBusy, LogUnavailable, UccError
from schemas.frame import Frame, Placed, header_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from schemas.ports import StateKey

STATE_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS topics (topic TEXT PRIMARY KEY, last INTEGER NOT NULL, lines INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets (reader TEXT, topic TEXT, position INTEGER NOT NULL, PRIMARY KEY (reader, topic)) WITHOUT ROWID;
"""
_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=4000",  # pages: 16 MB, so that a checkpoint's two fsyncs are shared by many commits
    "PRAGMA cache_size=-32768",  # KiB: what a transaction of eight full frames changes stays in memory until its commit
)
_PATIENCE_S = 30.0
"""How long a reader waits while the file is opened or closed by another process; in between nobody waits for anybody."""


def _name(word: str) -> str:
    """A topic or table as part of an SQL name; all are our own constants."""
    return word.replace(".", "_").replace("-", "_")


class SqliteLog:
    """One file of the embedded log; implements the port `Log` of `schemas.ports`. Used by one thread at a time."""

    def __init__(self, path: Path, *, writer: bool) -> None:
        """Opens (as writer: creates) the file.

        Raises HomeBusy when another process writes it, LogUnavailable when it is not there or cannot be written, BrokenFrame when
        it was written by a newer release or is no log.
        """
        self._path = path
        self._unpack = zstandard.ZstdDecompressor()
        self._known: set[str] = set()
        with ExitStack() as parts:
            if writer:
                parts.enter_context(_fence(path))
            elif not path.exists():
                raise LogUnavailable("there is no log yet", where=str(path))
            where = f"{path.absolute().as_uri()}?mode={'rwc' if writer else 'rw'}"
            try:
                self._db = sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False, timeout=_PATIENCE_S)
                parts.callback(self._db.close)
                self._open(writer=writer)
            except sqlite3.DatabaseError as error:
                raise self._said(error) from error
            self._parts = parts.pop_all()

    def _open(self, *, writer: bool) -> None:
        version = self._one("SELECT value FROM about WHERE name = ?", "version")
        if version is not None and version != STATE_VERSION:
            detail = f"the log has version {version}; this release reads {STATE_VERSION}: run the release that wrote it, or a newer one"
            raise BrokenFrame(detail, where=str(self._path))
        if writer:
            self._path.chmod(0o600)
            for setting in _SETTINGS:
                self._db.execute(setting)
            self._db.executescript(_SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO about VALUES ('version', ?)", (STATE_VERSION,))

    def close(self) -> None:
        """Closes the file and lets another writer in."""
        self._parts.close()

    # what is there

    def read(self, topic: str, after: int, limit: int) -> list[Placed]:
        """Frames of `topic` after an offset; see the port."""
        rows = self._ask(f"SELECT position, header, body FROM frames_{_name(topic)} WHERE position > ? ORDER BY position LIMIT ?", after, limit)  # noqa: S608  names are our own constants
        return [Placed(position, self._frame(header, body, f"{self._path.name} {topic} {position}")) for position, header, body in rows]

    def _frame(self, header: bytes, body: bytes, where: str) -> Frame:
        try:
            return Frame(header_from(header, where), self._unpack.decompress(body))
        except zstandard.ZstdError as error:
            raise BrokenFrame("the lines of the frame are damaged: restore the log from a copy, or trim it", where=where) from error

    def end(self, topic: str) -> int:
        """Offset of the last frame, -1 when there never was one."""
        last = self._one("SELECT last FROM topics WHERE topic = ?", topic)
        return -1 if last is None else last

    def total_lines(self, topic: str) -> int:
        """Lines ever appended."""
        return self._one("SELECT lines FROM topics WHERE topic = ?", topic) or 0

    def committed(self, reader: str, topic: str) -> int:
        """Offset up to which `reader` has finished, -1 when none."""
        offset = self._one("SELECT position FROM offsets WHERE reader = ? AND topic = ?", reader, topic)
        return -1 if offset is None else offset

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """State rows under `keys`."""
        if not keys:
            return {}
        return dict(self._ask(f"SELECT key, value FROM state_{_name(table)} WHERE key IN (SELECT value FROM json_each(?))", orjson.dumps(list(keys))))  # noqa: S608  as above

    def scan(self, table: str) -> Iterator[tuple[StateKey, bytes]]:
        """All rows of a state table, by key."""
        try:
            yield from self._db.execute(f"SELECT key, value FROM state_{_name(table)} ORDER BY key")  # noqa: S608  as above
        except sqlite3.DatabaseError as error:
            if not _is_absent(error):
                raise self._said(error) from error

    # what is written

    @contextmanager
    def transaction(self) -> Iterator[_Open]:
        """Everything in the block becomes durable together, or nothing does."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield _Open(self._db, self._known)
            self._db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._undo()
            raise self._said(error) from error
        except BaseException:
            self._undo()
            raise

    def trim(self, topic: str, below: int) -> int:
        """Forgets frames below an offset."""
        try:
            return self._db.execute(f"DELETE FROM frames_{_name(topic)} WHERE position < ?", (below,)).rowcount  # noqa: S608  as above
        except sqlite3.DatabaseError as error:
            if _is_absent(error):
                return 0
            raise self._said(error) from error

    def _undo(self) -> None:
        self._known.clear()
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _ask(self, sql: str, *values: object) -> list[Any]:
        """All rows of an answer; none when there is no such table yet."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            if _is_absent(error):
                return []
            raise self._said(error) from error

    def _one(self, sql: str, *values: str) -> int | None:
        rows = self._ask(sql, *values)
        return int(rows[0][0]) if rows else None

    def _said(self, error: sqlite3.DatabaseError) -> UccError | sqlite3.DatabaseError:
        """SQLite's error in our words; mistakes of ours stay what they are."""
        if isinstance(error, sqlite3.OperationalError):
            return LogUnavailable(f"the log cannot be read or written now: {error}", where=str(self._path))
        if type(error) is sqlite3.DatabaseError:
            return BrokenFrame(f"the log is damaged or no log: {error}; put back a copy of it", where=str(self._path))
        return error


class _Open:
    """An open transaction; implements the port `Transaction` of `schemas.ports`."""

    def __init__(self, db: sqlite3.Connection, known: set[str]) -> None:
        self._db = db
        self._known = known
        self._pack = zstandard.ZstdCompressor(level=1)

    def append(self, topic: str, frame: Frame) -> int:
        """Appends a frame; returns its offset."""
        name = _name(topic)
        if name not in self._known:
            self._db.execute(f"CREATE TABLE IF NOT EXISTS frames_{name} (position INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB NOT NULL)")
            self._known.add(name)
        grown = "INSERT INTO topics VALUES (?, 0, ?) ON CONFLICT (topic) DO UPDATE SET last = last + 1, lines = lines + excluded.lines RETURNING last"
        position: int = self._db.execute(grown, (topic, frame.header.lines)).fetchone()[0]
        self._db.execute(f"INSERT INTO frames_{name} VALUES (?, ?, ?)", (position, frame.header.to_json(), self._pack.compress(frame.body)))  # noqa: S608  names are our own constants
        return position

    def commit_offset(self, reader: str, topic: str, offset: int) -> None:
        """Notes how far `reader` has come."""
        self._db.execute("INSERT INTO offsets VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position", (reader, topic, offset))

    def put(self, table: str, rows: Iterable[tuple[StateKey, bytes | None]]) -> None:
        """Writes state rows; None deletes. Of several rows under one key the last counts."""
        name = _name(table)
        if f"state {name}" not in self._known:
            self._db.execute(f"CREATE TABLE IF NOT EXISTS state_{name} (key PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
            self._known.add(f"state {name}")
        last = dict(rows)
        gone = [(key,) for key, value in last.items() if value is None]
        kept = [(key, value) for key, value in last.items() if value is not None]
        if gone:
            self._db.executemany(f"DELETE FROM state_{name} WHERE key = ?", gone)  # noqa: S608  as above
        self._db.executemany(f"INSERT INTO state_{name} VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", kept)  # noqa: S608  as above


def _is_absent(error: sqlite3.DatabaseError) -> bool:
    """Whether a table is not there yet: tables come with their first row."""
    return "no such table" in str(error)


def _fence(path: Path) -> IO[bytes]:
    """Holds the writer's lock of a file; it is let go when the process ends, however that ended."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = path.with_suffix(".lock").open("ab")
    except OSError as error:
        raise LogUnavailable(f"the folder of the log cannot be written: {error.strerror}", where=str(path)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise HomeBusy("another process writes this log", where=str(path)) from error
    except OSError as error:
        lock.close()
        raise LogUnavailable(f"the log cannot be locked: {error.strerror}", where=str(path)) from error
    return lock
