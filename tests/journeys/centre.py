"""A centre on the way of whole journeys: lines in the sources' own words, commands and time in; the journal as a person reads it out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.channels import CHANNELS
from schemas.case import Transition
from schemas.command import Actor, Verdict
from schemas.vocabulary import Action, AlertKind, CaseState, Force, Milestone, OrderAct, Role, Source, VerdictKind
from tests.casework.lifecycle.centre import ZONE, Worked

BEST_DETAIL = {
    Action.DISPATCHED: ("unit",),
    Action.REASSIGNED: ("unit",),
    Action.RETURN_ASKED: ("unit", "reason_code"),
    Action.RETURN_UPHELD: ("unit",),
    Action.RULED: ("unit",),
    Action.ORDERED: ("force",),
    Action.ORDER_ASSIGNED: ("force",),
    Action.ORDER_TOLD: ("force", "act"),
    Action.NEEDED: ("force", "state"),
    Action.WARNED: ("milestone", "level"),
    Action.SUPERVISED: ("level",),
    Action.EXTENDED: ("milestone", "limit"),
    Action.CONTACT_TRIED: ("tries",),
}
"""What a line of the journal is told by, beside its action."""

FAR = datetime(2030, 1, 1, tzinfo=UTC)
"""Later than all that the journeys tell: sources' modules refuse what has not happened yet."""


@dataclass
class Journey(Worked):
    """The centre, with words of sources."""

    def says(self, source: Source, payload: Mapping[str, Any]) -> str:
        """One line as the source pushes it, through its own module, at the time at which it was pushed; the number of its case, empty for none."""
        read = CHANNELS[source].read(json.dumps(payload, ensure_ascii=False).encode(), FAR).report
        self.at = max(self.at, (read.arrived_at or read.reported_at).astimezone(ZONE))
        (outcome,) = self.reports(read)
        return self.cases[outcome.case_id].number if outcome.case_id in self.cases else ""

    def told(self, case: str, act: OrderAct, force: Force) -> Verdict:
        """What the responder of a force says of its order for the case."""
        order = next(need.standing for need in self.work(case).needs if need.card.force is force and need.standing is not None)
        me = Actor(role=Role.RESPONDER, name=force.zh, responder=order.responder)
        return self.done(self.command(Action.ORDER_TOLD, case, me, act=act))

    def goes(self, case: str, force: Force, *acts: OrderAct) -> None:
        """Acts of the responder of a force, all now."""
        for act in acts:
            self.told(case, act, force)

    def done(self, verdict: Verdict) -> Verdict:
        """The command was carried out."""
        assert verdict.verdict is VerdictKind.DONE, (verdict.code, verdict.detail)
        return verdict

    def unit_does(self, case: str, *actions: Action, **more: Any) -> None:
        """The unit that the case is with does this, one after the other, now."""
        for action in actions:
            self.done(self.command(action, case, **more))

    def desk_does(self, case: str, *actions: Action, **more: Any) -> None:
        """The desk does this, one after the other, now."""
        for action in actions:
            self.done(self.desk(action, case, **more))

    def due(self, case: str, milestone: Milestone = Milestone.CLOSE) -> str:
        """When a milestone of the case is due, in the centre's zone; `-`: never, or the clock stands."""
        plan = self.work(case).plan(milestone)
        return "-" if plan is None or plan.due is None else f"{plan.due.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"

    def journal_of(self, case: str, *, leave_out: frozenset[Action] = frozenset()) -> list[str]:
        """The journal of a case as a person reads it: `15:32:58 clock dispatched gongdian`."""
        name = self.case(case).case_id
        return [line_of(line) for line in self.journal if line.case_id == name and line.action not in leave_out]

    def alerted(self, case: str = "") -> list[str]:
        """Kinds and levels of all alerts that were raised, of a case or of all, in order; each once for each level."""
        said = (f"{alert.kind.value}/{alert.level.value}" for alert in self.alerts if not case or alert.number == case)
        return list(dict.fromkeys(said))

    def count_of(self, kind: AlertKind) -> int:
        """How many alerts of a kind there are."""
        return len({alert.alert_id for alert in self.alerts if alert.kind is kind})

    def heard(self, source_id: str) -> list[str]:
        """What the source was told of one of its reports: its words for each state, the final one with `!`."""
        return [f"{result.said}{'!' if result.final else ''}" for result in self.results if result.source_id == source_id]

    def closed(self, case: str, **more: Any) -> None:
        """The desk checks, asks and closes."""
        self.desk_does(case, Action.VERIFIED)
        self.desk_does(case, Action.REVISITED, solved=True, satisfied=True)
        self.desk_does(case, Action.CLOSED, **more)
        assert self.case(case).state is CaseState.CLOSED


def line_of(line: Transition) -> str:
    """A line of the journal as a person reads it."""
    detail = "/".join(str(line.data[name]) for name in BEST_DETAIL.get(line.action, ()) if line.data.get(name) not in (None, ""))
    actor = line.actor.removeprefix("source:")
    return " ".join(part for part in (f"{line.at.astimezone(ZONE):%H:%M:%S}", actor, line.action.value, detail) if part)
