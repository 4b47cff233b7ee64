"""What a case needs: one need for each that its run card wants. Each is served, waits with a reason, is with the desk with a reason, or is called off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.casework.dispatch.orders import STANDING, Answer, Who, after
from schemas.centre import RunCard
from schemas.vocabulary import NeedState, OrderAct, OrderState


@dataclass(frozen=True, slots=True)
class Given:
    """One order for a need: to whom, since when, found in which ring (0: chosen by the desk)."""

    responder: str
    at: datetime
    ring: int
    ends_at: datetime
    """Without an answer until then it has expired."""
    last: bool = False
    """Of the last ring: without an answer the desk telephones."""
    state: OrderState = OrderState.OFFERED
    because: str = ""
    """Why it was declined, withdrawn, or given by hand."""


@dataclass(frozen=True, slots=True)
class Need:
    """One of those whom the card wants. Orders are never taken out: their history says why who went."""

    need: str
    """Row of the card and number in it: `C-0203-U1-grid/1`."""
    card: RunCard
    since: datetime
    """Without anybody since then; how long it may wait is counted from here."""
    state: NeedState = NeedState.SEEKING
    ring: int = 1
    because: str = ""
    """Why it waits, is with the desk or was called off."""
    again_at: datetime | None = None
    orders: tuple[Given, ...] = ()

    @property
    def standing(self) -> Given | None:
        """The order that stands: there is one at most."""
        return next((order for order in self.orders if order.state in STANDING), None)

    @property
    def due(self) -> datetime | None:
        """When the clock is to look at it: an order without an answer, or time to look again."""
        order = self.standing
        if order is not None:
            return order.ends_at if order.state is OrderState.OFFERED else None
        return self.again_at if self.state is NeedState.WAITING else None

    def offered(self, order: Given) -> Need:
        """Somebody is asked. Raises ValueError where an order stands already: there are never two."""
        if self.standing is not None:
            raise ValueError(f"{self.need} has a standing order already")
        return replace(self, state=NeedState.SERVED, ring=max(order.ring, self.ring), because="", again_at=None, orders=(*self.orders, order))

    def hurried(self, ends_at: datetime) -> Need:
        """An order without an answer is waited for no longer than until then."""
        orders = tuple(replace(order, ends_at=min(order.ends_at, ends_at)) if order.state is OrderState.OFFERED else order for order in self.orders)
        return replace(self, orders=orders)

    def waits(self, because: str, again_at: datetime) -> Need:
        """Nobody now; one looks again."""
        return replace(self, state=NeedState.WAITING, because=because, again_at=again_at)

    def to_desk(self, because: str) -> Need:
        """A person takes it on: by telephone, or by choosing somebody."""
        return replace(self, state=NeedState.DESK, because=because, again_at=None)

    def called_off(self, because: str) -> Need:
        """Nobody is needed any more: what stands is withdrawn."""
        orders = tuple(replace(order, state=OrderState.WITHDRAWN, because=because) if order.state in STANDING else order for order in self.orders)
        return replace(self, state=NeedState.CALLED_OFF, because=because, again_at=None, orders=orders)

    def told(self, number: int, act: OrderAct, who: Who, at: datetime, because: str = "") -> tuple[Need, Answer]:
        """What an act on the order of that number (from 0) makes of the need. Raises IndexError where there is no such order.

        An order that is lost leaves the need seeking; one that nobody answered widens the ring, and after the last ring the desk telephones.
        """
        order = self.orders[number]
        answer = after(order.state, act, who)
        if not answer.changed:
            return self, answer
        orders = (*self.orders[:number], replace(order, state=answer.state, because=because or order.because), *self.orders[number + 1 :])
        need = replace(self, orders=orders)
        if answer.state in STANDING or answer.state is OrderState.DONE:
            return need, answer
        need = replace(need, state=NeedState.SEEKING, since=at)
        if order.ring == 0:
            return need.to_desk(f"whom the desk chose has it {answer.state.value}"), answer
        if answer.state is OrderState.EXPIRED:
            if order.last:
                return need.to_desk(f"nobody answered in {order.ring} rings: telephone"), answer
            need = replace(need, ring=order.ring + 1)
        return need, answer


def needs_of(cards: Iterable[RunCard], at: datetime) -> tuple[Need, ...]:
    """A need for each that the rows of a card want."""
    return tuple(Need(f"{card.card}/{number}", card, at) for card in cards for number in range(1, card.number + 1))
