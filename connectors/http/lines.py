"""The lines of a body, each read as a report or refused with its reason. One bad line costs nothing but itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson
import structlog

from connectors.http.problem import ProblemError
from connectors.message import MessageReader
from schemas import metrics
from schemas.errors import Refused, UnreadableLine, without_words
from schemas.frame import MAX_LINE_BYTES
from schemas.report import Report

logger = structlog.get_logger()
MOST_LINES = 5_000
"""Of a request: ten frames, folded within a second or two."""
DEEPEST = 32
"""Objects and lists within each other; no source needs more than four."""
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


class Heard(NamedTuple):
    """What a line says; `number` is its place in the body, from 1."""

    number: int
    said: Report | Refused


def one(body: bytes) -> list[tuple[int, bytes]]:
    """A body that is one report, as one line: between its tokens JSON may have line breaks, within a text it may not. Raises ProblemError 400."""
    body = body.strip()
    if b"\n" in body or b"\r" in body:
        if not _is_json(body):
            raise ProblemError(400, "the body is no JSON value; several reports, one a line, are sent as application/x-ndjson")
        body = body.replace(b"\n", b" ").replace(b"\r", b" ")
    return [(1, body)] if body else []


def _is_json(body: bytes) -> bool:
    for codec in ("utf-8-sig", "gb18030"):
        try:
            orjson.loads(body.decode(codec))
        except ValueError:
            continue
        return True
    return False


def many(body: bytes) -> list[tuple[int, bytes]]:
    """The lines of a body that has one report a line, numbered; empty ones are none."""
    return [(number, line.replace(b"\r", b" ")) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]


def heard(reader: MessageReader, lines: Sequence[tuple[int, bytes]]) -> list[Heard]:
    """What lines say, in their order."""
    fit = [(number, line) for number, line in lines if _unfit(line) is None]
    found = {number: said for (number, _), said in zip(fit, _read(reader, [line for _, line in fit]), strict=True)}
    return [Heard(number, found[number] if number in found else _unfit(line) or _lost()) for number, line in lines]


def _read(reader: MessageReader, lines: list[bytes]) -> list[Report | Refused]:
    """All in one go; where that fails, one by one, so that it is known which."""
    try:
        found = [said for _, said in reader.read(b"\n".join(lines))]
    except Exception:  # noqa: BLE001  whatever it was: it is met again below, on the line that it belongs to
        found = []
    return found if len(found) == len(lines) else [_read_one(reader, line) for line in lines]


def _read_one(reader: MessageReader, line: bytes) -> Report | Refused:
    try:
        return next((said for _, said in reader.read(line)), UnreadableLine("the line is empty"))
    except Exception as error:  # noqa: BLE001  a line that the reader falls over costs only itself; what was wrong is counted
        logger.error("a reader fell over a line", why=without_words(error))  # noqa: TRY400  without its words
        metrics.INVARIANTS_BROKEN.labels("reader fell over a line").inc()
        return _lost()


def _lost() -> Refused:
    return UnreadableLine("the line could not be read, and it is our mistake: tell the operator when you sent it")


def _unfit(line: bytes) -> Refused | None:
    """Why a line is not even tried."""
    if len(line) > MAX_LINE_BYTES:
        return UnreadableLine(f"the line has more than {MAX_LINE_BYTES >> 20} MiB")
    if line.count(b"{") + line.count(b"[") > DEEPEST and _is_too_deep(line):
        return UnreadableLine(f"objects and lists are nested more than {DEEPEST} deep")
    return None


def _is_too_deep(line: bytes) -> bool:
    depth = 0
    for sign in _brackets(line):
        depth += 1 if sign in b"{[" else -1
        if depth > DEEPEST:
            return True
    return False


def _brackets(line: bytes) -> Iterator[bytes]:
    """Brackets that stand outside of texts."""
    return (found.group() for found in _STRING_OR_BRACKET.finditer(line) if found.group() in (b"{", b"}", b"[", b"]"))
