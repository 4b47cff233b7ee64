"""Makes `base/matters.csv` and `base/duties.csv` from the taxonomy (`domain/taxonomy.csv`) and `base/units.csv`.

    python -m reference.packs.make.matters ../shared/domain/taxonomy.csv

The taxonomy's prose becomes words: the first department named leads, the others are co-units; a company in brackets is a
co-unit of its regulator; a word that is not known here stops the script. What a rule's legal basis is comes from the
taxonomy's column `origin`; where there is no law it says that the duty list is synthetic.
"""

from __future__ import annotations

import csv
import sys
from datetime import date, timedelta
from pathlib import Path

from reference.precedence import OF_OWNER, OF_STREET
from reference.rows import as_cells, write
from reference.tables import BASE, DUTIES, MATTERS, SEPARATOR, UNITS
from schemas.centre import Duty, Matter
from schemas.vocabulary import Force, Urgency

SINCE = date(2000, 1, 1)
"""Base duties reach back far enough for any stream of history."""
PETITION_RULES = date(2022, 5, 1)
"""《信访工作条例》 takes effect."""

_E, _P, _G, _R, _F, _M = Force.ENFORCEMENT, Force.POLICE, Force.GRID, Force.REPAIR, Force.FIRE, Force.MEDICAL
FORCES: dict[str, tuple[Force, ...]] = {
    **dict.fromkeys(("综合执法", "执法", "环境执法", "交通执法", "文化执法", "应急执法", "劳动监察", "住建监管", "质监", "市监", "卫监"), (_E,)),
    **dict.fromkeys(("住建", "规资", "卫健", "文旅", "农业", "水务"), (_E,)),
    **dict.fromkeys(("民警", "辅警"), (_P,)),
    **dict.fromkeys(("网格员", "网格员看护", "社区", "街道", "护林员"), (_G,)),
    **dict.fromkeys(("环卫", "保洁", "市政养护", "市政抢修", "路灯抢修", "排水抢修", "权属抢修", "水司抢修", "供电抢修", "燃气抢修"), (_R,)),
    **dict.fromkeys(("水司", "燃气公司", "供热单位", "运营商", "养护单位", "养护抢险", "公园管理", "维保单位", "维保", "交管设施", "河长"), (_R,)),
    **dict.fromkeys(("消防", "应急", "应急队伍", "救援"), (_F,)),
    **dict.fromkeys(("急救", "疾控"), (_M,)),
    **dict.fromkeys(("调解", "调解员"), (Force.MEDIATION,)),
    "志愿者": (Force.VOLUNTEER,),
    # Desks, programmes and places that send nobody; property companies get redacted tasks through the street, never a dispatch.
    **dict.fromkeys(("-", "专班", "物业", "景区", "救助站", "运营企业", "通知车主", "引导司法途径", "值班长研判", "政策专员", "回避承办单位"), ()),
    **dict.fromkeys(("人社", "公积金", "医保", "教育", "民政", "体育", "退役军人", "交通", "告知法定途径", "告知", "不派单", "人工研判"), ()),
    "不派单,专报移交": (),
}
"""What the taxonomy's column `first_force` means (`domain/domain.md` §4.2: departments' inspectors count as enforcement)."""

LEADS: dict[str, tuple[str, ...]] = {
    "街道": (OF_STREET,),
    "街道司法所": (OF_STREET, "sifa"),
    "权属单位": (OF_OWNER, "chengguan"),
    "权属单位(水/电/通信)": (OF_OWNER, "chengguan", "gongshui", "gongdian", "tongxin"),
    "水务局(水司)": ("shuiwu", "gongshui"),
    "住建局(燃气公司)": ("zhujian", "ranqi"),
    # The unit that takes sealed reports is not given ordinary ones: the office for efficiency leads.
    "纪委/效能办": ("xiaoneng", "jiwei"),
}
"""Leads that are more than a list of departments: lead first, then co-units."""
CO_UNITS = {"街道": OF_STREET, "属地街道": OF_STREET}
NOBODY = {"-", "相关部门", "物业", "法院等"}
"""Words of the taxonomy that name no unit of the centre."""

URGENCIES = {urgency.value: urgency for urgency in Urgency}
LIMITS = {"法定": "legal", "0": "none"}
OWNED = {"0109", "0203", "0204", "0205", "0207", "0208", "0209", "0308", "0402", "0404", "0405", "0703", "0705", "1407"}
"""Matters about parts that their owner mends first (部件先属主). Not where the owner is who is complained of (0504, 0901, 1101, 1104)."""

