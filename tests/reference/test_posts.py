from __future__ import annotations

from datetime import date

from reference.posts import AROUND_THE_CLOCK, Team, local_units, responders
from schemas.centre import Area, Grid, Unit
from schemas.vocabulary import AreaLevel, Force, UnitKind

AREAS = [
    Area(code="9", name="区", level=AreaLevel.DISTRICT),
    Area(code="911", name="甲社区", level=AreaLevel.COMMUNITY, parent="91"),
    Area(code="91", name="东街道", level=AreaLevel.STREET, parent="9"),
    Area(code="912", name="乙社区", level=AreaLevel.COMMUNITY, parent="91"),
]
GRIDS = [
    Grid(code=code, name=f"{code}网格", community=community, valid_from=date(2020, 1, 1))
    for code, community in (("911002", "911"), ("911001", "911"), ("912001", "912"))
]


def test_each_street_and_community_gets_the_unit_that_it_lacks_under_that_of_its_street() -> None:
    made = local_units(AREAS, [Unit(unit="b", name="B", kind=UnitKind.COMMUNITY, area="912")])
    assert [(unit.unit, unit.name, unit.parent, unit.synthetic) for unit in made] == [
        ("street-91", "东街道办事处", "", True),
        ("community-911", "甲社区", "street-91", True),
    ]


def test_posts_stand_in_streets_communities_and_grids_and_take_turns_in_shifts() -> None:
    teams = (
        Team("patrol", "巡逻组", AreaLevel.STREET, Force.POLICE, "gongan", 3, AROUND_THE_CLOCK),
        Team("worker", "网格员", AreaLevel.COMMUNITY, Force.GRID, "@community"),
        Team("guard", "看护员", None, Force.GRID, "@street"),
    )
    made = responders(teams, AREAS, GRIDS, local_units(AREAS, []))
    assert [(r.responder, r.unit, r.grid, r.shift) for r in made] == [
        ("patrol-91-1", "gongan", "", "day"),
        ("patrol-91-2", "gongan", "", "night"),
        ("patrol-91-3", "gongan", "", "day"),
        ("worker-911-1", "community-911", "911002", "day"),
        ("worker-912-1", "community-912", "912001", "day"),
        ("guard-911002-1", "street-91", "911002", "day"),
        ("guard-911001-1", "street-91", "911001", "day"),
        ("guard-912001-1", "street-91", "912001", "day"),
    ]
    assert all(r.synthetic and r.post.endswith("（合成）") for r in made)
