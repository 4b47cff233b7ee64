"""The case, its journal, and what became of each accepted line. These are the lines of `ucc.cases`, `ucc.journal`, `ucc.outcomes`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from schemas.event import ReportEvent, Why
from schemas.fields import Instant, Model
from schemas.report import FirstPlace, place_of
from schemas.vocabulary import Action, CaseState, Intent, OutcomeKind, Precision, Urgency


class Case(Model):
    """The latest picture of a case; `version` grows with every change, so the highest is the present."""

    case_id: str
    centre: str
    number: str = Field(description="Short number for people: centre, date of opening, serial.")
    version: int
    state: CaseState
    seq: int = Field(description="Number of the last line of its journal.")
    opened_at: Instant
    changed_at: Instant
    reports: int = Field(default=0, description="Standing reports in it.")
    lead_report: str = Field(default="", description="report_id of the report that it is described by.")
    first_reported_at: Instant
    last_reported_at: Instant
    matter: str = ""
    intent: Intent = Intent.OTHER
    urgency: Urgency = Urgency.U3
    sealed: bool = False
    history: bool = False
    unit: str = ""
    co_units: tuple[str, ...] = ()
    precision: Precision = Precision.NONE
    lng: float | None = None
    lat: float | None = None
    grid: str = ""
    community: str = ""
    community_name: str = ""
    street: str = ""
    street_name: str = ""
    district: str = ""
    merged_into: str = Field(default="", description="case_id of the case that absorbed it.")
    flags: tuple[str, ...] = Field(
        default=(), description="Beside the state: suspended, paused, supervised, extended, returning, disputed, incident, restricted."
    )
    due_at: Instant | None = Field(default=None, description="When it must be closed; none: no limit, or the clock stands.")
    provisional: bool = Field(default=False, description="`due_at` was reckoned beyond the horizon of the calendar.")
    dispatched_at: Instant | None = None
    closed_at: Instant | None = None
    parent: str = Field(default="", description="case_id of the incident's parent.")
    linked: tuple[str, ...] = Field(default=(), description="case_ids of linked cases.")
    sent: tuple[str, ...] = Field(default=(), description="Responders with a standing order.")
    desk: int = Field(default=0, description="Needs that a person has to fill.")
    rework: int = 0
    returns: int = 0
    pack: str = ""


class Transition(Model):
    """One line of the journal (流水): append-only."""

    transition_id: str
    centre: str
    case_id: str
    seq: int
    at: Instant = Field(description="Time of the centre's clock.")
    action: Action
    from_state: CaseState | None = None
    to_state: CaseState
    actor: str = Field(description="Who: `source:<source>`, `rule:<table>`, `clock`, or `<role>:<name>`.")
    source: str = ""
    source_id: str = ""
    report_id: str = ""
    other_case: str = Field(default="", description="The other case of a merge or a move.")
    why: Why | None = None
    data: dict[str, Any] = Field(default_factory=dict, description="The step's own facts: order, deadlines, return, …")
    pack: str
    raw_offset: int
    raw_line: int


class Outcome(Model):
    """What became of one accepted line; its report as intake decided it stands in `event` (none where it was refused).

    Sealed reports leave no text, address or place here: what they say is kept in the sealed store alone.
    """

    centre: str
    raw_offset: int
    raw_line: int
    at: Instant
    receipt_id: str
    outcome: OutcomeKind
    source: str = ""
    source_id: str = ""
    report_id: str = ""
    revision: int = 0
    standing: bool = False
    case_id: str = ""
    code: str = ""
    detail: str = ""
    replays: str = Field(default="", description="dead_letter_id of the dead letter that the line replays.")
    event: ReportEvent | None = None


class DeadLetter(Model):
    """Something that could not go on: the original bytes, and why. It stands until its line has been replayed.

    A replay that fails again leaves a letter of its own, at its own place in `ucc.raw`, which stands in place of the one before.
    """

    centre: str
    dead_letter_id: str
    stage: str = Field(description="accept, intake, casework or sink.")
    at: Instant
    code: str
    detail: str
    raw_offset: int = Field(description="Where in `ucc.raw` the line stood when it could not go on; 0 for what was never accepted.")
    raw_line: int
    receipt_id: str = ""
    source: str = ""
    source_id: str = ""
    replays: str = Field(default="", description="dead_letter_id of the letter whose replay this was; empty: the first time.")
    attempt: int = Field(default=1, description="How often the line itself has failed by now; 0: it only waits behind one that has.")
    first_place: FirstPlace = Field(default="", description="Of a replay: where the line first stood; empty: at raw_offset and raw_line.")
    origin: str = Field(default="", description="Of what was never accepted: where it was taken from, as topic/partition/offset/line.")
    original: str = Field(description="The line as it was.")
    encoding: str = Field(default="utf-8", description="utf-8, base64 where it is none, sealed where it is kept in the sealed store under the id.")

    @property
    def place(self) -> str:
        """Where in `ucc.raw` the line first stood, as a string that sorts."""
        return self.first_place or place_of(self.raw_offset, self.raw_line)
