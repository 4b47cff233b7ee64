"""What a story is made of. Instants are UTC; codes are those of `schemas/vocabulary.py`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from schemas.event import Why
from schemas.fields import Instant, Model


class Step(Model):
    """One line of the case's journal."""

    seq: int
    at: Instant
    action: str
    from_state: str = ""
    to_state: str
    actor: str
    source: str = ""
    source_id: str = ""
    other_case: str = Field(default="", description="Number of the other case of a merge, a move or an incident, where the warehouse has it; else its id.")
    why: Why | None = None
    data: dict[str, Any] = Field(default_factory=dict, description="The step's own facts.")


class Deadline(Model):
    """A milestone as it was last planned, and when it was reached."""

    milestone: str
    starts_at: Instant | None = None
    due_at: Instant | None = Field(default=None, description="None: the clock stands.")
    provisional: bool = Field(default=False, description="Reckoned beyond the horizon of the calendar.")
    rule: str
    planned_at: Instant
    reached_at: Instant | None = Field(default=None, description="None: not reached, or the rules of the case are not known here.")


class Alerted(Model):
    """An alert of the case, as it stands."""

    alert_id: str
    kind: str
    level: str
    status: str
    at: Instant
    changed_at: Instant
    milestone: str = ""
    tells: tuple[str, ...] = ()
    rule: str = ""
    evidence: str
    by: str = Field(default="", description="Who acknowledged it.")


class WroteBack(Model):
    """What a source was told of one of its reports."""

    seq: int = Field(description="Of the step that made it.")
    at: Instant
    source: str
    source_id: str
    state: str
    said: str
    final: bool
    again: bool
    result: str
    unit: str


class NotDone(Model):
    """A command on the case that was refused."""

    command_id: str
    at: Instant
    action: str
    actor: str
    code: str
    detail: str
    seq: int = Field(description="Where the journal of the case stood.")


class Telling(Model):
    """One report of the case as it stands, with the reasons of its decisions."""

    source: str
    source_id: str
    revision: int
    standing: bool
    sealed: bool
    reported_at: Instant
    text: str
    address: str
    lng: float | None
    lat: float | None
    precision: str
    grid: str
    community: str
    street: str
    matter: str
    intent: str
    urgency: str
    unit: str
    co_units: tuple[str, ...] = ()
    pack: str
    replayed: int = Field(default=0, description="Lines of it that could not go on at first, and were replayed.")
    replayed_at: Instant | None = None
    why: dict[str, Why] = Field(default_factory=dict)


class Absorbed(Model):
    """A case that this one absorbed, or that belongs to the incident of which it is the parent."""

    case_id: str
    number: str
    opened_at: Instant


class Story(Model):
    """All that is known of a case."""

    case_id: str
    number: str
    centre: str
    clock: Instant = Field(description="The latest instant that the warehouse knows of the centre.")
    pack: str = Field(description="By which rules it is worked on.")
    state: str
    flags: tuple[str, ...] = ()
    merged_into: str = Field(default="", description="Number of the case that absorbed it.")
    parent: str = Field(default="", description="Number of its incident's parent.")
    linked: tuple[str, ...] = Field(default=(), description="Numbers of cases that belong together with it.")
    sealed: bool
    matter: str
    intent: str
    urgency: str
    unit: str
    co_units: tuple[str, ...] = ()
    street: str
    community: str
    grid: str = ""
    precision: str = ""
    lng: float | None = None
    lat: float | None = None
    opened_at: Instant
    changed_at: Instant
    closed_at: Instant | None = None
    sent: tuple[str, ...] = Field(default=(), description="Responders with a standing order.")
    desk: int = Field(default=0, description="Needs that a person has to fill.")
    rework: int = 0
    returns: int = 0
    standing: int
    deadlines: tuple[Deadline, ...] = ()
    steps: tuple[Step, ...]
    alerts: tuple[Alerted, ...] = ()
    results: tuple[WroteBack, ...] = ()
    refused: tuple[NotDone, ...] = ()
    reports: tuple[Telling, ...]
    absorbed: tuple[Absorbed, ...]
    children: tuple[Absorbed, ...] = ()
