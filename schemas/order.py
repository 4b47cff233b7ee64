"""Who is sent, by when, and what they refuse: orders, deadlines, returns. The spine makes none yet; the words stand here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.fields import Instant, Model
from schemas.report import Code


class Order(Model):
    """派遣任务: one assignment of a case to a responder or a unit."""

    order_id: str
    case_id: str
    seq: int
    unit: Code = ""
    responder: Code = ""
    at: Instant


class Deadline(Model):
    """时限: due instant of one milestone of a case."""

    case_id: str
    milestone: Code
    starts_at: Instant
    due_at: Instant
    rule: str
    provisional: bool = Field(default=False, description="Reckoned beyond the horizon of the calendar.")


class Return(Model):
    """退单: a unit refuses with reason and clause (`domain/domain.md` §4.5)."""

    case_id: str
    unit: Code
    at: Instant
    reason: Annotated[str, Field(pattern=r"^R[1-8]$")]
    clause: str
    suggested_unit: Code = ""
