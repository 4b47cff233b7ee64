"""Sends responders to a case and replaces who is lost: run cards become needs, needs are filled, answers and time change them.

Pure over the roster: each function returns the needs as they are now, and tells the roster who took or left an order. After each, no need seeks any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.casework.dispatch.choice import Choice
from pipeline.casework.dispatch.choosing import Dispatcher
from pipeline.casework.dispatch.needs import Given, Need, needs_of
from pipeline.casework.dispatch.orders import STANDING, Answer, Who
from pipeline.casework.dispatch.roster import Roster
from pipeline.casework.dispatch.scene import Ask, Scene
from schemas.vocabulary import NeedState, NotSent, OrderAct, OrderState

Needs = tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the needs of a case, and the choices that were made on the way: each is a decision for the journal."""

    needs: Needs
    choices: tuple[tuple[str, Choice], ...] = ()
    """Need and choice, in order; of a need that is with the desk: whom the desk may take."""
    answer: Answer | None = None
    """Of the act that was told."""


class Sending:
    """Sends by one pack's rules, from one roster."""

    def __init__(self, dispatcher: Dispatcher, roster: Roster) -> None:
        self._dispatcher, self._roster = dispatcher, roster

    def begin(self, scene: Scene, at: datetime) -> Sent:
        """Sends to a case what its run card wants. No needs: nobody is sent."""
        return self._filled(scene, needs_of(self._dispatcher.cards(scene.matter, scene.urgency), at), at)

    def revise(self, scene: Scene, needs: Needs, at: datetime, because: str) -> Sent:
        """The case is another now (matter, urgency, unit, who is complained of): who goes already serves what is wanted now, or is withdrawn."""
        left, now = {need.need: need for need in needs}, list[Need]()
        wanted = needs_of(self._dispatcher.cards(scene.matter, scene.urgency), at)
        names = {need.need for need in wanted}
        for need in wanted:
            same = left.pop(need.need, None) or self._serving(need, scene, left.values(), names)
            if same is not None:
                left.pop(same.need, None)
                need = replace(same, need=need.need, card=need.card)  # noqa: PLW2901  with the orders that it has
                if need.state is NeedState.CALLED_OFF:
                    need = replace(need, state=NeedState.SEEKING, since=at, because="")  # noqa: PLW2901  wanted again
            need = need.hurried(at + timedelta(seconds=self._dispatcher.rule(scene.urgency).ack_s))  # noqa: PLW2901  it is more urgent now, perhaps
            now.append(self._without_unfit(need, scene, at))
        called_off = self.call_off(tuple(left.values()), because)
        return self._filled(scene, (*now, *called_off.needs), at)

    def told(self, scene: Scene, needs: Needs, place: tuple[str, int], act: OrderAct, who: Who, at: datetime, because: str = "") -> Sent:
        """An act on the order at `place`: which need, which of its orders (from 0). Raises LookupError where there is none."""
        index = _index(needs, place[0])
        need, answer = needs[index].told(place[1], act, who, at, because)
        order = need.orders[place[1]]
        if answer.changed and order.state not in STANDING:
            self._roster.left(order.responder)
        sent = self._filled(scene, _with(needs, index, need), at)
        return replace(sent, answer=answer)

    @staticmethod
    def due(needs: Needs) -> datetime | None:
        """When the clock is to call `tick`; none: not before something happens."""
        return min((need.due for need in needs if need.due is not None), default=None)

    def tick(self, scene: Scene, needs: Needs, at: datetime) -> Sent:
        """Time has come to `at` (the instant that `due` said): orders without an answer expire, who waits is looked for again."""
        for index, need in enumerate(needs):
            if need.due is None or need.due > at:
                continue
            order = need.standing
            if order is None:
                needs = _with(needs, index, replace(need, state=NeedState.SEEKING))
            else:
                expired, _ = need.told(need.orders.index(order), OrderAct.EXPIRE, "clock", at)
                self._roster.left(order.responder)
                needs = _with(needs, index, expired)
        return self._filled(scene, needs, at)

    def call_off(self, needs: Needs, because: str) -> Sent:
        """The case needs nobody any more: it ended, went elsewhere, was merged."""
        for need in needs:
            if need.standing is not None:
                self._roster.left(need.standing.responder)
        return Sent(tuple(need if _done(need) else need.called_off(because) for need in needs))

    def assign(self, scene: Scene, needs: Needs, name: str, responder: str, at: datetime) -> tuple[Sent, str]:
        """A person of the desk chooses; that stands above the machine's choice. Beside the needs a sentence where it must not be: then nothing changed.

        Raises LookupError where the case has no such need.
        """
        index = _index(needs, name)
        refused = self._unfit(scene, needs, index, responder)
        if refused:
            return Sent(needs), refused
        need = needs[index]
        before = need.standing
        if before is not None:
            need, _ = need.told(need.orders.index(before), OrderAct.WITHDRAW, "desk", at, "the desk chose another")
            self._roster.left(before.responder)
        self._roster.took(responder, at)
        ends_at = at + timedelta(seconds=self._dispatcher.rule(scene.urgency).ack_s)
        order = Given(responder, at, 0, ends_at, because="chosen by the desk")
        return Sent(_with(needs, index, need.offered(order))), ""

    def _unfit(self, scene: Scene, needs: Needs, index: int, responder: str) -> str:
        known = self._roster.responders.get(responder)
        if known is None:
            return "no responder has this id: look it up in responders.csv"
        if self._dispatcher.is_of(known.unit, scene.against):
            return "its unit is complained of in this case, and may not handle it: choose somebody of another unit"
        if known.force is not needs[index].card.force:
            return f"the need is for {needs[index].card.force.value}, this is {known.force.value}: choose one of that force"
        if _done(needs[index]) or needs[index].state is NeedState.CALLED_OFF:
            return "nobody is needed any more: it is done or called off"
        if any(need.standing is not None and need.standing.responder == responder for need in needs):
            return "it has an order for this case already"
        return ""

    def _without_unfit(self, need: Need, scene: Scene, at: datetime) -> Need:
        """The need, without a standing order to somebody who may not serve it now. Whom the desk chose goes, unless its unit is complained of."""
        order = need.standing
        reason = None if order is None else self._unfit_now(order, need, scene)
        if order is None or reason is None or (order.ring == 0 and reason is not NotSent.COMPLAINED_OF):
            return need
        self._roster.left(order.responder)
        return need.told(need.orders.index(order), OrderAct.WITHDRAW, "desk", at, f"may not serve it any more: {reason.value}")[0]

    def _unfit_now(self, order: Given, need: Need, scene: Scene) -> NotSent | None:
        """None, too, of somebody who left the pack: what stands goes on."""
        responder = self._roster.responders.get(order.responder)
        return None if responder is None else self._dispatcher.unfit(responder, need.card, scene)

    def _serving(self, wanted: Need, scene: Scene, needs: Iterable[Need], names: Collection[str]) -> Need | None:
        """The first of `needs`, none of them wanted by name, in which somebody goes already or was who may serve what is wanted."""
        of_force = (need for need in needs if need.need not in names and need.card.force is wanted.card.force and need.state is NeedState.SERVED)
        return next((need for need in of_force if self._unfit_now(need.orders[-1], wanted, scene) is None), None)

    def _filled(self, scene: Scene, needs: Needs, at: datetime) -> Sent:
        choices: list[tuple[str, Choice]] = []
        for index, need in enumerate(needs):
            if need.state is NeedState.SEEKING:
                filled, choice = self._fill(scene, need, frozenset(order.responder for other in needs for order in other.orders), at)
                choices.append((need.need, choice))
                needs = _with(needs, index, filled)
        return Sent(needs, tuple(choices))

    def _fill(self, scene: Scene, need: Need, asked: frozenset[str], at: datetime) -> tuple[Need, Choice]:
        choice = self._dispatcher.choose(self._roster, Ask(scene, need.card, ring=need.ring, asked=asked), at)
        rule = self._dispatcher.rule(scene.urgency)
        if not rule.automatic:
            return need.to_desk(f"at {scene.urgency.value} a person sends"), choice
        if choice.chosen:
            responder = choice.chosen[0].responder
            self._roster.took(responder, at)
            ring = choice.ring
            return need.offered(Given(responder, at, ring.number, ring.ends_at, last=ring.next_within_s is None)), choice
        if choice.may_wait and at - need.since < timedelta(minutes=rule.wait_min):
            return need.waits(choice.shortfall, at + timedelta(seconds=rule.again_s)), choice
        return need.to_desk(choice.shortfall), choice


def _with(needs: Needs, index: int, need: Need) -> Needs:
    return (*needs[:index], need, *needs[index + 1 :])


def _done(need: Need) -> bool:
    return any(order.state is OrderState.DONE for order in need.orders)


def _index(needs: Needs, name: str) -> int:
    for index, need in enumerate(needs):
        if need.need == name:
            return index
    raise LookupError(f"the case has no need {name}")
