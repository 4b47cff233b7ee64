"""What must hold between the tables of a pack: every name that one table uses stands in the other."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from reference.precedence import ANY, PLACEHOLDERS, covers, matter_rank
from reference.problem import Problem, some_of
from reference.rows import Origin
from reference.tables import ADDRESSES, AREAS, DUTIES, GATES, LEXICON, MATTERS, MERGE_RULES, METRICS, RESPONDERS, SHIFTS, SOURCE_CODES, UNITS
from schemas.centre import MergeRule
from schemas.vocabulary import AreaLevel, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reference.draft import Draft

_PARENT = {AreaLevel.STREET: AreaLevel.DISTRICT, AreaLevel.COMMUNITY: AreaLevel.STREET}
DEFAULT_MATTER = "1999"
SEALED_MATTER = "1901"


class Checks:
    """All checks between tables, over one draft. Each adds to `problems`; rows that did not validate are left alone."""

    def __init__(self, draft: Draft, pack: str, problems: list[Problem]) -> None:
        self.draft = draft
        self.pack = pack
        self.problems = problems

    def run(self) -> None:
        """Runs every check."""
        self.names()
        self.matters()
        self.areas()
        self.grids()
        self.units()
        self.duties()
        self.responders()
        self.words()
        self.addresses()
        self.merge_rules()
        self.metrics()

    def _add(self, origin: Origin, field: str, value: str, wrong: str, allowed: str = "") -> None:
        self.problems.append(Problem(*origin, field, value, wrong, allowed))

    def _refers(self, origin: Origin, field: str, values: str | Iterable[str], known: Iterable[str], what: str) -> None:
        known = known if isinstance(known, (set, frozenset)) else set(known)
        for value in (values,) if isinstance(values, str) else values:
            if value not in known:
                self._add(origin, field, value, f"is not {what}", some_of(known))

    def names(self) -> None:
        """The district of the manifest is an area of that level."""
        manifest, areas = self.draft.manifest, self.draft.of(AREAS)
        if manifest is not None and areas.intact:
            districts = {area.code for area in areas.items if area.level is AreaLevel.DISTRICT}
            self._refers(Origin(f"{self.pack}/pack.yaml", 0), "district", manifest.district, districts, "the code of a district in areas.csv")

    def matters(self) -> None:
        """Leads are units, groups fit codes, and the two matters that the program itself names exist."""
        matters, units = self.draft.of(MATTERS), self.draft.of(UNITS).known | set(PLACEHOLDERS)
        for matter, origin in matters.placed():
            self._refers(origin, "lead", matter.lead, units, "a unit")
            self._refers(origin, "co_units", matter.co_units, units, "a unit")
            if not matter.code.startswith(matter.group):
                self._add(origin, "group", matter.group, f"is not the group of {matter.code}", matter.code[:2])
        for code, use in ((DEFAULT_MATTER, "what nothing else fits"), (SEALED_MATTER, "what is sealed")):
            if code not in matters.known:
                self._add(Origin(f"{self.pack}/{MATTERS.file}", 0), "code", code, f"is missing: the program needs it for {use}")
        for matter, origin in matters.placed():
            if matter.code == SEALED_MATTER and matter.lead in PLACEHOLDERS:
                self._add(origin, "lead", matter.lead, "depends on the place: what is sealed goes to one unit alone", "the unit that takes sealed reports")

    def areas(self) -> None:
        """Every street lies in a district, every community in a street; so there is no circle."""
        areas = self.draft.of(AREAS)
        levels = {area.code: area.level for area in areas.items}
        for area, origin in areas.placed():
            above = _PARENT.get(area.level)
            if above is None:
                if area.parent:
                    self._add(origin, "parent", area.parent, "stands above a district, which has no parent", "nothing")
            elif levels.get(area.parent) is not above and (areas.intact or area.parent in levels):
                allowed = some_of({code for code, level in levels.items() if level is above})
                self._add(origin, "parent", area.parent or "(empty)", f"is not the code of a {above.value}, in which a {area.level.value} lies", allowed)
            if (area.lng is None) != (area.lat is None):
                self._add(origin, "lat" if area.lat is None else "lng", "", "is missing beside the other half of the point", "both or none")

    def grids(self) -> None:
        """Grids lie in communities, end after they begin, and no code means two grids on one day."""
        areas = self.draft.of(AREAS)
        communities = {area.code for area in areas.items if area.level is AreaLevel.COMMUNITY}
        allowed = communities if areas.intact else communities | areas.known
        by_code = defaultdict(list)
        known = self.draft.grids.known
        for grid, origin in self.draft.grids.placed():
            self._refers(origin, "community", grid.community, allowed, "the code of a community in areas.csv")
            self._refers(origin, "neighbours", grid.neighbours, known, "the code of a grid")
            self._dates(origin, grid.valid_from, grid.valid_to)
            by_code[grid.code].append((grid.valid_from, grid.valid_to or date.max, origin))
        for code, spans in by_code.items():
            for (_, end, first), (start, _, origin) in pairwise(sorted(spans)):
                if start <= end:
                    self._add(origin, "valid_from", str(start), f"overlaps the validity of grid {code} in feature {first.row}", f"a day after {end}")

    def units(self) -> None:
        """Units lie in known areas and under known units, without a circle; one of them is the desk."""
        units, areas = self.draft.of(UNITS), self.draft.of(AREAS).known | {ANY}
        desks = [unit.unit for unit in units.items if unit.kind is UnitKind.DESK]
        if units.intact and len(desks) != 1:
            where = Origin(f"{self.pack}/{UNITS.file}", 0)
            self._add(
                where,
                "kind",
                UnitKind.DESK.value,
                f"is the kind of {len(desks)} units ({some_of(desks) or 'none'})",
                "exactly one: what finds no unit is the desk's",
            )
        parents = {unit.unit: unit.parent for unit in units.items}
        for unit, origin in units.placed():
            self._refers(origin, "area", unit.area, areas, "the code of an area, or *")
            if unit.parent:
                self._refers(origin, "parent", unit.parent, units.known, "a unit")
            if self._circles(unit.unit, parents):
                self._add(origin, "parent", unit.parent, f"leads in a circle back to {unit.unit}", "a unit above it, or nothing")

    @staticmethod
    def _circles(start: str, parents: dict[str, str]) -> bool:
        above, steps = parents[start], 0
        while above and above != start and steps < len(parents):
            above, steps = parents.get(above, ""), steps + 1
        return above == start

    def duties(self) -> None:
        """Duties name known matters, areas, owners and units, and end after they begin."""
        units, areas = self.draft.of(UNITS).known, self.draft.of(AREAS).known | {ANY}
        leads = units | set(PLACEHOLDERS)
        for duty, origin in self.draft.of(DUTIES).placed():
            self._pattern(origin, "matter", duty.matter)
            self._refers(origin, "area", duty.area, areas, "the code of an area, or *")
            self._refers(origin, "part_owner", duty.part_owner, units | {ANY}, "a unit, or *")
            self._refers(origin, "unit", duty.unit, leads, "a unit")
            self._refers(origin, "co_units", duty.co_units, leads, "a unit")
            self._dates(origin, duty.valid_from, duty.valid_to)

    def responders(self) -> None:
        """Responders belong to known units, grids and shifts."""
        units, shifts, grids = self.draft.of(UNITS).known, self.draft.of(SHIFTS).known, self.draft.grids.known
        for responder, origin in self.draft.of(RESPONDERS).placed():
            if responder.unit not in units:
                self._refers(origin, "unit", responder.unit, units, "a unit")
            if responder.grid and responder.grid not in grids:
                self._refers(origin, "grid", responder.grid, grids, "the code of a grid")
            if responder.shift not in shifts:
                self._refers(origin, "shift", responder.shift, shifts, "a shift")

    def words(self) -> None:
        """Source codes, gates and the lexicon lead to known matters."""
        matters = self.draft.of(MATTERS).known
        for code, origin in self.draft.of(SOURCE_CODES).placed():
            self._refers(origin, "matter", code.matter, matters, "a matter")
        for gate, origin in self.draft.of(GATES).placed():
            if gate.matter:
                self._refers(origin, "matter", gate.matter, matters, "a matter")
            for pattern in gate.matters:
                self._pattern(origin, "matters", pattern)
        for word, origin in self.draft.of(LEXICON).placed():
            if word.matter:
                self._refers(origin, "matter", word.matter, matters, "a matter")
            elif word.intent is None:
                self._add(origin, "matter", "", "is empty beside an empty intent: the word speaks for nothing", "a matter, an intent or both")

    def addresses(self) -> None:
        """Addresses lie in known communities and grids."""
        areas = self.draft.of(AREAS)
        communities = {area.code for area in areas.items if area.level is AreaLevel.COMMUNITY}
        allowed = communities if areas.intact else communities | areas.known
        for address, origin in self.draft.of(ADDRESSES).placed():
            self._refers(origin, "community", address.community, allowed, "the code of a community in areas.csv")
            if address.grid:
                self._refers(origin, "grid", address.grid, self.draft.grids.known, "the code of a grid")

    def merge_rules(self) -> None:
        """Every matter has a merge rule."""
        rules = self.draft.of(MERGE_RULES)
        for rule, origin in rules.placed():
            self._pattern(origin, "matter", rule.matter)
        if rules.intact:
            best = most_specific(rules.items, self.draft.of(MATTERS).known)
            for code in sorted(self.draft.of(MATTERS).known - best.keys()):
                self._add(Origin(f"{self.pack}/{MERGE_RULES.file}", 0), "matter", code, "has no rule", f"a rule for {code}, {code[:2]}* or *")

    def metrics(self) -> None:
        """Bounds of metrics hold something between them."""
        for metric, origin in self.draft.of(METRICS).placed():
            if metric.most <= metric.least:
                self._add(origin, "most", f"{metric.most:g}", f"is not above least {metric.least:g}: no reading would be taken", f"more than {metric.least:g}")

    def _pattern(self, origin: Origin, field: str, pattern: str) -> None:
        matters = self.draft.of(MATTERS).known
        if not any(covers(pattern, code) for code in matters):
            self._add(origin, field, pattern, "fits no matter", some_of(matters))

    def _dates(self, origin: Origin, start: date, end: date | None) -> None:
        if end is not None and end < start:
            self._add(origin, "valid_to", str(end), f"is before valid_from {start}", f"{start} or later; {start - timedelta(days=1)} would mean never")


def most_specific(rules: Iterable[MergeRule], codes: Iterable[str]) -> dict[str, MergeRule]:
    """For each matter the merge rule with the most specific pattern; matters without one are absent."""
    ordered = sorted(rules, key=lambda rule: matter_rank(rule.matter))
    return {code: rule for code in codes for rule in ordered if covers(rule.matter, code)}
