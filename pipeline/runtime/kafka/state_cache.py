"""A worker's cache of `ucc.state`: the rows of one centre in SQLite, and up to which message of the topic they hold (`DESIGN.md` §5).

It is thrown away when in doubt, so nothing of it has to be durable: the topic is the truth.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas.errors import BrokenFrame, LogUnavailable
from schemas.ports import StateKey

_SETTINGS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-32768", "PRAGMA wal_autocheckpoint=4000")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""A machine that went down may have left half a cache: one of another boot is not believed."""
OLDEST_S = 43_200
"""After a day the broker may forget which rows were deleted (`delete.retention.ms`); long before, a cache that saw none of it is not believed."""


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
        name, found = table.decode("ascii"), orjson.loads(rest)
    except ValueError:
        name, found = "", None
    if not name.isidentifier() or type(found) not in (int, str):
        raise BrokenFrame("the message is no row of a state: who else writes this topic?", where=where)
    return Row(name, found, value)


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
            with self._telling():
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
        with self._telling():
            offset, check, at = self._about("offset"), self._about("check"), self._about("at")
        young = isinstance(at, int) and 0 <= time.time() - at < OLDEST_S
        return Held(offset, check) if young and isinstance(offset, int) and isinstance(check, int) else None

    def forget(self) -> None:
        """Throws everything away."""
        with self._telling():
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
        known = (("offset", held.offset), ("check", held.check), ("at", int(time.time())))
        with self._telling():
            self._db.execute("BEGIN")
            for table, latest in by_table.items():
                self._put(table, latest)
            self._db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", known)
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
        with self._telling():
            try:
                yield from self._db.execute(sql, values)
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error):
                    raise

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tells SQLite's errors as ours; mistakes of ours stay what they are. A damaged file is gone with it: whoever opens it again begins anew."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise LogUnavailable(f"the worker's cache cannot be read or written: {error}", where=str(self._path)) from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError or self._path is None:
                raise
            self._db.close()
            self._path.unlink(missing_ok=True)
            raise LogUnavailable("the worker's cache is damaged; it is thrown away and read back", where=str(self._path)) from error

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


def _boot() -> str:
    return _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else ""
