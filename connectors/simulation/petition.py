"""What happens, as the petition system hands it on."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.payload import SHANGHAI
from connectors.petition import STANDARD
from connectors.samples.places import pick
from connectors.simulation.codes import codes_of
from connectors.simulation.happening import Happening
from connectors.simulation.persons import full_width, made_up
from reference.crs import wgs84_to_gcj02
from schemas.vocabulary import Intent, Urgency

FORMS = ("网上信访", "网上信访", "来信", "来访", "电话")
ONLINE = "网上信访"
PURPOSES = {
    Intent.HELP: "求决",
    Intent.COMPLAINT: "申诉",
    Intent.ACCUSATION: "揭发控告",
    Intent.SUGGESTION: "意见建议",
    Intent.INQUIRY: "咨询",
    Intent.PRAISE: "感谢",
}
URGENCIES = {Urgency.U1: "特急", Urgency.U2: "紧急"}
AGAINST_OFFICIALS = "1901"
WIDE, AGAIN = 0.15, 0.2
"""Share of petitions with digits typed in full width, and of those that are not the first of their kind."""
FIRST_PUSH, NEXT_PUSH, TAKEN_BACK = timedelta(minutes=15), timedelta(seconds=60), timedelta(seconds=30)


def payload(happening: Happening, dice: Random) -> dict[str, Any]:
    """One push of one petition; see `connectors.simulation.happening.ToPayload`."""
    form, wide, person = pick(dice, FORMS), dice.random() < WIDE, made_up(dice)
    updated = happening.at + FIRST_PUSH + NEXT_PUSH * (happening.revision - 1) + TAKEN_BACK * happening.withdrawn
    codes = codes_of(STANDARD).get(happening.matter, ())
    people = "" if happening.persons is None else str(happening.persons)
    accuses = happening.matter == AGAINST_OFFICIALS
    return {
        "信访件编号": f"XF320111-{happening.seed:06d}-{happening.number:08d}",
        "办理状态": "撤回" if happening.withdrawn else "已更新" if happening.revision > 1 else "已登记",
        "登记时间": _time(happening.at + timedelta(minutes=10)),
        "信访日期": _spoken(happening.at),
        "更新时间": _time(updated),
        "信访形式": form,
        "信访目的": "检举控告" if accuses else PURPOSES.get(happening.intent, "其他"),
        "内容分类": pick(dice, codes) if codes else "",
        "概况": "",
        "反映内容": happening.text,
        "紧急程度": "一般" if happening.urgency is None else URGENCIES.get(happening.urgency, "一般"),
        "是否扬言": "否",
        "是否保密": "是" if happening.urgency is Urgency.SEALED else "否",
        "初重件": "重件" if dice.random() < AGAIN else "初件",
        "信访人数": full_width(people) if wide else people,
        **_place(happening, form, dice),
        "附件": f"XF/{happening.seed:06d}/{happening.number:08d}-1.pdf" if form == "来信" else "",
        "信访人姓名": person.name,
        "联系电话": full_width(person.phone) if wide else person.phone,
        "证件号码": person.id_number,
        "住址": person.home,
    }


def _place(happening: Happening, form: str, dice: Random) -> dict[str, Any]:
    """Who writes online may set a point on the map: Gaode's, or the government's own."""
    gaode = dice.random() < 0.5  # noqa: PLR2004  one of two maps
    if happening.place is None:
        return {"问题属地": "", "问题发生地": ""}
    said = {"问题属地": happening.place.street, "问题发生地": happening.place.address}
    if form != ONLINE:
        return said
    lng, lat = wgs84_to_gcj02(happening.place.lng, happening.place.lat) if gaode else (happening.place.lng, happening.place.lat)
    return {**said, "经度": round(lng, 6), "纬度": round(lat, 6), "坐标系": "GCJ02" if gaode else "CGCS2000"}


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _spoken(instant: datetime) -> str:
    local = instant.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local.hour}时{local.minute:02d}分{local.second:02d}秒"
