"""Which property of a city's polygons holds what: names and codes of grid, community, street and district, found among the usual ones.

Property names are compared without case, blanks, hyphens and underscores. The lists hold what Taiwan's and the mainland's published
layers use, among them the initials of pinyin (`SQMC` 社区名称, `JDDM` 街道代码, `XZQMC` 行政区名称).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.errors import BrokenReference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COMMUNITY = "villname village villagename vname cunmc cunname 社区 社区名称 社區 社区村 村社区 村居 村居名称 村 村名 村名称 行政村 里 里名 村里 村里名 community communityname sqmc neighborhood neighbourhood nhood ntaname hood"
_GENERIC = "name 名称 名稱 中文名 地名 namezh namecn cnname mc xzqmc label title"
_STREET = "townname town township townshipname tname 街道 街道名称 镇 镇名 乡镇 乡镇名称 乡镇街道 镇街 镇街道 鄉鎮 鄉鎮市區 street streetname subdistrict jdmc jzmc xzmc xzjdmc borough boroname"
_DISTRICT = "countyname county cname 区 区县 区名 县 區 縣市 district districtname qxmc qmc city cityname 市"
_GRID = "gridname grid 网格 网格名 网格名称 網格 wgmc"
_COMMUNITY_CODE = "villcode villid villagecode villageid 社区代码 社区编码 社区编号 村代码 村编码 communitycode communityid sqdm sqbm cundm"
_GENERIC_CODE = "code 代码 编码 編碼 代碼 编号 区划代码 行政区划代码 统计用区划代码 xzqdm adcode id"
_STREET_CODE = "towncode townid 街道代码 街道编码 乡镇代码 streetcode streetid jddm xzdm xzjddm"
_DISTRICT_CODE = "countycode countyid 区代码 区县代码 区划代码 areacode districtcode qxdm adcode"
_GRID_CODE = "gridcode gridid 网格编码 网格代码 网格编号 wgbm wgdm wgbh"

_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Fields:
    """The properties of a file by what they hold; None: the file does not say. `grid` and `grid_code` only where communities stand beside them."""

    name: str
    code: str | None
    street: str | None
    street_code: str | None
    district: str | None
    district_code: str | None
    grid: str | None
    grid_code: str | None


class _Columns:
    """The properties of all features as columns of text."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], file: str) -> None:
        self.rows, self.file = rows, file
        self.names = list(dict.fromkeys(name for row in rows for name in row))

    def texts(self, name: str) -> list[str]:
        return [text(row.get(name)) for row in self.rows]

    def given(self, name: str, option: str) -> str:
        if name not in self.names:
            raise self.unclear(f"no feature has a property '{name}'", option)
        return name

    def found(self, usual: str, *, besides: Sequence[str | None] = ()) -> list[str]:
        """Properties with one of the `usual` names that hold text, the most usual first; of several with the same texts, one."""
        plain = {name: re.sub(r"[\s_-]", "", name).casefold() for name in self.names if name not in besides}
        hits = [name for word in usual.split() for name, flat in plain.items() if flat == word]
        different: dict[tuple[str, ...], str] = {}
        for name in hits:
            texts = tuple(self.texts(name))
            if any(texts):
                different.setdefault(texts, name)
        return list(different.values())

    def one(self, usual: str, option: str, *, besides: Sequence[str | None] = ()) -> str | None:
        hits = self.found(usual, besides=besides)
        if len(hits) > 1 and option:
            raise self.unclear(f"the properties {', '.join(hits)} could all be it", option)
        return hits[0] if hits else None

    def unclear(self, wrong: str, option: str) -> BrokenReference:
        shown = ", ".join(f"{name} ('{next(filter(None, self.texts(name)), '')[:20]}')" for name in self.names[:_SHOWN])
        return BrokenReference(f"{wrong}: say which one with {option}; the features have {shown or 'no properties'}", where=self.file)


def find(rows: Sequence[Mapping[str, Any]], file: str, *, name: str | None, code: str | None, street: str | None, district: str | None) -> Fields:
    """Finds the properties; those given are taken as they are. Raises BrokenReference with the properties seen when it is unclear which holds the name."""
    columns = _Columns(rows, file)
    district = columns.given(district, "--district-field") if district else None
    street = columns.given(street, "--street-field") if street else None
    name = columns.given(name, "--name-field") if name else _name(columns, (street, district))
    code = columns.given(code, "--code-field") if code else _code(columns, name)
    street = street or columns.one(_STREET, "--street-field", besides=(name, district))
    district = district or columns.one(_DISTRICT, "", besides=(name, street))
    if not street and district and len(set(filter(None, columns.texts(district)))) > 1:
        street, district = district, columns.one(_DISTRICT, "", besides=(name, district))
    grid, grid_code = columns.one(_GRID, "", besides=(name,)), columns.one(_GRID_CODE, "", besides=(code,))
    street_code = columns.one(_STREET_CODE, "", besides=(code,)) if street else None
    district_code = columns.one(_DISTRICT_CODE, "", besides=(code, street_code))
    if district_code and len(set(columns.texts(district_code))) > 1 and not district:
        district_code = None
    return Fields(name, code, street, street_code, district, district_code, grid, grid_code)


def _name(columns: _Columns, besides: Sequence[str | None]) -> str:
    """The property with the polygons' own names: the lowest level of areas that the file knows."""
    for usual in (_COMMUNITY, _GENERIC, _GRID, _STREET, _DISTRICT):
        if found := columns.one(usual, "--name-field", besides=besides):
            return found
    texts = [name for name in columns.names if name not in besides and all(isinstance(row.get(name), str) and row[name].strip() for row in columns.rows)]
    if len(texts) == 1:
        return texts[0]
    raise columns.unclear("no property has a usual name for the polygons' names", "--name-field")


def _code(columns: _Columns, name: str) -> str | None:
    """The property with the polygons' own codes; of a map of streets or districts, theirs."""
    if found := columns.one(_COMMUNITY_CODE, "--code-field"):
        return found
    own = {_STREET: _STREET_CODE, _DISTRICT: _DISTRICT_CODE}
    for usual in (*(codes for names, codes in own.items() if name in columns.found(names)), _GENERIC_CODE):
        for found in columns.found(usual):
            if len(set(columns.texts(found))) * 2 > len(columns.rows):  # else it is the code of something larger
                return found
    return None


def text(value: object) -> str:
    """A property as text: numbers without a fraction as integers (codes often come as 320111001.0), none as empty."""
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
