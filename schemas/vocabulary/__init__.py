"""The closed word lists of the domain (`DESIGN.md` §2, `domain/domain.md` §1–§4), as enumerations with their Chinese names."""

from __future__ import annotations

from schemas.vocabulary.cases import OPEN_STATES, Action, CaseState, Guard, NotAcceptedReason, ReturnReason, Role, VerdictKind
from schemas.vocabulary.clocks import AlertKind, AlertLevel, AlertStatus, ClockEffect, Milestone, Start, TimeKind
from schemas.vocabulary.dispatch import Availability, Force, NeedState, NotSent, OrderAct, OrderState
from schemas.vocabulary.reports import AreaLevel, Crs, Feed, Intent, Mode, Operation, OutcomeKind, Precision, Source, UnitKind, Urgency
from schemas.vocabulary.word import Word

__all__ = [
    "OPEN_STATES",
    "Action",
    "AlertKind",
    "AlertLevel",
    "AlertStatus",
    "AreaLevel",
    "Availability",
    "CaseState",
    "ClockEffect",
    "Crs",
    "Feed",
    "Force",
    "Guard",
    "Intent",
    "Milestone",
    "Mode",
    "NeedState",
    "NotAcceptedReason",
    "NotSent",
    "Operation",
    "OrderAct",
    "OrderState",
    "OutcomeKind",
    "Precision",
    "ReturnReason",
    "Role",
    "Source",
    "Start",
    "TimeKind",
    "UnitKind",
    "Urgency",
    "VerdictKind",
    "Word",
]
