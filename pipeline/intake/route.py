"""Whose a report is: the lead unit by the dated rules of duty (`domain/domain.md` §4.1).

- 谁主管谁负责: the matter's rule names the lead; the more specific rule goes before the general one.
- 部件先属主后属地: of a part (部件) the owner goes before the place; 事件先属地后属主: of an event the place goes before the owner.
- A matter that departments must handle never goes to a street or a community.
- 兜底: without a rule, or without a place where one is needed, it is the desk's.
- A sealed report goes to the unit of matter 1901 alone.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from typing import NamedTuple

from pipeline.intake.place import Placement
from reference.pack import Reference
from reference.precedence import ANY, OF_COMMUNITY, OF_OWNER, OF_STREET, PLACEHOLDERS, Rank, covers, in_force, rank
from schemas.centre import Duty, Matter
from schemas.event import RunnerUp, Why
from schemas.vocabulary import AreaLevel, Precision, UnitKind

SEALED_MATTER = "1901"
KEPT = 100_000
"""Distinct answers kept for reuse, about 1 KB each; a city asks a few thousand a day."""
ONE_DAY = timedelta(days=1)
_LOCAL = (UnitKind.STREET, UnitKind.COMMUNITY)


class Routing(NamedTuple):
    """The lead unit, those that help, and why."""

    unit: str
    co_units: tuple[str, ...]
    why: Why


class _Candidate(NamedTuple):
    rank: Rank
    duty: Duty
    unit: str


class Router:
    """Routes by the duties of one reference pack. Equal questions between the same two days on which duties change have equal answers, which are remembered."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._desk = next(unit.unit for unit in reference.units.values() if unit.kind is UnitKind.DESK)
        self._local = {(unit.kind, unit.area): unit.unit for unit in reference.units.values() if unit.kind in _LOCAL}
        self._duties: dict[str, list[Duty]] = {code: [d for d in reference.duties if covers(d.matter, code)] for code in reference.matters}
        districts = [area.code for area in reference.areas.values() if area.level is AreaLevel.DISTRICT]
        self._everywhere = {ANY, *districts} if len(districts) == 1 else {ANY}
        self._turns = sorted({d.valid_from for d in reference.duties} | {d.valid_to + ONE_DAY for d in reference.duties if d.valid_to not in (None, date.max)})
        self._known: dict[tuple[str, str, str, bool, str, int], Routing] = {}
        self._sealed_in: dict[int, Routing] = {}

    def route(self, matter: str, placement: Placement, part_owner: str, on: date, *, sealed: bool) -> Routing:
        """The lead unit of a matter at a place, on a day of the centre."""
        if sealed:
            return self._sealed(on)
        question = (matter, placement.street, placement.community, placement.precision is Precision.NONE, part_owner, bisect_right(self._turns, on))
        answer = self._known.get(question)
        if answer is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            answer = self._known[question] = self._decide(self._reference.matters[matter], placement, part_owner, on)
        return answer

    def _sealed(self, on: date) -> Routing:
        """By the duty of matter 1901 that holds everywhere on that day, whatever the place and the owner; else its lead. Nobody helps, nobody is named beside."""
        period = bisect_right(self._turns, on)
        known = self._sealed_in.get(period)
        if known is None:
            matter = self._reference.matters[SEALED_MATTER]
            everywhere = [
                d for d in self._duties[SEALED_MATTER] if d.area in self._everywhere and d.part_owner == ANY and d.unit not in PLACEHOLDERS and in_force(d, on)
            ]
            duty = max(everywhere, key=lambda d: rank(d, matter, self._reference.areas), default=None)
            unit, rule = (matter.lead, f"matters/{SEALED_MATTER}") if duty is None else (duty.unit, f"duties/{duty.duty}")
            known = self._sealed_in[period] = Routing(unit, (), Why(rule=rule, because="sealed: discipline inspection alone"))
        return known

    def _decide(self, matter: Matter, placement: Placement, part_owner: str, on: date) -> Routing:
        candidates = sorted(self._candidates(matter, placement, part_owner, on), key=lambda c: c.rank, reverse=True)
        runners = tuple(RunnerUp(choice=c.unit, because=f"duties/{c.duty.duty} {c.duty.basis}") for c in candidates[:4])
        if placement.precision is Precision.NONE and matter.kind != "service":
            return Routing(
                self._desk, (), Why(rule="desk/unplaced", because="it is not known where it is; the desk asks and places it", runners_up=runners[:3])
            )
        if not candidates:
            return Routing(self._desk, (), Why(rule="desk/no-duty", because="no rule of duty names a unit; the desk takes it (兜底)"))
        best = candidates[0]
        co_units = [self._resolved(unit, placement, part_owner) for unit in best.duty.co_units or matter.co_units]
        helping = tuple(dict.fromkeys(unit for unit in co_units if unit not in ("", best.unit)))
        return Routing(best.unit, helping, Why(rule=f"duties/{best.duty.duty}", because=best.duty.basis, runners_up=runners[1:]))

    def _candidates(self, matter: Matter, placement: Placement, part_owner: str, on: date) -> list[_Candidate]:
        areas = (ANY, placement.district, placement.street, placement.community)
        found = []
        for duty in self._duties[matter.code]:
            if duty.area not in areas or duty.part_owner not in (ANY, part_owner) or not in_force(duty, on):
                continue
            unit = self._resolved(duty.unit, placement, part_owner)
            if not unit or (matter.level == "department" and self._reference.units[unit].kind in _LOCAL):
                continue
            found.append(_Candidate(rank(duty, matter, self._reference.areas), duty, unit))
        return found

    def _resolved(self, unit: str, placement: Placement, part_owner: str) -> str:
        """A unit's id; `@street`, `@community` and `@owner` stand for the unit of the place or the owner; empty when there is none."""
        if unit == OF_STREET:
            return self._local.get((UnitKind.STREET, placement.street), "")
        if unit == OF_COMMUNITY:
            return self._local.get((UnitKind.COMMUNITY, placement.community), "")
        if unit == OF_OWNER:
            return part_owner if part_owner in self._reference.units else ""
        return unit
