"""ClickHouse's column types, as far as our tables use them: what a JSON value becomes on its way into a native column.

Values are taken a column at a time. A field that a line leaves out, or null, becomes the column's default; what does not fit its type is
refused with a sentence that names the field and never its value, because that is what somebody wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, Protocol

import orjson

from schemas.errors import Broken, Refused
from sinks.sql import Token, tokens

Values = list[Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WHOLE = {f"{sign}Int{bits}": (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for sign in ("", "U") for bits in (8, 16, 32, 64)}
_A_SECOND = 1_000_000
"""Microseconds."""


class Kind(Protocol):
    """What values of one type become."""

    @property
    def nothing(self) -> Any:  # noqa: ANN401  a value of any type
        """The type's own default."""
        ...

    def taken(self, values: Values, field: str) -> Values:
        """The values as the driver writes them; None: left out, or null. Raises Refused naming the field."""
        ...


def _or(values: Values, instead: Any) -> Values:  # noqa: ANN401  a value of any type
    return [instead if value is None else value for value in values] if None in values else values


@dataclass(frozen=True, slots=True)
class Text:
    """String. An object or a list lands as its JSON, as `why` and `extra` do."""

    nothing: str = ""

    def taken(self, values: Values, field: str) -> Values:
        """Texts."""
        kinds = set(map(type, values))
        if kinds <= {str}:
            return values
        if not kinds <= {str, type(None), dict, list}:
            raise Refused(f"{field}: a text is wanted, or an object")
        return [value if type(value) is str else "" if value is None else orjson.dumps(value).decode() for value in values]


@dataclass(frozen=True, slots=True)
class Whole:
    """UInt8 … Int64."""

    least: int
    most: int
    nothing: int = 0

    def taken(self, values: Values, field: str) -> Values:
        """Whole numbers; true is 1."""
        found = _or(values, 0)
        if not set(map(type, found)) <= {int, bool}:
            raise Refused(f"{field}: a whole number is wanted")
        if min(found) < self.least or max(found) > self.most:
            raise Refused(f"{field}: a number lies outside {self.least} to {self.most}")
        return found


@dataclass(frozen=True, slots=True)
class Truth:
    """Bool."""

    nothing: bool = False

    def taken(self, values: Values, field: str) -> Values:
        """True or false; 1 is true."""
        found = _or(values, False)
        if not set(map(type, found)) <= {int, bool} or not set(found) <= {0, 1}:
            raise Refused(f"{field}: true or false is wanted")
        return found


@dataclass(frozen=True, slots=True)
class Number:
    """Float64, Float32."""

    nothing: float = 0.0

    def taken(self, values: Values, field: str) -> Values:
        """Numbers."""
        found = _or(values, 0.0)
        if not set(map(type, found)) <= {int, float}:
            raise Refused(f"{field}: a number is wanted")
        return found


@dataclass(frozen=True, slots=True)
class Instant:
    """DateTime64 and DateTime. A text with its time zone, and never a number: epoch milliseconds would become the year 2299."""

    ticks: int
    """Of a second."""
    first: datetime
    after_last: datetime
    nothing: int = 0

    def taken(self, values: Values, field: str) -> Values:
        """Ticks since 1970, as the column counts them."""
        if not set(map(type, values)) <= {str, type(None)}:
            raise Refused(f"{field}: an instant is wanted, as a text with its time zone")
        known = {text: 0 if text is None else self._ticks(text, field) for text in set(values)}
        return [known[text] for text in values]

    def _ticks(self, text: str, field: str) -> int:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise Refused(f"{field}: this is no instant") from error
        if at.tzinfo is None:
            raise Refused(f"{field}: an instant is wanted with its time zone")
        if not self.first <= at < self.after_last:
            raise Refused(f"{field}: an instant lies outside {self.first.year} to {self.after_last.year}")
        since: int = (at - _EPOCH) // _MICROSECOND
        return since * self.ticks // _A_SECOND


@dataclass(frozen=True, slots=True)
class Perhaps:
    """Nullable: None stays."""

    inner: Kind
    nothing: None = None

    def taken(self, values: Values, field: str) -> Values:
        """Values of the inner type, or None."""
        there = [value for value in values if value is not None]
        if not there:
            return values
        found = iter(self.inner.taken(there, field))
        return [None if value is None else next(found) for value in values]


