"""Commands: what a person wants done to a case, checked against the table of transitions, carried out, and answered by one verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pipeline.casework.lifecycle.guards import Asked, held
from pipeline.casework.lifecycle.hands import Hands
from pipeline.casework.lifecycle.kept import Precedent
from pipeline.casework.lifecycle.orders import Orders
from pipeline.casework.lifecycle.precedents import OF_DUTY, key_of
from pipeline.casework.lifecycle.steps import Steps
from pipeline.casework.lifecycle.verdicts import Refusal, Said
from pipeline.casework.lifecycle.watching import ARCHIVED_AFTER, Watching
from pipeline.casework.lifecycle.work import Grant, Returned, Stop, Supervision, Work
from pipeline.casework.rows import CaseRow
from pipeline.casework.state import State
from pipeline.casework.written import Where, Written
from schemas.centre import TransitionRule
from schemas.command import Command, CommandEvent, Verdict
from schemas.vocabulary import (
    OPEN_STATES,
    Action,
    AlertKind,
    AlertLevel,
    CaseState,
    ClockEffect,
    Milestone,
    ReturnReason,
    Role,
    VerdictKind,
)

_TO_UNIT = frozenset({Action.DISPATCHED, Action.REASSIGNED, Action.RETURN_UPHELD, Action.RULED})
_STOPS = frozenset({Action.SUSPENDED, Action.PAUSED})
_MACHINE = frozenset(
    {Action.JOINED, Action.REVISED, Action.MOVED, Action.REPORT_WITHDRAWN, Action.WITHDRAWN, Action.REVIVED, Action.ABSORBED, Action.REPORT_MOVED}
    | {Action.INCIDENT, Action.NEEDED, Action.ORDERED, Action.PLANNED, Action.WARNED, Action.ARCHIVED}
)
"""What nobody commands: sources say it, or the clock does it."""


class Of(NamedTuple):
    """A command about to be carried out."""

    asked: Asked
    row: TransitionRule
    where: Where
    who: str
    """`role:name`."""

    @property
    def command(self) -> Command:
        """What is wanted."""
        return self.asked.command


class Commanding:
    """Carries out commands."""

    def __init__(self, state: State, steps: Steps, watching: Watching, zone: ZoneInfo, written: Written) -> None:
        self._state, self._steps, self._watching, self._zone, self._written = state, steps, watching, zone, written
        self._kept = steps.kept
        self._hands = Hands(steps, state)
        self._orders = Orders(steps)
        self.began: list[int] = []
        """Cases that have to be sent to a unit now."""
        self._effects: Mapping[Action, Callable[[Of, Work], None]] = {
            Action.RETURN_ASKED: self._return_asked,
            Action.RETURN_REJECTED: self._return_rejected,
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
            actor=_who(command),
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
            raise Refusal("has-gone-on", f"the case is {case.state} at {case.seq} by now{_first(work)}: look at it again")
        row = self._steps.book.row(command.action, CaseState(case.state))
        if row is None or not _commanded(row):
            return self._not_now(command, case, work)
        if command.actor.role not in row.who:
            raise Refusal("not-yours", f"{command.action.value} is for {' or '.join(row.who)}, not for {command.actor.role.value}")
        other = self._named(command.other)
        facts = self._steps.facts(case, work)
        other_work = None if other is None else self._steps.work(other.ordinal)
        asked = Asked(case, work, command, command.actor, where.at, self._steps.book, facts, self._zone, other, other_work)
        for guard in row.guards:
            missing = held(guard, asked)
            if missing:
                raise Refusal(guard.value.replace("_", "-"), missing)
        return self._do(Of(asked, row, where, _who(command)), work)

    def _not_now(self, command: Command, case: CaseRow, work: Work) -> Said:
        """Where the table has no row: said again after it was done, or too early, or too late."""
        by = work.done.get(command.action.value)
        book = self._steps.book
        rows = {state: row for state in book.states_of(command.action) if (row := book.row(command.action, state)) is not None and _commanded(row)}
        leads_here = any(row.to == case.state for row in rows.values())
        if by is not None and leads_here:
            return Said(VerdictKind.DONE_BEFORE, "done-before", f"{by} was first")
        possible = ", ".join(rows) or "no state: nobody commands this"
        raise Refusal("not-now", f"{command.action.value} is possible in {possible}; the case is {case.state}{_first(work)}")

    def _do(self, of: Of, work: Work) -> Said:
        command, case = of.command, of.asked.case
        if command.action in (Action.ORDER_TOLD, Action.ORDER_ASSIGNED):
            return self._orders.command(command, case, work, of.where)
        task = self._own_task(of, work)
        if task is not None:
            return task
        if command.action in _TO_UNIT:
            self._to_unit(of, work)
        elif command.action in self._effects:
            self._effects[command.action](of, work)
        else:
            self._plain(of, work)
        return Said(VerdictKind.DONE)

    # what most actions are

    def _plain(self, of: Of, work: Work, data: Mapping[str, Any] | None = None) -> None:
        """The table's own: clocks, state, and what goes with it."""
        command, case, row, where = of.command, of.asked.case, of.row, of.where
        to = CaseState(row.to) if row.to else None
        before = work
        if command.result.strip():
            work = replace(work, result=command.result)
        if command.action in _STOPS:
            work = replace(work, stops=(*work.stops, Stop(command.action.value, where.at, None, command.reason, command.approver)))
        if command.action is Action.NOT_ACCEPTED and command.not_accepted is not None:
            work = replace(work, result=f"{command.not_accepted.zh}：{command.reason}")
        elif command.action in (Action.TRANSFERRED, Action.VOIDED):
            work = replace(work, result=command.reason)
        work = self._steps.clocked(work, row.clocks, where.at)
        if command.action is Action.CLOSED:
            work = replace(work, closed_at=where.at)
            self._kept.archive.add(where.at + ARCHIVED_AFTER, case.ordinal)
        moved: dict[str, Any] = {}
        if any(effect in _MOVES for effect in row.clocks):
            work, moved = self._steps.planned(case, work)
        for name in work.reached.keys() - before.reached.keys():
            work = self._steps.alerting.over(AlertKind.OVERDUE, where, case, work, milestone=Milestone(name))
        self._steps.step(case.ordinal, work, command.action, where, of.who, to=to, why=_why(command, row), data={**_facts(command), **(data or {}), **moved})
        if to is not None and to not in OPEN_STATES:
            self._steps.end(case.ordinal, where, f"the case is {to.value}")
            self._watching.ended(case.ordinal, where, of.who, closed=command.action is Action.CLOSED)

    # units

    def _to_unit(self, of: Of, work: Work) -> None:
        command, case, row, where = of.command, of.asked.case, of.row, of.where
        unit = command.unit or work.unit
        if unit not in self._steps.book.reference.units and self._steps.book.reference.units:
            raise Refusal("unknown-unit", f"no unit has the id {unit}: look it up in units.csv")
        for named in (unit, *(command.co_units or ())):
            if self._steps.book.dispatcher.is_of(named, frozenset(work.against)):
                raise Refusal("complained-of", f"{named} is complained of in this case, and may not handle it")
        if case.facts.sealed:
            raise Refusal("not-sealed", "sealed: nobody is sent")
        rule, data = f"desk/{of.who}", dict[str, Any]()
        if command.action in (Action.RETURN_UPHELD, Action.RULED):
            work, data = self._upheld(of, work, unit)
            rule = work.rule if command.precedent and data.get("precedent") else rule
        self._steps.keep(work)
        self._steps.dispatch(
            case.ordinal,
            where,
            of.who,
            action=command.action,
            unit=unit,
            co_units=work.co_units if command.co_units is None else command.co_units,
            rule=rule,
            why=_why(command, row),
            effects=[effect for effect in row.clocks if effect is not ClockEffect.CREDIT_REVIEW],
            data={**_facts(command), **data},
            by_hand=True,
        )

    def _upheld(self, of: Of, work: Work, unit: str) -> tuple[Work, dict[str, Any]]:
        """The return is upheld: its review is credited, and routing does so from now on where it says whose duty it is."""
        command, where = of.command, of.where
        open_one = work.returning
        assert open_one is not None  # noqa: S101  guards `return_open`, `disputed`
        returns = tuple(replace(one, ruling="upheld") if one is open_one else one for one in work.returns)
        stop = Stop("review", open_one.at, where.at, f"return upheld: {command.reason}", of.who)
        work = replace(work, returns=returns, disputed=False, stops=(*work.stops, stop))
        work = self._steps.alerting.over(AlertKind.CONSULTATION, where, of.asked.case, work)
        data: dict[str, Any] = {"unit": unit, "to": unit, "from": open_one.unit, "rule": open_one.rule, "precedent": ""}
        reason = ReturnReason(open_one.reason)
        if command.precedent and reason in OF_DUTY and not open_one.rule.startswith("desk/"):
            key = key_of(of.asked.case, reason)
            co_units = work.co_units if command.co_units is None else command.co_units
            rule = open_one.rule if not open_one.rule.startswith("precedent/") else self._above(key, open_one.rule)
            basis = command.clause or command.reason
            self._kept.precedents.put(key, Precedent(unit, tuple(co_units), rule, of.asked.case.number, where.at.date().isoformat(), of.who, basis))
            data["precedent"] = key
            work = replace(work, rule=f"precedent/{of.asked.case.number}")
        return work, data

    def _above(self, key: str, rule: str) -> str:
        """The routing rule under a precedent that has been overruled itself."""
        known = self._kept.precedents.get(key)
        return rule if known is None else known.rule

    def _return_asked(self, of: Of, work: Work) -> None:
        command, case, where = of.command, of.asked.case, of.where
        assert command.reason_code is not None  # noqa: S101  guard `return_complete`
        second = bool(work.returns)
        made = Returned(work.unit, where.at, command.reason_code.value, command.clause, command.unit, work.rule)
        work = replace(work, returns=(*work.returns, made), disputed=second)
        if second:
            evidence = f"{case.number} was returned by {len(work.returns)} units: {', '.join(one.unit for one in work.returns)}"
            work = self._steps.alerting.of_case(
                AlertKind.CONSULTATION, AlertLevel.ORANGE, where, case, work, evidence=evidence, rule="returns/second", tells=("desk", "unit_head")
            )
        data = {"unit": made.unit, "reason_code": made.reason, "clause": made.clause, "suggested": made.suggested, "rule": made.rule, "second": second}
        self._plain(of, work, data)

    def _return_rejected(self, of: Of, work: Work) -> None:
        open_one = work.returning
        assert open_one is not None  # noqa: S101  guard `return_open`
        work = replace(work, returns=tuple(replace(one, ruling="rejected") if one is open_one else one for one in work.returns))
        self._plain(of, work, {"unit": open_one.unit, "to": work.unit, "rule": open_one.rule})

    def _own_task(self, of: Of, work: Work) -> Said | None:
        """A co-unit signs, handles and feeds back its own task; the case goes by its lead."""
        command, is_of = of.command, self._steps.book.dispatcher.is_of
        if command.actor.role is not Role.UNIT or command.action not in (Action.SIGNED, Action.HANDLED, Action.FED_BACK, Action.ARRIVED, Action.CONTACTED):
            return None
        if is_of(command.actor.unit, frozenset({work.unit})):
            return None
        at = of.where.at
        tasks = []
        for task in work.co_tasks:
            if is_of(command.actor.unit, frozenset({task.unit})):
                task = replace(task, signed_at=task.signed_at or at)  # noqa: PLW2901  as it is now
                if command.action is Action.FED_BACK:
                    task = replace(task, done_at=task.done_at or at, result=command.result)  # noqa: PLW2901
            tasks.append(task)
        data = {**_facts(command), "co_unit": command.actor.unit}
        self._steps.step(of.asked.case.ordinal, replace(work, co_tasks=tuple(tasks)), command.action, of.where, of.who, why=_why(command, of.row), data=data)
        return Said(VerdictKind.DONE)

    # clocks, supervision

    def _extended(self, of: Of, work: Work) -> None:
        command = of.command
        grant = Grant(command.milestone, command.limit, of.where.at, command.reason, command.approver)
        told = tuple(one for one in work.warned if one.partition("/")[0] != command.milestone.value)  # not due soon any more: it will be told anew
        work = self._steps.alerting.over(AlertKind.DUE_SOON, of.where, of.asked.case, replace(work, warned=told), milestone=command.milestone)
        self._plain(of, replace(work, grants=(*work.grants, grant)), {"milestone": command.milestone.value, "limit": command.limit})

    def _supervised(self, of: Of, work: Work) -> None:
        command, escalation = of.command, self._steps.book.escalation
        now = None if work.supervision is None else work.supervision.level
        levels = {step.level: step for step in self._steps.book.reference.supervision}
        step = levels.get(command.level) if command.level else escalation.above(None if now is None else levels.get(now))
        if step is None:
            raise Refusal("no-such-level", f"supervision has the levels {', '.join(map(str, levels)) or 'none'}")
        due = escalation.supervised(step, of.where.at).at
        self._plain(
            of,
            replace(work, supervision=Supervision(step.level, of.where.at, due)),
            {"level": step.level, "name": step.name, "due": due, "tells": list(step.tells)},
        )

    def _supervision_ended(self, of: Of, work: Work) -> None:
        work = self._steps.alerting.over(AlertKind.SUPERVISION, of.where, of.asked.case, work)
        self._plain(of, replace(work, supervision=None))

    # speaking, handling

    def _contacted(self, of: Of, work: Work) -> None:
        if not of.command.reached:
            command = of.command.model_copy(update={"action": Action.CONTACT_TRIED})
            row = of.row.model_copy(update={"action": Action.CONTACT_TRIED, "to": "", "clocks": ()})
            self._contact_tried(of._replace(asked=replace(of.asked, command=command), row=row), work)
            return
        self._plain(of, replace(work, spoken=True))

    def _contact_tried(self, of: Of, work: Work) -> None:
        self._plain(of, replace(work, tries=(*work.tries, of.where.at)), {"tries": len(work.tries) + 1})

    def _fed_back(self, of: Of, work: Work) -> None:
        self._plain(of, work)
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
        work, moved = self._steps.planned(of.asked.case, work)
        self._plain(of, work, {"rework": work.rework, **moved})

    # hands on merging

    def _merged(self, of: Of, work: Work) -> None:
        assert of.asked.other is not None  # noqa: S101  guard `other_open`
        self._hands.merge(of.asked.case, work, of.asked.other, of.where, of.who, _why(of.command, of.row))
        self._watching.ended(of.asked.case.ordinal, of.where, of.who, closed=False)

    def _unmerged(self, of: Of, work: Work) -> None:
        self._hands.unmerge(of.asked.case, work, of.where, of.who, _why(of.command, of.row))
        self.began.append(of.asked.case.ordinal)

    def _split(self, of: Of, work: Work) -> None:
        self.began.append(self._hands.split(of.asked.case, work, of.command.reports, of.where, of.who, _why(of.command, of.row)))

    def _linked(self, of: Of, work: Work) -> None:
        assert of.asked.other is not None  # noqa: S101  guard `other_case`
        self._hands.link(of.asked.case, work, of.asked.other, of.where, of.who, _why(of.command, of.row))

    def _acknowledged(self, command: Command, where: Where) -> Said:
        try:
            first = self._steps.alerting.acknowledged(command.alert, _who(command), where)
        except LookupError as error:
            raise Refusal("unknown-alert", "no alert has this id: look it up") from error
        return Said(VerdictKind.DONE_BEFORE, "done-before", f"{first} was first") if first else Said(VerdictKind.DONE)


