"""All people of a simulated district at once: they are told what the centre writes, and give commands.

    people = People(reference, seed, start)
    people.told(Told(cases=…, journal=…, alerts=…, verdicts=…))     lines that the centre has written, in their order
    people.commands(until)                                          what they command by then, in the order of time

Pure: the same lines told at the same instants give the same commands. They know only what the centre has told them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from connectors.simulation.people.desk import Desk
from connectors.simulation.people.habits import Habits
from connectors.simulation.people.memory import Act, File, Memory, Wish
from connectors.simulation.people.out import Out
from connectors.simulation.people.responders import Responders
from connectors.simulation.people.units import ALERTED, Units
from reference.pack import Reference
from schemas.command import Command, CommandEvent
from schemas.vocabulary import OPEN_STATES, Action, AlertStatus, CaseState, NeedState, VerdictKind

Line = Mapping[str, Any]
_OPEN = frozenset(state.value for state in OPEN_STATES)
_TO_UNIT = frozenset({Action.DISPATCHED.value, Action.REASSIGNED.value, Action.RETURN_UPHELD.value, Action.RULED.value})
_BACK = frozenset({Action.OPENED.value, Action.REVIVED.value, Action.UNMERGED.value})
_KEPT = frozenset({*_OPEN, CaseState.CLOSED.value})
"""Cases in these states are remembered: a closed one may be reopened."""


class Told(NamedTuple):
    """Lines of `ucc.cases`, `ucc.journal`, `ucc.alerts` and `ucc.verdicts` as mappings."""

    cases: Iterable[Line] = ()
    journal: Iterable[Line] = ()
    alerts: Iterable[Line] = ()
    verdicts: Iterable[Line] = ()


@dataclass(slots=True)
class Given:
    """A command on its way: what it was meant for."""

    act: Act
    action: str


class People:
    """Units, desk and responders."""

    def __init__(self, reference: Reference, seed: int, start: datetime, habits: Habits | None = None) -> None:
        """`start` (aware): nothing is commanded before. The same seed, the same people."""
        habits = habits or Habits()
        self.memory = Memory(reference, seed, habits, start)
        self.out = Out(reference, seed, habits.no_phone)
        self._units, self._desk, self._responders = Units(self.memory), Desk(self.memory, self.out), Responders(self.memory, self.out)
        self._given: dict[str, Given] = {}
        self._number = 0

    # what they are told

    def told(self, told: Told) -> None:
        """What the centre has written since the last time."""
        files = self.memory.files
        for picture in told.cases:
            known = files.get(picture["case_id"])
            if known is None:
                files[picture["case_id"]] = File(picture)
            else:
                known.picture = picture
        for line in told.journal:
            file = files.get(line["case_id"])
            if file is not None:
                self._happened(line, file)
        for alert in told.alerts:
            self._alerted(alert)
        for verdict in told.verdicts:
            self._answered(verdict)
        for picture in told.cases:
            file = files.get(picture["case_id"])
            if file is not None and (file.state not in _OPEN) and not self._may_reopen(picture["case_id"], file):
                del files[picture["case_id"]]

    def _happened(self, line: Line, file: File) -> None:
        action, at, case = line["action"], datetime.fromisoformat(line["at"]), line["case_id"]
        if action in _TO_UNIT and line["data"].get("unit"):
            if action in (Action.RETURN_UPHELD.value, Action.RULED.value):
                file.sent_back += 1
            self._units.given(file, line, at)
            self._desk.given(file, line, at)
        elif action in _BACK:
            if file.state == CaseState.CLASSIFIED.value:
                self._desk.unnamed(file, case, at, line["transition_id"])
        elif action == Action.RETURN_ASKED.value:
            self._desk.asked_back(file, line, at)
        elif action == Action.RETURN_REJECTED.value:
            self.memory.means(at + self.memory.habits.wakes_after, "wake", case, file.turn, office=not file.pressing)
        elif action == Action.FED_BACK.value and line["to_state"] == CaseState.FEEDBACK.value and line.get("from_state") != CaseState.FEEDBACK.value:
            self._desk.answered(file, line, at)
        elif action in (Action.REWORKED.value, Action.REOPENED.value):
            self._units.again(file, case, at, line["transition_id"])
        else:
            self._of_responders(line, action, at)
        if action == Action.SUPERVISED.value:
            self._units.told(file, case, "supervised", at, line["transition_id"])

    def _of_responders(self, line: Line, action: str, at: datetime) -> None:
        if action in (Action.ORDERED.value, Action.ORDER_ASSIGNED.value):
            self._responders.ordered(line, at, by_desk=action == Action.ORDER_ASSIGNED.value)
        elif action == Action.NEEDED.value and line["data"]["state"] == NeedState.DESK.value:
            self._desk.lacking(line, at)

    def _alerted(self, alert: Line) -> None:
        if alert["status"] != AlertStatus.OPEN.value:
            return
        at, file = datetime.fromisoformat(alert["changed_at"]), self.memory.files.get(alert.get("case_id", ""))
        self._desk.alerted(alert, file, at)
        if file is not None and alert.get("milestone") in ALERTED:
            self._units.told(file, alert["case_id"], alert["level"], at, f"{alert['alert_id']}/{alert['version']}")

    def _answered(self, verdict: Line) -> None:
        given = self._given.pop(verdict["command_id"], None)
        if given is None:
            return
        act, at, file = given.act, datetime.fromisoformat(verdict["at"]), self.memory.files.get(given.act.case)
        done = verdict["verdict"] != VerdictKind.REFUSED.value
        if act.what in Responders.ACTS:
            if done:
                self._responders.done(act, file, at)
        elif act.what in Desk.ACTS:
            if done:
                self._desk.done(act, file, at, given.action)
            else:
                self._desk.refused(act, file, at, verdict.get("code", ""))
        elif file is not None:
            if done:
                self._units.done(act, file, at, given.action)
            else:
                self._units.refused(act, file, at, verdict.get("code", ""))

    def _may_reopen(self, case: str, file: File) -> bool:
        """Whether a case that has ended is still of interest: somebody means to reopen it."""
        return file.state == CaseState.CLOSED.value and case in self.memory.reopened

    # what they do

    def waiting(self) -> datetime | None:
        """When the next of them means to do something; none: nobody does."""
        return self.memory.waiting()

    def commands(self, until: datetime) -> list[CommandEvent]:
        """What they command by an instant, none of it twice."""
        found = []
        while (act := self.memory.next(until)) is not None:
            file = self.memory.files.get(act.case)
            wish = self._wish(act, file)
            if wish is not None:
                found.append(self._command(act, wish))
        self.memory.now = max(self.memory.now, until)
        return found

    def _wish(self, act: Act, file: File | None) -> Wish | None:
        if act.what in Responders.ACTS:
            return self._responders.wish(act, file)
        if act.what in Desk.ACTS:
            return self._desk.wish(act, file)
        return None if file is None else self._units.wish(act, file)

    def _command(self, act: Act, wish: Wish) -> CommandEvent:
        self._number += 1
        name = f"sim-{self.memory.seed}-{self._number:09d}"
        self._given[name] = Given(act, wish.action.value)
        return CommandEvent(kind="command", at=act.at, command=Command(command_id=name, action=wish.action, case=act.case, actor=wish.actor, **wish.more))
