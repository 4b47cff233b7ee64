"""Questions of analysts to chDB: each in a session of its own, which may read the views and nothing else (`chdb_roles`).

What is asked is first written anew by the engine's own parser, as one statement in its plain form; that form is looked at, and
that form is asked. So nothing hides in comments, quotes or encodings that the engine reads otherwise than we do.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from schemas.errors import Refused, without_words
from sinks.analysts_views import ANALYSTS
from sinks.asked import Answered, Asked, NotAnswered
from sinks.chdb_native import in_revision
from sinks.chdb_roles import ANALYST
from sinks.opening import Bounds
from sinks.sql import literal, may_stream, question

LONGEST_QUESTION = 1 << 20
_PIECE = 1 << 20
"""Bytes that are handed on at a time: others want to be answered in between."""
_PLAIN = "SELECT formatQuery({asked:String})"
_KNOWN = "SELECT timezone() AS zone, (SELECT groupArray(name) FROM system.formats WHERE is_output) AS formats"
_NUMBER = re.compile(r"Code: (\d+)\. DB::Exception")
_FREE = re.compile(
    r"output_format_[a-z0-9_]+|date_time_output_format|session_timezone|extremes|join_use_nulls|group_by_use_nulls|transform_null_in|union_default_mode"
    r"|prefer_column_name_to_alias|aggregate_functions_null_for_empty|cast_keep_nullable|format_csv_delimiter|result_overflow_mode|limit|offset"
)
"""Settings that change what an answer looks like, or says, and nothing else."""


class Known(NamedTuple):
    """What does not change while the engine runs."""

    time_zone: str
    formats: frozenset[str]


class Analysts:
    """Answers analysts. May be used by any thread."""

    def __init__(
        self,
        session: Callable[[], Any],
        failure: Callable[[Exception], tuple[str, str]],
        database: str,
        bounds: Bounds,
        *,
        after_large: Callable[[], None],
    ) -> None:
        """`session` opens a session of the engine; `failure` takes what the engine says apart into sentence and name."""
        self._session, self._failure, self._after_large = session, failure, after_large
        self._database = database
        self._ceilings: Mapping[str, float] = {
            "max_execution_time": bounds.question_seconds,
            "max_memory_usage": bounds.analyst_memory,
            "max_result_bytes": bounds.answer_bytes,
            "max_result_rows": math.inf,
            "max_rows_to_read": math.inf,
            "max_bytes_to_read": math.inf,
            "max_threads": bounds.threads,
            "max_block_size": 16_384,
        }
        self._whole = bounds.whole_answer_bytes
        self._most = bounds.answer_bytes
        self._guard = threading.Lock()
        self._known: Known | None = None

    def answer(self, asked: Asked, piece: Callable[[bytes], object]) -> Answered | NotAnswered:
        """Answers piece by piece. What was handed on before an answer broke off is worth nothing. Raises nothing."""
        session = self._session()
        try:
            return self._answer(session, asked, piece)
        except Refused as error:
            return NotAnswered(*_REFUSALS.get(error.where, (164, "READONLY")), error.detail)
        except Exception as error:  # noqa: BLE001  the engine's, and whatever else a question brings about: it costs this answer alone
            number = _NUMBER.search(str(error))
            if number is None:
                return NotAnswered(1002, "UNKNOWN_EXCEPTION", without_words(error))
            said, name = self._failure(error)
            return NotAnswered(int(number[1]), name, said.partition(": In scope SELECT formatQuery(")[0])
        finally:
            session.close()

    def _answer(self, session: Any, asked: Asked, piece: Callable[[bytes], object]) -> Answered:  # noqa: ANN401  the library is untyped
        known = self._what_is_known(session)
        session.query(f"SET max_query_size = {8 * LONGEST_QUESTION}, implicit_select = 0")
        plain, own_format = _taken_apart(session.query(_PLAIN, "TSVRaw", params={"asked": _escaped(asked.sql)}).bytes().decode())
        output_format = own_format or asked.output_format
        if output_format not in known.formats:
            raise Refused(f"Unknown format {output_format}", where="UNKNOWN_FORMAT")
        streams = may_stream(plain, output_format)
        self._prepare(session, asked, whole=not streams)
        taken, rows, read_rows, read_bytes, seconds = 0, 0, 0, 0, 0.0
        results = session.send_query(plain, output_format, params=dict(asked.parameters)) if streams else _single(session, plain, output_format, asked)
        try:
            for result in results:
                data = result.bytes()
                if output_format == "Native" and asked.native_revision:
                    data = in_revision(data, asked.native_revision)
                taken += len(data)
                if taken > self._most:
                    raise Refused(f"the answer is larger than {self._most} bytes: ask for less at a time", where="TOO_MANY_ROWS_OR_BYTES")
                for start in range(0, len(data), _PIECE):
                    piece(data[start : start + _PIECE])
                rows, seconds = rows + result.rows_read(), seconds + result.elapsed()
                read_rows, read_bytes = max(read_rows, result.storage_rows_read()), max(read_bytes, result.storage_bytes_read())
        finally:
            results.close()
            if taken > _PIECE:
                self._after_large()
        return Answered(output_format, known.time_zone, rows, read_rows, read_bytes, seconds)

    def _prepare(self, session: Any, asked: Asked, *, whole: bool) -> None:  # noqa: ANN401
        """Takes the rights of an analyst, and leaves none to take them back: nothing but one question is asked after this."""
        settings: dict[str, str] = {name: _number(most) for name, most in self._ceilings.items() if most < math.inf}
        for name, value in asked.settings.items():
            settings[name] = self._setting(name, value)
        if whole:
            settings["max_result_bytes"] = _number(min(self._whole, float(settings["max_result_bytes"])))
        session.query(f"USE {self._database_of(asked.database)}")
        session.query("SET " + ", ".join(f"{name} = {literal(value)}" for name, value in settings.items()))
        session.query("SET enable_http_compression = 1")  # clients ask whether answers may be compressed
        session.query(f"SET ROLE {ANALYST}")
        session.query("SET readonly = 1")

    def _database_of(self, name: str) -> str:
        if name.lower() in ("system", "information_schema"):
            return name.lower()
        if name in ("", "default", self._database, ANALYSTS):
            return ANALYSTS
        raise Refused(f"Database {name} does not exist; there is {ANALYSTS}", where="UNKNOWN_DATABASE")

    def _setting(self, name: str, value: str) -> str:
        most = self._ceilings.get(name)
        if most is not None:
            try:
                wanted = float(value)
            except ValueError as error:
                raise Refused(f"Cannot parse the value of the setting {name}: a number is wanted", where="CANNOT_PARSE_NUMBER") from error
            return _number(min(most, wanted if wanted > 0 else math.inf))
        if not _FREE.fullmatch(name):
            allowed = ", ".join(sorted(self._ceilings))
            raise Refused(f"Cannot modify {name!r} setting in readonly mode; here may be set: {allowed}, and how an answer looks (docs/analysts.md)")
        return value

    def _what_is_known(self, session: Any) -> Known:  # noqa: ANN401
        with self._guard:
            if self._known is None:
                answer = orjson.loads(session.query(_KNOWN, "JSONEachRow").bytes())
                self._known = Known(answer["zone"], frozenset(answer["formats"]))
            return self._known


_REFUSALS = {
    "UNKNOWN_FORMAT": (73, "UNKNOWN_FORMAT"),
    "UNKNOWN_DATABASE": (81, "UNKNOWN_DATABASE"),
    "CANNOT_PARSE_NUMBER": (72, "CANNOT_PARSE_NUMBER"),
    "TOO_MANY_ROWS_OR_BYTES": (396, "TOO_MANY_ROWS_OR_BYTES"),
    "NOT_IMPLEMENTED": (48, "NOT_IMPLEMENTED"),
}
"""What we refuse, as ClickHouse names it; everything else is `READONLY`."""


class _Single:
    """One result, to be gone through like several."""

    def __init__(self, result: Any) -> None:  # noqa: ANN401
        self._results = iter((result,))

    def __iter__(self) -> Any:  # noqa: ANN401
        return self._results

    def close(self) -> None:
        """Nothing is open."""


def _single(session: Any, plain: str, output_format: str, asked: Asked) -> _Single:  # noqa: ANN401
    return _Single(session.query(plain, output_format, params=dict(asked.parameters)))


def _taken_apart(plain: str) -> tuple[str, str]:
    """The question without its FORMAT, and that format. Raises Refused for what is no question.

    In the plain form each clause of the statement itself begins a line; texts and names have no line breaks.
    """
    lines = plain.rstrip("\n").split("\n")
    if "PARALLEL WITH" in lines:
        raise Refused("ask one question at a time")
    formats = [line.removeprefix("FORMAT ") for line in lines if line.startswith("FORMAT ")]
    return question("\n".join(line for line in lines if not line.startswith("FORMAT "))), formats[0].strip("`") if formats else ""


def _escaped(text: str) -> str:
    """A value as ClickHouse reads it in tab-separated text."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _number(value: float) -> str:
    return "0" if value == math.inf else f"{value:.15g}"
