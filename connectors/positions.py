"""Fixes of responders, coalesced: the latest of each, one frame a second (`DESIGN.md` §3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from schemas.command import PositionsEvent
from schemas.frame import Frame, frame_of
from schemas.reading import Position

KIND = "positions"
MOST_IN_A_LINE = 5_000
"""Responders: such a line stays far below what a line may have (1 MiB)."""


def placed(centre: str, fixes: Sequence[Position], at: datetime, *, hops: tuple[str, ...] = ()) -> list[Frame]:
    """Fixes as frames of events, of one line each: one frame, unless they are very many.

    `at` is the door's clock; a fix that is dated behind it is as good as one of this moment.
    """
    portions = [fixes[first : first + MOST_IN_A_LINE] for first in range(0, len(fixes), MOST_IN_A_LINE)]
    return [frame_of(centre, KIND, [_columns(portion, at)], hops=hops) for portion in portions]


def _columns(fixes: Sequence[Position], at: datetime) -> bytes:
    return PositionsEvent(
        kind="positions",
        at=at,
        responders=tuple(fix.responder for fix in fixes),
        age_ms=tuple(max(0, round((at - fix.at).total_seconds() * 1000)) for fix in fixes),
        lng=tuple(fix.lng for fix in fixes),
        lat=tuple(fix.lat for fix in fixes),
        accuracy_m=tuple(fix.accuracy_m for fix in fixes),
    ).to_json()


class Latest:
    """Keeps of each responder the newest fix that nobody has taken yet. Pure, used by one thread at a time.

    What it gives out of one responder becomes newer and newer: a fix that is late, or comes again, is dropped. It knows that for as long as it
    lives; afterwards the warehouse's view tells the newest by its instant.
    """

    def __init__(self) -> None:
        self._newest: dict[str, datetime] = {}
        self._waiting: dict[str, Position] = {}

    def take(self, fixes: Iterable[Position]) -> None:
        """Takes fixes, in any order."""
        for fix in fixes:
            newest = self._newest.get(fix.responder)
            if newest is None or fix.at > newest:
                self._newest[fix.responder] = fix.at
                self._waiting[fix.responder] = fix

    def given(self) -> list[Position]:
        """What waits, one of each responder; it then waits no more."""
        given = list(self._waiting.values())
        self._waiting.clear()
        return given

    def give_back(self, fixes: Iterable[Position]) -> None:
        """What was given and came nowhere waits again, where nothing newer waits."""
        for fix in fixes:
            self._waiting.setdefault(fix.responder, fix)
