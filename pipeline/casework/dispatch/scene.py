"""What dispatch knows of a case: what it is, where it lies, whose it is, and who must not be sent. Nothing of who reported it."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.centre import RunCard
from schemas.vocabulary import Urgency


@dataclass(frozen=True, slots=True)
class Scene:
    """Where to go and what for. `lng`, `lat`: WGS-84 degrees, none where only an area is known."""

    matter: str
    urgency: Urgency
    lng: float | None = None
    lat: float | None = None
    place: str = ""
    """The place in words: address to the building, community."""
    grid: str = ""
    lead: str = ""
    co_units: frozenset[str] = frozenset()
    against: frozenset[str] = frozenset()
    """Units that are complained of: neither they nor who is below them handles it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: who can be sent for this row of the card?"""

    scene: Scene
    card: RunCard
    number: int = 1
    ring: int = 1
    """From which ring on one looks."""
    asked: frozenset[str] = frozenset()
    """Responders who were asked before, or who go there already."""
