"""What people command, what the fold answers, and where responders are: events of a centre beside its reports (`DESIGN.md` §3, §5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.fields import FreeText, Instant, Latitude, Longitude, Model, Token
from schemas.limit import LIMIT_PATTERN
from schemas.report import Code
from schemas.vocabulary import Action, Availability, CaseState, Milestone, NotAcceptedReason, OrderAct, ReturnReason, Role, Source, VerdictKind

CommandId = Annotated[Token, Field(min_length=8, max_length=64, description="Made by the client, once for each thing it wants done.")]
Words = Annotated[FreeText, Field(max_length=2_000)]


class Actor(Model):
    """Who acts. Names are of posts or accounts of staff, never of who reports."""

    role: Role
    name: Annotated[Token, Field(min_length=1, max_length=64)]
    unit: Code = ""
    responder: Code = ""


class ReportName(Model):
    """A report by its source's own id."""

    source: Source
    source_id: Annotated[Token, Field(min_length=1, max_length=200)]


class Command(Model):
    """指令: something a person wants done to a case. Fields beside the first six are for the actions that need them; the rest stay empty."""

    command_id: CommandId
    action: Action
    case: Code = Field(default="", description="case_id or number; empty only for `availability` and for an alert that is of no case.")
    actor: Actor
    expect_state: CaseState | None = Field(default=None, description="Refused when the case stands elsewhere.")
    expect_seq: int | None = Field(default=None, description="Refused when the journal of the case has gone on.")
    reason: Words = ""
    unit: Code = Field(default="", description="To whom: dispatched, reassigned, transferred (free text there), a ruling; suggested by a return.")
    co_units: tuple[Code, ...] | None = Field(default=None, max_length=20, description="Of a dispatch or ruling; none: as they are.")
    reason_code: ReturnReason | None = None
    clause: Words = Field(default="", description="Of a return: the legal clause; of a ruling: its basis.")
    precedent: bool = Field(default=True, description="Of a ruling: whether routing follows it from now on.")
    not_accepted: NotAcceptedReason | None = None
    approver: Annotated[Token, Field(max_length=64)] = Field(default="", description="Who approved a pause, a suspension, an extension.")
    milestone: Milestone = Milestone.CLOSE
    limit: Annotated[str, Field(pattern=LIMIT_PATTERN)] = Field(default="none", description="Of an extension: so much longer.")
    level: Annotated[int, Field(ge=0, le=9)] = Field(default=0, description="Of supervision; 0: the next one.")
    result: Words = Field(default="", description="What was done: for the source, in words that may reach who reported.")
    evidence: tuple[Annotated[Token, Field(max_length=500)], ...] = Field(default=(), max_length=20, description="References, never contents.")
    reached: bool = True
    solved: bool | None = None
    satisfied: bool | None = None
    counted: bool = Field(default=True, description="Of a revisit: whether it counts among the three rates (`domain/domain.md` §5.3).")
    other: Code = Field(default="", description="The other case: case_id or number.")
    reports: tuple[ReportName, ...] = Field(default=(), max_length=100, description="Of a split.")
    need: Code = Field(default="", description="Which need of the run card: `C-0203-U1-grid/1`.")
    order: Annotated[int, Field(ge=0, le=999)] | None = Field(default=None, description="Which order of the need, from 0; none: the standing one.")
    act: OrderAct | None = Field(default=None, description="What the responder says of its order.")
    responder: Code = Field(default="", description="Whom the desk sends; whose availability it is.")
    availability: Availability | None = None
    alert: Code = Field(default="", description="alert_id of the alert that is acknowledged.")


class CommandEvent(Model):
    """A command as it takes its place in the one order of a centre."""

    kind: Literal["command"]
    at: Instant = Field(description="When it was accepted.")
    raw_line: int = 0
    command: Command


class PositionsEvent(Model):
    """The latest fixes of responders, as columns: one frame a second and centre at most. It stands in `ucc.events` alone, never in `ucc.raw`."""

    kind: Literal["positions"]
    at: Instant
    raw_line: int = 0
    responders: tuple[Code, ...]
    age_ms: tuple[Annotated[int, Field(ge=0)], ...] = Field(description="How long before `at` each was taken.")
    lng: tuple[Longitude, ...]
    lat: tuple[Latitude, ...]
    accuracy_m: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...]


class Verdict(Model):
    """What became of a command: a line of `ucc.verdicts`, one for each command id."""

    centre: str
    command_id: str
    at: Instant
    verdict: VerdictKind
    code: str = Field(default="", description="Of a refusal: stable, for programs.")
    detail: str = Field(default="", description="Of a refusal: a sentence that says what to do. Who was first, where somebody was.")
    action: Action
    actor: str = Field(default="", description="`role:name`.")
    case_id: str = ""
    number: str = ""
    state: CaseState | None = Field(default=None, description="Of the case, afterwards.")
    seq: int = 0
    raw_offset: int
    raw_line: int
