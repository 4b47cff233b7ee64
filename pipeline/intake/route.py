"""Whose a report is: the lead unit by the dated rules of duty (`domain/domain.md` §4.1).

- 谁主管谁负责: the matter's rule names the lead; the more specific rule goes before the general one.
- 部件先属主后属地: of a part (部件) the owner goes before the place; 事件先属地后属主: of an event the place goes before the owner.
- A matter that departments must handle never goes to a street or a community.
- 兜底: without a rule, or without a place where one is needed, it is the desk's.
- 回避: a unit that is complained of, or stands below one, neither leads nor helps (§4.3). The next duty decides; without one a company's complaint goes
  to the matter's own lead, to the department above the company, or to the street; else to the desk.
- A sealed report goes to the unit of matter 1901 alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
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
        self._above = {unit: frozenset(_up(reference, unit)) for unit in reference.units}
        self._known: dict[tuple[str, str, str, bool, str, int, tuple[str, ...]], Routing] = {}
        self._sealed_in: dict[int, Routing] = {}

    def route(self, matter: str, placement: Placement, part_owner: str, on: date, *, sealed: bool, against: tuple[str, ...] = ()) -> Routing:
        """The lead unit of a matter at a place, on a day of the centre; `against`: ids of the units that are complained of."""
        if sealed:
            return self._sealed(on)
        period = bisect_right(self._turns, on)
        question = (matter, placement.street, placement.community, placement.precision is Precision.NONE, part_owner, period, against)
        answer = self._known.get(question)
        if answer is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            answer = self._known[question] = self._decide(self._reference.matters[matter], placement, part_owner, on, frozenset(against))
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

    def _decide(self, matter: Matter, placement: Placement, part_owner: str, on: date, against: frozenset[str]) -> Routing:
        ranked = sorted(self._candidates(matter, placement, part_owner, on), key=lambda c: c.rank, reverse=True)
        candidates = [c for c in ranked if self._may(c.unit, against)]
        runners = tuple(RunnerUp(choice=c.unit, because=f"duties/{c.duty.duty} {c.duty.basis}") for c in candidates[:4])
        if placement.precision is Precision.NONE and matter.kind != "service":
            return Routing(
                self._desk, (), Why(rule="desk/unplaced", because="it is not known where it is; the desk asks and places it", runners_up=runners[:3])
            )
        passed = tuple(RunnerUp(choice=c.unit, because=f"duties/{c.duty.duty} complained of (回避)") for c in ranked[:1] if c not in candidates)
        if not candidates and passed:
            unit, rule = self._instead(ranked[0].unit, self._resolved(matter.lead, placement, part_owner), matter, placement, against)
            helped_by = ranked[0].duty.co_units
            why = Why(rule=rule, because=f"{ranked[0].unit} is complained of and does not handle it (回避)", runners_up=passed)
        elif not candidates:
            return Routing(self._desk, (), Why(rule="desk/no-duty", because="no rule of duty names a unit; the desk takes it (兜底)"))
        else:
            unit, helped_by = candidates[0].unit, candidates[0].duty.co_units
            why = Why(rule=f"duties/{candidates[0].duty.duty}", because=candidates[0].duty.basis, runners_up=(*passed, *runners[1 : 4 - len(passed)]))
        co_units = [self._resolved(co_unit, placement, part_owner) for co_unit in helped_by or matter.co_units]
        helping = tuple(dict.fromkeys(co_unit for co_unit in co_units if co_unit not in ("", unit) and self._may(co_unit, against)))
        return Routing(unit, helping, why)

    def _instead(self, accused: str, lead: str, matter: Matter, placement: Placement, against: frozenset[str]) -> tuple[str, str]:
        """Who takes what the only duty would give to the accused, and by which rule: for a company whoever oversees it; nobody oversees the others but the desk."""
        if self._reference.units[accused].kind is not UnitKind.COMPANY:
            return self._desk, "desk/complained-of"
        street = "" if matter.level == "department" else self._local.get((UnitKind.STREET, placement.street), "")
        above = next(
            (unit for unit in _up(self._reference, accused) if self._reference.units[unit].kind is UnitKind.DEPARTMENT and self._may(unit, against)), ""
        )
        for unit, rule in ((lead, f"matters/{matter.code}"), (above, f"units/{accused}"), (street, "units/@street")):
            if unit in self._reference.units and self._may(unit, against):
                return unit, rule
        return self._desk, "desk/complained-of"

    def _may(self, unit: str, against: frozenset[str]) -> bool:
        """Whether a unit is neither complained of nor below one that is."""
        return not against or against.isdisjoint(self._above.get(unit, (unit,)))

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


def _up(reference: Reference, unit: str) -> Iterator[str]:
    """A unit and those above it, nearest first."""
    seen: set[str] = set()
    while unit in reference.units and unit not in seen:
        yield unit
        seen.add(unit)
        unit = reference.units[unit].parent
