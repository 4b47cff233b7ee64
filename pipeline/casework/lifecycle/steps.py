"""The steps of which the work on a case is made: each changes case and work together, and writes the journal's line of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.casework.cases import Cases
from pipeline.casework.clocks.milestones import EACH_ORDER, Deadline
from pipeline.casework.clocks.rules import Facts
from pipeline.casework.clocks.spans import Place, zone_of
from pipeline.casework.dispatch.choice import Choice
from pipeline.casework.dispatch.scene import Scene
from pipeline.casework.dispatch.sending import Needs, Sending, Sent
from pipeline.casework.lifecycle.alerting import Alerting
from pipeline.casework.lifecycle.book import Book
from pipeline.casework.lifecycle.kept import Kept
from pipeline.casework.lifecycle.results import Results
from pipeline.casework.lifecycle.work import CoTask, Planned, Warning_, Work
from pipeline.casework.rows import CaseRow, Entry
from pipeline.casework.written import Where, Written
from schemas.vocabulary import (
    OPEN_STATES,
    Action,
    AlertKind,
    AlertLevel,
    CaseState,
    ClockEffect,
    Intent,
    Milestone,
    NeedState,
    OrderAct,
    OrderState,
    Source,
    Start,
    Urgency,
)

AFTER_CLOSING = frozenset({Milestone.REVIEW, Milestone.REREVIEW})
_REACHES = {
    ClockEffect.REACH_SIGN: Milestone.SIGN,
    ClockEffect.REACH_CONTACT: Milestone.CONTACT,
    ClockEffect.REACH_ARRIVE: Milestone.ARRIVE,
    ClockEffect.REACH_INITIAL: Milestone.INITIAL,
    ClockEffect.REACH_SECURE: Milestone.SECURE,
    ClockEffect.REACH_VERIFY: Milestone.VERIFY,
    ClockEffect.REACH_REVISIT: Milestone.REVISIT,
    ClockEffect.REACH_CLOSE: Milestone.CLOSE,
    ClockEffect.REACH_RULING: Milestone.RULING,
    ClockEffect.REACH_REVIEW: Milestone.REVIEW,
    ClockEffect.REACH_REREVIEW: Milestone.REREVIEW,
}
_STARTS_ANEW = {
    ClockEffect.START_RETURNED: (Start.RETURNED, (Milestone.RULING,)),
    ClockEffect.START_FED_BACK: (Start.FED_BACK, (Milestone.VERIFY, Milestone.REVISIT)),
    ClockEffect.START_REVIEW: (Start.REVIEW_ASKED, (Milestone.REVIEW,)),
    ClockEffect.START_REREVIEW: (Start.REREVIEW_ASKED, (Milestone.REREVIEW,)),
}
"""Clocks of what may come more than once: each time they begin anew, and what is to be reached is to be reached again."""
_ACTS = {
    OrderState.OFFERED: "",
    OrderState.ACCEPTED: OrderAct.ACCEPT.value,
    OrderState.ON_THE_WAY: OrderAct.DEPART.value,
    OrderState.ARRIVED: OrderAct.ARRIVE.value,
    OrderState.DONE: OrderAct.FINISH.value,
    OrderState.DECLINED: OrderAct.DECLINE.value,
    OrderState.WITHDRAWN: OrderAct.WITHDRAW.value,
    OrderState.EXPIRED: OrderAct.EXPIRE.value,
}


class Steps:
    """Steps on the cases of a frame, by the rules of `book`."""

    def __init__(self, kept: Kept, book: Book, zone: ZoneInfo, written: Written, cases: Cases) -> None:
        self.kept, self.book, self.zone, self.cases = kept, book, zone, cases
        self.alerting = Alerting(kept, written, cases.case)
        self.results = Results(book, cases, written)

    # reading

    def work(self, ordinal: int) -> Work | None:
        """The work on a case; none: it is not worked on (history, sealed, of a past that is only looked at)."""
        return self.kept.works.get(ordinal)

    def facts(self, case: CaseRow, work: Work) -> Facts:
        """What the limits of its milestones depend on."""
        f = case.facts
        return Facts(
            f.matter,
            Intent(f.intent),
            Urgency(case.urgency),
            work.source,
            zone_of(self.book.reference, Place(f.grid, f.community, f.street, f.district)),
        )

    def scene(self, case: CaseRow, work: Work) -> Scene:
        """What dispatch knows of it."""
        f = case.facts
        place = " ".join(part for part in (f.street_name, f.community_name) if part)
        return Scene(f.matter, Urgency(case.urgency), f.lng, f.lat, place, f.grid, work.unit, frozenset(work.co_units), frozenset(work.against))

    # a step

    def step(
        self,
        ordinal: int,
        work: Work,
        action: Action,
        where: Where,
        actor: str,
        *,
        to: CaseState | None = None,
        why: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        other: str = "",
        entry: Entry | None = None,
    ) -> None:
        """The case goes on: `to` another state, or stays."""
        before = self.cases.case(ordinal)
        at = where.at.isoformat().replace("+00:00", "Z")
        case = before._replace(seq=before.seq + 1, changed_at=at, state=before.state if to is None else to.value)
        work = replace(work, done={**work.done, action.value: actor})
        self.cases.put(case, action, where, before=before, entry=entry, other=other, why=why, actor=actor, data=data)
        if case.state != before.state:
            work = self.results.told(case, work, where)
        self.keep(work)

    def keep(self, work: Work) -> None:
        """Keeps the row, with when the clock is to look at it."""
        self.kept.works.get(work.ordinal)
        case = self.cases.case(work.ordinal)
        self.kept.works.put(work.ordinal, replace(work, due=_due(case, work)))

    # clocks

    def planned(self, case: CaseRow, work: Work) -> tuple[Work, dict[str, Any]]:
        """The deadlines as they are now, the warnings that are still to come, and for the journal which deadlines have moved."""
        made = self.book.timetable.plan(self.facts(case, work), work.running())
        plans = tuple(_planned(deadline) for deadline in made)
        before = {plan.milestone: plan for plan in work.plans}
        moved = {
            plan.milestone.value: {"due": plan.due, "starts": plan.starts, "rule": plan.rule, "provisional": plan.provisional}
            for plan in plans
            if before.get(plan.milestone) != plan
        }
        gone = before.keys() - {plan.milestone for plan in plans}
        moved |= {plan.milestone.value: {"due": None, "starts": plan.starts, "rule": "", "provisional": False} for plan in work.plans if plan.milestone in gone}
        warnings = sorted(self._warnings(case, work, made), key=lambda one: (one.at, one.since, list(AlertLevel).index(one.level), one.milestone.value))
        return replace(work, plans=plans, warnings=tuple(warnings)), {"deadlines": moved} if moved else {}

    def forgiven(self, case: CaseRow, work: Work, where: Where) -> Work:
        """After time was credited or given, or the case is another: a warning that is not so any more is over, and will be told anew when it is."""
        now = self.planned(case, replace(work, warned=()))[0]
        ahead = {f"{one.milestone.value}/{one.level.value}" for one in now.warnings if one.since > where.at}
        there = {plan.milestone.value for plan in now.plans}
        told, work = work.warned, replace(work, warned=tuple(one for one in work.warned if one not in ahead and one.partition("/")[0] in there))
        still = {one.partition("/")[0] for one in work.warned}
        for name in dict.fromkeys(one.partition("/")[0] for one in told):
            if name not in still:
                work = self.alerting.over(AlertKind.OVERDUE, where, case, work, milestone=Milestone(name))
        return work

    def _warnings(self, case: CaseRow, work: Work, made: Iterable[Deadline]) -> Iterable[Warning_]:
        urgency = Urgency(case.urgency)
        for deadline in made:
            if deadline.milestone.value in work.reached:
                continue
            for warned in self.book.escalation.warnings(deadline, urgency):
                if f"{deadline.milestone.value}/{warned.level.value}" not in work.warned:
                    yield Warning_(warned.tell_at, warned.at, deadline.milestone, warned.level, warned.tells, warned.rule)

    def clocked(self, work: Work, effects: Sequence[ClockEffect], at: datetime) -> Work:
        """What a transition does to the clocks; what needs more than the instant (stops, grants) is done where the action is."""
        for effect in effects:
            if effect in _REACHES:
                work = work.with_reached(_REACHES[effect], at)
            elif effect in _STARTS_ANEW:
                start, ends = _STARTS_ANEW[effect]
                work = _forget(work, *ends).with_started(start, at, anew=True)
            elif effect is ClockEffect.START_DISPATCHED:
                work = work.with_started(Start.DISPATCHED, at).with_reached(Milestone.DISPATCH, at)
                if work.source == Source.PETITION.value:
                    work = work.with_reached(Milestone.SCREEN, at)
            elif effect is ClockEffect.SEND_AGAIN:
                work = _sent_again(work, at)
            elif effect is ClockEffect.GO:
                work = replace(work, stops=tuple(stop if stop.until is not None else replace(stop, until=at) for stop in work.stops))
        if ClockEffect.REACH_SIGN in effects and work.source == Source.PETITION.value:  # 受理告知: from here the sixty days run
            work = work.with_started(Start.ACCEPTED, at).with_reached(Milestone.ACCEPT, at)
        return work

    # responders

    def sending(self) -> Sending | None:
        """Who sends; none: the pack has no run cards."""
        roster = self.kept.roster
        return Sending(self.book.dispatcher, roster) if roster is not None and self.book.reference.run_cards else None

    def send(self, ordinal: int, where: Where, *, because: str = "") -> None:
        """Sends what the run card wants, or makes what goes already fit the case as it is now."""
        work, sending = self.work(ordinal), self.sending()
        case = self.cases.case(ordinal)
        if work is None or sending is None or work.parent or Urgency(case.urgency) not in self.book.reference.dispatch_rules:
            return
        if self.book.row(Action.ORDERED, CaseState(case.state)) is None:
            return  # it is with nobody yet
        scene = self.scene(case, work)
        sent = sending.revise(scene, work.needs, where.at, because) if work.needs else sending.begin(scene, where.at)
        self.sent(ordinal, work.needs, sent, where, "clock")

    def call_off(self, ordinal: int, where: Where, because: str, *, keep_arrived: bool = False) -> None:
        """Nobody is needed any more."""
        work, sending = self.work(ordinal), self.sending()
        if work is None or sending is None or not work.needs:
            return
        stays = [keep_arrived and need.standing is not None and need.standing.state is OrderState.ARRIVED for need in work.needs]
        off = iter(sending.call_off(tuple(need for need, stay in zip(work.needs, stays, strict=True) if not stay), because).needs)
        needs = tuple(need if stay else next(off) for need, stay in zip(work.needs, stays, strict=True))
        self.sent(ordinal, work.needs, Sent(needs), where, "clock")

    def sent(self, ordinal: int, before: Needs, sent: Sent, where: Where, actor: str) -> None:
        """Keeps needs as they are now, and writes what changed: who was asked, who was lost, who is missing."""
        work = self.work(ordinal)
        assert work is not None  # noqa: S101  its needs have just changed
        work = replace(work, needs=sent.needs)
        self.keep(work)
        known = {need.need: need for need in before}
        choices: dict[str, list[Choice]] = {}
        for name, choice in sent.choices:
            choices.setdefault(name, []).append(choice)
        for need in sent.needs:
            was = known.get(need.need)
            orders = () if was is None else was.orders
            for number, order in enumerate(need.orders):
                data = {"need": need.need, "order": number, "responder": order.responder, "force": need.card.force.value}
                if number >= len(orders):
                    chosen = choices.get(need.need)
                    why = chosen.pop(0).why().model_dump(mode="json", exclude_defaults=True) if chosen else None
                    by_hand = order.ring == 0
                    offered = {**data, "ring": order.ring, "ends_at": order.ends_at}
                    self._line(ordinal, Action.ORDER_ASSIGNED if by_hand else Action.ORDERED, where, actor if by_hand else "clock", why=why, data=offered)
                elif order.state is not orders[number].state:
                    told = {**data, "act": _ACTS[order.state], "state": order.state.value}
                    who = "clock" if order.state is OrderState.EXPIRED else actor
                    self._line(ordinal, Action.ORDER_TOLD, where, who, why={"rule": "orders", "because": order.because} if order.because else None, data=told)
            if need.state in (NeedState.DESK, NeedState.WAITING) and (was is None or (was.state, was.because) != (need.state, need.because)):
                chosen = choices.get(need.need)
                why = chosen[-1].why().model_dump(mode="json", exclude_defaults=True) if chosen else {"rule": "run_cards", "because": need.because}
                data = {"need": need.need, "force": need.card.force.value, "state": need.state.value, "because": need.because}
                self._line(ordinal, Action.NEEDED, where, "clock", why=why, data=data)
        self._missing(ordinal, where)

    def _missing(self, ordinal: int, where: Where) -> None:
        work, case = self.work(ordinal), self.cases.case(ordinal)
        assert work is not None  # noqa: S101  its needs have just changed
        lacking = [need for need in work.needs if need.state is NeedState.DESK]
        urgency = Urgency(case.urgency)
        if lacking and work.open and self.book.dispatcher.rule(urgency).automatic:
            level = {Urgency.U1: AlertLevel.RED, Urgency.U2: AlertLevel.ORANGE}.get(urgency, AlertLevel.YELLOW)
            evidence = "; ".join(f"{need.need}: {need.because}" for need in lacking)
            work = self.alerting.of_case(
                AlertKind.NO_RESPONDER, level, where, case, work, evidence=evidence, rule=f"run_cards/{lacking[0].card.card}", tells=("desk",)
            )
        elif not lacking:
            work = self.alerting.over(AlertKind.NO_RESPONDER, where, case, work)
        self.keep(work)

    def _line(self, ordinal: int, action: Action, where: Where, actor: str, *, why: Mapping[str, Any] | None, data: Mapping[str, Any]) -> None:
        work = self.work(ordinal)
        assert work is not None  # noqa: S101  it has needs
        self.step(ordinal, work, action, where, actor, why=why, data=data)

    # the way

    def dispatch(
        self,
        ordinal: int,
        where: Where,
        actor: str,
        *,
        action: Action,
        unit: str,
        co_units: Sequence[str],
        rule: str,
        why: Mapping[str, Any] | None,
        effects: Sequence[ClockEffect] = (),
        data: Mapping[str, Any] | None = None,
        by_hand: bool = False,
    ) -> None:
        """The case goes to a unit: for the first time, or to another."""
        work, case = self.work(ordinal), self.cases.case(ordinal)
        assert work is not None  # noqa: S101  only what is worked on is dispatched
        first = Start.DISPATCHED.value not in work.started
        if not first and ClockEffect.START_DISPATCHED in effects:  # back after a withdrawal or an unmerging: no clock starts anew
            effects = [ClockEffect.SEND_AGAIN if effect is ClockEffect.START_DISPATCHED else effect for effect in effects]
        co = tuple(one for one in co_units if one != unit and not self.book.dispatcher.is_of(one, frozenset(work.against)))
        tasks = tuple(next((task for task in work.co_tasks if task.unit == one), CoTask(one, where.at)) for one in co)
        work = replace(work, unit=unit, co_units=co, co_tasks=tasks, rule=rule, by_hand=by_hand or work.by_hand, open=True)
        work = self.clocked(work, effects, where.at).with_reached(Milestone.DISPATCH, where.at)
        work, moved = self.planned(case._replace(state=CaseState.DISPATCHED.value), work)
        work = self.alerting.over(AlertKind.NO_UNIT, where, case, work)
        over = {Milestone.DISPATCH, *(EACH_ORDER if ClockEffect.SEND_AGAIN in effects else ()), *(_REACHES[one] for one in effects if one in _REACHES)}
        for milestone in (one for one in Milestone if one in over):
            work = self.alerting.over(AlertKind.OVERDUE, where, case, work, milestone=milestone)
        facts = {"unit": unit, "co_units": list(co), "rule": rule, **(data or {}), **moved}
        self.step(ordinal, work, action, where, actor, to=CaseState.DISPATCHED, why=why, data=facts)
        self.send(ordinal, where, because="the case went to another unit")

    def end(self, ordinal: int, where: Where, because: str) -> None:
        """No work on it any more: orders, warnings and alerts end."""
        self.call_off(ordinal, where, because)
        work, case = self.work(ordinal), self.cases.case(ordinal)
        if work is not None:
            self.keep(self.alerting.all_over(where, case, replace(work, open=False, warnings=_after_closing(work), supervision=None)))


def _after_closing(work: Work) -> tuple[Warning_, ...]:
    return tuple(one for one in work.warnings if one.milestone in AFTER_CLOSING)


def _planned(deadline: Deadline) -> Planned:
    due = deadline.due
    return Planned(deadline.milestone, due.at, deadline.starts_at, deadline.choice.rule, due.provisional, deadline.capped_by)


def _forget(work: Work, *milestones: Milestone) -> Work:
    """What was reached, and told, of a milestone whose clock starts anew."""
    names = {milestone.value for milestone in milestones}
    reached = {name: at for name, at in work.reached.items() if name not in names}
    warned = tuple(one for one in work.warned if one.partition("/")[0] not in names)
    return replace(work, reached=reached, warned=warned)


def _sent_again(work: Work, at: datetime) -> Work:
    return replace(_forget(work, *EACH_ORDER), sent_again=at, spoken=False)


def _due(case: CaseRow, work: Work) -> datetime | None:
    """When the clock is to look: the first warning of what is not reached, an order without an answer, supervision."""
    is_open = CaseState(case.state) in OPEN_STATES and work.open
    dues = [one.at for one in work.warnings if one.milestone.value not in work.reached and (is_open or one.milestone in AFTER_CLOSING)][:1]
    if is_open:
        need = Sending.due(work.needs)
        dues += [need] if need is not None else []
        dues += [work.supervision.due] if work.supervision is not None and work.supervision.due is not None else []
    return min(dues, default=None)
