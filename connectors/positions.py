"""Fixes of responders, coalesced: the latest of each, one frame a second (`DESIGN.md` §3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from schemas.reading import Position


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
