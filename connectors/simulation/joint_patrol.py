"""What happens, as the joint patrol's app (大联勤) pushes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.joint_patrol import STANDARD
from connectors.payload import SHANGHAI
from connectors.samples.places import pick
from connectors.simulation.codes import codes_of
from connectors.simulation.happening import Happening
from schemas.vocabulary import Urgency

GROUPS = {"11": "公共安全", "16": "矛盾纠纷", "01": "市容环境", "02": "市政设施", "04": "市容环境", "07": "交通秩序", "08": "生态环境", "09": "公共安全"}
OTHER_GROUP = "民生服务"
LEVELS = {Urgency.U1: "重大", Urgency.U2: "较大"}
SETTLED, WITH_PICTURES, SEEN_BEFORE = 0.25, 0.85, 0.3
"""Share of events that are settled on the spot, that have photographs, that were seen a while before they were sent."""
NEXT_PUSH, TAKEN_BACK = timedelta(minutes=2), timedelta(minutes=1)


def payload(happening: Happening, dice: Random) -> dict[str, Any]:
    """One push of one event; see `connectors.simulation.happening.ToPayload`."""
    place, settled = happening.place, dice.random() < SETTLED
    updated = happening.at + NEXT_PUSH * (happening.revision - 1) + TAKEN_BACK * happening.withdrawn
    seen = happening.at - timedelta(minutes=int(dice.random() * 40))
    return {
        "event_no": f"DLQ-{happening.seed:06d}-{happening.number:08d}",
        "grid_code": "",
        "collector_no": f"WGY-{int(dice.random() * 1500):05d}",
        "event_type": GROUPS.get(happening.matter[:2], OTHER_GROUP),
        "event_subtype": _word(happening, dice),
        "event_level": LEVELS.get(happening.urgency, "G3") if happening.urgency else pick(dice, ("一般", "G3", "G4")),
        "handling": "自办" if settled else "上报",
        "content": happening.text,
        "address": place.address if place else "",
        "street": place.street if place else "",
        "lng": round(place.lng, 6) if place else None,
        "lat": round(place.lat, 6) if place else None,
        "accuracy_m": 3 + int(dice.random() ** 2 * 60) if place else None,
        "persons": happening.persons,
        "photos": [f"dlq/{happening.seed}/{happening.number}-1.jpg"] if dice.random() < WITH_PICTURES else [],
        "happen_time": _time(seen) if dice.random() < SEEN_BEFORE else "",
        "report_time": _time(happening.at),
        "update_time": _time(updated),
        "status": "作废" if happening.withdrawn else "已办结" if settled and happening.revision > 1 else "待处置",
    }


def _word(happening: Happening, dice: Random) -> str:
    """The word that it was drawn from, else one of the matter's, else nothing: then words decide."""
    known = codes_of(STANDARD).get(happening.matter, ())
    if happening.code in known:
        return happening.code
    return pick(dice, known) if known else ""


def _time(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat(timespec="seconds")
