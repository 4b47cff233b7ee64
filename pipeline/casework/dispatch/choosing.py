"""Who is sent: candidates that may go, weighed in seconds of the way (`domain/domain.md` §4.3, the weights are `dispatch_rules.csv`).

May go: on shift, of the force, with a skill, of the unit, of no unit that is complained of, not asked before, free or interruptible, not full, seen lately
and well enough, within the last ring. Score = way by road − own grid + orders on hand + orders of this day + what stays uncovered. All in whole seconds,
by operations that IEEE 754 rounds in one way only (no trigonometry of arrays), so that every machine chooses the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import cos, radians

import numpy as np

from pipeline.casework.dispatch.choice import Candidate, Choice, LeftOut, Ring
from pipeline.casework.dispatch.roster import Roster
from pipeline.casework.dispatch.scene import Ask, Scene
from pipeline.casework.dispatch.squad import BUSY, CELLS_ROUND, NEVER, RESTING, Flags, Floats, Integers, Squad, microseconds
from reference.pack import Reference
from reference.run_cards import answering
from schemas.centre import DispatchRule, ForceRule, Responder, RunCard, Unit
from schemas.vocabulary import NotSent, Urgency

METRES_PER_DEGREE = 111_195.0
RUNNERS_UP = 3
NOBODY_KNOWS = np.iinfo(np.int64).max // 4
"""A way that cannot be said."""
REASONS = tuple(NotSent)
_NOT_BY_TELEPHONE = (NotSent.COMPLAINED_OF, NotSent.ASKED, NotSent.NO_SKILL, NotSent.OTHER_UNIT, NotSent.OFF_SHIFT, NotSent.RESTING)
_ROUND = [east * CELLS_ROUND + north for east in (-1, 0, 1) for north in (-1, 0, 1)]
"""A cell and the eight round it, from its number."""


class Dispatcher:
    """Chooses by one pack's rules. It keeps nothing of what it chose."""

    def __init__(self, reference: Reference) -> None:
        self._cards, self._forces, self._rules = reference.run_cards, reference.forces, reference.dispatch_rules
        self._above = {unit: _above(unit, reference.units) for unit in reference.units}
        self._answering: dict[tuple[str, Urgency], tuple[RunCard, ...]] = {}

    def cards(self, matter: str, urgency: Urgency) -> tuple[RunCard, ...]:
        """The rows of the card that answers; none: nobody is sent (sealed, or the work of an office)."""
        key = matter, urgency
        if key not in self._answering:
            self._answering[key] = answering(self._cards, matter, urgency)
        return self._answering[key]

    def rule(self, urgency: Urgency) -> DispatchRule:
        """How responders are weighed. Raises KeyError for an urgency with which nobody is sent."""
        return self._rules[urgency]

    def is_of(self, unit: str, units: frozenset[str]) -> bool:
        """Whether a unit is one of `units` or stands below one."""
        return not units.isdisjoint(self._above.get(unit, {unit}))

    def unfit(self, responder: Responder, card: RunCard, scene: Scene) -> NotSent | None:
        """Why somebody may not serve a row of a card at all, whenever it is and wherever it stands; none: it may."""
        of = {scene.lead} if card.unit == "@lead" else {scene.lead, *scene.co_units}
        if responder.force is not card.force:
            return NotSent.OTHER_FORCE
        if self.is_of(responder.unit, scene.against):
            return NotSent.COMPLAINED_OF
        if card.skills and set(card.skills).isdisjoint(responder.skills):
            return NotSent.NO_SKILL
        return NotSent.OTHER_UNIT if card.unit != "*" and not self.is_of(responder.unit, frozenset(of)) else None

    def choose(self, roster: Roster, ask: Ask, at: datetime) -> Choice:
        """Who goes, at an instant. Changes nothing: who is sent is told to the roster by whoever sends."""
        card, rule = ask.card, self._rules[ask.scene.urgency]
        squad, force = roster.squads[card.force], self._forces[card.force]
        limits = [round(card.within_min * 60 * rule.ring_factor**ring) for ring in range(rule.rings)]
        ready, reasons = self._ready(roster, squad, force, rule, at)
        metres, eta = _ways(squad, ask, rule.detour * 3.6 / force.speed_kmh)
        reasons = self._reasons(squad, ask, reasons, eta, limits[-1])
        rows = np.flatnonzero(reasons < 0)
        weighed = _Weighed(squad, ask.scene.grid, rule, rows, eta, ready, today=squad.today if roster.counts_today(at) else np.zeros_like(squad.today))
        inside = np.searchsorted(np.sort(eta[rows]), limits, side="right")
        wanted = min(ask.number, len(rows))
        number = next(ring for ring in range(min(ask.ring, rule.rings) - 1, rule.rings) if inside[ring] >= wanted or ring == rule.rings - 1)
        first = weighed.best(eta[rows] <= limits[number], ask.number + RUNNERS_UP)
        chosen = first[: ask.number]
        later = first[ask.number :] or weighed.best(eta[rows] > limits[number], RUNNERS_UP)
        return Choice(
            card=card,
            ring=Ring(number + 1, limits[number], at + timedelta(seconds=rule.ack_s), limits[number + 1] if number + 1 < rule.rings else None),
            chosen=tuple(weighed.candidate(index, metres) for index in chosen),
            runners_up=tuple(weighed.candidate(index, metres) for index in later),
            missing=ask.number - len(chosen),
            eligible=len(rows),
            left_out={REASONS[number]: int(count) for number, count in enumerate(np.bincount(reasons[reasons >= 0], minlength=len(REASONS))) if count},
            nearest_left_out=_nearest_left_out(squad, reasons, eta),
        )

    def reason(self, roster: Roster, ask: Ask, responder: str, at: datetime) -> NotSent | None:
        """Why one responder may not go; none: it may. Raises KeyError where the roster has none of that id."""
        if roster.responders[responder].force is not ask.card.force:
            return NotSent.OTHER_FORCE
        rule, squad, force = self._rules[ask.scene.urgency], roster.squads[ask.card.force], self._forces[ask.card.force]
        _, reasons = self._ready(roster, squad, force, rule, at)
        _, eta = _ways(squad, ask, rule.detour * 3.6 / force.speed_kmh)
        last = round(ask.card.within_min * 60 * rule.ring_factor ** (rule.rings - 1))
        number = int(self._reasons(squad, ask, reasons, eta, last)[squad.row[responder]])
        return None if number < 0 else REASONS[number]

    @staticmethod
    def _ready(roster: Roster, squad: Squad, force: ForceRule, rule: DispatchRule, at: datetime) -> tuple[Flags, Integers]:
        """Who could be sent to anything, and for the others the number of the first reason."""
        age = np.abs(microseconds(at) - squad.seen_at)  # a fix from ahead of the clock says as little as one from behind it
        on = np.array(roster.on_shift(at), dtype=np.bool_)[squad.shift] if len(squad) else np.zeros(0, dtype=np.bool_)
        reasons = _first(
            {
                NotSent.OFF_SHIFT: ~on,
                NotSent.RESTING: squad.availability == RESTING,
                NotSent.BUSY: squad.availability == BUSY,
                NotSent.FULL: squad.load >= force.load_cap,
                NotSent.NO_FIX: squad.seen_at == NEVER,
                NotSent.STALE: age > rule.fix_age_s * 1_000_000,
                NotSent.INACCURATE: squad.accuracy_m > rule.accuracy_m,
            },
            np.full(len(squad), -1, dtype=np.int64),
        )
        return reasons < 0, reasons

    def _reasons(self, squad: Squad, ask: Ask, reasons: Integers, eta: Integers, farthest: int) -> Integers:
        """For each of a force the number of the first reason why it is not sent; below 0: it may go."""
        scene, card = ask.scene, ask.card
        reasons = reasons.copy()
        reasons[(reasons < 0) & (eta == NOBODY_KNOWS)] = REASONS.index(NotSent.NO_PLACE)
        reasons[(reasons < 0) & (eta > farthest)] = REASONS.index(NotSent.TOO_FAR)
        asked = np.zeros(len(squad), dtype=np.bool_)
        asked[[squad.row[responder] for responder in ask.asked if responder in squad.row]] = True
        first: dict[NotSent, Flags] = {NotSent.ASKED: asked, NotSent.NO_SKILL: ~squad.can(card.skills)}
        if scene.against:
            first[NotSent.COMPLAINED_OF] = self._of(squad, scene.against)
        if card.unit != "*":
            first[NotSent.OTHER_UNIT] = ~self._of(squad, frozenset({scene.lead} if card.unit == "@lead" else {scene.lead, *scene.co_units}))
        return _first(first, reasons)

    def _of(self, squad: Squad, units: frozenset[str]) -> Flags:
        return np.array([self.is_of(unit, units) for unit in squad.units], dtype=np.bool_)[squad.unit] if len(squad) else np.zeros(0, dtype=np.bool_)


