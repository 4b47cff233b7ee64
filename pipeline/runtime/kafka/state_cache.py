"""A worker's cache of `ucc.state`: the rows of one centre in SQLite, and up to which message of the topic they hold (`DESIGN.md` §5).

It is thrown away when in doubt, so nothing of it has to be durable: the topic is the truth.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas.errors import BrokenFrame, LogUnavailable
from schemas.ports import StateKey

_SETTINGS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-32768", "PRAGMA wal_autocheckpoint=4000")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""A machine that went down may have left half a cache: one of another boot is not believed."""


class Row(NamedTuple):
    """One message of `ucc.state`. `value` none: the row is gone."""

    table: str
    key: StateKey
    value: bytes | None


class Held(NamedTuple):
    """Up to which message the cache holds, and that message's check sum, by which it is known again."""

    offset: int
    check: int


def message_key(table: str, key: StateKey) -> bytes:
    """The key of a row's message: `<table>/<key as JSON>`."""
    return table.encode() + b"/" + orjson.dumps(key)


def row_from(key: bytes | None, value: bytes | None, where: str) -> Row:
    """A message as a row; raises BrokenFrame when it is none."""
    table, _, rest = (key or b"").partition(b"/")
    try:
        return Row(table.decode(), orjson.loads(rest), value)
    except ValueError as error:
        raise BrokenFrame("the message is no row of a state: who else writes this topic?", where=where) from error


def check_of(key: bytes, value: bytes | None) -> int:
    """A check sum of a message."""
    return zlib.crc32(value or b"", zlib.crc32(key))


class StateCache:
    """Rows by table and key. One thread at a time."""

    def __init__(self, path: Path | None) -> None:
        """Opens or creates it; none: in memory. Raises LogUnavailable when the file cannot be written."""
        self._path = path
        self._tables: set[str] = set()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = self._opened()
            if self._about("boot") != _boot():
                self.forget()
        except (sqlite3.Error, OSError) as error:
            raise LogUnavailable(f"the worker's cache cannot be written: {error}", where=str(path)) from error

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path or ":memory:", isolation_level=None, check_same_thread=False)
        try:
            for setting in _SETTINGS:
                db.execute(setting)
            db.execute("CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value) WITHOUT ROWID")
        except sqlite3.DatabaseError:
            db.close()
            if self._path is None:
                raise
            self._path.unlink()
            return self._opened()
        return db

    def _about(self, name: str) -> str | int | None:
        row = self._db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def held(self) -> Held | None:
        """How far it holds; none: nothing is known."""
        offset, check = self._about("offset"), self._about("check")
        return Held(int(offset), int(check)) if isinstance(offset, int) and isinstance(check, int) else None

    def forget(self) -> None:
        """Throws everything away."""
        for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'state_%'").fetchall():
            self._db.execute(f"DROP TABLE {name}")
        self._db.execute("DELETE FROM about")
        self._db.execute("INSERT INTO about VALUES ('boot', ?)", (_boot(),))
        self._tables.clear()

    def apply(self, rows: Iterable[Row], held: Held) -> None:
        """Takes rows in the order of their messages, and notes how far it holds now."""
        by_table: dict[str, dict[StateKey, bytes | None]] = {}
        for table, key, value in rows:
            by_table.setdefault(table, {})[key] = value
        self._db.execute("BEGIN")
        for table, latest in by_table.items():
            self._put(table, latest)
        self._db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", (("offset", held.offset), ("check", held.check)))
        self._db.execute("COMMIT")

    def _put(self, table: str, latest: Mapping[StateKey, bytes | None]) -> None:
        if table not in self._tables:
            self._db.execute(f"CREATE TABLE IF NOT EXISTS state_{table} (key PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
            self._tables.add(table)
        gone = [(key,) for key, value in latest.items() if value is None]
        if gone:
            self._db.executemany(f"DELETE FROM state_{table} WHERE key = ?", gone)  # noqa: S608  names are our own constants
        self._db.executemany(
            f"INSERT INTO state_{table} VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",  # noqa: S608  as above
            ((key, value) for key, value in latest.items() if value is not None),
        )

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """Rows under `keys`."""
        if not keys:
            return {}
        return dict(self._ask(f"SELECT key, value FROM state_{table} WHERE key IN (SELECT value FROM json_each(?))", orjson.dumps(list(keys)).decode()))  # noqa: S608  as above

    def scan(self, table: str) -> Iterator[tuple[StateKey, bytes]]:
        """All rows of a table, by key."""
        yield from self._ask(f"SELECT key, value FROM state_{table} ORDER BY key")  # noqa: S608  as above

    def _ask(self, sql: str, *values: str) -> Iterator[tuple[StateKey, bytes]]:
        try:
            yield from self._db.execute(sql, values)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


def _boot() -> str:
    return _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else ""
