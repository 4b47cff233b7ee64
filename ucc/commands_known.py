"""The commands that a door knows, and their verdicts: looked up by command id, and waited for. Beside the log, and made of it, as receipts are (ADR 0015)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path

import orjson

from connectors.http.ports import Commanded
from schemas.errors import LogUnavailable
from schemas.topics import VERDICTS

_SCHEMA = """
CREATE TABLE IF NOT EXISTS commands (command_id TEXT PRIMARY KEY, actor TEXT NOT NULL, action TEXT NOT NULL, verdict BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS followed (topic TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
"""
_SETTINGS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL")  # what a power cut takes is read from the log again


class CommandsKnown:
    """The commands of one centre. Used by any thread."""

    def __init__(self, path: Path) -> None:
        """Opens (makes) the file. Raises LogUnavailable where it cannot be written."""
        self._path, self._guard = path, threading.Lock()
        self._waiting: dict[str, list[Future[bytes]]] = {}
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            path.chmod(0o600)
            for setting in _SETTINGS:
                self._db.execute(setting)
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise self._said(error) from error

    def close(self) -> None:
        """Closes the file."""
        with self._guard:
            self._db.close()

    def known(self, command_id: str) -> Commanded | None:
        """What is known of a command. Raises LogUnavailable."""
        with self._guard:
            return self._known(command_id)

    def followed(self) -> int:
        """Offset of the last frame of `ucc.verdicts` that is in here, -1 before the first. Raises LogUnavailable."""
        with self._guard:
            rows = self._rows("SELECT position FROM followed WHERE topic = ?", VERDICTS.name)
        return int(str(rows[0][0])) if rows else -1

    def verdict(self, command_id: str) -> Future[bytes]:
        """The line of its verdict, once there is one. Whoever waits no longer cancels it. Raises LogUnavailable."""
        done: Future[bytes] = Future()
        with self._guard:
            known = self._known(command_id)
            if known is not None and known.verdict:
                done.set_result(known.verdict)
                return done
            self._waiting.setdefault(command_id, []).append(done)
        done.add_done_callback(lambda _: self._forget(command_id, done))
        return done

    def note(self, commands: Iterable[Commanded]) -> None:
        """Commands that are durable and have no verdict yet. May be called twice for one, and for one that has a verdict. Raises LogUnavailable."""
        with self._guard:
            self._write("INSERT OR IGNORE INTO commands VALUES (?, ?, ?, ?)", commands)

    def answer(self, lines: Sequence[bytes], followed: int) -> None:
        """Lines of `ucc.verdicts`; `followed`: up to which offset all are in here. The first verdict of a command stays. Raises LogUnavailable."""
        found = [_answered(line) for line in lines]
        moved = "INSERT INTO followed VALUES (?, ?) ON CONFLICT DO UPDATE SET position = max(position, excluded.position)"
        with self._guard:
            self._write(
                "INSERT INTO commands VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET verdict = excluded.verdict WHERE verdict = x''",
                found,
                (moved, (VERDICTS.name, followed)),
            )
            waiting = [(done, one.verdict) for one in found for done in self._waiting.pop(one.command_id, ())]
        for done, line in waiting:
            if done.set_running_or_notify_cancel():
                done.set_result(line)

    def _forget(self, command_id: str, done: Future[bytes]) -> None:
        """One who waits no longer; `answer` has forgotten the others."""
        if done.cancelled():
            with self._guard:
                left = [one for one in self._waiting.pop(command_id, []) if one is not done]
                if left:
                    self._waiting[command_id] = left

    # with the guard held

    def _known(self, command_id: str) -> Commanded | None:
        rows = self._rows("SELECT command_id, actor, action, verdict FROM commands WHERE command_id = ?", command_id)
        return Commanded(*rows[0]) if rows else None

    def _rows(self, sql: str, *values: object) -> list[tuple[str, str, str, bytes]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._said(error) from error
        except UnicodeEncodeError:  # half a surrogate pair: nobody's id
            return []

    def _write(self, sql: str, rows: Iterable[Commanded], *also: tuple[str, tuple[object, ...]]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(sql, rows)
            for statement, values in also:
                self._db.execute(statement, values)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._said(error) from error

    def _said(self, error: sqlite3.Error) -> LogUnavailable:
        return LogUnavailable(f"the commands cannot be read or written now: {error}", where=str(self._path))


def commanded(line: bytes) -> Commanded | None:
    """A line of a raw frame of commands; none where it is no command."""
    try:
        command = orjson.loads(line)["command"]
        actor = command["actor"]
        return Commanded(str(command["command_id"]), f"{actor['role']}:{actor['name']}", str(command["action"]))
    except (ValueError, KeyError, TypeError):
        return None


def _answered(line: bytes) -> Commanded:
    said = orjson.loads(line)
    return Commanded(str(said["command_id"]), str(said.get("actor", "")), str(said["action"]), line)
