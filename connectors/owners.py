"""Who owns a part (部件权属单位): the names that sources write, as units of the base pack (`domain/domain.md` §4.1, 部件先属主后属地)."""

from __future__ import annotations

from connectors.payload import Words

OWNERS: dict[str, str] = {
    **dict.fromkeys(("供水企业", "自来水公司", "自来水", "供水公司", "供水", "水司", "水务集团"), "gongshui"),
    **dict.fromkeys(("排水养护企业", "排水公司", "排水", "排水管理处", "污水处理公司"), "paishui"),
    **dict.fromkeys(("供电公司", "供电", "电力公司", "电力", "国家电网", "国网"), "gongdian"),
    **dict.fromkeys(("燃气企业", "燃气公司", "燃气", "港华燃气", "管道燃气公司"), "ranqi"),
    **dict.fromkeys(("供热企业", "供热公司", "热力公司", "热力", "供热"), "gongre"),
    **dict.fromkeys(("通信企业", "通信", "电信", "移动", "联通", "铁塔", "中国电信", "中国移动", "中国联通", "中国铁塔"), "tongxin"),
    **dict.fromkeys(("广电网络企业", "广电", "有线电视", "广电网络", "江苏有线"), "guangdian"),
    **dict.fromkeys(("环卫作业企业", "环卫", "环卫所", "环卫公司"), "huanwei"),
    **dict.fromkeys(("市政养护企业", "市政养护", "市政养护公司"), "yanghu"),
    **dict.fromkeys(("绿化养护企业", "绿化养护", "绿化养护公司"), "lvhua"),
    **dict.fromkeys(("公交企业", "公交公司", "公交"), "gongjiao"),
    **dict.fromkeys(("地铁企业", "地铁公司", "地铁"), "ditie"),
    **dict.fromkeys(("路灯", "路灯管理所", "路灯所"), "ludeng"),
    **dict.fromkeys(("市政", "市政设施管理所", "市政所"), "shizheng"),
    **dict.fromkeys(("园林", "园林局", "园林所"), "yuanlin"),
    **dict.fromkeys(("城管", "城管局", "城市管理局"), "chengguan"),
    **dict.fromkeys(("交警", "交管", "交警大队", "公安交管"), "jiaoguan"),
    **dict.fromkeys(("公安", "公安分局", "派出所"), "gongan"),
    **dict.fromkeys(("水务", "水务局"), "shuiwu"),
    **dict.fromkeys(("住建", "住建局"), "zhujian"),
    **dict.fromkeys(("消防", "消防救援大队"), "xiaofang"),
}
"""A word and its unit. A name that is not here, and is no unit id of theirs, leaves the owner unknown: then the place decides (属地)."""

_WORDS = Words(OWNERS)
_UNITS = frozenset(OWNERS.values())


def owner_of(name: str) -> str:
    """The unit id of an owner that a source names, by word or by id; "" where it is not known."""
    return name if name in _UNITS else _WORDS.of(name) or ""
