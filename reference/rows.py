"""Rows of a CSV table: read with their line numbers, laid over the base's, validated as a table, written out again."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from pydantic import TypeAdapter, ValidationError

from reference.problem import Problem
from reference.tables import SEPARATOR, M, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails


class Origin(NamedTuple):
    """Where a row stands: file as people know it (`pukou/units.csv`) and line."""

    file: str
    row: int


class RawRow(NamedTuple):
    """One row as written: its origin and its cells by column, without outer white space."""

    origin: Origin
    cells: dict[str, str]


@dataclass(slots=True)
class Rows(Generic[M]):
    """A table that was read. `items` are the rows that validate, `origins` where each of them stands.

    `known` holds the first key field of every row, those included that do not validate, so that one slip is not reported
    again by every row that refers to it. `intact` is False when a row is missing from `items`.
    """

    items: list[M] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    intact: bool = True

    def placed(self) -> Iterable[tuple[M, Origin]]:
        """Each row with where it stands."""
        return zip(self.items, self.origins, strict=True)


def read(path: Path, table: Table[Any], problems: list[Problem]) -> list[RawRow]:
    """The rows of a CSV file: UTF-8 (a byte order mark is tolerated), header of field names, empty lines skipped.

    What is wrong with the file's form goes to `problems`: encoding, header, number of cells.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        problems.append(Problem(name, 0, "", "", f"cannot be read: {error.strerror}", "a file that this account may read"))
        return []
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(Problem(name, line, "", "", f"is not UTF-8 (byte {error.start})", "CSV files in UTF-8, with or without byte order mark"))
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[RawRow] = []
    line = 1
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_fits(header, table, name, problems):
            return []
        line = reader.line_num + 1
        for cells in reader:
            origin = Origin(name, line)
            line = reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problems.append(Problem(*origin, "", "", f"has {len(cells)} cells", f"{len(header)} cells, as the header has"))
                continue
            rows.append(RawRow(origin, {column: cell.strip() for column, cell in zip(header, cells, strict=True)}))
    except csv.Error as error:
        problems.append(Problem(name, line, "", "", f"is not CSV that can be read: {error}", "cells with commas, quotes or line breaks in double quotes"))
    return rows


def _header_fits(header: Sequence[str], table: Table[Any], name: str, problems: list[Problem]) -> bool:
    columns = ", ".join(table.columns)
    wrong = [
        *((column, "is no column of this table", columns) for column in sorted(set(header) - set(table.columns))),
        *((column, "is a column that the header lacks", columns) for column in sorted(table.required_columns - set(header))),
        *((column, "stands twice in the header", "each column once") for column in sorted({column for column in header if header.count(column) > 1})),
    ]
    problems += [Problem(name, 1, column, "", what, allowed) for column, what, allowed in wrong]
    return not wrong


def overlay(base: Sequence[RawRow], own: Sequence[RawRow], table: Table[Any], problems: list[Problem]) -> list[RawRow]:
    """The base's rows, those with a key of the pack's replaced in their place, then the pack's other rows.

    A key that stands twice in one of the two goes to `problems`.
    """
    merged: dict[tuple[str, ...], RawRow] = {}
    for part in (base, own):
        seen: dict[tuple[str, ...], Origin] = {}
        for row in part:
            key = tuple(row.cells.get(column, "") for column in table.key)
            if key in seen:
                first = seen[key]
                wrong = f"stands already in line {first.row}"
                problems.append(Problem(*row.origin, "+".join(table.key), "/".join(key), wrong, "each key once in a file"))
                continue
            seen[key] = row.origin
            merged[key] = row
    return list(merged.values())


def validate(table: Table[M], raw: Sequence[RawRow], problems: list[Problem]) -> Rows[M]:
    """The rows of a table as its model; rows that do not validate go to `problems`, field by field."""
    rows: Rows[M] = Rows(known={row.cells.get(table.key[0], "") for row in raw})
    prepared = [_prepared(row.cells, table) for row in raw]
    adapter: TypeAdapter[list[M]] = TypeAdapter(list[table.model])  # type: ignore[name-defined] # a model known at run time
    try:
        rows.items = adapter.validate_python(prepared)
        rows.origins = [row.origin for row in raw]
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems += [as_problem(detail, raw[int(detail["loc"][0])].origin, detail["loc"][1:]) for detail in details]
        bad = {int(detail["loc"][0]) for detail in details}
        good = [index for index in range(len(raw)) if index not in bad]
        rows.items = adapter.validate_python([prepared[index] for index in good])
        rows.origins = [raw[index].origin for index in good]
        rows.intact = False
    return rows


def _prepared(cells: Mapping[str, str], table: Table[Any]) -> dict[str, Any]:
    """Cells as a model takes them: lists split, empty cells left to the default."""
    prepared: dict[str, Any] = {column: cell for column, cell in cells.items() if cell}
    for column in table.lists & prepared.keys():
        prepared[column] = [part.strip() for part in cells[column].split(SEPARATOR)]
    return prepared


def as_problem(detail: ErrorDetails, origin: Origin, loc: Sequence[int | str]) -> Problem:
    """An error of pydantic as a sentence about a row of a table."""
    names = [str(part) for part in loc if not isinstance(part, int) and "[" not in part and part != "literal['*']"]
    column = names[0] if names else ""
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "missing":
        return Problem(*origin, column, "", "is empty or missing", "a value: this field has no default")
    value = str(detail["input"])
    if kind == "extra_forbidden":
        return Problem(*origin, column, value, "stands in a field that this table does not have")
    if "expected" in context:
        return Problem(*origin, column, value, "is not one of the words known here", str(context["expected"]).replace(" or ", ", "))
    if "pattern" in context:
        return Problem(*origin, column, value, "does not have the form of this field", f"what matches {context['pattern']}")
    message = detail["msg"].removeprefix("Value error, ")
    return Problem(*origin, column, value, f"is not valid: {message[:1].lower()}{message[1:]}")


def write(table: Table[Any], rows: Iterable[Mapping[str, str]]) -> bytes:
    """A table as a CSV file with all columns, in the order of `rows`: the same rows always give the same bytes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([cells.get(column, "") for column in table.columns] for cells in rows)
    return out.getvalue().encode()


def as_cells(item: M) -> dict[str, str]:
    """A row as the cells that `write` takes; what is at its default stays empty."""
    values = item.model_dump(mode="json", exclude_defaults=True)
    return {column: SEPARATOR.join(value) if isinstance(value, list) else _cell(value) for column, value in values.items()}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
