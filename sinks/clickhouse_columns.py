"""NDJSON lines as the columns of one table: what the native protocol takes.

The same lines as chDB's, with the same meaning: a field that a line leaves out is at the column's default, one that no column takes makes the
insert fail, and an object in a text column lands as its JSON (`docs/adr/0011-lines-as-native-columns.md`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from schemas.errors import Refused
from sinks.clickhouse_types import Kind, Values, columns_of, kind_of

Rows = list[dict[str, Any]]


class Column(NamedTuple):
    """A column as `DESCRIBE TABLE` tells it; `default` is the value of its DEFAULT, None where it has none."""

    name: str
    type: str
    default: Any = None


class Table:
    """The columns of one table that take values. Raises Broken for a type that this program does not write."""

    def __init__(self, name: str, columns: Sequence[Column]) -> None:
        self.name = name
        self._fields: Mapping[str, Kind] = {column.name: kind_of(column.type) for column in columns}
        self._defaults = {column.name: column.default for column in columns if column.default is not None}

    @property
    def statement(self) -> str:
        """The insert that the columns go with."""
        return f"INSERT INTO {self.name} ({', '.join(f'`{name}`' for name in self._fields)}) VALUES"

    def columns(self, rows: Rows) -> list[Values]:
        """The values of each column. Raises Refused for a field that no column takes, and for a value that does not fit."""
        return columns_of(rows, self._fields, defaults=self._defaults)


def rows_of(lines: bytes) -> Rows:
    """The objects that lines of NDJSON are. Raises Refused naming the line, from 1, that is none."""
    rows = [_row(number, line) for number, line in enumerate(lines.split(b"\n"), 1) if line and not line.isspace()]
    if not set(map(type, rows)) <= {dict}:
        raise Refused(f"line {1 + next(n for n, row in enumerate(rows) if type(row) is not dict)} is no JSON object")
    return rows


def _row(number: int, line: bytes) -> Any:  # noqa: ANN401  what a line says may be anything
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Refused(f"line {number} is no JSON: {error.msg}") from error
