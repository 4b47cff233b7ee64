"""Receipts: what became of each line that came in, looked up by its receipt. Beside the log, and made of it (ADR 0015).

It is a cache: how far it has followed the log is kept with it in one transaction, so that it is whole again after any crash, and when its
file is deleted it is made anew. Kept in one SQLite file a centre and door; one connection writes, another reads.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from connectors.http.ports import Fate
from schemas.errors import LogUnavailable
from schemas.topics import OUTCOMES, RAW
from schemas.vocabulary import OutcomeKind

_SCHEMA = """
CREATE TABLE IF NOT EXISTS receipts (
    receipt BLOB PRIMARY KEY, source TEXT NOT NULL, raw INTEGER NOT NULL, outcome TEXT NOT NULL DEFAULT '', at TEXT NOT NULL DEFAULT '',
    report_id TEXT NOT NULL DEFAULT '', case_id TEXT NOT NULL DEFAULT '', revision INTEGER NOT NULL DEFAULT 0, code TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pending ON receipts (raw) WHERE outcome = '';
CREATE TABLE IF NOT EXISTS followed (topic TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
"""
_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",  # what a power cut takes is read from the log again
    "PRAGMA cache_size=-16384",  # KiB
)
_SET = """
INSERT INTO receipts (receipt, source, raw, outcome, at, report_id, case_id, revision, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (receipt) DO UPDATE SET
    source = iif(source = '', excluded.source, source), outcome = excluded.outcome, at = excluded.at, report_id = excluded.report_id,
    case_id = excluded.case_id, revision = excluded.revision, code = excluded.code
WHERE outcome = ''
    OR (outcome = 'resent' AND excluded.outcome <> 'resent')
    OR (outcome = 'dead' AND (excluded.outcome <> 'resent' OR ?))
"""
"""The outcome of the first line with the receipt that is not `resent`; of a dead letter that was replayed, the replay's."""


class Ended(NamedTuple):
    """One line's outcome. `raw`: offset of its frame in `ucc.raw`; `replays`: it replays a dead letter."""

    fate: Fate
    raw: int
    replays: bool


class Receipts:
    """The receipts of one centre. Writing methods may be called from any thread; `fate` and `known` from one thread at a time each."""

    def __init__(self, path: Path) -> None:
        """Opens (makes) the file. Raises LogUnavailable where it cannot be written."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._guard = threading.Lock()
        try:
            self._db = _opened(path)
            self._db.executescript(_SCHEMA)
            self._reader, self._looker = _opened(path), _opened(path)
        except sqlite3.Error as error:
            raise self._said(error) from error

    def close(self) -> None:
        """Closes the file."""
        for db in (self._reader, self._looker, self._db):
            db.close()

    # asking: all raise LogUnavailable

    def fate(self, receipt_id: str) -> Fate | None:
        """What became of a receipt."""
        key = _key(receipt_id)
        asked = "SELECT source, outcome, at, report_id, case_id, revision, code FROM receipts WHERE receipt = ?"
        row = next(iter(self._rows(self._reader, asked, key)), None) if key else None
        return None if row is None else Fate(receipt_id, *row)

    def known(self, receipt_ids: Sequence[str]) -> set[str]:
        """Which of these there are."""
        wanted = {key: name for name in receipt_ids if (key := _key(name))}
        asked = f"SELECT receipt FROM receipts WHERE receipt IN ({','.join('?' * len(wanted))})"  # noqa: S608  question marks
        return {wanted[found] for (found,) in self._rows(self._looker, asked, *wanted)}

    def _rows(self, db: sqlite3.Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._said(error) from error

    def pending(self, folded: int) -> int:
        """Lines that have no outcome yet in raw frames behind `folded`."""
        with self._guard:
            return int(self._rows(self._db, "SELECT count(*) FROM receipts WHERE outcome = '' AND raw > ?", folded)[0][0])

    def followed(self, topic: str) -> int:
        """Offset of the last frame of a topic that is in here, -1 before the first."""
        with self._guard:
            rows = self._rows(self._db, "SELECT position FROM followed WHERE topic = ?", topic)
        return int(rows[0][0]) if rows else -1

    # noting

    def note(self, lines: Iterable[tuple[str, str, int]], followed: int) -> None:
        """Lines of `ucc.raw` (receipt, source, offset of the frame); `followed`: up to which offset all are in here, -1: as before.

        May be called twice for a line. Raises LogUnavailable.
        """
        rows = [(key, source, raw) for receipt, source, raw in lines if (key := _key(receipt))]
        self._write("INSERT OR IGNORE INTO receipts (receipt, source, raw) VALUES (?, ?, ?)", rows, RAW.name, followed)

    def end(self, lines: Iterable[Ended], followed: int) -> None:
        """Outcomes of lines, in their order. May be called twice. Raises LogUnavailable."""
        rows = [
            (key, fate.source, raw, fate.outcome, fate.at, fate.report_id, fate.case_id, fate.revision, fate.code, replays)
            for fate, raw, replays in lines
            if (key := _key(fate.receipt_id))
        ]
        self._write(_SET, rows, OUTCOMES.name, followed)

    def _write(self, sql: str, rows: Sequence[tuple[object, ...]], topic: str, followed: int) -> None:
        with self._guard:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany(sql, rows)
                if followed >= 0:
                    moved = "INSERT INTO followed VALUES (?, ?) ON CONFLICT DO UPDATE SET position = max(position, excluded.position)"
                    self._db.execute(moved, (topic, followed))
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise self._said(error) from error

    def _said(self, error: sqlite3.Error) -> LogUnavailable:
        return LogUnavailable(f"the receipts cannot be read or written now: {error}", where=str(self._path))


def ended(line: bytes, source: str) -> Ended | None:
    """A line of `ucc.outcomes` as an outcome; none where it tells of no receipt. `source`: of the frame. Of what is sealed, the outcome alone."""
    said = orjson.loads(line)
    receipt, outcome = said.get("receipt_id", ""), said["outcome"]
    if not receipt:
        return None
    source, raw, replays = said.get("source", source), said["raw_offset"], bool(said.get("replays"))
    if outcome == OutcomeKind.SEALED.value:
        return Ended(Fate(receipt, source, outcome), raw, replays)
    fate = Fate(receipt, source, outcome, said["at"], said.get("report_id", ""), said.get("case_id", ""), said.get("revision", 0), said.get("code", ""))
    return Ended(fate, raw, replays)


def _key(receipt_id: str) -> bytes:
    """The sixteen bytes of a receipt as it is written canonically; none for anything else."""
    try:
        key = UUID(receipt_id)
    except ValueError:
        return b""
    return key.bytes if str(key) == receipt_id else b""


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    path.chmod(0o600)
    for setting in _SETTINGS:
        db.execute(setting)
    return db
