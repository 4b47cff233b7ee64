"""What a frame writes: outcomes, journal, pictures of cases, dead letters, as lines of NDJSON.

The lines are built as plain mappings of the models' fields (`schemas.case`) and not validated again: a test reads what is
written back through the models.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from pipeline.casework.dead import Failure, Whose
from pipeline.casework.lifecycle.work import Work
from pipeline.casework.rows import CaseRow, Entry
from schemas.ids import derived_id, transition_id
from schemas.vocabulary import Action, Milestone, OutcomeKind, Start

_OPTIONS = orjson.OPT_UTC_Z


class Where(NamedTuple):
    """The line that is being applied: its place in `ucc.raw`, the time of the centre's clock, the pack in effect."""

    centre: str
    raw_offset: int
    raw_line: int
    at: datetime
    pack: str
    replays: str = ""
    """Id of the dead letter that the line replays."""


class Length(NamedTuple):
    """How much was written, to go back to."""

    outcomes: int
    journal: int
    dead: int
    alerts: int
    verdicts: int
    results: int


class Written:
    """The lines of one frame. Of a case only the last picture is written, whatever happened to it in the frame."""

    def __init__(self) -> None:
        self.outcomes: list[bytes] = []
        self.journal: list[bytes] = []
        self.cases: list[bytes] = []
        self.touched: dict[int, None] = {}
        """Ordinals of the cases that changed."""
        self.dead: list[bytes] = []
        self.alerts: list[bytes] = []
        self.verdicts: list[bytes] = []
        self.results: list[bytes] = []

    def length(self) -> Length:
        """A mark to which `back_to` returns."""
        return Length(len(self.outcomes), len(self.journal), len(self.dead), len(self.alerts), len(self.verdicts), len(self.results))

    def back_to(self, mark: Length) -> None:
        """Takes back what was written since the mark."""
        del self.outcomes[mark.outcomes :], self.journal[mark.journal :], self.dead[mark.dead :]
        del self.alerts[mark.alerts :], self.verdicts[mark.verdicts :], self.results[mark.results :]

    def outcome(
        self,
        where: Where,
        receipt: str,
        kind: OutcomeKind,
        *,
        entry: Entry | None = None,
        case_id: str = "",
        report: str = "",
        event: bytes = b"",
        reason: tuple[str, str] | None = None,
    ) -> None:
        """What became of one accepted line; `reason` (code, sentence) where it went no further.

        `report` names a late line or a withdrawal; else the entry's report is meant.
        """
        line: dict[str, Any] = {
            "centre": where.centre,
            "raw_offset": where.raw_offset,
            "raw_line": where.raw_line,
            "at": where.at,
            "receipt_id": receipt,
            "outcome": kind.value,
        }
        if entry is not None:
            line |= {"source": entry.source, "source_id": entry.source_id, "report_id": report or entry.report_id, "standing": entry.standing}
            if not report:
                line["revision"] = entry.revision
        if case_id:
            line["case_id"] = case_id
        if reason is not None:
            line["code"], line["detail"] = reason
        if where.replays:
            line["replays"] = where.replays
        data = orjson.dumps(line, option=_OPTIONS)
        self.outcomes.append(data[:-1] + b',"event":' + event + b"}" if event else data)

    def transition(
        self,
        where: Where,
        case: CaseRow,
        action: Action,
        actor: str,
        *,
        before: str | None,
        entry: Entry | None = None,
        other: str = "",
        why: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """One line of the journal of a case, after the change."""
        line: dict[str, Any] = {
            "transition_id": transition_id(where.centre, case.case_id, case.seq),
            "centre": where.centre,
            "case_id": case.case_id,
            "seq": case.seq,
            "at": where.at,
            "action": action.value,
            "to_state": case.state,
            "actor": actor,
            "pack": where.pack,
            "raw_offset": where.raw_offset,
            "raw_line": where.raw_line,
        }
        if before is not None:
            line["from_state"] = before
        if entry is not None:
            line |= {"source": entry.source, "source_id": entry.source_id, "report_id": entry.report_id}
        if other:
            line["other_case"] = other
        if why is not None:
            line["why"] = why
        if data:
            line["data"] = data
        self.journal.append(orjson.dumps(line, option=_OPTIONS))

    def dead_letter(self, where: Where, failure: Failure, of: Whose, attempt: int, original: bytes) -> str:
        """A line that could not go on, with its original bytes (none where they are kept in the sealed store under the id). Returns the id."""
        try:
            text, encoding = original.decode(), "utf-8" if original else "sealed"
        except UnicodeDecodeError:
            text, encoding = b64encode(original).decode(), "base64"
        name = derived_id(where.centre, "dead letter", str(where.raw_offset), str(where.raw_line))
        line: dict[str, Any] = {"centre": where.centre, "dead_letter_id": name, "at": where.at, "raw_offset": where.raw_offset, "raw_line": where.raw_line}
        line |= {"stage": failure.stage, "code": failure.code, "detail": failure.detail}
        line |= {"receipt_id": of.receipt_id, "source": of.source, "source_id": of.source_id}
        if of.replays:
            line["replays"] = of.replays
        if of.first_place:
            line["first_place"] = of.first_place
        if attempt != 1:
            line["attempt"] = attempt
        self.dead.append(orjson.dumps({**line, "original": text, "encoding": encoding}, option=_OPTIONS))
        return name


def picture(centre: str, case: CaseRow, work: Work | None = None, id_of: Callable[[int], str] = lambda _: "") -> bytes:
    """The latest picture of a case, a line of `ucc.cases`. Of a sealed one neither place nor anything said is shown.

    `work`: of a case that is worked on; `id_of` names the cases that it speaks of.
    """
    facts = case.facts
    line: dict[str, Any] = {
        "case_id": case.case_id,
        "centre": centre,
        "number": case.number,
        "version": case.seq,
        "state": case.state,
        "seq": case.seq,
        "opened_at": case.opened_at,
        "changed_at": case.changed_at,
        "reports": case.standing,
        "lead_report": case.lead_report,
        "first_reported_at": datetime.fromtimestamp(case.first_reported_at, UTC),
        "last_reported_at": datetime.fromtimestamp(case.last_reported_at, UTC),
        "matter": facts.matter,
        "intent": facts.intent,
        "urgency": case.urgency,
        "sealed": facts.sealed,
        "history": facts.history,
        "unit": facts.unit,
        "co_units": facts.co_units,
        "merged_into": case.merged_into,
        "pack": facts.pack,
    }
    if not facts.sealed:
        line |= {
            "precision": facts.precision,
            "lng": facts.lng,
            "lat": facts.lat,
            "grid": facts.grid,
            "community": facts.community,
            "community_name": facts.community_name,
            "street": facts.street,
            "street_name": facts.street_name,
            "district": facts.district,
        }
    if work is not None and not facts.sealed:
        line |= _worked_on(work, id_of)
    return orjson.dumps(line, option=_OPTIONS)


def _worked_on(work: Work, id_of: Callable[[int], str]) -> dict[str, Any]:
    close = work.plan(Milestone.CLOSE)
    return {
        "unit": work.unit,
        "co_units": work.co_units,
        "flags": work.flags,
        "due_at": None if close is None else close.due,
        "provisional": close is not None and close.provisional,
        "dispatched_at": work.started.get(Start.DISPATCHED.value),
        "closed_at": work.closed_at,
        "parent": id_of(work.parent),
        "linked": [id_of(link) for link in work.links],
        "sent": work.sent,
        "desk": work.at_desk,
        "rework": work.rework,
        "returns": len(work.returns),
    }
