"""Synthetic posts: units and responders for a centre that has not given its own. Made by rule, so the same areas give the same posts.

They stand for posts, never for people, and are marked synthetic in every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference.precedence import OF_COMMUNITY, OF_STREET
from schemas.centre import Responder, Unit
from schemas.vocabulary import AreaLevel, Force, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.centre import Area, Grid

LOCAL_KIND = {AreaLevel.STREET: UnitKind.STREET, AreaLevel.COMMUNITY: UnitKind.COMMUNITY}
_PLACEHOLDER = {OF_STREET: AreaLevel.STREET, OF_COMMUNITY: AreaLevel.COMMUNITY}
AROUND_THE_CLOCK = ("day", "night")
DAYS = ("day",)
OFFICE = ("office",)


@dataclass(frozen=True, slots=True)
class Team:
    """So many posts of one kind in every street, community or grid. `unit` is a unit id, `@street` or `@community`; shifts take turns."""

    key: str
    post: str
    level: AreaLevel | None
    """None: in every grid."""
    force: Force
    unit: str
    count: int = 1
    shifts: tuple[str, ...] = AROUND_THE_CLOCK
    skills: tuple[str, ...] = ()


FEW = (
    Team("gridworker", "网格员", AreaLevel.COMMUNITY, Force.GRID, OF_COMMUNITY, 1, DAYS, ("inspect", "guard", "verify")),
    Team("patrol", "巡逻民警组", AreaLevel.STREET, Force.POLICE, "gongan", 2, skills=("order",)),
    Team("enforcement", "综合执法组", AreaLevel.STREET, Force.ENFORCEMENT, "chengguan", 2, skills=("appearance", "construction")),
    Team("road", "市政抢修组", AreaLevel.STREET, Force.REPAIR, "yanghu", 2, skills=("road", "manhole", "facility")),
    Team("water", "供排水抢修组", AreaLevel.STREET, Force.REPAIR, "gongshui", 2, skills=("water", "drain", "manhole")),
    Team("power", "供电抢修组", AreaLevel.STREET, Force.REPAIR, "gongdian", 2, skills=("power", "cable")),
    Team("fire", "消防站", AreaLevel.STREET, Force.FIRE, "xiaofang", 2, skills=("fire", "rescue")),
    Team("ambulance", "急救车组", AreaLevel.STREET, Force.MEDICAL, "jijiu", 2, skills=("emergency",)),
    Team("mediation", "调解员", AreaLevel.STREET, Force.MEDIATION, OF_STREET, 1, OFFICE, ("dispute",)),
    Team("volunteers", "志愿者队", AreaLevel.STREET, Force.VOLUNTEER, OF_STREET, 1, DAYS, ("soft",)),
)
"""A few of each force: what an imported centre gets (`domain/domain.md` §4.2)."""


def local_units(areas: Sequence[Area], units: Iterable[Unit]) -> list[Unit]:
    """A unit for every street and community of `areas` that has none in `units`."""
    there = {(unit.kind, unit.area): unit.unit for unit in units}
    made: list[Unit] = []
    for level, kind in LOCAL_KIND.items():
        for area in areas:
            if area.level is level and (kind, area.code) not in there:
                unit = _local_unit(area, there.get((UnitKind.STREET, area.parent), ""))
                there[unit.kind, unit.area] = unit.unit
                made.append(unit)
    return made


def _local_unit(area: Area, parent: str) -> Unit:
    kind = LOCAL_KIND[area.level]
    name = f"{area.name}办事处" if area.name.endswith("街道") else area.name
    return Unit(unit=f"{kind.value}-{area.code}", name=name, kind=kind, area=area.code, parent=parent, synthetic=True)


def responders(teams: Sequence[Team], areas: Sequence[Area], grids: Sequence[Grid], units: Sequence[Unit]) -> list[Responder]:
    """The posts of `teams` in `areas` and `grids`, in their order. A post of a community stands in the community's first grid."""
    local = {(unit.kind, unit.area): unit.unit for unit in units}
    street_of = {area.code: area.parent for area in areas if area.level is AreaLevel.COMMUNITY}
    first_grid: dict[str, str] = {}
    for grid in grids:
        first_grid.setdefault(grid.community, grid.code)
    posts: list[Responder] = []
    for team in teams:
        if team.level is None:
            places = [(grid.code, grid.name, street_of.get(grid.community, ""), grid.community, grid.code) for grid in grids]
        elif team.level is AreaLevel.COMMUNITY:
            places = [(a.code, a.name, a.parent, a.code, first_grid.get(a.code, "")) for a in areas if a.level is team.level]
        else:
            places = [(a.code, a.name, a.code, "", "") for a in areas if a.level is team.level]
        for code, name, street, community, grid_code in places:
            level = _PLACEHOLDER.get(team.unit)
            unit = team.unit if level is None else local[LOCAL_KIND[level], street if level is AreaLevel.STREET else community]
            posts += _of_place(team, code, name, unit, grid_code)
    return posts


def _of_place(team: Team, code: str, name: str, unit: str, grid: str) -> list[Responder]:
    return [
        Responder(
            responder=f"{team.key}-{code}-{number}",
            post=f"{name}{team.post}{number if team.count > 1 else ''}（合成）",
            force=team.force,
            skills=team.skills,
            unit=unit,
            grid=grid,
            shift=team.shifts[(number - 1) % len(team.shifts)],
            synthetic=True,
        )
        for number in range(1, team.count + 1)
    ]
