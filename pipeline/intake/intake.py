"""Intake of a frame: accepted reports in, placed, classified and routed events out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError

from pipeline.intake.against import NOBODY, Accusations
from pipeline.intake.classify import Classifier
from pipeline.intake.place import Placer
from pipeline.intake.plain import address_key, plain
from pipeline.intake.route import Router
from pipeline.intake.shown import HIDDEN, shown
from reference.pack import Reference
from schemas.digest import digest
from schemas.errors import InvalidField, Refused, UnreadableLine, without_words
from schemas.event import RefusedEvent, ReportEvent, Why
from schemas.report import Accepted, Report
from schemas.vocabulary import Mode

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""Time of a refusal before the first line that tells one: it moves no clock, which never goes back."""
PLAIN_LENGTH = 20_000
"""Characters of plain text that are kept, as many as a text as received may have: some signs are a whole sentence when made plain (ﷺ)."""
HISTORY_AFTER = timedelta(days=1)
"""A line that the source had passed on so long before it was accepted is history to a live centre."""


class Intake:
    """`intake(frame, reference) -> events`: no memory; the same frame gives the same events, byte for byte.

    Events are built as lines at once: each is read again only in the fold, from the log. `events` gives them as models.
    """

    def __init__(self, reference: Reference, mode: Mode) -> None:
        self.reference = reference
        self._mode = mode
        self._zone = ZoneInfo(reference.time_zone)
        self._placer = Placer(reference)
        self._classifier = Classifier(reference)
        self._accusations = Accusations(reference)
        self._router = Router(reference)
        self._whys = _Whys()

    def frame(self, lines: Sequence[bytes]) -> list[bytes]:
        """Events of a raw frame as it was kept. A line that is no accepted report becomes a refusal; as it tells no time, it has that of the line before."""
        read = [_read(line) for line in lines]
        numbers = [number for number, line in enumerate(read) if isinstance(line, Accepted)]
        accepted = [line for line in read if isinstance(line, Accepted)]
        made = iter(self.lines(accepted, numbers=numbers))
        events: list[bytes] = []
        at = BEFORE_ALL
        for number, line in enumerate(read):
            if isinstance(line, Accepted):
                at = self._event_time(line)
                events.append(next(made))
            else:
                events.append(RefusedEvent(kind="refused", at=at, raw_line=number, code=line.code, detail=line.detail).to_json())
        return events

    def lines(self, accepted: Sequence[Accepted], reports: Sequence[bytes] | None = None, *, numbers: Sequence[int] | None = None) -> list[bytes]:
        """Events of accepted reports; a line on which intake fails becomes a dead letter, and costs only itself.

        `reports`: the reports as JSON, where the caller has them already; `numbers`: their lines in the raw frame, else 0, 1, ….
        """
        encoded = reports if reports is not None else [line.report.to_json() for line in accepted]
        numbered = numbers if numbers is not None else range(len(accepted))
        try:
            return self._lines(accepted, encoded, numbered)
        except Exception:  # noqa: BLE001  whatever it was: it is met again below, on the line that it belongs to
            return [self._alone(*one) for one in zip(accepted, encoded, numbered, strict=True)]

    def events(self, accepted: Sequence[Accepted]) -> list[ReportEvent]:
        """Events of accepted reports as models. Raises ValidationError where intake fails on one."""
        return [ReportEvent.model_validate_json(line) for line in self.lines(accepted)]

    def _alone(self, line: Accepted, report: bytes, number: int) -> bytes:
        try:
            return self._lines([line], [report], [number])[0]
        except Exception as error:  # noqa: BLE001  a poisoned line must not stop the centre: it is kept with its reason
            return RefusedEvent(
                kind="refused",
                at=self._event_time(line),
                raw_line=number,
                receipt_id=line.receipt_id,
                code="poisoned-line",
                detail=without_words(error),
                original=line.to_json().decode(),
            ).to_json()

    def _lines(self, accepted: Sequence[Accepted], encoded: Sequence[bytes], numbers: Sequence[int]) -> list[bytes]:
        reports = [a.report for a in accepted]
        plains = [(plain(r.text)[:PLAIN_LENGTH], plain(r.address)[:PLAIN_LENGTH]) for r in reports]
        placements = self._placer.place(reports, plains)
        made = []
        for line, report, body, number, (text, address), place in zip(accepted, reports, encoded, numbers, plains, placements, strict=True):
            at = self._event_time(line)
            words = plain(" ".join((report.text, *report.extra.values())))[:PLAIN_LENGTH] if report.extra else text
            decided = self._classifier.classify(report, words)
            key = address_key(report.address)[:PLAIN_LENGTH]
            accused = NOBODY if decided.sealed else self._accusations.of(report, text, decided.intent)
            day = at.astimezone(self._zone).date()
            routing = self._router.route(decided.matter, place, report.part_owner, day, sealed=decided.sealed, against=accused.units)
            event = {
                "kind": "report",
                "at": at,
                "raw_line": number,
                "receipt_id": line.receipt_id,
                "accepted_at": line.accepted_at,
                "history": self._mode is Mode.LIVE and line.accepted_at - (report.arrived_at or line.accepted_at) > HISTORY_AFTER,
                "pack": self.reference.hash,
                "digest": digest(report),
                "report": orjson.Fragment(body),
                "text_plain": text,
                "address_plain": address,
                "address_key": key,
                "lng": place.lng,
                "lat": place.lat,
                "precision": place.precision,
                "grid": place.grid,
                "community": place.community,
                "community_name": place.community_name,
                "street": place.street,
                "street_name": place.street_name,
                "district": place.district,
                "matter": decided.matter,
                "intent": decided.intent,
                "urgency": decided.urgency,
                "sealed": decided.sealed,
                "unit": routing.unit,
                "co_units": routing.co_units,
                "why": {
                    **{decision: self._whys.line(why) for decision, why in decided.why.items()},
                    "place": self._whys.line(place.why),
                    "unit": self._whys.line(routing.why),
                },
            }
            if accused.why is not None:
                event["against"] = accused.units
                event["why"]["against"] = self._whys.line(accused.why)
            event["masked"] = True
            if instead := HIDDEN if "restricted" in decided.why else shown(report, text, address, key):
                event["shown"] = instead
            if line.replays:
                event["replays"] = line.replays
            if line.first_place:
                event["first_place"] = line.first_place
            made.append(orjson.dumps(event, option=orjson.OPT_UTC_Z))
        return made

    def _event_time(self, line: Accepted) -> datetime:
        """A live or simulated centre lives by acceptance, one that replays by the stream's own time (`DESIGN.md` §3, Time)."""
        return line.report.arrived_at or line.accepted_at if self._mode is Mode.STREAM else line.accepted_at


class _Whys:
    """Reasons as JSON. Most decisions share theirs with thousands of others: it is written once."""

    KEPT = 20_000

    def __init__(self) -> None:
        self._known: dict[int, tuple[Why, orjson.Fragment]] = {}

    def line(self, why: Why) -> orjson.Fragment:
        """The reason, to stand in a line. It is known by its identity, and kept so that this stays its own."""
        known = self._known.get(id(why))
        if known is None:
            if len(self._known) >= self.KEPT:
                self._known.clear()
            known = self._known[id(why)] = (why, orjson.Fragment(why.to_json()))
        return known[1]


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
