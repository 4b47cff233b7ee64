"""Alerts: one a matter of concern, raised again only when it gets worse, acknowledged by name, over when its reason is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.casework.lifecycle.kept import Kept
from pipeline.casework.lifecycle.work import Work
from pipeline.casework.rows import CaseRow
from pipeline.casework.written import Where, Written
from schemas.ids import derived_id
from schemas.issue import Alert
from schemas.vocabulary import AlertKind, AlertLevel, AlertStatus, Milestone

_LEVELS = list(AlertLevel)
_DEADLINE = frozenset({AlertKind.DUE_SOON, AlertKind.OVERDUE, AlertKind.UNSIGNED})
"""Stages of one alert: that a milestone is about to be, or was, missed."""


class Alerting:
    """Raises and ends alerts."""

    def __init__(self, kept: Kept, written: Written, case_of: Callable[[int], CaseRow]) -> None:
        self._kept, self._written, self._case_of = kept, written, case_of

    def of_case(
        self,
        kind: AlertKind,
        level: AlertLevel,
        where: Where,
        case: CaseRow,
        work: Work,
        *,
        evidence: str,
        rule: str,
        tells: Sequence[str],
        milestone: Milestone | None = None,
    ) -> Work:
        """Raises an alert of a case; the work, with its id. Of an incident's child it is raised once, on the parent."""
        owner = self._case_of(work.parent) if work.parent else case
        name = _id(where.centre, owner.case_id, kind, milestone)
        made = Alert(
            alert_id=name,
            centre=where.centre,
            version=1,
            kind=kind,
            level=level,
            status=AlertStatus.OPEN,
            at=where.at,
            changed_at=where.at,
            case_id=owner.case_id,
            number=owner.number,
            milestone=milestone,
            matter="" if case.facts.sealed else case.facts.matter,
            area=case.facts.street,
            tells=tuple(tells),
            rule=rule,
            evidence=evidence,
        )
        self.raised(made, where)
        if owner.ordinal == case.ordinal:
            return work if name in work.alerts else replace(work, alerts=(*work.alerts, name))
        of_parent = self._kept.works.get(owner.ordinal)
        if of_parent is not None and name not in of_parent.alerts:
            self._kept.works.put(owner.ordinal, replace(of_parent, alerts=(*of_parent.alerts, name)))
        return work

    def raised(self, alert: Alert, where: Where) -> bool:
        """Raises it: anew, or at a higher level than it stood; else nothing happens (False), because somebody knows already."""
        known = self._kept.alerts.get(alert.alert_id)
        if known is not None and known.status is not AlertStatus.OVER and _LEVELS.index(alert.level) <= _LEVELS.index(known.level) and known.kind is alert.kind:
            return False
        version = 1 if known is None else known.version + 1
        at = alert.at if known is None or known.status is AlertStatus.OVER else known.at
        self._put(alert.model_copy(update={"version": version, "at": at, "changed_at": where.at}))
        return True

    def over(self, kind: AlertKind, where: Where, case: CaseRow, work: Work, *, milestone: Milestone | None = None) -> Work:
        """The reason of an alert of a case is over."""
        name = _id(where.centre, case.case_id, kind, milestone)
        if name not in work.alerts:
            return work
        self.ended(name, where)
        return replace(work, alerts=tuple(one for one in work.alerts if one != name))

    def all_over(self, where: Where, case: CaseRow, work: Work) -> Work:
        """The case has ended, and with it all alerts of it. Of a sealed one they no longer tell matter and place."""
        for name in work.alerts:
            self.ended(name, where, sealed=case.facts.sealed)
        return replace(work, alerts=())

    def ended(self, name: str, where: Where, *, sealed: bool = False) -> None:
        """An alert is over."""
        known = self._kept.alerts.get(name)
        if known is not None and known.status is not AlertStatus.OVER:
            hidden = {"matter": "", "area": ""} if sealed else {}
            self._put(known.model_copy(update={"version": known.version + 1, "status": AlertStatus.OVER, "changed_at": where.at, **hidden}))

    def acknowledged(self, name: str, by: str, where: Where) -> str:
        """Somebody has seen it: who was first, where somebody was; empty: now it is. Raises LookupError where there is none."""
        known = self._kept.alerts.get(name)
        if known is None:
            raise LookupError(name)
        if known.status is not AlertStatus.OPEN:
            return known.by or known.status.value
        self._put(known.model_copy(update={"version": known.version + 1, "status": AlertStatus.ACKNOWLEDGED, "changed_at": where.at, "by": by}))
        return ""

    def _put(self, alert: Alert) -> None:
        self._kept.alerts.put(alert.alert_id, alert)
        self._written.alerts.append(alert.to_json())


def _id(centre: str, of: str, kind: AlertKind, milestone: Milestone | None) -> str:
    stage = "deadline" if kind in _DEADLINE else kind.value
    return derived_id(centre, "alert", of, stage, "" if milestone is None else milestone.value)
