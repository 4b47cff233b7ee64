"""A pack small enough to read, over a base of its own, that tests break in one place at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MANIFEST = "name: small\ntitle: 小区\ndistrict: '9901'\nsince: 2020-01-01\n"

_BASE = {
    "matters.csv": """code,name,group,group_name,kind,level,lead,co_units,urgency,limit,forces
0101,暴露垃圾,01,市容环境,event,department,chengguan,@street,U3,4wh,enforcement|repair
0203,井盖缺失,02,市政设施,part,department,@owner,chengguan,U1,2ewh,repair|grid
0809,露天焚烧,08,生态环境,event,street,@street,,U2,1ewh,grid
1901,检举控告,19,其他,service,department,jiwei,,US,legal,
1999,其他未分类,19,其他,service,department,desk,,U3,5wd,
""",
    "units.csv": """unit,name,kind,area,parent,aliases,synthetic
desk,指挥中心,desk,,,,true
chengguan,城管局,department,,,城管,true
jiwei,纪委监委,department,,,,true
ranqi,燃气企业,company,,,,true
""",
    "duties.csv": """duty,matter,area,part_owner,unit,co_units,valid_from,valid_to,basis
D-0101,0101,*,*,chengguan,@street,2020-01-01,,list
D-0203-owner,0203,*,*,@owner,chengguan,2020-01-01,,list
D-0203,0203,*,*,chengguan,,2020-01-01,,list
D-0809-a,0809,*,*,@street,,2020-01-01,2023-02-28,list
D-0809-b,0809,*,*,@street,,2023-03-01,,list
D-1901,1901,*,*,jiwei,,2020-01-01,,list
D-1999,1999,*,*,desk,,2020-01-01,,list
""",
    "shifts.csv": "shift,days,starts,ends\nday,1234567,08:00,20:00\n",
    "deadlines.csv": "rule,milestone,starts,limit,basis\n"
    + "".join(
        f"{milestone}-any,{milestone},dispatched,5wd,list\n" for milestone in ("dispatch", "sign", "contact", "arrive", "close", "return", "screen", "accept")
    ),
    "calendar.csv": "day,works,name\n2026-02-16,false,春节\n2026-02-14,true,春节调休上班\n",
    "merge_rules.csv": "matter,merges,radius_m,window_hours,span_hours,basis\n*,true,150,72,168,list\n02*,true,60,48,96,list\n0203,true,30,24,48,list\n1901,false,0,0,0,list\n",
}

_PACK = {
    "pack.yaml": _MANIFEST,
    "areas.csv": "code,name,level,parent\n9901,小区,district,\n9901001,东街道,street,9901\n9901001001,甲社区,community,9901001\n9901001002,乙社区,community,9901001\n",
    "units.csv": "unit,name,kind,area\neast,东街道办事处,street,9901001\n",
    "responders.csv": "responder,post,force,unit,grid,shift,synthetic\ng1,网格员,grid,east,9901001001001,day,true\n",
}


def square(west: float, south: float, side: float = 0.01) -> list[list[list[float]]]:
    """Coordinates of a square polygon."""
    east, north = west + side, south + side
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(code: str, community: str, coordinates: object, **properties: object) -> dict[str, Any]:
    """A grid as a feature."""
    known = {"code": code, "name": f"{code}网格", "community": community, "valid_from": "2020-01-01", **properties}
    return {"type": "Feature", "properties": known, "geometry": {"type": "Polygon", "coordinates": coordinates}}


@dataclass(frozen=True)
class SmallPack:
    """A pack and its base in folders of their own, to change and to load."""

    folder: Path
    base: Path

    def change(self, file: str, old: str, new: str, *, in_base: bool = False) -> None:
        """Replaces text that stands exactly once in a file."""
        path = (self.base if in_base else self.folder) / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")

    def add(self, file: str, line: str, *, in_base: bool = False) -> None:
        """Adds a line at the end of a file."""
        path = (self.base if in_base else self.folder) / file
        path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")

    def grids(self, *features: dict[str, Any]) -> None:
        """Writes the file of grids."""
        (self.folder / "grids.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")


@pytest.fixture
def small(tmp_path: Path) -> SmallPack:
    """A pack that loads."""
    pack = SmallPack(tmp_path / "packs" / "small", tmp_path / "packs" / "base")
    for folder, files in ((pack.base, _BASE), (pack.folder, _PACK)):
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
    pack.grids(
        feature("9901001001001", "9901001001", square(118.60, 32.00), neighbours=["9901001002001"]),
        feature("9901001002001", "9901001002", square(118.61, 32.00), synthetic=True),
    )
    return pack


@pytest.fixture
def square_at() -> Callable[..., dict[str, Any]]:
    """Makes a grid of the first community as a feature: a square whose west side is given."""

    def make(code: str, west: float, **properties: object) -> dict[str, Any]:
        return feature(code, "9901001001", square(west, 32.0), **properties)

    return make
