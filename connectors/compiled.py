"""A mapping made fit for one header: a function from the cells of a row to a report.

Built once a file, so that a row costs list look-ups, the readers of its few special cells, and one validation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from connectors.mapping import WORDS, ListRule, Mapping, NumberRule, OrderRule, TextRule, TimeRule, columns_of
from connectors.values import instant_reader, number, order_by_instant, order_by_number, shown, whole_number
from schemas.errors import InvalidField, UnreadableFile
from schemas.masking import masked
from schemas.report import Report
from schemas.vocabulary import Operation, Source

LIST_SEPARATOR = "\x1f"
"""Between the values of a list that came as one (JSON)."""
_FREE_TEXT = ("text", "address")
_NEVER_BLANK = ("source_id", "reported_at")
ToReport = Callable[[Sequence[str]], Report]
_Reader = Callable[[str], Any]


class _Special(NamedTuple):
    """One cell that needs reading, for one field."""

    field: str
    at: int
    column: str
    read: _Reader
    when_blank: Any


class Compiled(NamedTuple):
    """The function, and what a person should know about mapping and file."""

    to_report: ToReport
    said: list[str]


def compiled(mapping: Mapping, columns: Sequence[str], source: Source, *, now: datetime, where: str) -> Compiled:
    """Fits `mapping` to the columns of a file.

    The function takes as many cells as there are columns and raises InvalidField, `where` naming the column. `now` (UTC) bounds
    what can be believed of times. Raises UnreadableFile when columns that the mapping needs are not in the file.
    """
    said = _check_columns(mapping, columns, where)
    return Compiled(_Builder(mapping, columns, source, now).function(), said)


def _check_columns(mapping: Mapping, columns: Sequence[str], where: str) -> list[str]:
    wanted, present = mapping.columns(), set(columns)
    missing = [column for column, needed in wanted.items() if needed and column not in present]
    if missing:
        raise UnreadableFile(
            f"the mapping {mapping.name} needs the columns {', '.join(missing)}, which are not in the file. The file has: {', '.join(shown(c) for c in columns[:60]) or 'no columns'}",
            where=where,
        )
    twice = sorted({column for column in columns if column in wanted and columns.count(column) > 1})
    if twice:
        raise UnreadableFile(f"the header names {', '.join(twice)} more than once, and the mapping {mapping.name} reads them: which one is meant?", where=where)
    said = [f"column {column} of the mapping is not in the file" for column in wanted if column not in present]
    dropped = [column for column in dict.fromkeys(columns) if column and column not in wanted]
    if dropped:
        said.append(f"columns dropped, because the mapping does not name them: {', '.join(map(masked, dropped[:40]))}{' …' if len(dropped) > 40 else ''}")  # noqa: PLR2004  as many as a screen shows
    return said


class _Builder:
    """Sorts the rules by what they cost."""

    def __init__(self, mapping: Mapping, columns: Sequence[str], source: Source, now: datetime) -> None:
        self._mapping, self._now = mapping, now
        self._index = {column: n for n, column in enumerate(columns)}
        self._zone = ZoneInfo(mapping.time.zone)
        self._blank = frozenset(mapping.blank)
        self._constants: dict[str, Any] = {"source": source}
        self._texts: list[tuple[str, int]] = []
        self._special: list[_Special] = []
        self._joined: list[tuple[str, list[int], TextRule]] = []
        self._columns = {name: columns_of(rule) for name, rule in mapping.rules()}
        for name, rule in mapping.rules():
            self._add(name, rule)
        named = {special.field for special in self._special} | {name for name, *_ in self._joined} | set(self._constants)
        if "operation" not in named:
            self._constants["operation"] = Operation.SET
        self._never_blank = (*_NEVER_BLANK, "operation", *(name for name in ("order_key",) if name in named))
        self._extra = [(column, self._index[column]) for column in mapping.extra if column in self._index]

    def _add(self, name: str, rule: TextRule | TimeRule | NumberRule | ListRule) -> None:
        if isinstance(rule, TextRule) and rule.constant is not None:
            self._constants[name] = _word(name, rule.constant)
        elif isinstance(rule, TextRule) and rule.columns:
            self._joined.append((name, [self._index.get(column, -1) for column in rule.columns], rule))
        elif rule.column not in self._index:
            if isinstance(rule, TextRule) and rule.default is not None:
                self._constants[name] = _word(name, rule.default)
        elif name in _FREE_TEXT and isinstance(rule, TextRule) and not rule.values and rule.default is None:
            self._texts.append((name, self._index[rule.column]))
        else:
            when_blank = _word(name, rule.default) if isinstance(rule, TextRule) and rule.default is not None else None
            self._special.append(_Special(name, self._index[rule.column], rule.column, self._reader(name, rule), when_blank))

    def _reader(self, name: str, rule: TextRule | TimeRule | NumberRule | ListRule) -> _Reader:  # noqa: PLR0911  one line a kind of rule
        if isinstance(rule, OrderRule) and rule.kind == "integer":
            return order_by_number
        if isinstance(rule, OrderRule) and rule.kind == "text":
            return str
        if isinstance(rule, TimeRule):
            read = instant_reader(rule.formats, ZoneInfo(rule.zone) if rule.zone else self._zone, self._now)
            return order_by_instant(read) if isinstance(rule, OrderRule) else read
        if isinstance(rule, NumberRule):
            return whole_number if name == "persons" else number
        if isinstance(rule, ListRule):
            return lambda cell: tuple(part for piece in cell.split(LIST_SEPARATOR) for word in piece.split(rule.split) if (part := word.strip()))
        if rule.values or name in WORDS:
            return _translator(name, rule)
        if name == "source_id":
            return str
        return str if name in _FREE_TEXT else label

    def function(self) -> ToReport:  # noqa: C901  it holds the next
        """The function from cells to report."""
        validate: Callable[[dict[str, Any]], Report] = Report.__pydantic_validator__.validate_python
        constants, texts, special, joined, extra, blank = self._constants, self._texts, self._special, self._joined, self._extra, self._blank
        columns, needed, crs_wanted = self._columns, self._never_blank, self._mapping.fields.crs is not None

        def to_report(cells: Sequence[str]) -> Report:  # noqa: C901, PLR0912  flat on purpose: each line of each file passes here
            values = constants.copy()
            for name, index in texts:
                if (cell := cells[index].strip()) and cell not in blank:
                    values[name] = cell
            for name, index, column, read, when_blank in special:
                cell = cells[index].strip()
                if not cell or cell in blank:
                    if when_blank is not None:
                        values[name] = when_blank
                    continue
                try:
                    values[name] = read(cell)
                except ValueError as error:
                    raise InvalidField(f"{name}: {error}", where=column) from None
            for name, indices, rule in joined:
                if (text := _join(cells, indices, rule, blank)) is not None:
                    values[name] = text
            if extra:
                values["extra"] = {column: cell for column, index in extra if (cell := cells[index].strip()) and cell not in blank}
            for name in needed:
                if name not in values:
                    raise InvalidField(f"{name} is blank; every line needs it", where=", ".join(columns[name]))
            if crs_wanted and "crs" not in values and "lng" in values:
                raise InvalidField("crs is blank, and points are never guessed at", where=", ".join(columns["crs"]))
            try:
                return validate(values)
            except ValidationError as error:
                raise _invalid(error, columns) from None

        return to_report


def _join(cells: Sequence[str], indices: Sequence[int], rule: TextRule, blank: frozenset[str]) -> str | None:
    """The cells joined, blank ones in their place; none when all are blank."""
    parts = [label(cells[index].strip()) if index >= 0 else "" for index in indices]
    if blank:
        parts = ["" if part in blank else part for part in parts]
    if not any(parts):
        return rule.default
    text = rule.join.join(parts)
    return rule.values.get(text, rule.default if rule.default is not None else text) if rule.values else text


def label(cell: str) -> str:
    """A name or code as one line that can be printed: control characters, line breaks and the like within become one space."""
    if cell.isprintable() or not any(map(_unprintable, cell)):
        return cell
    return " ".join("".join(" " if _unprintable(c) else c for c in cell).split())


def _unprintable(character: str) -> bool:
    """As `schemas.fields.Token` has it."""
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def _word(name: str, text: str) -> Any:  # noqa: ANN401  a word of ours or a text, as the field has it
    return WORDS[name](text) if name in WORDS else text


def _translator(name: str, rule: TextRule) -> _Reader:
    """The source's word in ours; without a map our own words are taken."""
    known = {theirs: _word(name, ours) for theirs, ours in rule.values.items()} or {str(word): word for word in WORDS[name]}
    default = None if rule.default is None else _word(name, rule.default)

    def read(cell: str) -> Any:  # noqa: ANN401
        found = known.get(cell, default)
        if found is None:
            raise ValueError(f"{shown(cell)} is not allowed; allowed: {', '.join(known)}")
        return found

    return read


def _invalid(error: ValidationError, columns: Map[str, tuple[str, ...]]) -> InvalidField:
    """The first thing that a report's model did not take. Texts of people are not quoted."""
    problem = error.errors(include_url=False)[0]
    field = str(problem["loc"][0])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "string_pattern_mismatch":
        message = (
            "holds the character NUL, which no source may send"
            if field in (*_FREE_TEXT, "extra")
            else "holds a character that cannot be printed (control character, line break or the like)"
        )
    given = problem["input"]
    quoted = f"; got {shown(given)}" if isinstance(given, str) and field not in (*_FREE_TEXT, "extra") else ""
    column = str(problem["loc"][1]) if field == "extra" and len(problem["loc"]) > 1 else ", ".join(columns.get(field, ()))
    return InvalidField(f"{field}: {message}{quoted}", where=column)