_LIST = "承办单位依区职责清单（示例，合成）"
BASES = {
    "30428.2": f"分类依GB/T 30428.2；{_LIST}",
    "信访": f"分类依国家信访内容分类；{_LIST}",
    "12345": f"分类依12345热线实践；{_LIST}",
    "12315": f"分类依12315消费维权实践；{_LIST}",
    "坪山": f"分类参照坪山区事项清单；{_LIST}",
    "种子": _LIST,
    "一企来": f"涉企服务渠道；{_LIST}",
    "proposal": f"兜底；{_LIST}",
    "噪声法": f"《中华人民共和国噪声污染防治法》；{_LIST}",
    "110": f"国办发〔2022〕12号（110与12345高效对接联动）；{_LIST}",
    "119": f"国办发〔2020〕53号（紧急热线保留）；{_LIST}",
    "120": f"国办发〔2020〕53号（紧急热线保留）；{_LIST}",
    "53号文": f"国办发〔2020〕53号；{_LIST}",
    "33358": f"GB/T 33358-2016；{_LIST}",
    "TSG": f"特种设备安全技术规范（TSG）；{_LIST}",
    "信访条例": "《信访工作条例》（2022-05-01施行）：检举控告材料及有关情况不得透露、转给被检举控告的人员或者单位",
}
OWNER_BASIS = "部件先属主后属地（数字城管派遣原则）；权属依来源所载"


def matters(taxonomy: Path, units: Path) -> list[tuple[Matter, str]]:
    """Each matter of the taxonomy, and its origin."""
    ids = _ids(units)
    with taxonomy.open(encoding="utf-8-sig", newline="") as file:
        return [(_matter(row, ids), row["origin"]) for row in csv.DictReader(file)]


def _ids(units: Path) -> dict[str, str]:
    with units.open(encoding="utf-8-sig", newline="") as file:
        return {alias: row["unit"] for row in csv.DictReader(file) for alias in row["aliases"].split(SEPARATOR)}


def _matter(row: dict[str, str], ids: dict[str, str]) -> Matter:
    lead_words = row["lead_dept"]
    leads = LEADS.get(lead_words) or ((ids[lead_words],) if lead_words in ids else tuple(ids.get(word) or CO_UNITS[word] for word in lead_words.split("/")))
    co_words = [word for word in row["co_dept"].split("/") if word not in NOBODY]
    co_units = dict.fromkeys((*leads[1:], *(CO_UNITS.get(word) or ids[word] for word in co_words)))
    forces = dict.fromkeys(force for word in _force_words(row["first_force"]) for force in FORCES[word])
    return Matter(
        code=row["l2_code"],
        name=row["l2_name"],
        group=row["l1_code"],
        group_name=row["l1_name"],
        kind={"部": "part", "事": "event"}.get(row["cityops_crosswalk"][:1], "service"),
        level="street" if leads[0] == OF_STREET else "department",
        lead=leads[0],
        co_units=tuple(unit for unit in co_units if unit != leads[0]),
        urgency=URGENCIES[f"U{row['default_urgency']}"],
        limit=LIMITS.get(row["default_limit"], row["default_limit"]),
        forces=tuple(forces),
    )


def _force_words(prose: str) -> list[str]:
    return [prose] if prose in FORCES else [word.partition("(")[0] for part in prose.split("+") for word in part.split("/")]


def duties(made: list[tuple[Matter, str]]) -> list[Duty]:
    """For every matter a duty that holds always and everywhere; for parts, one before it that leads to the owner."""
    rules: list[Duty] = []
    for matter, origin in made:
        owned = matter.code in OWNED
        lead, co_units = (matter.co_units[0], matter.co_units[1:]) if matter.lead == OF_OWNER else (matter.lead, matter.co_units)
        basis = BASES[origin]
        if owned:
            followers = tuple(dict.fromkeys((lead, *(unit for unit in co_units if unit == OF_STREET))))
            rules.append(_duty(f"D-{matter.code}-owner", matter, OF_OWNER, followers, f"{OWNER_BASIS}；{basis}"))
        if origin == "信访条例":
            before = "《信访条例》（2022-05-01前施行）：不得将检举、揭发材料及有关情况透露或者转给被检举、揭发的人员或者单位"
            rules.append(_duty(f"D-{matter.code}-2000", matter, lead, co_units, before, until=PETITION_RULES - timedelta(days=1)))
            rules.append(_duty(f"D-{matter.code}", matter, lead, co_units, basis, since=PETITION_RULES))
        else:
            rules.append(_duty(f"D-{matter.code}", matter, lead, co_units, basis))
    return rules


def _duty(name: str, matter: Matter, unit: str, co_units: tuple[str, ...], basis: str, *, since: date = SINCE, until: date | None = None) -> Duty:
    return Duty(duty=name, matter=matter.code, unit=unit, co_units=co_units, valid_from=since, valid_to=until, basis=basis)


if __name__ == "__main__":
    table = matters(Path(sys.argv[1]), BASE / UNITS.file)
    (BASE / MATTERS.file).write_bytes(write(MATTERS, (as_cells(matter) for matter, _ in table)))
    (BASE / DUTIES.file).write_bytes(write(DUTIES, map(as_cells, duties(table))))