_MOVES = frozenset(
    {
        ClockEffect.START_DISPATCHED,
        ClockEffect.SEND_AGAIN,
        ClockEffect.START_RETURNED,
        ClockEffect.START_FED_BACK,
        ClockEffect.STOP,
        ClockEffect.GO,
        ClockEffect.PUT_OFF,
        ClockEffect.START_REVIEW,
        ClockEffect.START_REREVIEW,
        ClockEffect.REACH_SIGN,
    }
)
"""Effects after which deadlines are reckoned anew (of signing: a petition's acceptance begins)."""


def _commanded(row: TransitionRule) -> bool:
    """Whether anybody may command it."""
    return row.action not in _MACHINE and set(row.who) != {Role.CLOCK}


def _who(command: Command) -> str:
    return f"{command.actor.role.value}:{command.actor.name}"


def not_followed(event: CommandEvent, where: Where) -> bytes:
    """The verdict where nothing is worked on: the centre looks at a stream of the past, or its pack has no transitions."""
    return _refused(event.command, where, "not-followed", "this centre does not work on cases: its mode is stream, or its pack has no transitions.csv")


def failed(event: CommandEvent, raw_offset: int, state: State, why: str) -> bytes:
    """The verdict of a command that failed inside: it changed nothing, and the sentence is for whoever mends it."""
    where = Where(state.meta.centre, raw_offset, event.raw_line, state.meta.clock, state.meta.pack)
    verdict = _refused(event.command, where, "failed", f"it failed inside and changed nothing; an operator has to look: {why}")
    state.kept.verdicts.put(event.command.command_id, verdict)
    return verdict


def _refused(command: Command, where: Where, code: str, detail: str) -> bytes:
    return Verdict(
        centre=where.centre,
        command_id=command.command_id,
        at=where.at,
        verdict=VerdictKind.REFUSED,
        code=code,
        detail=detail,
        action=command.action,
        actor=_who(command),
        raw_offset=where.raw_offset,
        raw_line=where.raw_line,
    ).to_json()


def _first(work: Work) -> str:
    last = next(reversed(work.done.items()), None)
    return "" if last is None else f" ({last[0]} by {last[1]})"


def _why(command: Command, row: TransitionRule) -> dict[str, Any]:
    because = "; ".join(part for part in (command.reason.strip(), command.clause.strip(), command.approver and f"approved by {command.approver}") if part)
    return {"rule": f"transitions/{row.action.value}", **({"because": because} if because else {})}


def _facts(command: Command) -> dict[str, Any]:
    """What the journal keeps of a command beside its reason."""
    kept = command.model_dump(
        mode="json",
        exclude_defaults=True,
        include={"result", "evidence", "solved", "satisfied", "not_accepted", "unit", "approver", "level"},
    )
    if command.action is Action.REVISITED:
        kept["counted"] = command.counted
    return kept
