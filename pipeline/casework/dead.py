"""Lines that cannot go on: why, and whose they are as far as they tell."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson


class Failure(NamedTuple):
    """Why a line could not go on, and at which stage."""

    code: str
    detail: str
    stage: str = "casework"


WAITS = Failure("waits", "an earlier line of the same report is a dead letter; replay that one first")
DISMISSED = "dismissed"
"""Code of a line that a person has decided not to try again; the sentence is the reason."""
OVER = ("replayed-before", "the dead letter that this line replays has been replayed before; nothing changes")


class Whose(NamedTuple):
    """What a line tells of itself: receipt, report, and whether it may be sealed; of a replay, what it replays and where it first stood."""

    receipt_id: str = ""
    source: str = ""
    source_id: str = ""
    hidden: bool = False
    replays: str = ""
    first_place: str = ""


def whose(line: bytes, *, is_raw: bool) -> Whose:
    """Whose a line is, by the names of its fields: it need not be as intake writes it.

    `is_raw`: a line of `ucc.raw`, which was not classified and so may be sealed; one of `ucc.events` is, unless it says that it is not.
    """
    try:
        said: Any = orjson.loads(line)
        report: Any = said["report"]
        found = Whose(
            receipt_id=said["receipt_id"],
            source=report["source"],
            source_id=report["source_id"],
            hidden=is_raw or said.get("sealed", False) is not False,
            replays=said.get("replays", ""),
            first_place=said.get("first_place", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Whose(hidden=is_raw)
    return found if all(isinstance(value, str | bool) for value in found) else Whose(hidden=is_raw)
