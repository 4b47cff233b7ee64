"""What happens to a centre, in one order: the lines of `ucc.events` (`DESIGN.md` §3).

An event carries values flat, so that ClickHouse reads the same line, and beside them `why`: for each decision the rule or
score that made it and the runners-up (promise 4).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.command import CommandEvent, PositionsEvent
from schemas.fields import CentreId, FreeText, Instant, Model
from schemas.report import FirstPlace, Report
from schemas.vocabulary import Intent, Mode, Precision, Urgency


class RunnerUp(Model):
    """What would have been decided next, and how it scored."""

    choice: str
    score: float | None = None
    because: str = ""


class Why(Model):
    """Why a decision fell as it did: `rule` is stable and names table and row, `because` is a sentence or the evidence."""

    rule: str
    because: str = ""
    runners_up: tuple[RunnerUp, ...] = ()


class Shown(Model):
    """What analysts are shown of a report in place of what was said, numbers of persons masked (`schemas.masking`).

    A field at its default is shown as it was said; names are those of the report and of its event.
    """

    text: str = ""
    address: str = Field(default="", description="To the building: unit, floor and room are masked, too.")
    area_hint: str = ""
    attachments: tuple[str, ...] = ()
    extra: dict[str, str] = Field(default_factory=dict)
    text_plain: str = ""
    address_plain: str = ""
    address_key: str = ""


class ReportEvent(Model):
    """A report that was placed, classified and routed. `pack` is the hash of the reference data that did it."""

    kind: Literal["report"]
    at: Instant = Field(description="Event time: of arrival in a centre that lives by its stream, else of acceptance.")
    raw_line: int = Field(description="Line of the raw frame, from 0.")
    receipt_id: str
    accepted_at: Instant
    history: bool = Field(default=False, description="History for a live centre: no orders, no alerts.")
    pack: str
    digest: str = Field(description="Of the content, as received.")
    report: Report
    text_plain: str = Field(default="", description="Normalised text (NFKC, simplified, one space), for search and models.")
    address_plain: str = ""
    address_key: str = Field(default="", description="What makes two addresses the same place; empty where the address is not precise.")
    lng: float | None = Field(default=None, description="WGS-84 degrees, after conversion.")
    lat: float | None = None
    precision: Precision = Precision.NONE
    grid: str = ""
    community: str = Field(default="", description="Code of the community.")
    community_name: str = ""
    street: str = Field(default="", description="Code of the street.")
    street_name: str = ""
    district: str = ""
    matter: str = "1999"
    intent: Intent = Intent.OTHER
    urgency: Urgency = Urgency.U3
    sealed: bool = False
    unit: str = Field(default="", description="Lead unit; empty: at the desk.")
    co_units: tuple[str, ...] = ()
    against: tuple[str, ...] = Field(default=(), description="Units that are complained of: none of them handles it.")
    why: dict[Literal["place", "matter", "intent", "urgency", "sealed", "unit", "against", "restricted"], Why] = Field(default_factory=dict)
    masked: bool = Field(default=False, description="Numbers of persons were looked for; where not, analysts are shown no text at all.")
    shown: Shown | None = Field(default=None, description="What analysts are shown instead; none: nothing that was said needs masking.")
    replays: str = Field(default="", description="dead_letter_id of the dead letter that this line replays; in an outcome it stands beside the event.")
    first_place: FirstPlace = Field(default="", description="Of a replay: where in `ucc.raw` the line first stood; not in an outcome.")


class RefusedEvent(Model):
    """An accepted line that intake cannot read: it ends here, with its reason."""

    kind: Literal["refused"]
    at: Instant
    raw_line: int
    receipt_id: str = ""
    code: str
    detail: str
    original: str = Field(default="", description="Where intake failed on a sound line: the line, for the dead letter that it becomes.")


class RuleEvent(Model):
    """A reference pack takes effect from here on."""

    kind: Literal["rule"]
    at: Instant
    raw_line: int = 0
    pack: str
    pack_name: str


class TickEvent(Model):
    """Moves an idle clock."""

    kind: Literal["tick"]
    at: Instant
    raw_line: int = 0


class DismissEvent(Model):
    """A person decides that the line of a dead letter is not to be tried again: it ends as refused, and what comes of its report goes on."""

    kind: Literal["dismiss"]
    at: Instant = Field(description="When the letter was written: the decision does not move the clock.")
    raw_line: int = 0
    dead_letter_id: str
    receipt_id: str = ""
    source: str
    source_id: str
    first_place: FirstPlace = Field(description="Where in `ucc.raw` the line first stood.")
    reason: Annotated[FreeText, Field(min_length=1, max_length=500)]


Event = Annotated[ReportEvent | RefusedEvent | RuleEvent | TickEvent | DismissEvent | CommandEvent | PositionsEvent, Field(discriminator="kind")]
EVENT: TypeAdapter[ReportEvent | RefusedEvent | RuleEvent | TickEvent | DismissEvent | CommandEvent | PositionsEvent] = TypeAdapter(Event)
AS_IT_IS = frozenset({"rule", "tick", "dismiss", "command"})
"""Kinds of raw frames that intake passes on: they are events already."""


class Centre(Model):
    """指挥中心: owner of one ordered history. A row of an installation's registry."""

    centre: CentreId
    name: str
    partition: Annotated[int, Field(ge=0)] = Field(description="Kept for life; new centres take the next.")
    pack_name: str
    mode: Mode = Mode.LIVE
    time_zone: str = "Asia/Shanghai"
