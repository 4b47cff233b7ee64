"""What happens, as the 12345 hotline's platform pushes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.hotline12345 import STANDARD
from connectors.payload import SHANGHAI
from connectors.samples.places import pick
from connectors.simulation.codes import codes_of
from connectors.simulation.happening import Happening
from connectors.simulation.persons import made_up
from reference.crs import wgs84_to_gcj02
from schemas.vocabulary import Urgency

CHANNELS = ("电话", "电话", "电话", "电话", "微信", "网站", "APP", "110转办")
CALLED = ("电话", "110转办")
URGENCIES = {Urgency.U1: "特急", Urgency.U2: "紧急", Urgency.U4: "疑难"}
CODED, NOTED, LOCATED, NAMED, WITH_PICTURES = 0.7, 0.9, 0.85, 0.8, 0.2
"""Share of orders that the desk classifies, whose intent it notes, that have a point, whose caller is named, that have attachments."""
FIRST_PUSH, NEXT_PUSH, TAKEN_BACK = timedelta(seconds=90), timedelta(seconds=60), timedelta(seconds=30)
"""After which time an order is pushed, pushed anew, taken back: later pushes have later times."""


def payload(happening: Happening, dice: Random) -> dict[str, Any]:
    """One push of one order; see `connectors.simulation.happening.ToPayload`."""
    channel = pick(dice, CHANNELS)
    category, _, subcategory = _code(happening, dice).partition("/")
    updated = happening.at + FIRST_PUSH + NEXT_PUSH * (happening.revision - 1) + TAKEN_BACK * happening.withdrawn
    return {
        "work_order_no": f"NJ12345-{happening.seed:06d}-{happening.number:08d}",
        "order_status": "已撤单" if happening.withdrawn else "已更新" if happening.revision > 1 else "已派单",
        "accept_time": _time(happening.at),
        "update_time": _time(updated),
        "push_time": _time(updated + timedelta(seconds=2)),
        "accept_channel": channel,
        "title": f"反映{subcategory or category or '其他'}问题",
        "content": happening.text,
        "appeal_type": happening.intent.zh if dice.random() < NOTED else "",
        "category_1": category,
        "category_2": subcategory,
        "urgency_level": "一般" if happening.urgency is None else URGENCIES.get(happening.urgency, "一般"),
        **_place(happening, dice),
        "involved_count": happening.persons if happening.persons is not None else "",
        "attachments": [{"file_id": f"F{happening.seed:06d}{happening.number:08d}01", "file_name": "现场照片.jpg"}] if dice.random() < WITH_PICTURES else [],
        **_caller(channel, dice),
    }


def _code(happening: Happening, dice: Random) -> str:
    codes = codes_of(STANDARD).get(happening.matter, ())
    return pick(dice, codes) if dice.random() < CODED and codes else ""


def _place(happening: Happening, dice: Random) -> dict[str, Any]:
    located = dice.random() < LOCATED
    if happening.place is None:
        return {"street_name": "", "incident_address": "", "longitude": "", "latitude": ""}
    lng, lat = wgs84_to_gcj02(happening.place.lng, happening.place.lat)
    return {
        "street_name": happening.place.street,
        "incident_address": f"南京市{happening.place.address}",
        "longitude": f"{lng:.6f}" if located else "",
        "latitude": f"{lat:.6f}" if located else "",
        "coord_type": "GCJ02" if located else "",
    }


def _caller(channel: str, dice: Random) -> dict[str, Any]:
    person, named, secret = made_up(dice), dice.random() < NAMED, dice.random() < 0.1  # noqa: PLR2004  one caller in ten asks not to be named
    waited, lasted = int(dice.random() ** 3 * 40), 40 + int(dice.random() * 400)
    called = {"wait_duration": waited, "call_duration": f"{lasted // 3600:02d}:{lasted // 60 % 60:02d}:{lasted % 60:02d}", "is_answered": "是"}
    return {
        **(called if channel in CALLED else {}),
        "caller_name": person.name if named else "匿名",
        "caller_phone": person.phone,
        "caller_id_card": person.id_number if named and not secret else "",
        "caller_address": person.home if named else "",
        "is_secret": "是" if secret else "否",
    }


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
