"""Commands about responders: what they say of their orders, whom the desk sends, whether they can be called."""

from __future__ import annotations

from pipeline.casework.dispatch.orders import Who
from pipeline.casework.lifecycle.steps import Steps
from pipeline.casework.lifecycle.verdicts import Refusal, Said
from pipeline.casework.lifecycle.work import Work
from pipeline.casework.rows import CaseRow
from pipeline.casework.written import Where
from schemas.command import Command
from schemas.vocabulary import Action, AlertKind, CaseState, Milestone, OrderAct, OrderState, Role, Urgency, VerdictKind


class Orders:
    """Carries them out."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def availability(self, command: Command) -> Said:
        """A responder says, or its desk, whether it can be called."""
        roster = self._steps.kept.roster
        name = command.responder or command.actor.responder
        if command.availability is None or roster is None or name not in roster.responders:
            raise Refusal("unknown-responder", "name a responder of responders.csv, and its availability")
        if command.actor.role is Role.RESPONDER and command.actor.responder != name:
            raise Refusal("not-yours", "a responder speaks for itself alone")
        roster.says(name, command.availability)
        return Said(VerdictKind.DONE)

    def command(self, command: Command, case: CaseRow, work: Work, where: Where) -> Said:
        """`order_told` or `order_assigned`."""
        sending = self._steps.sending()
        if sending is None or Urgency(case.urgency) not in self._steps.book.reference.dispatch_rules:
            raise Refusal("nobody-is-sent", "this pack sends nobody to such a case")
        if command.action is Action.ORDER_ASSIGNED:
            return self._assigned(command, case, work, where)
        return self._told(command, case, work, where)

    def _assigned(self, command: Command, case: CaseRow, work: Work, where: Where) -> Said:
        sending = self._steps.sending()
        assert sending is not None  # noqa: S101  `command` has looked
        try:
            sent, refused = sending.assign(self._steps.scene(case, work), work.needs, command.need, command.responder, where.at)
        except LookupError as error:
            raise Refusal("unknown-need", f"the case needs {', '.join(need.need for need in work.needs) or 'nobody'}") from error
        if refused:
            raise Refusal("not-to-be-sent", refused)
        self._steps.sent(case.ordinal, work.needs, sent, where, f"{command.actor.role.value}:{command.actor.name}")
        return Said(VerdictKind.DONE)

    def _told(self, command: Command, case: CaseRow, work: Work, where: Where) -> Said:
        sending = self._steps.sending()
        assert sending is not None  # noqa: S101  `command` has looked
        if command.act is None or command.act is OrderAct.EXPIRE:
            raise Refusal("no-act", "say accept, decline, depart, arrive, finish or withdraw")
        need, number = self._place(command, work)
        responder = work.needs[need].orders[number].responder
        if command.actor.role is Role.RESPONDER and command.actor.responder != responder:
            raise Refusal("not-yours", "the order is somebody else's")
        who: Who = "responder" if command.actor.role is Role.RESPONDER else "desk"
        actor = f"{command.actor.role.value}:{command.actor.name}"
        sent = sending.told(self._steps.scene(case, work), work.needs, (work.needs[need].need, number), command.act, who, where.at, command.reason)
        assert sent.answer is not None  # noqa: S101  `told` answers
        if sent.answer.refused:
            raise Refusal("not-now", sent.answer.refused)
        if not sent.answer.changed:
            return Said(VerdictKind.DONE_BEFORE, "done-before", f"the order is {sent.answer.state.value}")
        self._steps.sent(case.ordinal, work.needs, sent, where, actor)
        self._reached(case.ordinal, sent.answer.state, where, actor)
        return Said(VerdictKind.DONE)

    def _place(self, command: Command, work: Work) -> tuple[int, int]:
        """Which need, which of its orders: as named, else the one that stands, of whoever speaks."""
        for index, need in enumerate(work.needs):
            if command.need and need.need != command.need:
                continue
            if command.order is not None:
                if command.need and command.order < len(need.orders):
                    return index, command.order
                continue
            for number in range(len(need.orders) - 1, -1, -1):
                order = need.orders[number]
                mine = command.responder or command.actor.responder
                if (mine and order.responder == mine) or (not mine and order is need.standing):
                    return index, number
        raise Refusal("unknown-order", "no such order of this case: name the need, and the order's number or its responder")

    def _reached(self, ordinal: int, state: OrderState, where: Where, actor: str) -> None:
        """Somebody is on the way, or there: so is the case."""
        work, case = self._steps.work(ordinal), self._steps.cases.case(ordinal)
        assert work is not None  # noqa: S101  its order has just changed
        if state in (OrderState.ON_THE_WAY, OrderState.ARRIVED):
            work = work.with_reached(Milestone.DEPART, where.at)
            work = self._steps.alerting.over(AlertKind.OVERDUE, where, case, work, milestone=Milestone.DEPART)
            self._steps.keep(work)
        row = self._steps.book.row(Action.ARRIVED, CaseState(case.state))
        if state is OrderState.ARRIVED and row is not None and row.to:
            work = self._steps.clocked(work, row.clocks, where.at)
            work = self._steps.alerting.over(AlertKind.OVERDUE, where, case, work, milestone=Milestone.ARRIVE)
            self._steps.step(ordinal, work, Action.ARRIVED, where, actor, to=CaseState(row.to), why={"rule": "transitions/arrived"})
