"""What is seen across cases, and what somebody must look at: issues, alerts; and what the sources are told of their reports."""

from __future__ import annotations

from pydantic import Field

from schemas.fields import Instant, MatterCode, Model
from schemas.vocabulary import AlertKind, AlertLevel, AlertStatus, CaseState, Milestone, Source


class Issue(Model):
    """问题: a cluster of cases that are the same underlying problem."""

    issue_id: str
    matter: MatterCode
    cases: tuple[str, ...]
    first_at: Instant
    last_at: Instant


class Alert(Model):
    """预警: something a person must look at, with the evidence. The line with the highest version is the present."""

    alert_id: str
    centre: str
    version: int
    kind: AlertKind
    level: AlertLevel
    status: AlertStatus
    at: Instant = Field(description="When what it tells of was so.")
    changed_at: Instant
    case_id: str = ""
    number: str = Field(default="", description="Of the case.")
    milestone: Milestone | None = None
    matter: str = ""
    area: str = Field(default="", description="Code of the street, of what is no case's alone.")
    tells: tuple[str, ...] = Field(default=(), description="Posts that are told.")
    rule: str = Field(default="", description="Row of the pack that made it.")
    evidence: str = Field(description="A sentence with the figures, without words of reports.")
    by: str = Field(default="", description="Who acknowledged it: `role:name`.")


class Result(Model):
    """回传: what a source is told of one of its reports. Exactly one line of a report is final."""

    result_id: str
    centre: str
    at: Instant
    source: Source
    source_id: str
    report_id: str
    case_id: str
    number: str
    seq: int = Field(description="Of the journal line that made it.")
    state: CaseState
    said: str = Field(description="The state in the source's own words (`source_words.csv`).")
    final: bool = False
    again: bool = Field(default=False, description="The final result was told before: the case was reopened and ended anew.")
    result: str = Field(default="", description="What was done, or why nothing is.")
    unit: str = Field(default="", description="Name of the unit.")
