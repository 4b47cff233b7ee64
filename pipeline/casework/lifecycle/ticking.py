"""What happens because time has come: warnings, orders without an answer, supervision that was not heeded, cases that are archived."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pipeline.casework.lifecycle.guards import REOPENED_WITHIN
from pipeline.casework.lifecycle.steps import AFTER_CLOSING, Steps
from pipeline.casework.lifecycle.watching import Watching
from pipeline.casework.lifecycle.work import Supervision, Warning_, Work
from pipeline.casework.state import State
from pipeline.casework.written import Where
from schemas.clocks import SupervisionLevel
from schemas.errors import without_words
from schemas.vocabulary import Action, AlertKind, AlertLevel, CaseState, Milestone, Urgency


class Ticking:
    """Fires timers, one at a time."""

    def __init__(self, state: State, steps: Steps, watching: Watching) -> None:
        self._state, self._steps, self._watching = state, steps, watching
        self._kept = steps.kept

    def fire(self, due: datetime, where: Where) -> None:
        """Fires what is due at `due`: the first in the order of cases."""
        first, archived = self._kept.timers.first(), self._kept.archive.first()
        if first is not None and first[0] == due:
            self._case(first[1], due, where)
        elif archived is not None and archived[0] == due:
            self._kept.archive.pop()
            self._archive(archived[1], due, where)
        else:
            self._watching.quiet(where)

    def give_up(self, due: datetime, where: Where, error: Exception) -> None:
        """What is due cannot be fired. Of a case a person is told, and its timers rest until something else happens to it; all else is passed over."""
        first, archived = self._kept.timers.first(), self._kept.archive.first()
        if first is None or first[0] != due:
            if archived is not None and archived[0] == due:
                self._kept.archive.pop()
            elif self._kept.surges is not None:
                self._kept.surges.forget()
            return
        work, case = self._steps.work(first[1]), self._steps.cases.case(first[1])
        if work is not None:
            evidence = f"its timers cannot be fired: {without_words(error)}"
            work = self._steps.alerting.of_case(AlertKind.BROKEN_TIMER, AlertLevel.RED, where, case, work, evidence=evidence, rule="timers", tells=("desk",))
            self._kept.works.put(work.ordinal, replace(work, warnings=(), due=None))

    def _case(self, ordinal: int, due: datetime, where: Where) -> None:
        work = self._steps.work(ordinal)
        assert work is not None  # noqa: S101  a timer of a case without work
        told = [one for one in work.warnings if one.at <= due]
        if told:
            self._kept.works.put(ordinal, replace(work, warnings=work.warnings[len(told) :]))
            for warning in told:
                self._warn(ordinal, warning, where)
        self._orders(ordinal, due, where)
        work = self._steps.work(ordinal)
        assert work is not None  # noqa: S101  as above
        if work.supervision is not None and work.supervision.due is not None and work.supervision.due <= due:
            self._unheeded(ordinal, work, work.supervision, where)
        else:
            self._steps.keep(work)

    def _warn(self, ordinal: int, warning: Warning_, where: Where) -> None:
        work, case = self._steps.work(ordinal), self._steps.cases.case(ordinal)
        assert work is not None  # noqa: S101  as above
        key = f"{warning.milestone.value}/{warning.level.value}"
        if warning.milestone.value in work.reached or key in work.warned or not (case.is_open or warning.milestone in AFTER_CLOSING):
            return
        of_parent = self._steps.work(work.parent) if work.parent else None
        if of_parent is not None and warning.milestone.value in of_parent.reached:
            return  # what is done for the incident is done for all of it
        plan = work.plan(warning.milestone)
        due = "" if plan is None or plan.due is None else plan.due.isoformat()
        late = plan is not None and plan.due is not None and plan.due <= where.at
        kind = AlertKind.UNSIGNED if late and warning.milestone is Milestone.SIGN else AlertKind.OVERDUE if late else AlertKind.DUE_SOON
        evidence = f"{warning.milestone.value} of {case.number} {'was' if late else 'is'} due at {due} ({'' if plan is None else plan.rule})"
        work = replace(work, warned=(*work.warned, key))
        work = self._steps.alerting.of_case(
            kind, warning.level, where, case, work, evidence=evidence, rule=f"warnings/{warning.rule}", tells=warning.tells, milestone=warning.milestone
        )
        data = {"milestone": warning.milestone.value, "level": warning.level.value, "since": warning.since, "tells": list(warning.tells)}
        why = {"rule": f"warnings/{warning.rule}", "because": evidence}
        self._steps.step(ordinal, work, Action.WARNED, where, "clock", why=why, data=data)
        if warning.milestone is Milestone.CLOSE and (level := self._steps.book.escalation.begun_by(warning.level)) is not None:
            work = self._steps.work(ordinal)
            if work is not None and (work.supervision is None or work.supervision.level < level.level):
                self.supervise(ordinal, work, level, where, "clock", f"closing: {warning.level.value}")

    def supervise(self, ordinal: int, work: Work, level: SupervisionLevel, where: Where, actor: str, because: str) -> None:
        """督办: from now on at this level, with its own due time."""
        due = self._steps.book.escalation.supervised(level, where.at).at
        work = replace(work, supervision=Supervision(level.level, where.at, due))
        data = {"level": level.level, "name": level.name, "due": due, "tells": list(level.tells)}
        self._steps.step(ordinal, work, Action.SUPERVISED, where, actor, why={"rule": f"supervision/{level.level}", "because": because}, data=data)

    def _unheeded(self, ordinal: int, work: Work, before: Supervision, where: Where) -> None:
        """The time of a level has passed and the case has not ended: the next level, or at the last one a person is told once."""
        escalation, case = self._steps.book.escalation, self._steps.cases.case(ordinal)
        step = next((one for one in self._steps.book.reference.supervision if one.level == before.level), None)
        above = None if step is None else escalation.above(step)
        evidence = f"{case.number} has not ended within the time of supervision level {before.level}"
        work = self._steps.alerting.of_case(
            AlertKind.SUPERVISION,
            AlertLevel.RED if above is None else AlertLevel.ORANGE,
            where,
            case,
            replace(work, supervision=replace(before, due=None)),
            evidence=evidence,
            rule=f"supervision/{before.level}",
            tells=("desk",) if step is None else step.tells,
        )
        if above is None:
            self._steps.keep(work)
            return
        self._kept.works.put(ordinal, work)
        self.supervise(ordinal, work, above, where, "clock", evidence)

    def _orders(self, ordinal: int, due: datetime, where: Where) -> None:
        work, sending = self._steps.work(ordinal), self._steps.sending()
        if work is None or not work.open or not work.needs:
            return
        if sending is None:  # a pack without run cards has taken effect
            self._kept.works.put(ordinal, replace(work, needs=()))
            return
        if (at := sending.due(work.needs)) is None or at > due:
            return
        case = self._steps.cases.case(ordinal)
        if Urgency(case.urgency) not in self._steps.book.reference.dispatch_rules:
            self._steps.call_off(ordinal, where, "nobody is sent at this urgency")
            return
        self._steps.sent(ordinal, work.needs, sending.tick(self._steps.scene(case, work), work.needs, where.at), where, "clock")

    def _archive(self, ordinal: int, due: datetime, where: Where) -> None:
        case, work = self._steps.cases.case(ordinal), self._steps.work(ordinal)
        row = self._steps.book.row(Action.ARCHIVED, CaseState(case.state))
        if work is None or row is None or work.closed_at is None or work.closed_at > due - REOPENED_WITHIN:
            return  # it was reopened since
        self._steps.step(ordinal, work, Action.ARCHIVED, where, "clock", to=CaseState.ARCHIVED, why={"rule": "transitions/archived"})
