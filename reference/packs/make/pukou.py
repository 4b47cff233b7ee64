"""Makes `pukou/units.csv`, `duties.csv` and `responders.csv` from the pack's areas and grids. All of it is synthetic.

    python -m reference.packs.make.pukou

Units of streets and communities follow `areas.csv`, responders the grids of `grids.geojson`: run it again when one of them changes.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from reference import grid_file, posts, rows
from reference.posts import AROUND_THE_CLOCK, DAYS, OFFICE, Team
from reference.precedence import OF_COMMUNITY, OF_STREET
from reference.problem import broken
from reference.tables import AREAS, BASE, DUTIES, GRIDS_FILE, MATTERS, PACKS, RESPONDERS, UNITS, M, Table
from schemas.centre import Duty, Unit
from schemas.vocabulary import AreaLevel, Force, UnitKind

if TYPE_CHECKING:
    from pathlib import Path

    from reference.problem import Problem
    from schemas.centre import Responder

PUKOU = PACKS / "pukou"
BEFORE = date(2000, 1, 1)
ONE_NET = date(2023, 3, 1)
"""《南京市推进城市运行"一网统管"暂行办法》 takes effect: streets handle what happens in their place."""
ONE_NET_BASIS = "《南京市推进城市运行“一网统管”暂行办法》（2023-03-01施行）：街道负责属地事件处置；承办单位依区职责清单（示例，合成）"
OURS = "区职责清单（示例，合成）"
FOREST, SPRINGS, ZONE = "320111400", "320111402", "320111403"
"""老山林场, 珍珠泉旅游度假区, 浦口经济开发区."""

TEAMS = (
    Team("gridworker", "网格员", None, Force.GRID, OF_COMMUNITY, 3, ("day", "day", "night"), ("inspect", "guard", "verify")),
    Team("constable", "社区民警", AreaLevel.COMMUNITY, Force.POLICE, "gongan", 1, DAYS, ("order", "dispute")),
    Team("mediator", "人民调解员", AreaLevel.COMMUNITY, Force.MEDIATION, OF_COMMUNITY, 1, OFFICE, ("dispute",)),
    Team("volunteers", "志愿者队", AreaLevel.COMMUNITY, Force.VOLUNTEER, OF_COMMUNITY, 3, DAYS, ("soft",)),
    Team("patrol", "大联勤巡逻组", AreaLevel.STREET, Force.POLICE, "gongan", 12, AROUND_THE_CLOCK, ("order",)),
    Team("traffic", "交警巡逻组", AreaLevel.STREET, Force.POLICE, "jiaoguan", 6, AROUND_THE_CLOCK, ("traffic",)),
    Team("enforcement", "综合执法组", AreaLevel.STREET, Force.ENFORCEMENT, "chengguan", 14, AROUND_THE_CLOCK, ("appearance", "construction")),
    Team("market", "市场监管执法组", AreaLevel.STREET, Force.ENFORCEMENT, "shichang", 4, OFFICE, ("market", "food", "lift")),
    Team("environment", "生态环境执法组", AreaLevel.STREET, Force.ENFORCEMENT, "shengtai", 2, OFFICE, ("pollution",)),
    Team("housing", "住建监管组", AreaLevel.STREET, Force.ENFORCEMENT, "zhujian", 3, OFFICE, ("housing", "construction")),
    Team("cleaning", "环卫作业组", AreaLevel.STREET, Force.REPAIR, "huanwei", 10, AROUND_THE_CLOCK, ("waste",)),
    Team("road", "市政养护组", AreaLevel.STREET, Force.REPAIR, "yanghu", 6, AROUND_THE_CLOCK, ("road", "manhole", "facility")),
    Team("lamps", "路灯抢修组", AreaLevel.STREET, Force.REPAIR, "ludeng", 2, AROUND_THE_CLOCK, ("lamp",)),
    Team("green", "绿化养护组", AreaLevel.STREET, Force.REPAIR, "lvhua", 4, AROUND_THE_CLOCK, ("tree", "green")),
    Team("water", "供水抢修组", AreaLevel.STREET, Force.REPAIR, "gongshui", 4, AROUND_THE_CLOCK, ("water", "manhole")),
    Team("drain", "排水抢修组", AreaLevel.STREET, Force.REPAIR, "paishui", 4, AROUND_THE_CLOCK, ("drain", "manhole")),
    Team("power", "供电抢修组", AreaLevel.STREET, Force.REPAIR, "gongdian", 4, AROUND_THE_CLOCK, ("power", "cable")),
    Team("gas", "燃气抢修组", AreaLevel.STREET, Force.REPAIR, "ranqi", 4, AROUND_THE_CLOCK, ("gas", "manhole")),
    Team("telecom", "通信抢修组", AreaLevel.STREET, Force.REPAIR, "tongxin", 2, AROUND_THE_CLOCK, ("cable", "manhole")),
    Team("fire", "消防站车组", AreaLevel.STREET, Force.FIRE, "xiaofang", 4, AROUND_THE_CLOCK, ("fire", "rescue")),
    Team("ambulance", "急救车组", AreaLevel.STREET, Force.MEDICAL, "jijiu", 4, AROUND_THE_CLOCK, ("emergency",)),
    Team("street", "街道综合指挥专员", AreaLevel.STREET, Force.GRID, OF_STREET, 4, AROUND_THE_CLOCK, ("coordinate",)),
)


def read(folder: Path, table: Table[M]) -> list[M]:
    """The rows of one table; raises BrokenReference when one does not validate."""
    problems: list[Problem] = []
    validated = rows.validate(table, rows.read(folder / table.file, table, problems), problems)
    if problems:
        raise broken(problems, folder.name)
    return validated.items


def units() -> list[Unit]:
    """Streets and communities, and the building office of the development zone."""
    local = posts.local_units(read(PUKOU, AREAS), [])
    zone = Unit(unit="kaifaqu-jianshe", name="浦口经济开发区建设管理部门", kind=UnitKind.DEPARTMENT, area=ZONE, aliases=("开发区建管",), synthetic=True)
    return [*local, zone] if any(unit.area == ZONE for unit in local) else local


def duties() -> list[Duty]:
    """Rules of this district over the base's: dated ones, and ones for an area or an owner of parts."""
    rules: list[Duty] = []
    base = {duty.duty: duty for duty in read(BASE, DUTIES)}
    for matter in read(BASE, MATTERS):
        if matter.level == "street":
            before = base[f"D-{matter.code}"]
            rules.append(before.model_copy(update={"valid_to": ONE_NET - timedelta(days=1)}))
            rules.append(before.model_copy(update={"duty": f"P-{matter.code}-2023", "valid_from": ONE_NET, "basis": ONE_NET_BASIS}))
    for owner, regulators in {"gongshui": ("shuiwu",), "paishui": ("shuiwu",), "ranqi": ("zhujian",), "gongdian": (), "tongxin": ("gongxin",)}.items():
        co_units = (*regulators, "chengguan", OF_STREET)
        basis = f"部件先属主后属地：井盖由其权属企业先行处置，主管部门督促；{OURS}"
        rules.append(Duty(duty=f"P-0203-{owner}", matter="0203", part_owner=owner, unit=owner, co_units=co_units, valid_from=BEFORE, basis=basis))
    places = {area.code for area in read(PUKOU, AREAS)}
    for code, area, unit, co_units in (
        ("1109", FOREST, "senfang", (f"street-{FOREST}", "xiaofang")),
        ("0405", FOREST, "yuanlin", (f"street-{FOREST}",)),
        ("1408", SPRINGS, "wenlv", (f"street-{SPRINGS}", "gongan")),
        ("0901", ZONE, "kaifaqu-jianshe", ("zhujian", "yingji")),
        ("0904", ZONE, "kaifaqu-jianshe", ("zhujian",)),
    ):
        if area in places:
            rules.append(Duty(duty=f"P-{code}-{area}", matter=code, area=area, unit=unit, co_units=co_units, valid_from=BEFORE, basis=OURS))
    return rules


def responders(own: list[Unit]) -> list[Responder]:
    """The posts of `TEAMS` in the pack's areas and grids."""
    problems: list[Problem] = []
    grids, _ = grid_file.read(PUKOU / GRIDS_FILE, problems)
    if problems:
        raise broken(problems, PUKOU.name)
    return posts.responders(TEAMS, read(PUKOU, AREAS), grids.items, [*read(BASE, UNITS), *own])


def main() -> None:
    """Writes the three tables."""
    own = units()
    (PUKOU / UNITS.file).write_bytes(rows.write(UNITS, map(rows.as_cells, own)))
    (PUKOU / DUTIES.file).write_bytes(rows.write(DUTIES, map(rows.as_cells, duties())))
    (PUKOU / RESPONDERS.file).write_bytes(rows.write(RESPONDERS, map(rows.as_cells, responders(own))))


if __name__ == "__main__":
    main()
