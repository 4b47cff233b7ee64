"""Bad payloads made from good ones by chance, from a seed: what a source's reader has to survive. All of it is synthetic."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

VALUES: Sequence[Any] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 10**18, 10**40, -(10**40), "", " ", "\u3000", "无", "null", "NaN", "Infinity", "-", "0", "１２３"),
    *([], {}, [None], [[]], ["a", "b"], {"a": 1}, [{"url": "x"}], [{"id": {}}], {"a": {"b": [1, {"c": None}]}}, [1, 2], ["x" * 600]),
    *(
        "x" * 201,
        "字" * 2_001,
        "x" * 30_000,
        "\x00",
        "a\x00b",
        "\x1f",
        "a\nb",
        "\u202e",
        "\ufeff",
        "\U0001f600",
        "\ue000",
        "\uffff",
        "a\u0301",
        "'; DROP TABLE reports; --",
    ),
    *(
        "1970-01-01 00:00:00",
        "9999-12-31T23:59:59+08:00",
        "0001-01-01",
        "2026-02-30 25:61:61",
        "20260302",
        "２０２６年３月２日",
        "1e5",
        "1772410500000",
        1772410500000,
        45000.5,
    ),
    *(
        "118.6253",
        118.6253,
        "118,6253",
        "118°37'31\"",
        "999",
        "1e400",
        "data:image/png;base64,AAAA",
        "https://files.example/1.jpg",
        "测试甲 19990000001",
        "撤销",
        "特急",
    ),
)


def bad_lines(payloads: Sequence[Mapping[str, Any]], count: int, dice: Random) -> Iterator[bytes]:
    """So many lines, each a payload that something happened to; now and then one is still good."""
    for number in range(count):
        fields = dict(payloads[number % len(payloads)])
        for _ in range(1 + int(dice.random() ** 3 * 4)):
            dice.choice(FIELDS)(fields, dice)
        line = json.dumps(fields, ensure_ascii=dice.random() < 0.3).encode("utf-8", "surrogatepass")
        yield dice.choice(LINES)(line, dice) if dice.random() < 0.35 else line


# --- what happens to fields


def _swapped(fields: dict[str, Any], dice: Random) -> None:
    fields[_key(fields, dice)] = dice.choice(VALUES)


def _lost(fields: dict[str, Any], dice: Random) -> None:
    fields.pop(_key(fields, dice))


def _moved(fields: dict[str, Any], dice: Random) -> None:
    one, other = _key(fields, dice), _key(fields, dice)
    fields[one], fields[other] = fields[other], fields[one]


def _renamed(fields: dict[str, Any], dice: Random) -> None:
    key = _key(fields, dice)
    fields[dice.choice((key.lower(), key + " ", "", "source", "extra", "\x00", key * 50))] = fields.pop(key)


def _garbled(fields: dict[str, Any], dice: Random) -> None:
    key = _key(fields, dice)
    text = str(fields[key])
    at = int(dice.random() * (len(text) + 1))
    fields[key] = text[:at] + chr(int(dice.random() * 0x11000)) + text[at + 1 :]


FIELDS: Sequence[Callable[[dict[str, Any], Random], None]] = (_swapped, _swapped, _swapped, _swapped, _lost, _moved, _renamed, _garbled, _garbled)


def _key(fields: Mapping[str, Any], dice: Random) -> str:
    if not fields:
        return "x"
    return dice.choice(list(fields))


# --- what happens to lines


def _cut(line: bytes, dice: Random) -> bytes:
    return line[: int(dice.random() * len(line))]


def _struck(line: bytes, dice: Random) -> bytes:
    struck = bytearray(line)
    for _ in range(1 + int(dice.random() * 3)):
        struck[int(dice.random() * len(struck))] = int(dice.random() * 256)
    return bytes(struck)


def _again(line: bytes, _: Random) -> bytes:
    return line[:-1] + b"," + line[1:]


def _otherwise(line: bytes, dice: Random) -> bytes:
    return line.decode("utf-8", "replace").encode(dice.choice(("gb18030", "utf-16", "utf-16-le", "big5", "utf-7", "utf-8-sig")), "replace")


def _deep(line: bytes, dice: Random) -> bytes:
    levels = dice.choice((5, 40, 2_000))
    return line[:-1] + b',"deep":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


def _wrapped(line: bytes, dice: Random) -> bytes:
    return dice.choice((b"[%s]", b"%s%s"[:2] + b" x", b'"%s"', b'{"data":%s}')) % line


def _put_in(line: bytes, dice: Random) -> bytes:
    return line[:-1] + dice.choice((b',"n":NaN}', b',"n":1e400}', b',"s":"\\ud800"}', b',"s":"\xff"}', b',"":1}', b",}"))


def _else(_: bytes, dice: Random) -> bytes:
    return dice.choice((b"", b"null", b"42", b"[]", b"{}", b'""', b"<a>1</a>", b"\x1f\x8b\x08", b"\xef\xbb\xbf", b"id,name\n1,2", b"\x00" * 100))


LINES: Sequence[Callable[[bytes, Random], bytes]] = (_cut, _struck, _again, _otherwise, _deep, _wrapped, _put_in, _else)
