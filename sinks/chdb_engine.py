"""chDB inside the process that owns its folder: the `Warehouse` port, directly on the engine.

One process a folder, and never after a fork; `chdb_child` runs it in a spawned child. Each thread has a session of its own: a
shared one would take one question after the other.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import orjson
from chdb import ChdbError
from chdb.session import Session

from schemas.errors import Refused, UccError, WarehouseUnavailable
from schemas.topics import OUTCOMES
from sinks.analysts_views import views
from sinks.chdb_analysts import Analysts
from sinks.chdb_roles import READER, users
from sinks.landing import SEALS, TABLES, insert_statement
from sinks.migrate import migrate
from sinks.opening import Bounds
from sinks.sql import kept, may_stream, question

_SESSION: Any = Session
"""The library's sessions, which have no types."""
_CODE = re.compile(r"^(?:[A-Z][a-z ]+ failed: )?(?:Code: (\d+)\. DB::Exception: )+")
_VERSION = re.compile(r"(?: \(version [^)]*\))?\.? ?\(([A-Z_0-9]+)\)(?: \(version [^)]*\)\.?)?(?:\. \([A-Z_0-9]+\))*\.?\s*$")
_LARGE = 1_000_000
"""Bytes of an answer after which memory is given back."""
_AGAIN = frozenset(
    {
        "MEMORY_LIMIT_EXCEEDED",
        "CANNOT_ALLOCATE_MEMORY",
        "NOT_ENOUGH_SPACE",
        "TOO_MANY_PARTS",
        "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
        "CANNOT_SCHEDULE_TASK",
        "CANNOT_FSYNC",
        "ABORTED",
        "TIMEOUT_EXCEEDED",
        "QUERY_WAS_CANCELLED",
    }
)
"""Errors of the moment: the same insert may succeed later."""


