"""Intake of a frame: accepted reports in, placed, classified and routed events out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from pipeline.intake.classify import Classifier
from pipeline.intake.place import Placer
from pipeline.intake.plain import address_key, plain
from pipeline.intake.route import Router
from schemas.digest import digest
from schemas.errors import InvalidField, Refused, UnreadableLine, without_words
from schemas.event import RefusedEvent, ReportEvent
from schemas.report import Accepted, Report
from schemas.vocabulary import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.pack import Reference

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""Time of a refusal before the first line that tells one: it moves no clock, which never goes back."""
PLAIN_LENGTH = 20_000
"""Characters of plain text that are kept, as many as a text as received may have: some signs are a whole sentence when made plain (ﷺ)."""
HISTORY_AFTER = timedelta(days=1)
"""A line that the source had passed on so long before it was accepted is history to a live centre."""


class Intake:
    """`intake(frame, reference) -> events`: no memory; the same frame gives the same events."""

    def __init__(self, reference: Reference, mode: Mode) -> None:
        self.reference = reference
        self._mode = mode
        self._zone = ZoneInfo(reference.time_zone)
        self._placer = Placer(reference)
        self._classifier = Classifier(reference)
        self._router = Router(reference)

    def frame(self, lines: Sequence[bytes]) -> list[ReportEvent | RefusedEvent]:
        """Events of a raw frame as it was kept. A line that is no accepted report becomes a refusal; as it tells no time, it has that of the line before."""
        read = [_read(line) for line in lines]
        made = iter(self.accepted([line for line in read if isinstance(line, Accepted)]))
        events: list[ReportEvent | RefusedEvent] = []
        at = BEFORE_ALL
        for number, line in enumerate(read):
            event = next(made) if isinstance(line, Accepted) else RefusedEvent(kind="refused", at=at, raw_line=number, code=line.code, detail=line.detail)
            at = event.at
            events.append(event if event.raw_line == number else event.model_copy(update={"raw_line": number}))
        return events

    def accepted(self, lines: Sequence[Accepted]) -> list[ReportEvent | RefusedEvent]:
        """Events of accepted reports, numbered in order. A line on which intake fails becomes a dead letter, and costs only itself."""
        try:
            return list(self.events(lines))
        except Exception:  # noqa: BLE001  whatever it was: it is met again below, on the line that it belongs to
            return [self._alone(line, number) for number, line in enumerate(lines)]

    def _alone(self, line: Accepted, number: int) -> ReportEvent | RefusedEvent:
        try:
            return self.events([line])[0].model_copy(update={"raw_line": number})
        except Exception as error:  # noqa: BLE001  a poisoned line must not stop the centre: it is kept with its reason
            return RefusedEvent(
                kind="refused",
                at=self._event_time(line),
                raw_line=number,
                receipt_id=line.receipt_id,
                code="poisoned-line",
                detail=without_words(error),
                original=line.to_json().decode(),
            )

    def events(self, accepted: Sequence[Accepted]) -> list[ReportEvent]:
        """Events of accepted reports, numbered in order."""
        reports = [a.report for a in accepted]
        plains = [(plain(r.text)[:PLAIN_LENGTH], plain(r.address)[:PLAIN_LENGTH]) for r in reports]
        placements = self._placer.place(reports, plains)
        events = []
        for number, (line, report, (text, address), placement) in enumerate(zip(accepted, reports, plains, placements, strict=True)):
            at = self._event_time(line)
            decided = self._classifier.classify(report, text)
            routing = self._router.route(decided.matter, placement, report.part_owner, at.astimezone(self._zone).date(), sealed=decided.sealed)
            events.append(
                ReportEvent(
                    kind="report",
                    at=at,
                    raw_line=number,
                    receipt_id=line.receipt_id,
                    accepted_at=line.accepted_at,
                    history=self._mode is Mode.LIVE and line.accepted_at - (report.arrived_at or line.accepted_at) > HISTORY_AFTER,
                    pack=self.reference.hash,
                    digest=digest(report),
                    report=report,
                    text_plain=text,
                    address_plain=address,
                    address_key=address_key(report.address)[:PLAIN_LENGTH],
                    lng=placement.lng,
                    lat=placement.lat,
                    precision=placement.precision,
                    grid=placement.grid,
                    community=placement.community,
                    community_name=placement.community_name,
                    street=placement.street,
                    street_name=placement.street_name,
                    district=placement.district,
                    matter=decided.matter,
                    intent=decided.intent,
                    urgency=decided.urgency,
                    sealed=decided.sealed,
                    unit=routing.unit,
                    co_units=routing.co_units,
                    why={**decided.why, "place": placement.why, "unit": routing.why},
                )
            )
        return events

    def _event_time(self, line: Accepted) -> datetime:
        """A live centre lives by acceptance, one that replays by the stream's own time (`DESIGN.md` §3, Time)."""
        return line.accepted_at if self._mode is Mode.LIVE else line.report.arrived_at or line.accepted_at


_FIELDS = {*Accepted.model_fields, *Report.model_fields}


def _read(line: bytes) -> Accepted | Refused:
    """A line of `ucc.raw`, or why it is none. The reason names our fields alone: what is in the line may be anything."""
    try:
        return Accepted.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            return UnreadableLine("the line is no JSON")
        field = ".".join(str(part) for part in first["loc"] if part in _FIELDS)
        return InvalidField(f"{field}: {first['msg']}" if field else first["msg"])
