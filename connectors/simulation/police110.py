"""What happens, as 110 hands on what is no crime."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.payload import SHANGHAI
from connectors.police110 import STANDARD
from connectors.samples.places import pick
from connectors.simulation.codes import codes_of
from connectors.simulation.happening import Happening
from connectors.simulation.persons import made_up
from schemas.vocabulary import Intent, Urgency

CATEGORIES = {Intent.INQUIRY: "咨询", Intent.COMPLAINT: "举报投诉", Intent.ACCUSATION: "举报投诉", Intent.HELP: "群众求助"}
"""For what has no type of its own at 110."""
GRADES = {Urgency.U1: "一级", Urgency.U2: "二级"}
LOCATED, NAMED = 0.95, 0.6
"""Share of calls that have a point (of the telephone network, or set by the desk), and whose caller is named."""
FIRST_PUSH, NEXT_PUSH, TAKEN_BACK = timedelta(seconds=150), timedelta(seconds=60), timedelta(seconds=30)


def payload(happening: Happening, dice: Random) -> dict[str, Any]:
    """One push of one call; see `connectors.simulation.happening.ToPayload`."""
    category, _, kind = _code(happening, dice).partition("/")
    updated = happening.at + FIRST_PUSH + NEXT_PUSH * (happening.revision - 1) + TAKEN_BACK * happening.withdrawn
    place, located, person, named = happening.place, dice.random() < LOCATED, made_up(dice), dice.random() < NAMED
    return {
        "JJDBH": f"320111{happening.seed:06d}{happening.number:010d}",
        "ZJJDBH": "",
        "JQZT": "撤警" if happening.withdrawn else "补充信息" if happening.revision > 1 else "已分流",
        "BJSJ": _time(happening.at),
        "GXSJ": _time(updated),
        "TSSJ": _time(updated + timedelta(seconds=3)),
        "BJFSMC": "电话报警",
        "JQXZ": "非警务",
        "BJNR": happening.text,
        "BJLBMC": category,
        "BJLXMC": kind,
        "BJXLMC": "",
        "JQDJ": "三级" if happening.urgency is None else GRADES.get(happening.urgency, "三级"),
        "SSJD": place.street if place else "",
        "AFDD": place.address if place else "",
        "JD": f"{place.lng:.6f}" if place and located else "",
        "WD": f"{place.lat:.6f}" if place and located else "",
        "DWJD": pick(dice, ("10", "25", "50", "100")) if place and located else "",
        "SSRS": str(happening.persons) if happening.persons is not None else "",
        "FJ": "",
        **_call(happening, dice),
        "BJRXM": person.name if named else "",
        "BJDH": person.phone,
        "BJRZJH": person.id_number if named and dice.random() < 0.3 else "",  # noqa: PLR2004  few are asked for it
        "BJRLXDZ": "",
        "GXDWDM": "320111540000",
    }


def _code(happening: Happening, dice: Random) -> str:
    codes = codes_of(STANDARD).get(happening.matter, ())
    return pick(dice, codes) if codes else CATEGORIES.get(happening.intent, "其他警情")


def _call(happening: Happening, dice: Random) -> dict[str, str]:
    waited, lasted = 1 + int(dice.random() ** 3 * 20), 30 + int(dice.random() * 200)
    rang = happening.at - timedelta(seconds=waited + 2)
    answered = rang + timedelta(seconds=waited)
    return {"HRSJ": _time(rang), "YDSJ": _time(answered), "GJSJ": _time(answered + timedelta(seconds=lasted))}


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y%m%d%H%M%S}"
