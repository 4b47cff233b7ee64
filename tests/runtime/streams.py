"""A made-up stream of reports of the shipped sample district, for the runtimes to carry."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import shapely

from connectors.accept import accept
from schemas.report import Accepted, Report, order_key
from schemas.vocabulary import Operation, Source
from tests.intake.centres import pukou

if TYPE_CHECKING:
    from pipeline.runtime.sqlite_log import SqliteLog

CENTRE = "pukou"
START = datetime(2024, 3, 1, tzinfo=UTC)
TEXTS = (
    "路灯不亮",
    "井盖丢失，很危险",
    "深夜施工噪音扰民",
    "小区停水",
    "店外占道经营",
    "暴露垃圾无人清运",
    "实名举报村支书贪污低保",
    "燃气泄漏",
    "想咨询医保怎么办",
    "",
)


def stream(count: int, *, seed: int = 7, centre: str = CENTRE) -> list[Accepted]:
    """Lines of reports that are told, told again, revised, moved, withdrawn and revived, by places that repeat."""
    random_ = random.Random(seed)
    inner = shapely.point_on_surface(pukou().polygons[:40])
    spots = [(point.x, point.y) for point in inner]
    told: list[Report] = []
    for number in range(count):
        at = START + timedelta(minutes=3 * number)
        kind = random_.random()
        if told and kind < 0.05:
            said = random_.choice(told)
        elif told and kind < 0.25:
            before = random_.choice(told)
            lng, lat = random_.choice(spots)
            changed = {"text": f"{before.text}（补充{number}）", "lng": lng, "lat": lat, "operation": Operation.SET}
            if kind < 0.10:
                changed = {"operation": Operation.WITHDRAW}
            said = before.model_copy(update={**changed, "order_key": order_key(number), "arrived_at": at})
        else:
            lng, lat = random_.choice(spots)
            point = {} if kind > 0.95 else {"lng": lng + random_.uniform(-2e-4, 2e-4), "lat": lat}
            said = Report(
                source=random_.choice(list(Source)),
                source_id=f"S{number}",
                order_key=order_key(number),
                reported_at=at - timedelta(minutes=random_.randrange(600)),
                arrived_at=at,
                text=random_.choice(TEXTS),
                address=random_.choice(("", f"雨山路{number % 9}号", "高新社区")),
                **point,
            )
        told.append(said)
    return accept(told, centre, datetime(2026, 1, 1, tzinfo=UTC))


def frames(lines: list[Accepted], size: int) -> list[list[Accepted]]:
    """Lines in portions."""
    return [lines[first : first + size] for first in range(0, len(lines), size)]


def bodies(log: SqliteLog, topic: str) -> list[bytes]:
    """The frames of a topic, as bytes."""
    return [placed.frame.body for placed in log.read(topic, -1, 1_000_000)]
