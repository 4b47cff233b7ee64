"""Records of JSON lines: one object a line, its keys the columns. A key within an object within is written with dots."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import orjson

from connectors.compiled import LIST_SEPARATOR
from connectors.encoding import read_as
from connectors.opening import Opened
from connectors.records import MAX_RECORD_BYTES, Lines, LongLine, Position, Raw, fingerprint
from connectors.values import shown
from schemas.errors import Refused, UnreadableFile, UnreadableLine

_KEY = re.compile(rb'"\s*:')
_MARK = "\ufeff"
MOST_DEEP = 32
"""Levels of objects and lists; no source has a tenth of it."""


class JsonlRecords:
    """The records of one file of JSON lines; implements the port `Records`. `columns` are those that were asked for."""

    def __init__(self, opened: Opened, encoding: str, *, columns: Sequence[str]) -> None:
        self.encoding, self.columns = encoding, list(columns)
        self.said: list[str] = []
        self._opened, self._lines, self._cells = opened, Lines(iter(opened)), JsonCells(columns, read_as(encoding))
        self._fingerprint = fingerprint(())

    def resume(self, start: Position, opened: Opened) -> None:
        """Goes on at `start` in the same file, which was `opened` there anew."""
        self._opened.close()
        self._opened = opened
        if start.header != self._fingerprint:
            raise UnreadableFile("the position is of a file with columns, not of JSON lines: start the import anew", where=opened.where)
        self._lines = Lines(iter(opened), offset=start.offset, number=start.number)

    @property
    def position(self) -> Position:
        """After the last record that was taken."""
        return Position(self._lines.offset, self._lines.number, self.encoding, self._fingerprint)

    @property
    def done(self) -> float:
        """Share of the file read so far."""
        return self._opened.done

    def close(self) -> None:
        """Lets the file go."""
        self._opened.close()

    def take(self, most: int) -> list[Raw]:
        """The next records; see the port. Empty lines are none."""
        records: list[Raw] = []
        while len(records) < most and (block := self._lines.ahead(most - len(records))):
            records += [(number, self._cells(line), line) for number, line in enumerate(block, self._lines.number) if line.strip()]
            self._lines.pass_over(len(block))
        if not records and self._lines.broken:
            raise self._lines.broken
        return records


class JsonCells:
    """Reads the columns that are asked for out of a line of JSON."""

    def __init__(self, columns: Sequence[str], codec: str) -> None:
        self._codec = codec
        self._paths = [(column, column.split(".") if "." in column else None) for column in columns]

    def __call__(self, line: bytes) -> list[str] | Refused:
        """The cells of a line, or why there are none."""
        if isinstance(line, LongLine):
            return UnreadableLine(f"the line has {line.length:,} bytes; the most is {MAX_RECORD_BYTES:,}")
        found = object_in(line, self._codec)
        if isinstance(found, Refused):
            return found
        try:
            return [_cell(found, column, path) for column, path in self._paths]
        except _NotOneValueError as error:
            return UnreadableLine(str(error))


def object_in(line: bytes, codec: str) -> dict[str, object] | Refused:
    """The JSON object that a line is, or why it is none: no such encoding, no JSON (cut off, NaN, half a surrogate pair), nested too deeply, a key twice."""
    try:
        text = line.decode(codec).removeprefix(_MARK)
        found = orjson.loads(text)
    except UnicodeDecodeError as error:
        return UnreadableLine(f"the line is no {codec} at its byte {error.start}")
    except orjson.JSONDecodeError as error:
        return UnreadableLine(f"the line is no JSON object: {error}")
    if not isinstance(found, dict):
        return UnreadableLine(f"the line is {kind_of(found)} where an object is wanted")
    if line.count(b"{") + line.count(b"[") > MOST_DEEP and _deeper(found, MOST_DEEP):
        return UnreadableLine(f"the line is nested too deeply: {MOST_DEEP} levels are the most")
    if len(_KEY.findall(line)) != len(found) and (twice := _repeated_key(text)) is not None:
        return UnreadableLine(twice)
    return found


def _deeper(value: object, levels: int) -> bool:
    """Whether objects and lists stand in each other deeper than so many levels."""
    if not isinstance(value, dict | list):
        return False
    return levels == 0 or any(_deeper(part, levels - 1) for part in (value.values() if isinstance(value, dict) else value))


class _NotOneValueError(ValueError):
    """Where one value is wanted there is an object, or a list of them."""


def _cell(found: dict[str, object], column: str, path: list[str] | None) -> str:
    value = found.get(column)
    if value is None and path is not None:
        value = found
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else spelled(value, column)


def spelled(value: object, column: str) -> str:
    """A value of JSON as a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1 << 53 else repr(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return LIST_SEPARATOR.join(value)
    if isinstance(value, dict | list):
        raise _NotOneValueError(f"{column} is {kind_of(value)} where one value is wanted")
    return str(value)


def kind_of(value: object) -> str:
    """What a value of JSON is, in a sentence."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _repeated_key(text: str) -> str | None:
    """The sentence about a key that an object holds twice; none where there is no such key."""

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        made: dict[str, object] = {}
        for key, value in found:
            if key in made:
                raise _NotOneValueError(f"the key {shown(key[:60])} is there twice; which value is meant?")
            made[key] = value
        return made

    try:
        json.loads(text, object_pairs_hook=pairs)
    except _NotOneValueError as error:
        return str(error)
    except RecursionError:
        return "the line is nested too deeply"
    return None
