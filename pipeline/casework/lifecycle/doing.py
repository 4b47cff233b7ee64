"""What every command does: the table's own change of state and clocks, with the facts and the reason for the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from pipeline.casework.lifecycle.guards import REOPENED_WITHIN, Asked
from pipeline.casework.lifecycle.steps import Steps
from pipeline.casework.lifecycle.watching import Watching
from pipeline.casework.lifecycle.work import Stop, Work
from pipeline.casework.written import Where
from schemas.centre import TransitionRule
from schemas.command import Command
from schemas.vocabulary import (
    OPEN_STATES,
    Action,
    AlertKind,
    CaseState,
    ClockEffect,
    Milestone,
)

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
_STOPS = frozenset({Action.SUSPENDED, Action.PAUSED})


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


class Doing:
    """Does what the table says."""

    def __init__(self, steps: Steps, watching: Watching) -> None:
        self.steps, self.watching, self.kept = steps, watching, steps.kept

    def plain(self, of: Of, work: Work, data: Mapping[str, Any] | None = None) -> None:
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
        work = self.steps.clocked(work, row.clocks, where.at)
        if command.action is Action.CLOSED:
            work = replace(work, closed_at=where.at)
            self.kept.archive.add(where.at + REOPENED_WITHIN, case.ordinal)
        moved: dict[str, Any] = {}
        if any(effect in _MOVES for effect in row.clocks):
            work, moved = self.steps.planned(case, work)
        for name in [name for name in work.reached if name not in before.reached]:
            work = self.steps.alerting.over(AlertKind.OVERDUE, where, case, work, milestone=Milestone(name))
        self.steps.step(case.ordinal, work, command.action, where, of.who, to=to, why=why_of(command, row), data={**facts_of(command), **(data or {}), **moved})
        if to is not None and to not in OPEN_STATES:
            self.steps.end(case.ordinal, where, f"the case is {to.value}")
            self.watching.ended(case.ordinal, where, closed=command.action is Action.CLOSED)


def who_of(command: Command) -> str:
    """`role:name`."""
    return f"{command.actor.role.value}:{command.actor.name}"


def why_of(command: Command, row: TransitionRule) -> dict[str, Any]:
    """Why, as the journal carries it."""
    because = "; ".join(part for part in (command.reason.strip(), command.clause.strip(), command.approver and f"approved by {command.approver}") if part)
    return {"rule": f"transitions/{row.action.value}", **({"because": because} if because else {})}


def facts_of(command: Command) -> dict[str, Any]:
    """What the journal keeps of a command beside its reason."""
    kept = command.model_dump(
        mode="json",
        exclude_defaults=True,
        include={"result", "evidence", "solved", "satisfied", "not_accepted", "unit", "approver", "level"},
    )
    if command.action is Action.REVISITED:
        kept["counted"] = command.counted
    return kept