class _Weighed:
    """The scores of those who may go."""

    def __init__(self, squad: Squad, grid: str, rule: DispatchRule, rows: Integers, eta: Integers, ready: Flags, *, today: Integers) -> None:
        self._squad, self._rows, self._eta = squad, rows, eta[rows]
        own = np.zeros(len(squad), dtype=np.bool_)
        own[squad.grids.get(grid, [])] = True
        self._own_grid_s = own[rows] * rule.own_grid_s
        self._load, self._today = squad.load[rows], today[rows]
        self._load_s, self._today_s = self._load * rule.load_s, self._today * rule.today_s
        self._stay = _staying(squad.cell[ready], squad.cell[rows])
        self._uncovered_s = rule.uncovered_s // (1 + self._stay)
        self.scores: Integers = self._eta - self._own_grid_s + self._load_s + self._today_s + self._uncovered_s

    def best(self, among: Flags, number: int) -> list[int]:
        """The best of some of them, as indices; rows are in the order of ids, so a stable order breaks ties by id."""
        found = np.flatnonzero(among)
        if len(found) > number:
            limit = np.partition(self.scores[found], number - 1)[number - 1]
            found = found[self.scores[found] <= limit]
        return [int(index) for index in found[np.argsort(self.scores[found], kind="stable")][:number]]

    def candidate(self, index: int, metres: Floats) -> Candidate:
        """One of them, with all that it was weighed by."""
        row = int(self._rows[index])
        return Candidate(
            responder=self._squad.ids[row],
            unit=self._squad.units[self._squad.unit[row]],
            score=int(self.scores[index]),
            metres=round(float(metres[row])),
            eta_s=int(self._eta[index]),
            own_grid_s=int(self._own_grid_s[index]),
            load=int(self._load[index]),
            load_s=int(self._load_s[index]),
            today=int(self._today[index]),
            today_s=int(self._today_s[index]),
            stay=int(self._stay[index]),
            uncovered_s=int(self._uncovered_s[index]),
        )


