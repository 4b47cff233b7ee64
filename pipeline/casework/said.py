"""An event as the fold reads it: only what it needs, from the line that intake wrote.

Intake has validated the report and built the event; validating it again is work for nothing. A line that is not as intake
writes it raises, and becomes a dead letter.
"""

from __future__ import annotations

from datetime import datetime
from sys import intern
from typing import Any, NamedTuple

import orjson

from pipeline.casework.rows import Facts
from schemas.command import CommandEvent, PositionsEvent
from schemas.event import EVENT, DismissEvent, RefusedEvent, ReportEvent, RuleEvent, TickEvent
from schemas.vocabulary import Intent, Precision, Urgency

_ORIGIN, _LEADER = "event_src", "leader"
"""Where city management says where a task comes from, and its word for a leader's instruction."""
_RELATED = ("ZJJDBH", "parent_order_no")
"""Where 110 and the hotline name another report of theirs about the same."""
_A_REPORT = b'{"kind":"report"'
A_COMMAND = b'{"kind":"command"'


class Said(NamedTuple):
    """One line of a source, placed, classified and routed."""

    line: bytes
    at: datetime
    raw_line: int
    receipt_id: str
    digest: str
    source: str
    source_id: str
    withdraws: bool
    order_key: str
    reported_at: int
    """Seconds since 1970, UTC."""
    address_key: str
    facts: Facts
    routed: dict[str, Any] | None
    """Why the unit is what it is."""
    replays: str
    first_place: str
    against: tuple[str, ...] = ()
    """Units that are complained of."""
    restricted: bool = False
    """What it says is for who handles it alone (minors, domestic violence, suicide)."""
    instructed: bool = False
    """A leader has instructed it (领导批示)."""
    related: str = ""
    """Its source's id of another report that belongs to it: 主接警单, 关联工单."""

    def event(self) -> ReportEvent:
        """The whole event, for the few that need it."""
        return ReportEvent.model_validate_json(self.line)


class Fixes(NamedTuple):
    """Where responders were seen, as columns: responders, microseconds since 1970, WGS-84 degrees, metres."""

    at: datetime
    responders: list[str]
    seen_at: list[int]
    lng: list[float]
    lat: list[float]
    accuracy_m: list[float]


Heard = Said | RefusedEvent | RuleEvent | TickEvent | DismissEvent | CommandEvent


def fixes_of(line: bytes) -> Fixes:
    """Reads a line of positions; raises ValueError, KeyError or TypeError when it is none."""
    said = orjson.loads(line)
    at = datetime.fromisoformat(said["at"])
    now = int(at.timestamp() * 1_000_000)
    columns: list[list[Any]] = [said["responders"], [now - age * 1_000 for age in said["age_ms"]], said["lng"], said["lat"], said["accuracy_m"]]
    if len({len(column) for column in columns}) != 1:
        raise ValueError("the columns of the positions are not equally long")
    return Fixes(at, *columns)


def read(line: bytes) -> Heard:
    """Reads one line of events; raises ValueError, KeyError or TypeError when it is none."""
    if not line.startswith(_A_REPORT):
        event = EVENT.validate_json(line)
        if isinstance(event, PositionsEvent):
            raise ValueError("positions stand in frames of their own")
        if not isinstance(event, ReportEvent):
            return event
    return _said(line, orjson.loads(line))


def _said(line: bytes, event: dict[str, Any]) -> Said:
    report = event["report"]
    extra = report.get("extra") or {}
    get = event.get
    facts = Facts(
        intern(get("matter", "1999")),
        get("intent", Intent.OTHER.value),
        get("urgency", Urgency.U3.value),
        get("sealed", False),
        get("history", False),
        intern(get("unit", "")),
        tuple(get("co_units", ())),
        get("precision", Precision.NONE.value),
        get("lng"),
        get("lat"),
        intern(get("grid", "")),
        intern(get("community", "")),
        intern(get("community_name", "")),
        intern(get("street", "")),
        intern(get("street_name", "")),
        intern(get("district", "")),
        intern(event["pack"]),
    )
    return Said(
        line,
        datetime.fromisoformat(event["at"]),
        event["raw_line"],
        event["receipt_id"],
        event["digest"],
        report["source"],
        report["source_id"],
        report.get("operation") == "withdraw",
        report.get("order_key", ""),
        int(datetime.fromisoformat(report["reported_at"]).timestamp()),
        get("address_key", ""),
        facts,
        get("why", {}).get("unit"),
        get("replays", ""),
        get("first_place", ""),
        tuple(get("against", ())),
        "restricted" in get("why", {}),
        extra.get(_ORIGIN) == _LEADER,
        next((extra[key] for key in _RELATED if extra.get(key)), ""),
    )