@dataclass(frozen=True, slots=True)
class Many:
    """Array."""

    inner: Kind

    @property
    def nothing(self) -> Values:
        """None of them."""
        return []

    def taken(self, values: Values, field: str) -> Values:
        """Lists of values of the inner type."""
        found = _or(values, [])
        if not set(map(type, found)) <= {list}:
            raise Refused(f"{field}: a list is wanted")
        flat = list(chain.from_iterable(found))
        if not flat:
            return found
        inner = iter(self.inner.taken(flat, field))
        return [list(islice(inner, len(value))) for value in found]


@dataclass(frozen=True, slots=True)
class Parts:
    """Tuple with names."""

    fields: Mapping[str, Kind]

    @property
    def nothing(self) -> tuple[Any, ...]:
        """Each part at its default."""
        return tuple(kind.nothing for kind in self.fields.values())

    def taken(self, values: Values, field: str) -> Values:
        """Tuples in the order of the parts."""
        rows = _or(values, {})
        if not set(map(type, rows)) <= {dict}:
            raise Refused(f"{field}: an object is wanted")
        return list(zip(*columns_of(rows, self.fields, f"{field}."), strict=True))


def columns_of(rows: Sequence[Mapping[str, Any]], fields: Mapping[str, Kind], path: str = "", defaults: Mapping[str, Any] | None = None) -> list[Values]:
    """The fields of rows, column by column. Raises Refused for a field that no column takes, and for a value that does not fit."""
    there: set[str] = set().union(*rows)
    unknown = sorted(there - fields.keys())
    if unknown:
        raise Refused(f"no column takes the field {path}{unknown[0]}", where=UNKNOWN_FIELD)
    found: list[Values] = []
    for name, kind in fields.items():
        default = (defaults or {}).get(name, kind.nothing)
        values: Values = [row.get(name) for row in rows] if name in there else []
        said = [value for value in values if value is not None]
        taken = kind.taken(said, f"{path}{name}") if said else []
        if len(said) < len(rows):
            rest = iter(taken)
            taken = [default if value is None else next(rest) for value in values] if said else [default] * len(rows)
        found.append(taken)
    return found


UNKNOWN_FIELD = "unknown field"
"""Where a refusal says that a field was not known: the table may have got a column since it was described."""


# types as texts


def kind_of(text: str) -> Kind:
    """What values of a type become, by its name as the server writes it. Raises Broken for one that this program does not write."""
    said = _Said(text)
    kind = _kind(said)
    if said.left:
        raise Broken(f"the type {text!r} cannot be read")
    return kind


class _Said:
    """A type as words, one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens: list[Token] = list(tokens(text))

    @property
    def left(self) -> int:
        return len(self._tokens)

    def next(self, wanted: str = "") -> str:
        found = self._tokens.pop(0).text if self._tokens else ""
        if not found or (wanted and found != wanted):
            raise Broken(f"the type {self.text!r} cannot be read")
        return found

    def at(self, sign: str) -> bool:
        return bool(self._tokens) and self._tokens[0].text == sign

    def arguments(self) -> Iterator[None]:
        """Goes once through for each argument; whoever asks takes it."""
        self.next("(")
        while True:
            yield
            if not self.at(","):
                break
            self.next(",")
        self.next(")")


def _kind(said: _Said) -> Kind:
    name = said.next()
    if name in _WHOLE:
        return Whole(*_WHOLE[name])
    if name not in _MADE:
        raise Broken(f"this program does not write columns of the type {name}, in {said.text!r}")
    return _MADE[name](said)


def _inner(said: _Said) -> Kind:
    said.next("(")
    kind = _kind(said)
    said.next(")")
    return kind


def _datetime64(said: _Said) -> Kind:
    words = [said.next() for _ in said.arguments()]
    return Instant(10 ** int(words[0]), datetime(1900, 1, 1, tzinfo=UTC), datetime(2299, 12, 31, tzinfo=UTC))


def _datetime(said: _Said) -> Kind:
    if said.at("("):
        for _ in said.arguments():
            said.next()
    return Instant(1, _EPOCH, datetime(2106, 2, 7, tzinfo=UTC))


def _tuple(said: _Said) -> Kind:
    fields: dict[str, Kind] = {}
    for _ in said.arguments():
        name = said.next().strip("`")
        fields[name] = _kind(said)
    return Parts(fields)


_MADE: Mapping[str, Callable[[_Said], Kind]] = {
    "String": lambda _: Text(),
    "Bool": lambda _: Truth(),
    "Float32": lambda _: Number(),
    "Float64": lambda _: Number(),
    "DateTime": _datetime,
    "DateTime64": _datetime64,
    "LowCardinality": _inner,
    "Nullable": lambda said: Perhaps(_inner(said)),
    "Array": lambda said: Many(_inner(said)),
    "Tuple": _tuple,
}
