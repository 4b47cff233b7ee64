"""Precedents: what a ruling decided for a matter at a place is what routing does from then on, until the duties themselves say otherwise."""

from __future__ import annotations

from pipeline.casework.lifecycle.kept import Kept, Precedent
from pipeline.casework.rows import CaseRow
from schemas.vocabulary import ReturnReason

_OF_PLACE = frozenset({ReturnReason.R2})
OF_DUTY = frozenset({ReturnReason.R1, ReturnReason.R2, ReturnReason.R3})
"""Reasons that say something about whose duty it is; the others say something about this one case."""


def key_of(case: CaseRow, reason: ReturnReason | None) -> str:
    """Under which a ruling on a case is kept: by matter and street; where the place was wrong, by matter and grid."""
    f = case.facts
    return f"{f.matter}|grid|{f.grid}" if reason in _OF_PLACE and f.grid else f"{f.matter}|street|{f.street}"


def precedent_for(kept: Kept, case: CaseRow, rule: str) -> Precedent | None:
    """The precedent for a case that routing sends by `rule`; it stands above that rule alone, so that new duties are not overruled by old rulings."""
    f = case.facts
    for key in (f"{f.matter}|grid|{f.grid}", f"{f.matter}|street|{f.street}"):
        found = kept.precedents.get(key)
        if found is not None and found.rule == rule:
            return found
    return None
