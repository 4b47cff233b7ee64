"""A small district to send from: the shipped pack's rules, and responders that a test puts where it wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from math import cos, radians

from pipeline.casework.dispatch.choice import Choice
from pipeline.casework.dispatch.choosing import METRES_PER_DEGREE, Dispatcher
from pipeline.casework.dispatch.roster import Roster
from pipeline.casework.dispatch.scene import Ask, Scene
from pipeline.casework.dispatch.squad import Stand
from reference import load
from reference.pack import Reference
from reference.tables import PACKS
from schemas.centre import Responder, RunCard, Shift
from schemas.vocabulary import Force, NotSent, Urgency

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday, ten in the morning in the district."""
LNG, LAT = 118.62, 32.06
GRID = "320111004001001"
SHIFTS = {
    "always": Shift(shift="always", days="1234567", starts=time(0), ends=time(0)),
    "day": Shift(shift="day", days="1234567", starts=time(8), ends=time(20)),
    "night": Shift(shift="night", days="1234567", starts=time(20), ends=time(8)),
}
SKILLS = {
    Force.POLICE: ("order",),
    Force.GRID: ("inspect", "guard"),
    Force.VOLUNTEER: ("soft",),
    Force.REPAIR: ("power", "cable"),
    Force.FIRE: ("fire", "rescue"),
    Force.MEDICAL: ("emergency",),
    Force.MEDIATION: ("dispute",),
    Force.ENFORCEMENT: ("appearance",),
}
UNITS = {
    Force.POLICE: "gongan",
    Force.GRID: "community-320111004001",
    Force.VOLUNTEER: "community-320111004001",
    Force.REPAIR: "gongdian",
    Force.FIRE: "xiaofang",
    Force.MEDICAL: "jijiu",
    Force.MEDIATION: "community-320111004001",
    Force.ENFORCEMENT: "chengguan",
}


@cache
def shipped() -> Reference:
    """The shipped pack."""
    return load.load(PACKS / "pukou")


def east(metres: float) -> tuple[float, float]:
    """A point so far east of the place of the cases."""
    return LNG + metres / METRES_PER_DEGREE / cos(radians(LAT)), LAT


def post(name: str, force: Force, *, skills: tuple[str, ...] | None = None, unit: str = "", grid: str = "", shift: str = "always") -> Responder:
    """A responder."""
    return Responder(
        responder=name,
        post=f"{name}（合成）",
        force=force,
        skills=SKILLS[force] if skills is None else skills,
        unit=unit or UNITS[force],
        grid=grid,
        shift=shift,
        synthetic=True,
    )


def at(metres: float, *, age_s: float = 10, accuracy_m: float = 10, now: datetime = AT, **known: object) -> Stand:
    """Seen so far east of the place of the cases."""
    lng, lat = east(metres)
    return replace(Stand(seen_at=now - timedelta(seconds=age_s), lng=lng, lat=lat, accuracy_m=accuracy_m), **known)  # type: ignore[arg-type] # fields of Stand


@dataclass
class District:
    """Responders where a test put them."""

    reference: Reference
    roster: Roster
    dispatcher: Dispatcher

    def choose(self, scene: Scene, force: Force, *, now: datetime = AT, number: int = 1, ring: int = 1, asked: Iterable[str] = ()) -> Choice:
        """Who goes for the row of that force in the card that answers."""
        return self.dispatcher.choose(self.roster, Ask(scene, self.card(scene, force), number, ring, frozenset(asked)), now)

    def reason(self, scene: Scene, force: Force, responder: str, *, now: datetime = AT, asked: Iterable[str] = ()) -> NotSent | None:
        """Why one does not go."""
        return self.dispatcher.reason(self.roster, Ask(scene, self.card(scene, force), asked=frozenset(asked)), responder, now)

    def card(self, scene: Scene, force: Force) -> RunCard:
        """The row of a force in the card that answers."""
        return next(card for card in self.dispatcher.cards(scene.matter, scene.urgency) if card.force is force)


def district(people: Mapping[Responder, Stand], *, now: datetime = AT) -> District:
    """A district with these responders."""
    reference = replace(shipped(), responders=tuple(people), shifts=SHIFTS)
    roster = Roster(reference)
    roster.day = roster.local(now).date()
    for responder, stand in people.items():
        roster.put(responder.responder, stand)
    return District(reference, roster, Dispatcher(reference))


def scene(matter: str, urgency: Urgency = Urgency.U1, *, lead: str = "", against: Iterable[str] = (), co_units: Iterable[str] = ()) -> Scene:
    """A case at the place."""
    return Scene(matter, urgency, LNG, LAT, "某路1号", GRID, lead, frozenset(co_units), frozenset(against))


def names(choice: Choice) -> list[str]:
    """Who is chosen."""
    return [one.responder for one in choice.chosen]
