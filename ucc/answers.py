"""Answers that were given under an Idempotency-Key, so that the same request gets the same answer for a day. One SQLite file a centre and door."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from connectors.http.ports import Answer
from schemas.errors import LogUnavailable

KEPT_S = 24 * 3600
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (name TEXT PRIMARY KEY, body_hash BLOB NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS old ON answers (at);
"""


class Answers:
    """The answers of one centre's door. Methods may be called from any thread."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Opens (makes) the file. `clock`: seconds since 1970. Raises LogUnavailable."""
        self._path, self._clock, self._guard = path, clock, threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise self._said(error) from error

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def answered(self, name: str) -> Answer | None:
        """The answer under a name, unless it is too old. Raises LogUnavailable."""
        with self._guard:
            asked = "SELECT body_hash, status, body FROM answers WHERE name = ? AND at > ?"
            try:
                row = self._db.execute(asked, (name, int(self._clock()) - KEPT_S)).fetchone()
            except sqlite3.Error as error:
                raise self._said(error) from error
        return None if row is None else Answer(*row)

    def keep(self, name: str, answer: Answer) -> None:
        """Keeps an answer, and lets go of those that are too old. Raises LogUnavailable."""
        now = int(self._clock())
        with self._guard:
            try:
                self._db.execute("DELETE FROM answers WHERE at <= ?", (now - KEPT_S,))
                self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", (name, *answer, now))
            except sqlite3.Error as error:
                raise self._said(error) from error

    def _said(self, error: sqlite3.Error) -> LogUnavailable:
        return LogUnavailable(f"answers cannot be kept now: {error}", where=str(self._path))
