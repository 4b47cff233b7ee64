"""What must hold between duties, so that every report finds one lead: no gap, no tie, nothing pushed down that departments must handle."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from reference.precedence import ANY, OF_COMMUNITY, OF_OWNER, OF_STREET, covers, matter_rank
from reference.problem import Problem, some_of
from reference.tables import AREAS, DUTIES, MATTERS, UNITS
from schemas.vocabulary import AreaLevel, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reference.draft import Draft
    from reference.rows import Origin
    from schemas.centre import Duty, Matter

_LOCAL = {UnitKind.STREET, UnitKind.COMMUNITY}
_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Days from `start` to `end`, both included."""

    start: date
    end: date


def span(duty: Duty) -> Span:
    """The days on which a duty holds."""
    return Span(duty.valid_from, duty.valid_to or date.max)


def gaps(spans: Iterable[Span], since: date) -> list[Span]:
    """The days from `since` on that none of `spans` covers."""
    missing: list[Span] = []
    day = since
    for start, end in sorted(spans):
        if start > day:
            missing.append(Span(day, start - _DAY))
        if end == date.max:
            return missing
        day = max(day, end + _DAY)
    return [*missing, Span(day, date.max)]


def check(draft: Draft, pack: str, problems: list[Problem]) -> None:
    """Adds what is wrong between the duties of a pack. Nothing is said while matters, units, areas or duties have rows that do not validate."""
    if not all(draft.tables[table.name].intact for table in (MATTERS, UNITS, AREAS, DUTIES)) or draft.manifest is None:
        return
    placed = list(draft.of(DUTIES).placed())
    _ties(placed, problems)
    _gaps(draft, pack, draft.manifest.since, problems)
    _pushed_down(draft, placed, problems)
    _units_of_places(draft, placed, problems)


def _owner_key(duty: Duty) -> str:
    return duty.part_owner if duty.part_owner != ANY else OF_OWNER if duty.unit == OF_OWNER else ANY


def _ties(placed: Sequence[tuple[Duty, Origin]], problems: list[Problem]) -> None:
    """Two duties with the same matter, area and owner on the same day: nothing says which decides."""
    alike: dict[tuple[str, str, str], list[tuple[Duty, Origin]]] = defaultdict(list)
    for duty, origin in placed:
        alike[duty.matter, duty.area, _owner_key(duty)].append((duty, origin))
    for group in alike.values():
        for (first, _), (second, origin) in combinations(group, 2):
            both = Span(max(first.valid_from, second.valid_from), min(span(first).end, span(second).end))
            if both.start <= both.end:
                wrong = f"ties with duty {first.duty}: same matter {second.matter}, area {second.area} and owner from {_days(both)}"
                problems.append(Problem(*origin, "duty", second.duty, wrong, "validity dates that do not overlap, or a matter, area or owner of its own"))


def _is_general(duty: Duty, districts: set[str]) -> bool:
    """Whether a duty holds wherever the place and whoever the owner."""
    return duty.part_owner == ANY and duty.unit != OF_OWNER and (duty.area == ANY or districts == {duty.area})


def _districts(draft: Draft) -> set[str]:
    return {area.code for area in draft.of(AREAS).items if area.level is AreaLevel.DISTRICT}


def _gaps(draft: Draft, pack: str, since: date, problems: list[Problem]) -> None:
    """A matter without any duty on a day: a report of it would find nobody."""
    districts = _districts(draft)
    general = [duty for duty in draft.of(DUTIES).items if _is_general(duty, districts)]
    for matter in draft.of(MATTERS).items:
        for gap in gaps((span(duty) for duty in general if covers(duty.matter, matter.code)), since):
            wrong = f"({matter.name}) has no duty from {_days(gap)}"
            allowed = f"a duty for {matter.code}, {matter.group}* or * with area * and part_owner * on every day from {since}"
            problems.append(Problem(f"{pack}/{DUTIES.file}", 0, "matter", matter.code, wrong, allowed))


def _pushed_down(draft: Draft, placed: Sequence[tuple[Duty, Origin]], problems: list[Problem]) -> None:
    """Matters that departments must handle may not be dispatched to grass roots (国办函〔2025〕66号; `domain/domain.md` §1.1, §4.1)."""
    kinds = {unit.unit: unit.kind for unit in draft.of(UNITS).items}
    districts = _districts(draft)
    reserved = [matter for matter in draft.of(MATTERS).items if matter.level == "department"]
    for duty, origin in placed:
        if duty.unit not in (OF_STREET, OF_COMMUNITY) and kinds.get(duty.unit) not in _LOCAL:
            continue
        hit = [matter.code for matter in reserved if covers(duty.matter, matter.code) and not _shadowed(duty, matter, placed, districts)]
        if hit:
            wrong = f"is a unit of the street or community, but departments must handle {some_of(hit)}"
            problems.append(Problem(*origin, "unit", duty.unit, wrong, "a department, or matters whose level is street"))


def _shadowed(duty: Duty, matter: Matter, placed: Sequence[tuple[Duty, Origin]], districts: set[str]) -> bool:
    """Whether more specific duties of the matter decide on every day of `duty`."""
    above = [
        span(other)
        for other, _ in placed
        if covers(other.matter, matter.code) and matter_rank(other.matter) > matter_rank(duty.matter) and _is_general(other, districts)
    ]
    own = span(duty)
    return all(gap.start > own.end for gap in gaps(above, own.start))


def _units_of_places(draft: Draft, placed: Sequence[tuple[Duty, Origin]], problems: list[Problem]) -> None:
    """Where duties lead to the unit of the place, every place has exactly one."""
    for placeholder, kind, level in ((OF_STREET, UnitKind.STREET, AreaLevel.STREET), (OF_COMMUNITY, UnitKind.COMMUNITY, AreaLevel.COMMUNITY)):
        users = [origin for duty, origin in placed if placeholder in (duty.unit, *duty.co_units)]
        if not users:
            continue
        of_area: dict[str, list[str]] = defaultdict(list)
        for unit in draft.of(UNITS).items:
            if unit.kind is kind:
                of_area[unit.area].append(unit.unit)
        for area, origin in draft.of(AREAS).placed():
            found = of_area.get(area.code, [])
            if area.level is level and len(found) != 1:
                has = f"has {len(found)} units of the kind {kind.value}" + (f" ({some_of(found)})" if found else "")
                allowed = f"exactly one row of units.csv with area {area.code}, because duties lead to {placeholder} ({users[0].file}:{users[0].row})"
                problems.append(Problem(*origin, "code", area.code, has, allowed))


def _days(days: Span) -> str:
    return f"{days.start} on" if days.end == date.max else f"{days.start} to {days.end}"
