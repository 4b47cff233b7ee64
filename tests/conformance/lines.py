"""Lines that the suite lands."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.case import Case, Transition
from schemas.fields import Model
from schemas.vocabulary import Action, CaseState

AT = datetime(2018, 1, 5, 8, 30, tzinfo=UTC)
SAID = '路灯 "不亮" \\ \'\t💡'


def step(centre: str, seq: int, case: str = "k", why: str = "") -> Transition:
    """A line of a journal, in whole seconds: an old server keeps no more."""
    name = f"{centre}-{case}-{seq}"
    return Transition(
        transition_id=name,
        centre=centre,
        case_id=case,
        seq=seq,
        at=AT,
        action=Action.OPENED,
        to_state=CaseState.CLASSIFIED,
        actor=why or "rule",
        pack="p",
        raw_offset=seq,
        raw_line=0,
    )


def picture(centre: str, version: int, reports: int) -> Case:
    """A case as it is at a version."""
    return Case(
        case_id="k",
        centre=centre,
        number=SAID,
        version=version,
        state=CaseState.CLASSIFIED,
        seq=version,
        opened_at=AT,
        changed_at=AT,
        reports=reports,
        first_reported_at=AT,
        last_reported_at=AT,
        co_units=("a", "b"),
        lng=118.6,
    )


def lines(*models: Model) -> bytes:
    """NDJSON."""
    return b"\n".join(model.to_json() for model in models)
