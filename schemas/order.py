"""Who is sent, by when, and what they refuse: orders, deadlines, returns, as they stand in the journal (`Transition.data`)."""

from __future__ import annotations

from pydantic import Field

from schemas.fields import Instant, Model
from schemas.report import Code
from schemas.vocabulary import Force, ReturnReason


class Order(Model):
    """派遣任务: one assignment of a case to a responder; data of `ordered` and `order_assigned`. Its id is (case, need, order)."""

    need: str = Field(description="Which need of the run card: `C-0203-U1-grid/1`.")
    order: int = Field(ge=0, description="Which order of the need, from 0.")
    responder: Code
    force: Force
    ring: int = Field(ge=0, description="Found in which ring; 0: chosen by the desk.")
    ends_at: Instant = Field(description="Without an answer until then it has expired.")


class Deadline(Model):
    """时限: due instant of one milestone of a case; a value of `deadlines` in the data of any line that sets or moves some."""

    due: Instant | None = Field(description="None: the clock stands.")
    starts: Instant
    rule: str = Field(description="Row of deadlines.csv, or `matter:` and a code; empty: there is no such deadline any more.")
    provisional: bool = Field(description="Reckoned beyond the horizon of the calendar.")


class Return(Model):
    """退单: a unit refuses with reason and clause (`domain/domain.md` §4.5); data of `return_asked`."""

    unit: Code
    reason_code: ReturnReason
    clause: str
    suggested: Code
    rule: str = Field(description="The routing rule that had sent it.")
    second: bool = Field(description="Another unit has returned it before: for the consultation.")