class ChdbEngine:
    """The warehouse of a folder; implements `schemas.ports.Warehouse`. Closed by the end of the process."""

    def __init__(self, folder: Path, *, database: str = "ucc", bounds: Bounds | None = None) -> None:
        """Opens (or creates) the folder. Raises WarehouseUnavailable when the engine cannot, Refused for a name that is none."""
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,63}", database):
            raise Refused(f"{database!r} is no name of a database: lower-case letters, digits and _ only")
        self._bounds = bounds or Bounds()
        self._database = database
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config, roles = folder / "engine.xml", folder / "users.xml"
        roles.write_text(users(), encoding="utf-8")
        config.write_text(_config(self._bounds, roles), encoding="utf-8")
        self._url = f"{folder / 'store'}?config-file={quote(str(config))}&max_threads={self._bounds.threads}"
        self._sessions = threading.local()
        self.analysts = Analysts(lambda: _SESSION(self._url), sentence, database, self._bounds, after_large=self.give_back)
        try:
            session = _SESSION(self._url)
            session.query(f"CREATE DATABASE IF NOT EXISTS {database}")
        except (ChdbError, RuntimeError) as error:
            raise WarehouseUnavailable(sentence(error)[0], where=str(folder)) from error

    def migrate(self) -> list[str]:
        """Applies the missing migrations; see the port. Raises Broken for one that was changed."""
        applied = migrate(self._execute, self._pairs)
        made = list(views(self._database))
        if applied or self._count(kept("analysts_views")) < len(made) - 1:
            for statement in made:
                self._execute(statement)
        return applied

    def insert(self, table: str, lines: bytes, *, rows: int, token: str) -> None:
        """Inserts NDJSON lines; see the port. The token says where it was: rows replace themselves by key.

        The lines go in as a file in memory. The library's streaming insert is a fifth cheaper, but tells of success when the
        engine's memory did not suffice, and has then written nothing (measured with chDB 4.4; a test holds what we need).
        """
        with _in_memory(lines) as path:
            self._execute(insert_statement(table, path), f"{table} {token}, {rows} rows")
        if table == TABLES[OUTCOMES.name] and SEALS in lines and self._count(kept("to_erase")):
            self._execute(kept("erase_sealed"), "sealed reports")

    def query(self, sql: str, output_format: str) -> bytes:
        """Answers one question; see the port."""
        return b"".join(self.answer(sql, output_format))

    def answer(self, sql: str, output_format: str) -> Iterator[bytes]:
        """Answers one question, piece by piece where the format allows it. Raises Refused, WarehouseUnavailable."""
        asked = question(sql)
        if not re.fullmatch(r"[A-Za-z0-9]{1,64}", output_format):
            raise Refused(f"{output_format!r} is no output format of the warehouse's")
        session = self._asking()
        size = 0
        try:
            if may_stream(asked, output_format):
                for piece in session.send_query(asked, output_format):
                    data = piece.bytes()
                    size += len(data)
                    yield data
            else:
                data = session.query(asked, output_format).bytes()
                size = len(data)
                yield data
        except (ChdbError, RuntimeError) as error:
            said, name = sentence(error)
            raise Refused(said, where=name) from error
        finally:
            if size > _LARGE:
                self.give_back()

    # sessions

    def _session(self, kind: str, *settings: str) -> Any:  # noqa: ANN401  the library is untyped
        session = getattr(self._sessions, kind, None)
        if session is None:
            session = _SESSION(self._url)
            session.query(f"USE {self._database}")
            for setting in settings:
                session.query(f"SET {setting}")
            setattr(self._sessions, kind, session)
        return session

    def _writing(self) -> Any:  # noqa: ANN401
        return self._session("writing", f"max_memory_usage = {self._bounds.insert_memory}")

    def _asking(self) -> Any:  # noqa: ANN401
        bounds = self._bounds
        return self._session(
            "asking",
            f"max_memory_usage = {bounds.question_memory}",
            f"max_execution_time = {bounds.question_seconds}",
            "max_block_size = 16384",
            "date_time_output_format = 'iso'",
            "output_format_json_quote_64bit_integers = 0",
            f"ROLE {READER}",
            "readonly = 1",
        )

    def give_back(self) -> None:
        """Hands freed memory back to the system: the engine's allocator would keep some 150 MB of it."""
        self._execute("SYSTEM JEMALLOC PURGE")

    def _execute(self, statement: str, where: str = "") -> None:
        try:
            self._writing().query(statement)
        except (ChdbError, RuntimeError) as error:
            raise _of_insert(error, where or statement.split("\n", 1)[0][:80]) from error

    def _pairs(self, asked: str) -> Mapping[str, str]:
        data = self._writing().query(asked, "JSONCompactEachRow").bytes()
        return dict(orjson.loads(line) for line in data.splitlines())

    def _count(self, asked: str) -> int:
        return int(self._writing().query(asked, "TSV").bytes())


@contextmanager
def _in_memory(data: bytes) -> Iterator[str]:
    """A file that is in memory alone; gives its path."""
    handle = os.memfd_create("lines")
    try:
        with open(handle, "wb", closefd=False) as file:
            file.write(data)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


def sentence(error: Exception) -> tuple[str, str]:
    """What the engine says, without its codes and versions, and its name of the error (`UNKNOWN_IDENTIFIER`)."""
    said = str(error).strip()
    end = _VERSION.search(said)
    name = end.group(1) if end else ""
    while end:
        said = said[: end.start()].rstrip()
        end = _VERSION.search(said)
    said = _CODE.sub("", said)
    return said.removeprefix("default: ") or type(error).__name__, name


def _of_insert(error: Exception, where: str) -> UccError:
    said, name = sentence(error)
    return WarehouseUnavailable(said, where=where) if name in _AGAIN else Refused(said, where=where)


def _config(bounds: Bounds, roles: Path) -> str:
    """The engine's own settings: small pools and caches, for the warehouse of one installation on one machine."""
    settings: dict[str, int | Path] = {
        "users_config": roles,
        "max_server_memory_usage": bounds.memory,
        "mark_cache_size": 16_000_000,
        "primary_index_cache_size": 16_000_000,
        "mmap_cache_size": 100,
        "compiled_expression_cache_size": 8_000_000,
        "background_pool_size": 2,
        "background_schedule_pool_size": 2,
        "background_move_pool_size": 1,
        "background_fetches_pool_size": 1,
        "background_common_pool_size": 2,
        "max_thread_pool_size": 200,
    }
    return "<clickhouse>" + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in settings.items()) + "</clickhouse>\n"
