"""Choosing, written down as the rule reads: one responder after another, every pair looked at. What the arrays do must be the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil, cos, floor, radians, sqrt

from pipeline.casework.dispatch.choosing import METRES_PER_DEGREE
from pipeline.casework.dispatch.scene import Ask
from pipeline.casework.dispatch.squad import Stand
from reference.pack import Reference
from reference.shift import is_on
from schemas.centre import Responder
from schemas.vocabulary import Availability, NotSent
from tests.casework.dispatch.posts import LAT


class Brute:
    """One question, put to everybody."""

    def __init__(self, reference: Reference, people: dict[Responder, Stand], ask: Ask, local: datetime) -> None:
        self.reference, self.people, self.ask, self.local = reference, people, ask, local
        self.rule = reference.dispatch_rules[ask.scene.urgency]
        self.force = reference.forces[ask.card.force]

    def units(self, unit: str) -> set[str]:
        found = set()
        while unit and unit not in found:
            found.add(unit)
            unit = self.reference.units[unit].parent
        return found

    def eta(self, stand: Stand) -> int:
        scene = self.ask.scene
        assert scene.lng is not None
        assert scene.lat is not None
        east, north = (stand.lng - scene.lng) * round(cos(radians(LAT)), 9), stand.lat - scene.lat
        return ceil(sqrt(east * east + north * north) * METRES_PER_DEGREE * (self.rule.detour * 3.6 / self.force.speed_kmh))

    def limit(self, ring: int) -> int:
        return round(self.ask.card.within_min * 60 * self.rule.ring_factor ** (ring - 1))

    def not_ready(self, responder: Responder, stand: Stand) -> NotSent | None:
        seen_at, limit = stand.seen_at, timedelta(seconds=self.rule.fix_age_s)
        return first(
            (NotSent.OFF_SHIFT, not is_on(self.reference.shifts[responder.shift], self.local)),
            (NotSent.RESTING, stand.availability is Availability.RESTING),
            (NotSent.BUSY, stand.availability is Availability.BUSY),
            (NotSent.FULL, stand.load >= self.force.load_cap),
            (NotSent.NO_FIX, seen_at is None),
            (NotSent.STALE, seen_at is not None and abs(self.local - seen_at) > limit),
            (NotSent.INACCURATE, stand.accuracy_m > self.rule.accuracy_m),
        )

    def reason(self, responder: Responder, stand: Stand) -> NotSent | None:
        scene, card, above = self.ask.scene, self.ask.card, self.units(responder.unit)
        of = {"*": above, "@lead": {scene.lead}, "@case": {scene.lead, *scene.co_units}}[card.unit]
        never = first(
            (NotSent.OTHER_FORCE, responder.force is not card.force),
            (NotSent.COMPLAINED_OF, bool(above & scene.against)),
            (NotSent.ASKED, responder.responder in self.ask.asked),
            (NotSent.NO_SKILL, bool(card.skills) and not set(card.skills) & set(responder.skills)),
            (NotSent.OTHER_UNIT, not above & of),
        )
        return never or self.not_ready(responder, stand) or first((NotSent.TOO_FAR, self.eta(stand) > self.limit(self.rule.rings)))

    def stay(self, responder: Responder) -> int:
        x, y = cell(self.people[responder])
        return sum(
            other.responder != responder.responder
            and other.force is responder.force
            and self.not_ready(other, stand) is None
            and abs(cell(stand)[0] - x) <= 1
            and abs(cell(stand)[1] - y) <= 1
            for other, stand in self.people.items()
        )

    def score(self, responder: Responder) -> int:
        stand, rule = self.people[responder], self.rule
        own = rule.own_grid_s if responder.grid and responder.grid == self.ask.scene.grid else 0
        return self.eta(stand) - own + stand.load * rule.load_s + stand.today * rule.today_s + rule.uncovered_s // (1 + self.stay(responder))

    def chosen(self) -> tuple[int, list[tuple[int, str]], list[tuple[int, str]]]:
        """Ring, who is chosen, who would be next; each with the score."""
        able = [one for one, stand in self.people.items() if self.reason(one, stand) is None]
        wanted = min(self.ask.number, len(able))
        ring = self.ask.ring
        while sum(self.eta(self.people[one]) <= self.limit(ring) for one in able) < wanted:
            ring += 1
        inside = sorted((self.score(one), one.responder) for one in able if self.eta(self.people[one]) <= self.limit(ring))
        outside = sorted((self.score(one), one.responder) for one in able if self.eta(self.people[one]) > self.limit(ring))
        later = inside[self.ask.number :] or outside
        return ring, inside[: self.ask.number], later[:3]


def cell(stand: Stand) -> tuple[int, int]:
    return floor(stand.lng / 0.01), floor(stand.lat / 0.01)


def first(*reasons: tuple[NotSent, bool]) -> NotSent | None:
    return next((reason for reason, holds in reasons if holds), None)
