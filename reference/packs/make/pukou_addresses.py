"""The address dictionary of the pack `pukou`: official names of communities, and synthetic roads, estates and institutions with points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from schemas.centre import AddressEntry, Area, Grid
from schemas.vocabulary import AreaLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

STEMS = tuple(
    "云澜芷岸星禾棠溪青砚知夏鹿鸣听澜望舒怀瑾书屿半夏溪午竹里松间月疏清越向晚未央锦瑟"
    "扶光南乔北辰东篱西窗梧秋采薇鸣鹤衔山泊舟归帆渔唱稻香麦浪荷风桂影兰汀菱歌橘颂枫眠"[index : index + 2]
    for index in range(0, 80, 2)
)
ROADS = ("路", "街", "大道")
ESTATES = ("花园", "雅苑", "家园", "新村", "公馆")
ROAD_COUNT, ESTATE_COUNT = 120, 200
_PLACES = 6


def addresses_of(areas: Sequence[Area], grids: Sequence[Grid], shapes: Sequence[Any]) -> list[AddressEntry]:
    """All entries, by name. Communities' own names have no point: they are placed at the community, as approximate.

    Estates stand in the smallest grids (the towns), roads are spread over all, institutions fill the dedicated grids. The names are
    made of 40 invented stems; one that happens to exist in the real district means nothing here.
    """
    entries = [AddressEntry(name=name, community=area.code) for area in areas if area.level is AreaLevel.COMMUNITY for name in (area.name, *area.aliases)]
    land = list(zip(grids, shapes, strict=True))
    general = [pair for pair in land if pair[0].kind == "general"]
    smallest = sorted(general, key=lambda pair: (pair[1].area, pair[0].code))[:ESTATE_COUNT]
    spread = [general[index * len(general) // ROAD_COUNT] for index in range(ROAD_COUNT)]
    entries += [_entry(STEMS[i % len(STEMS)] + ESTATES[i // len(STEMS)], *pair) for i, pair in enumerate(sorted(smallest, key=lambda pair: pair[0].code))]
    entries += [_entry(STEMS[i % len(STEMS)] + ROADS[i // len(STEMS)], *pair) for i, pair in enumerate(spread)]
    dedicated = [pair for pair in land if pair[0].kind == "dedicated"]
    entries += [_entry(f"{STEMS[i]}{_institution(pair[0])}", *pair) for i, pair in enumerate(dedicated)]
    return sorted(entries, key=lambda entry: (entry.name, entry.community))


def _institution(grid: Grid) -> str:
    kind = grid.name.rpartition("(")[2].rstrip(")")
    return {"学校": "学校", "医院": "医院", "市场": "农贸市场", "公园": "公园", "园区": "产业园"}[kind]


def _entry(name: str, grid: Grid, shape: Any) -> AddressEntry:  # noqa: ANN401 -- shapely
    """A made-up address well inside a grid."""
    middle = shapely.get_coordinates(shape.representative_point() if name.endswith(ROADS) else shapely.maximum_inscribed_circle(shape, tolerance=1e-5))[0]
    lng, lat = (round(float(number), _PLACES) for number in middle)
    return AddressEntry(name=name, community=grid.community, grid=grid.code, lng=lng, lat=lat, synthetic=True)
