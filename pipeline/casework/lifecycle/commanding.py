"""Commands: what a person wants done to a case, checked against the table of transitions, carried out, and answered by one verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from pipeline.casework.lifecycle.doing import Doing, Of, facts_of, who_of, why_of
from pipeline.casework.lifecycle.guards import Asked, for_lead, held
from pipeline.casework.lifecycle.hands import Hands
from pipeline.casework.lifecycle.orders import Orders
from pipeline.casework.lifecycle.returning import Returning
from pipeline.casework.lifecycle.steps import Steps
from pipeline.casework.lifecycle.verdicts import Refusal, Said
from pipeline.casework.lifecycle.watching import Watching
from pipeline.casework.lifecycle.work import Grant, Supervision, Work
from pipeline.casework.rows import CaseRow
from pipeline.casework.state import State
from pipeline.casework.written import Where, Written
from schemas.centre import TransitionRule
from schemas.command import Command, CommandEvent, Verdict
from schemas.vocabulary import (
    Action,
    AlertKind,
    CaseState,
    Milestone,
    Role,
    VerdictKind,
)

_TO_UNIT = frozenset({Action.DISPATCHED, Action.REASSIGNED, Action.RETURN_UPHELD, Action.RULED})
_MACHINE = frozenset(
    {Action.JOINED, Action.REVISED, Action.MOVED, Action.REPORT_WITHDRAWN, Action.WITHDRAWN, Action.REVIVED, Action.ABSORBED, Action.REPORT_MOVED}
    | {Action.INCIDENT, Action.NEEDED, Action.ORDERED, Action.PLANNED, Action.WARNED, Action.ARCHIVED}
)
"""What nobody commands: sources say it, or the clock does it."""


class Commanding:
    """Carries out commands."""

    def __init__(self, state: State, steps: Steps, watching: Watching, zone: ZoneInfo, written: Written) -> None:
        self._state, self._steps, self._watching, self._zone, self._written = state, steps, watching, zone, written
        self._kept = steps.kept
        self._hands = Hands(steps, state)
        self._orders = Orders(steps)
        self._doing = Doing(steps, watching)
        self._returning = Returning(self._doing)
        self.began: list[int] = []
        """Cases that have to be sent to a unit now."""
        self._effects: Mapping[Action, Callable[[Of, Work], None]] = {
            Action.RETURN_ASKED: self._returning.asked,
            Action.RETURN_REJECTED: self._returning.rejected,
            Action.EXTENDED: self._extended,
            Action.SUPERVISED: self._supervised,
            Action.SUPERVISION_ENDED: self._supervision_ended,
            Action.CONTACTED: self._contacted,
            Action.CONTACT_TRIED: self._contact_tried,
            Action.FED_BACK: self._fed_back,
            Action.REWORKED: self._again,
            Action.REOPENED: self._again,
            Action.MERGED: self._merged,
            Action.UNMERGED: self._unmerged,
            Action.SPLIT: self._split,
            Action.LINKED: self._linked,
        }

    def command(self, event: CommandEvent, where: Where) -> None:
        """One command, one verdict; the same id again is answered as before, and changes nothing."""
        command = event.command
        if self._kept.verdicts.get(command.command_id) is not None:
            return
        case: CaseRow | None = None
        try:
            case = self._case(command)
            said = self._carried_out(command, case, where)
        except Refusal as refusal:
            said = Said(VerdictKind.REFUSED, refusal.code, refusal.detail)
        now = None if case is None else self._steps.cases.case(case.ordinal)
        verdict = Verdict(
            centre=where.centre,
            command_id=command.command_id,
            at=where.at,
            verdict=said.verdict,
            code=said.code,
            detail=said.detail,
            action=command.action,
            actor=who_of(command),
            case_id="" if now is None else now.case_id,
            number="" if now is None else now.number,
            state=None if now is None else CaseState(now.state),
            seq=0 if now is None else now.seq,
            raw_offset=where.raw_offset,
            raw_line=where.raw_line,
        ).to_json()
        self._kept.verdicts.put(command.command_id, verdict)
        self._written.verdicts.append(verdict)

    def _case(self, command: Command) -> CaseRow | None:
        if command.action is Action.AVAILABILITY or (command.action is Action.ACKNOWLEDGED and not command.case):
            return None
        found = self._named(command.case)
        if found is None:
            raise Refusal("unknown-case", "no case that is worked on here has this number or id: look it up; history and sealed cases are not commanded")
        return found

    def _named(self, name: str) -> CaseRow | None:
        ordinal = self._kept.names.get(name) if name else None
        found = None if ordinal is None else self._steps.cases.case(ordinal)
        return None if found is None or found.facts.sealed else found

    def _carried_out(self, command: Command, case: CaseRow | None, where: Where) -> Said:
        if command.action is Action.AVAILABILITY:
            return self._orders.availability(command)
        if command.action is Action.ACKNOWLEDGED:
            return self._acknowledged(command, where)
        assert case is not None  # noqa: S101  `_case` has found it
        work = self._steps.work(case.ordinal)
        if work is None:
            raise Refusal("not-followed", "this case is not worked on here")
        if command.expect_state not in (None, CaseState(case.state)) or command.expect_seq not in (None, case.seq):
            raise Refusal("has-gone-on", f"the case is {case.state} at {case.seq} by now{last_of(work)}: look at it again")
        row = self._steps.book.row(command.action, CaseState(case.state))
        if row is None or not _commanded(row):
            return self._not_now(command, case, work)
        who = [role for role in row.who if role is not Role.CLOCK]  # the clock commands nothing
        if command.actor.role not in who:
            raise Refusal("not-yours", f"{command.action.value} is for {' or '.join(who)}, not for {command.actor.role.value}")
        other = self._named(command.other)
        facts = self._steps.facts(case, work)
        other_work = None if other is None else self._steps.work(other.ordinal)
        asked = Asked(case, work, command, command.actor, where.at, self._steps.book, facts, self._zone, other, other_work)
        for guard in row.guards:
            missing = held(guard, asked)
            if missing:
                raise Refusal(guard.value.replace("_", "-"), missing)
        return self._do(Of(asked, row, where, who_of(command)), work)

    def _not_now(self, command: Command, case: CaseRow, work: Work) -> Said:
        """Where the table has no row: said again after it was done, or too early, or too late."""
        by = work.done.get(command.action.value)
        book = self._steps.book
        rows = {state: row for state in book.states_of(command.action) if (row := book.row(command.action, state)) is not None and _commanded(row)}
        leads_here = any(row.to == case.state for row in rows.values())
        if by is not None and leads_here:
            return Said(VerdictKind.DONE_BEFORE, "done-before", f"{by} was first")
        possible = ", ".join(rows) or "no state: nobody commands this"
        raise Refusal("not-now", f"{command.action.value} is possible in {possible}; the case is {case.state}{last_of(work)}")

    def _do(self, of: Of, work: Work) -> Said:
        command, case = of.command, of.asked.case
        if command.action in (Action.ORDER_TOLD, Action.ORDER_ASSIGNED):
            return self._orders.command(command, case, work, of.where)
        task = self._own_task(of, work)
        if task is not None:
            return task
        if command.action in _TO_UNIT:
            self._returning.to_unit(of, work)
        elif command.action in self._effects:
            self._effects[command.action](of, work)
        else:
            self._doing.plain(of, work)
        return Said(VerdictKind.DONE)

    def _own_task(self, of: Of, work: Work) -> Said | None:
        """A co-unit signs, handles and feeds back its own task; the case goes by its lead."""
        command, is_of = of.command, self._steps.book.dispatcher.is_of
        if command.actor.role is not Role.UNIT or command.action not in (Action.SIGNED, Action.HANDLED, Action.FED_BACK, Action.ARRIVED, Action.CONTACTED):
            return None
        if for_lead(of.asked):
            return None
        at = of.where.at
        tasks = []
        for task in work.co_tasks:
            if is_of(command.actor.unit, frozenset({task.unit})):
                task = replace(task, signed_at=task.signed_at or at)  # noqa: PLW2901  as it is now
                if command.action is Action.FED_BACK:
                    task = replace(task, done_at=task.done_at or at, result=command.result)  # noqa: PLW2901
            tasks.append(task)
        data = {**facts_of(command), "co_unit": command.actor.unit}
        self._steps.step(of.asked.case.ordinal, replace(work, co_tasks=tuple(tasks)), command.action, of.where, of.who, why=why_of(command, of.row), data=data)
        return Said(VerdictKind.DONE)

    # clocks, supervision

    def _extended(self, of: Of, work: Work) -> None:
        command = of.command
        grant = Grant(command.milestone, command.limit, of.where.at, command.reason, command.approver)
        work = self._steps.forgiven(of.asked.case, replace(work, grants=(*work.grants, grant)), of.where)
        self._doing.plain(of, work, {"milestone": command.milestone.value, "limit": command.limit})

    def _supervised(self, of: Of, work: Work) -> None:
        command, escalation = of.command, self._steps.book.escalation
        now = None if work.supervision is None else work.supervision.level
        levels = {step.level: step for step in self._steps.book.reference.supervision}
        step = levels.get(command.level) if command.level else escalation.above(None if now is None else levels.get(now))
        if step is None:
            raise Refusal("no-such-level", f"supervision has the levels {', '.join(map(str, levels)) or 'none'}")
        due = escalation.supervised(step, of.where.at).at
        self._doing.plain(
            of,
            replace(work, supervision=Supervision(step.level, of.where.at, due)),
            {"level": step.level, "name": step.name, "due": due, "tells": list(step.tells)},
        )

    def _supervision_ended(self, of: Of, work: Work) -> None:
        work = self._steps.alerting.over(AlertKind.SUPERVISION, of.where, of.asked.case, work)
        self._doing.plain(of, replace(work, supervision=None))

    # speaking, handling

    def _contacted(self, of: Of, work: Work) -> None:
        if not of.command.reached:
            command = of.command.model_copy(update={"action": Action.CONTACT_TRIED})
            row = of.row.model_copy(update={"action": Action.CONTACT_TRIED, "to": "", "clocks": ()})
            self._contact_tried(of._replace(asked=replace(of.asked, command=command), row=row), work)
            return
        self._doing.plain(of, replace(work, spoken=True))

    def _contact_tried(self, of: Of, work: Work) -> None:
        self._doing.plain(of, replace(work, tries=(*work.tries, of.where.at)), {"tries": len(work.tries) + 1})

    def _fed_back(self, of: Of, work: Work) -> None:
        self._doing.plain(of, work)
        self._steps.call_off(of.asked.case.ordinal, of.where, "the unit has fed back", keep_arrived=True)

    def _again(self, of: Of, work: Work) -> None:
        """返工, 重办: the same case, the same clocks; verification and revisit begin with the next feedback."""
        undone = {Milestone.VERIFY.value, Milestone.REVISIT.value, Milestone.CLOSE.value}
        started = {name: at for name, at in work.started.items() if name != "fed_back"}
        reached = {name: at for name, at in work.reached.items() if name not in undone}
        parent = self._steps.work(work.parent)
        if parent is not None and not parent.open:  # its incident is over
            work = replace(work, parent=0)
        work = replace(work, open=True, rework=work.rework + 1, started=started, reached=reached, closed_at=None)
        work, moved = self._steps.planned(of.asked.case, self._steps.forgiven(of.asked.case, work, of.where))
        self._doing.plain(of, work, {"rework": work.rework, **moved})

    # hands on merging

    def _merged(self, of: Of, work: Work) -> None:
        assert of.asked.other is not None  # noqa: S101  guard `other_open`
        self._hands.merge(of.asked.case, work, of.asked.other, of.where, of.who, why_of(of.command, of.row))
        self._watching.ended(of.asked.case.ordinal, of.where, closed=False)

    def _unmerged(self, of: Of, work: Work) -> None:
        self._hands.unmerge(of.asked.case, work, of.where, of.who, why_of(of.command, of.row))
        self.began.append(of.asked.case.ordinal)

    def _split(self, of: Of, work: Work) -> None:
        self.began.append(self._hands.split(of.asked.case, work, of.command.reports, of.where, of.who, why_of(of.command, of.row)))

    def _linked(self, of: Of, work: Work) -> None:
        assert of.asked.other is not None  # noqa: S101  guard `other_case`
        self._hands.link(of.asked.case, work, of.asked.other, of.where, of.who, why_of(of.command, of.row))

    def _acknowledged(self, command: Command, where: Where) -> Said:
        try:
            first = self._steps.alerting.acknowledged(command.alert, who_of(command), where)
        except LookupError as error:
            raise Refusal("unknown-alert", "no alert has this id: look it up") from error
        return Said(VerdictKind.DONE_BEFORE, "done-before", f"{first} was first") if first else Said(VerdictKind.DONE)


def last_of(work: Work) -> str:
    """Who did what last, for whoever comes late."""
    last = next(reversed(work.done.items()), None)
    return "" if last is None else f" ({last[0]} by {last[1]})"


def _commanded(row: TransitionRule) -> bool:
    """Whether anybody may command it."""
    return row.action not in _MACHINE and set(row.who) != {Role.CLOCK}
