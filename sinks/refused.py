"""Lines that the warehouse never takes: found by halving the batch, and kept as dead letters of the sink (`DESIGN.md` §3)."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.case import DeadLetter
from schemas.errors import Broken, Refused
from schemas.ids import derived_id
from schemas.ports import Warehouse
from schemas.topics import DEAD_LETTERS
from sinks.landing import TABLES

MOST = 100
"""Refused lines of one batch beyond which the fault is not the lines': the release and its tables do not fit together."""


class Refusals:
    """Takes the batches that the warehouse refused as a whole."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def insert(self, table: str, lines: bytes, token: str, centre: str) -> int:
        """Inserts the sound lines of a batch, and a dead letter for each of the others; returns how many these are.

        Raises Broken when there are more than `MOST`, WarehouseUnavailable as the warehouse does.
        """
        refused: list[DeadLetter] = []
        waiting = [lines.split(b"\n")]
        while waiting:
            part = waiting.pop()
            try:
                self._warehouse.insert(table, b"\n".join(part), rows=len(part), token=token)
            except Refused as error:
                if len(part) > 1:
                    waiting += [part[len(part) // 2 :], part[: len(part) // 2]]
                    continue
                refused.append(_letter(part[0], table, centre, error))
                if len(refused) > MOST:
                    raise Broken(f"the warehouse refuses these lines: {error.detail}", where=token) from error
        letters = b"\n".join(letter.to_json() for letter in refused)
        if refused:
            self._warehouse.insert(TABLES[DEAD_LETTERS.name], letters, rows=len(refused), token=f"{token} refused")
        return len(refused)


def _letter(line: bytes, table: str, centre: str, error: Refused) -> DeadLetter:
    """The dead letter of a line: the same line, the same letter."""
    try:
        said: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        said = {}
    try:
        original, encoding = line.decode(), "utf-8"
    except UnicodeDecodeError:
        original, encoding = b64encode(line).decode(), "base64"
    at = said.get("at") or said.get("changed_at")
    return DeadLetter(
        centre=centre,
        dead_letter_id=derived_id(centre, "sink", table, original),
        stage="sink",
        at=_instant(at),
        code="warehouse-refuses",
        detail=error.detail,
        raw_offset=_number(said.get("raw_offset")),
        raw_line=_number(said.get("raw_line")),
        receipt_id=str(said.get("receipt_id", "")),
        source=str(said.get("source", "")),
        source_id=str(said.get("source_id", "")),
        original=original,
        encoding=encoding,
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _instant(value: object) -> datetime:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
