"""What happens, as city management's supervision centre (监督中心) pushes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.payload import SHANGHAI
from connectors.samples.places import pick
from connectors.simulation.happening import Happening
from connectors.simulation.words import Type, types
from schemas.vocabulary import Urgency

ORIGINS = ("监督员上报", "监督员上报", "监督员上报", "监督员上报", "视频监控", "公众举报", "热线转办")
LEVELS = {Urgency.U1: "特急", Urgency.U2: "紧急"}
OTHER = "E0602"
"""For what none of the types is meant for: its name says nothing, so the text does."""
OWNERS = {
    **dict.fromkeys(("P0101", "P0132"), "自来水公司"),
    **dict.fromkeys(("P0102", "P0103", "P0104"), "排水公司"),
    **dict.fromkeys(("P0105", "P0116", "P0133", "P0134"), "供电公司"),
    **dict.fromkeys(("P0106", "P0118", "P0119", "P0120"), "路灯管理所"),
    **dict.fromkeys(("P0107", "P0109", "P0115"), "中国电信"),
    **dict.fromkeys(("P0108", "P0139"), "广电网络"),
    "P0110": "热力公司",
    **dict.fromkeys(("P0111", "P0135"), "燃气公司"),
    **dict.fromkeys(("P0112", "P0136"), "公安分局"),
    **dict.fromkeys(("P0128", "P0203"), "公交公司"),
    **dict.fromkeys(("P0209", "P0210", "P0214"), "交警大队"),
    **dict.fromkeys(("P0301", "P0305"), "环卫所"),
    **dict.fromkeys(("P0402", "P0405"), "绿化养护公司"),
}
OWNED, WITH_PICTURES = 0.7, 0.9
"""Share of parts whose owner the centre knows; of tasks that have photographs."""
FIRST_PUSH, NEXT_PUSH, TAKEN_BACK = timedelta(minutes=5), timedelta(seconds=60), timedelta(seconds=30)


def payload(happening: Happening, dice: Random) -> dict[str, Any]:
    """One push of one task; see `connectors.simulation.happening.ToPayload`."""
    found = _type(happening, dice)
    place, part = happening.place, found.kind == "部件"
    updated = happening.at + FIRST_PUSH + NEXT_PUSH * (happening.revision - 1) + TAKEN_BACK * happening.withdrawn
    serial, owned = int(dice.random() * 1_000_000), dice.random() < OWNED
    division = "320111"
    return {
        "task_no": f"RW{happening.seed:06d}{happening.number:08d}",
        "case_no": f"AJ{happening.seed:06d}{happening.number:08d}",
        "event_src": pick(dice, ORIGINS),
        "rec_type": found.kind,
        "type_code": found.code if part else f"{division}{found.code[1:]}",
        "part_code": f"{division}{found.code[1:]}{serial:06d}" if part else "",
        "main_type": found.big,
        "sub_type": found.small,
        "event_desc": happening.text,
        "address": place.address if place else "",
        "street_name": place.street if place else "",
        "coordinate_x": round(place.lng, 6) if place else None,
        "coordinate_y": round(place.lat, 6) if place else None,
        "crs": "CGCS2000",
        "patrol_no": f"JDY-{int(dice.random() * 400):04d}",
        "level": LEVELS.get(happening.urgency, "一般") if happening.urgency else "一般",
        "owner_unit": OWNERS.get(found.code, "") if owned else "",
        "photos": [f"dcg/{happening.seed}/{happening.number}-{shot}.jpg" for shot in (1, 2)] if dice.random() < WITH_PICTURES else [],
        "report_time": _time(happening.at),
        "file_time": _time(happening.at + FIRST_PUSH),
        "update_time": _time(updated),
        "push_time": _time(updated + timedelta(seconds=2)),
        "state": "作废" if happening.withdrawn else "处理中" if happening.revision > 1 else "待派遣",
    }


def _type(happening: Happening, dice: Random) -> Type:
    """The type that it was drawn from, else one of the matter's, else that for the rest."""
    known = types()
    if happening.code in known:
        return known[happening.code]
    fitting = [one for one in known.values() if one.matter == happening.matter and one.small in happening.text]
    fitting = fitting or [one for one in known.values() if one.matter == happening.matter] or [known[OTHER]]
    return pick(dice, fitting)


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