def _first(found: Mapping[NotSent, Flags], reasons: Integers) -> Integers:
    """The reasons, with those of `found` before them: the first in the order of the words is kept."""
    for number in range(len(REASONS) - 1, -1, -1):
        if REASONS[number] in found:
            reasons[found[REASONS[number]]] = number
    return reasons


def _ways(squad: Squad, ask: Ask, seconds_a_metre: float) -> tuple[Floats, Integers]:
    """Metres as the crow flies and seconds by road to the case, for each of a force."""
    scene = ask.scene
    if scene.lng is None or scene.lat is None:
        return np.full(len(squad), np.inf), np.full(len(squad), NOBODY_KNOWS, dtype=np.int64)
    narrower = round(cos(radians(scene.lat)), 9)
    east, north = (squad.lng - scene.lng) * narrower, squad.lat - scene.lat
    metres = np.sqrt(east * east + north * north) * METRES_PER_DEGREE
    return metres, np.ceil(metres * seconds_a_metre).astype(np.int64)


def _staying(cells_of_ready: Integers, cells: Integers) -> Integers:
    """For each of `cells`, how many others are ready in it and the eight round it."""
    known, counts = np.unique(cells_of_ready, return_counts=True)
    if not len(known):
        return np.zeros(len(cells), dtype=np.int64)
    asked, back = np.unique(cells, return_inverse=True)
    found = np.zeros(len(asked), dtype=np.int64)
    for step in _ROUND:
        at = np.minimum(np.searchsorted(known, asked + step), len(known) - 1)
        found += np.where(known[at] == asked + step, counts[at], 0)
    return found[back] - 1


def _nearest_left_out(squad: Squad, reasons: Integers, eta: Integers) -> tuple[LeftOut, ...]:
    """Those on duty whom a person may still ask: never one of a unit that is complained of, nor one who was asked or rests."""
    never = [REASONS.index(reason) for reason in _NOT_BY_TELEPHONE]
    rows = np.flatnonzero((reasons >= 0) & ~np.isin(reasons, never))
    known = np.where(squad.seen_at[rows] == NEVER, NOBODY_KNOWS, eta[rows])
    order = np.argsort(known, kind="stable")[:RUNNERS_UP]
    return tuple(LeftOut(squad.ids[rows[index]], REASONS[reasons[rows[index]]], int(known[index]) if known[index] < NOBODY_KNOWS else None) for index in order)


def _above(unit: str, units: Mapping[str, Unit]) -> frozenset[str]:
    """A unit and those above it. A valid pack has no circle."""
    found = {unit}
    above = units[unit].parent
    while above and above not in found:
        found.add(above)
        above = units[above].parent if above in units else ""
    return frozenset(found)
