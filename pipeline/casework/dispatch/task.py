"""What a responder is told. Everybody: place and task. Who may look into the case itself is said here once (`domain/domain.md` §7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.vocabulary import Force, UnitKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.casework.dispatch.scene import Scene
    from schemas.centre import Responder, RunCard, Unit


@dataclass(frozen=True, slots=True)
class Task:
    """A place and what to do there. It has no field for words of a report, nor for who reported."""

    place: str
    lng: float | None
    lat: float | None
    task: str
    case: str = ""
    """Id under which its own case may be opened; empty: not at all."""


def task_for(responder: Responder, card: RunCard, scene: Scene, case: str, units: Mapping[str, Unit]) -> Task:
    """What one responder is told: volunteers and companies get place and task alone, others may open the case, with a purpose and a trace."""
    unit = units.get(responder.unit)
    told_little = responder.force is Force.VOLUNTEER or unit is None or unit.kind is UnitKind.COMPANY
    return Task(scene.place, scene.lng, scene.lat, card.task, "" if told_little else case)
