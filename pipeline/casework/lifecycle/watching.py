"""What a case that was opened, joined or ended makes of what is seen across cases: alerts of repeats and surges, incidents with one parent."""

from __future__ import annotations

from dataclasses import replace

from pipeline.casework.lifecycle.guards import REOPENED_WITHIN
from pipeline.casework.lifecycle.steps import Steps
from pipeline.casework.rows import CaseRow, Entry
from pipeline.casework.state import State
from pipeline.casework.watching.incidents import Incidents
from pipeline.casework.watching.recurrence import Issues, asked_for, issue_id, recurring
from pipeline.casework.watching.surge import Calm, Surge
from pipeline.casework.written import Where
from schemas.ids import derived_id
from schemas.issue import Alert
from schemas.vocabulary import Action, AlertKind, AlertLevel, AlertStatus, CaseState, Milestone

_MANY = 20
"""From so many cases on an incident is red."""


class Watching:
    """Wires what is seen across cases to the cases themselves."""

    def __init__(self, state: State, steps: Steps) -> None:
        self._state, self._steps, self._kept = state, steps, steps.kept
        reference = steps.book.reference
        self._rules = reference.watching
        self._incidents = Incidents(self._kept.incidents, reference.incident_rules, steps.book.incidents)
        self._issues = Issues(self._kept.issues)

    def opened(self, case: CaseRow, entry: Entry, where: Where) -> None:
        """A case was opened."""
        facts = case.facts
        if self._kept.surges is not None:
            self.quiet(where)
            surge = self._kept.surges.opened(facts.matter, facts.street, where.at, case.urgency)
            if surge is not None:
                self._surge(surge, where)
        self._repeats(entry, where)
        joined = self._incidents.opened(facts.matter, case.urgency, case.ordinal, where.at, facts.lng, facts.lat)
        if joined is None:
            return
        parent = self._steps.cases.case(joined.parent)
        for ordinal in joined.members:
            self._child(ordinal, parent, where)
        work = self._steps.work(joined.parent)
        if work is None:
            return
        work = replace(work, children=tuple(sorted({*work.children, *joined.members})), parent=0)
        evidence = f"{len(work.children) + 1} cases of {joined.group} near each other and at nearly one time: {parent.number} is the parent"
        level = AlertLevel.RED if len(work.children) + 1 >= _MANY else AlertLevel.ORANGE
        self._steps.keep(
            self._steps.alerting.of_case(
                AlertKind.INCIDENT, level, where, parent, work, evidence=evidence, rule=f"incident_rules/{joined.group}", tells=("desk", "district_leader")
            )
        )
        if joined.new:
            work = self._steps.work(joined.parent)
            assert work is not None  # noqa: S101  it has just been kept
            why = {"rule": f"incident_rules/{joined.group}", "because": evidence}
            self._steps.step(joined.parent, work, Action.INCIDENT, where, "clock", why=why, data={"children": list(work.children)})

    def joined(self, case: CaseRow, entry: Entry, where: Where) -> None:  # noqa: ARG002  as `opened`
        """A report has joined a case."""
        self._repeats(entry, where)

    def ended(self, ordinal: int, where: Where, *, closed: bool) -> None:
        """A case has ended. Where it was an incident's parent: closed, its children are closed with it; otherwise each goes its own way again."""
        self._incidents.ended(ordinal)
        work = self._steps.work(ordinal)
        if work is None or not work.children:
            return
        for child in work.children:
            of_child, case = self._steps.work(child), self._steps.cases.case(child)
            if of_child is None or of_child.parent != ordinal or not case.is_open:
                continue
            if closed:
                self._close(child, ordinal, work.result, where)
            else:
                parent = self._steps.cases.case(ordinal)
                why = {"rule": "incident_rules", "because": f"{parent.number} has ended otherwise than by closing: on its own again"}
                self._steps.step(child, replace(of_child, parent=0), Action.INCIDENT, where, "clock", why=why, other=parent.case_id)
                self._steps.send(child, where, because="the incident's parent has ended")

    def quiet(self, where: Where) -> None:
        """Looks at surges that stand, as far as that is due."""
        surges = self._kept.surges
        while surges is not None and (due := surges.due()) is not None and due <= where.at:
            for calm in surges.quiet(due):
                self._calm(calm, where)
            if surges.due() == due:
                break

    # steps

    def _repeats(self, entry: Entry, where: Where) -> None:
        now = self._state.register.get(entry.key)
        if now is None or not now.standing:
            return
        found = recurring(self._state.nearby, now, self._rules)
        kinds = asked_for(found, self._rules)
        if len(found.ordinals) > 1:
            first = self._issues.joined(found.ordinals)
        elif kinds:
            first = found.ordinals[0]
        else:
            return
        if len({self._incident_of(ordinal) for ordinal in found.ordinals}) == 1 and self._incident_of(first):
            return  # many tell of one event: nothing recurs
        case = self._steps.cases.case(first)
        latest = self._steps.cases.case(found.ordinals[-1])
        for kind in kinds:
            name = derived_id(where.centre, "alert", issue_id(where.centre, case.case_id), kind.value)
            level = AlertLevel.ORANGE if kind is AlertKind.CONSULTATION else AlertLevel.YELLOW
            tells = ("desk", "unit_head") if kind is AlertKind.CONSULTATION else ("desk",)
            work = self._steps.work(latest.ordinal)
            if (
                self._raise(name, kind, level, where, latest, found.evidence(self._rules), "watch_rules/issue_reports", tells)
                and work is not None
                and work.open
            ):
                self._steps.keep(replace(work, alerts=(*work.alerts, name)))  # it is over when the latest case of the issue has ended

    def _incident_of(self, ordinal: int) -> int:
        """The parent of the incident that a case belongs to; 0 for none."""
        work = self._steps.work(ordinal)
        return 0 if work is None else work.parent or (ordinal if work.children else 0)

    def _surge(self, surge: Surge, where: Where) -> None:
        name = derived_id(where.centre, "alert", "surge", surge.matter, surge.street)
        self._raise(name, AlertKind.SURGE, surge.level, where, None, surge.evidence, "watch_rules/surge", ("desk",), matter=surge.matter, area=surge.street)

    def _calm(self, calm: Calm, where: Where) -> None:
        self._steps.alerting.ended(derived_id(where.centre, "alert", "surge", calm.matter, calm.street), where)

    def _raise(
        self,
        name: str,
        kind: AlertKind,
        level: AlertLevel,
        where: Where,
        case: CaseRow | None,
        evidence: str,
        rule: str,
        tells: tuple[str, ...],
        *,
        matter: str = "",
        area: str = "",
    ) -> bool:
        made = Alert(
            alert_id=name,
            centre=where.centre,
            version=1,
            kind=kind,
            level=level,
            status=AlertStatus.OPEN,
            at=where.at,
            changed_at=where.at,
            case_id="" if case is None else case.case_id,
            number="" if case is None else case.number,
            matter=matter or ("" if case is None else case.facts.matter),
            area=area or ("" if case is None else case.facts.street),
            tells=tells,
            rule=rule,
            evidence=evidence,
        )
        return self._steps.alerting.raised(made, where)

    def _child(self, ordinal: int, parent: CaseRow, where: Where) -> None:
        """The case is one of an incident's: whoever goes to the parent goes for it, too; its own alerts are the parent's."""
        work, case = self._steps.work(ordinal), self._steps.cases.case(ordinal)
        if work is None or not case.is_open:
            return
        self._steps.call_off(ordinal, where, f"whoever goes to {parent.number} goes for it, too")
        work = self._steps.work(ordinal)
        assert work is not None  # noqa: S101  it was there
        work = replace(self._steps.alerting.all_over(where, case, work), parent=parent.ordinal, children=())
        why = {"rule": "incident_rules", "because": f"the same event as {parent.number}"}
        self._steps.step(ordinal, work, Action.INCIDENT, where, "clock", why=why, other=parent.case_id)

    def _close(self, child: int, parent: int, result: str, where: Where) -> None:
        """The incident is over, and so is this case of it; who reported hears the same result."""
        work, case = self._steps.work(child), self._steps.cases.case(child)
        row = self._steps.book.row(Action.CLOSED, CaseState(case.state))
        if work is None or row is None:
            return
        work = self._steps.clocked(replace(work, result=work.result or result, closed_at=where.at), row.clocks, where.at)
        for milestone in (Milestone.SIGN, Milestone.CONTACT):
            work = work.with_reached(milestone, where.at)
        why = {"rule": "transitions/closed", "because": f"closed with the incident's parent {self._steps.cases.case(parent).number}"}
        self._steps.step(child, work, Action.CLOSED, where, "clock", to=CaseState.CLOSED, why=why, other=self._steps.cases.case(parent).case_id)
        self._kept.archive.add(where.at + REOPENED_WITHIN, case.ordinal)
        self._steps.end(child, where, "the incident is over")
