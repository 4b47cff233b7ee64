"""Opening a reporter's personal fields: for a purpose, and noted in the audit log before anything is read (`DESIGN.md` §4, promise 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from schemas.errors import BrokenSetting, NotFound, Refused
from schemas.personal import Personal, Reporter
from schemas.ports import Questions
from schemas.vocabulary import Source
from sinks.sql import kept
from ucc.audit import trace
from ucc.home import Home
from ucc.reading import key_ring

FIELDS = tuple(Personal.model_fields)
"""What may be opened: name, phone, id_number, home."""


def opened(home: Home, warehouse: Questions, report_id: str, purpose: str, fields: Sequence[str] = FIELDS) -> dict[str, str]:
    """The fields of who sent a report, those that are known.

    Raises BrokenSetting without a purpose, for a field that there is not, and where it cannot be noted; NotFound where there is no such report, nobody is
    known of it, or its key is not in the ring; Refused for a sealed report; Broken where the box is not this report's; WarehouseUnavailable.
    """
    if not purpose.strip():
        raise BrokenSetting("say what it is opened for: it is noted in the audit log", where="--purpose")
    if unknown := [field for field in fields if field not in FIELDS]:
        raise BrokenSetting(f"there is no such field; there are {', '.join(FIELDS)}", where=unknown[0])
    found = [orjson.loads(line) for line in warehouse.query(kept("reporter_of", report_id=report_id), "JSONEachRow").splitlines()]
    if not found:
        raise NotFound("there is no report with this id in the warehouse", where=report_id)
    return _fields(home, found[0], purpose.strip(), fields)


def _fields(home: Home, row: dict[str, Any], purpose: str, fields: Sequence[str]) -> dict[str, str]:
    report_id = row["report_id"]
    if row["sealed"]:
        raise Refused("this report is sealed: who sent it is not opened here", where=report_id)
    if not row["reporter_box"]:
        raise NotFound("this report tells nothing of who sent it", where=report_id)
    trace(home.path, "reporter", purpose, centre=row["centre"], source=row["source"], source_id=row["source_id"], report=report_id, fields=",".join(fields))
    reporter = Reporter(key=row["reporter_key"], box=row["reporter_box"])
    personal = key_ring(home).open(reporter, row["centre"], Source(row["source"]), row["source_id"])
    return {field: value for field in fields if (value := getattr(personal, field))}
