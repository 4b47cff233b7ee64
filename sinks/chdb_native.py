"""ClickHouse's format Native, written anew for clients that read it as the revision of a protocol that they name.

chDB writes blocks as they stand in files. Over HTTP a client may name the revision that it speaks (`client_protocol_version`;
clickhouse-go does, and Grafana's data source with it); then each block begins with a few facts about itself, and each column says
whether it is encoded in a special way. To put these in, one has to know where each column ends, so this reads the lengths of
values, never the values.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from schemas.errors import Refused

CUSTOM_SERIALIZATION = 54_454
"""The first revision in which each column says whether it is encoded in a special way."""
_ABOUT = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""About a block: it is no overflow, and in no bucket."""
_WIDTHS = {
    **dict.fromkeys(("Int8", "UInt8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("Int16", "UInt16", "Enum16", "Date", "BFloat16"), 2),
    **dict.fromkeys(("Int32", "UInt32", "Float32", "Date32", "DateTime", "IPv4", "Time"), 4),
    **dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Time64"), 8),
    **dict.fromkeys(("Int128", "UInt128", "UUID", "IPv6"), 16),
    **dict.fromkeys(("Int256", "UInt256"), 32),
}
_OWN_KEYS = 1 << 9
_PART = re.compile(r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|[(),]|[^(),'`]+")


class _Type(NamedTuple):
    """A type and what it is made of: types, or the words of other arguments."""

    name: str
    arguments: tuple[str, ...]


def in_revision(data: bytes, revision: int) -> bytes:
    """The blocks of `data` as a client of `revision` reads them. Raises Refused for a column of a type that is not known here."""
    return b"".join(_blocks(data, revision))


def _blocks(data: bytes, revision: int) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        yield _ABOUT
        start = at
        columns, at = _number(data, at)
        rows, at = _number(data, at)
        for _ in range(columns):
            _, at = _text(data, at)
            name, at = _text(data, at)
            yield data[start:at]
            if revision >= CUSTOM_SERIALIZATION:
                yield b"\x00"
            start = at
            if rows:
                at = _after(data, _prefixed(data, at, name.decode()), rows, name.decode())
        yield data[start:at]


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of varying length and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  the highest bit says that more follows
            return value, at
        shift += 7


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _number(data, at)
    return data[at : at + length], at + length


def _prefixed(data: bytes, at: int, name: str) -> int:
    """Where the values of a column begin: dictionaries say first how they are written, also those deep within."""
    kind = _taken_apart(name)
    if kind.name == "LowCardinality":
        return at + 8
    if kind.name in ("Nullable", "Array", "Map", "Tuple", "Nested"):
        for argument in kind.arguments:
            at = _prefixed(data, at, _unnamed(argument))
    return at


def _after(data: bytes, at: int, rows: int, name: str) -> int:
    """Where a column of `rows` values of the type `name` ends that begins at `at`."""
    kind = _taken_apart(name)
    width = _width(kind)
    if width is not None:
        return at + rows * width
    follow = _FOLLOW.get(kind.name)
    if follow is None:
        raise Refused(f"a column of type {name} cannot be written for this client: turn it into a text, toString(…)", where="NOT_IMPLEMENTED")
    return follow(data, at, rows, kind)


def _width(kind: _Type) -> int | None:
    """Bytes of each value, where all have as many."""
    if kind.name == "Decimal":
        digits = int(kind.arguments[0])
        return next((width for most, width in ((9, 4), (18, 8), (38, 16)) if digits <= most), 32)
    if kind.name == "FixedString":
        return int(kind.arguments[0])
    return 8 if kind.name.startswith("Interval") else _WIDTHS.get(kind.name)


def _strings(data: bytes, at: int, rows: int, _kind: _Type) -> int:
    for _ in range(rows):
        length = data[at]
        if length < 0x80:  # noqa: PLR2004  short ones are nearly all
            at += 1 + length
        else:
            length, at = _number(data, at)
            at += length
    return at


def _nullable(data: bytes, at: int, rows: int, kind: _Type) -> int:
    return _after(data, at + rows, rows, kind.arguments[0])


def _array(data: bytes, at: int, rows: int, kind: _Type) -> int:
    (values,) = struct.unpack_from("<Q", data, at + 8 * (rows - 1))
    at += 8 * rows
    if not values:
        return at
    for argument in kind.arguments:
        at = _after(data, at, values, _unnamed(argument))
    return at


def _tuple(data: bytes, at: int, rows: int, kind: _Type) -> int:
    if not kind.arguments:
        return at + rows
    for argument in kind.arguments:
        at = _after(data, at, rows, _unnamed(argument))
    return at


def _dictionary(data: bytes, at: int, _rows: int, kind: _Type) -> int:
    """The different values, and for each row the number of its value."""
    flags, keys = struct.unpack_from("<QQ", data, at)
    if not flags & _OWN_KEYS:
        raise Refused("a dictionary that stands elsewhere cannot be written for this client", where="NOT_IMPLEMENTED")
    inner = _taken_apart(kind.arguments[0])
    at = _after(data, at + 16, keys, inner.arguments[0] if inner.name == "Nullable" else kind.arguments[0])
    (rows,) = struct.unpack_from("<Q", data, at)
    return at + 8 + int(rows) * (1 << int(flags & 0xFF))


def _aggregated(data: bytes, at: int, rows: int, kind: _Type) -> int:
    return _after(data, at, rows, kind.arguments[1])


_FOLLOW: dict[str, Callable[[bytes, int, int, _Type], int]] = {
    "String": _strings,
    "LowCardinality": _dictionary,
    "Nullable": _nullable,
    "Array": _array,
    "Nested": _array,
    "Map": _array,
    "Tuple": _tuple,
    "SimpleAggregateFunction": _aggregated,
}


def _taken_apart(name: str) -> _Type:
    """`Map(String, Array(UInt8))` → Map and its two arguments."""
    outer, bracket, inner = name.strip().partition("(")
    return _Type(outer, tuple(_arguments(inner[:-1])) if bracket else ())


def _arguments(inner: str) -> Iterator[str]:
    """What stands between commas that are in no brackets and no quotes."""
    depth, words = 0, ""
    for part in _PART.findall(inner):
        depth += (part == "(") - (part == ")")
        if part == "," and not depth:
            yield words.strip()
            words = ""
        else:
            words += part
    if words.strip():
        yield words.strip()


def _unnamed(argument: str) -> str:
    """The type of an element of a tuple, which may have a name before it."""
    named = re.match(r"(?:`(?:[^`\\]|\\.|``)*`|[A-Za-z_]\w*) +(?=[A-Z])", argument)
    return argument[named.end() :] if named else argument
