"""What happens, as a department's own line pushes it: under the keys, in the words, coordinates and times of its profile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from connectors.payload import SHANGHAI
from connectors.profiles.profile import Profile, profiles
from connectors.samples.places import pick
from connectors.simulation.codes import codes_of
from connectors.simulation.happening import Happening
from connectors.simulation.persons import made_up
from reference.crs import wgs84_to_bd09, wgs84_to_gcj02
from schemas.vocabulary import Crs

ANY_LINE = "emergency"
"""Which line tells of what none has a word for."""
NAMED, WITH_PICTURES = 0.75, 0.4
"""Share of reports that say who reports; that have attachments."""
FIRST_PUSH, NEXT_PUSH, TAKEN_BACK = timedelta(seconds=60), timedelta(seconds=60), timedelta(seconds=30)
_SHIFTED = {Crs.GCJ02: wgs84_to_gcj02, Crs.BD09: wgs84_to_bd09}
_MILLISECONDS = 10**12


def payload(happening: Happening, dice: Random) -> dict[str, Any]:
    """One push of one order; see `connectors.simulation.happening.ToPayload`. Whose line it is stands in the happening's code, else any of the matter's."""
    profile, word = _line(happening, dice)
    values = {**_told(happening, profile, dice), **_person(dice)}
    if "subcode" in profile.keys.there():
        values["subcode"] = word
    else:
        values["code"] = word
    by = "系统" if "系统" in profile.example else "system"
    return {by: profile.example[by], **{key: values[name] for name, (key, _) in profile.keys.there().items() if values.get(name) not in {None, ""}}}


def _told(happening: Happening, profile: Profile, dice: Random) -> dict[str, Any]:
    place, code = happening.place, profile.example.get(profile.keys.source_id[0], "")
    updated = happening.at + FIRST_PUSH + NEXT_PUSH * (happening.revision - 1) + TAKEN_BACK * happening.withdrawn
    point = (None, None) if place is None else _SHIFTED.get(profile.crs or Crs.WGS84, _same)(place.lng, place.lat)
    return {
        "source_id": f"{_letters(code) or profile.system[:2].upper()}-{happening.seed:06d}-{happening.number:08d}",
        "version": happening.revision + happening.withdrawn,
        "updated_at": _written(profile, updated),
        "state": (profile.withdrawn or ("作废",))[0] if happening.withdrawn else _of_example(profile, "state"),
        "reported_at": _written(profile, happening.at),
        "text": happening.text,
        "address": place.address if place else "",
        "area": place.street if place else "",
        "lng": round(point[0], 6) if point[0] is not None else None,
        "lat": round(point[1], 6) if point[1] is not None else None,
        "intent": next((word for word, intent in profile.intent.items() if intent is happening.intent), ""),
        "urgency": next((word for word, urgency in profile.urgency.items() if urgency is happening.urgency), ""),
        "persons": happening.persons,
        "attachments": ";".join(f"{profile.system}/{happening.seed}/{happening.number}-{n}.jpg" for n in (1, 2)) if dice.random() < WITH_PICTURES else "",
    }


def _person(dice: Random) -> dict[str, str]:
    person, named = made_up(dice), dice.random() < NAMED
    return {"name": person.name, "phone": person.phone, "id_number": person.id_number, "home": person.home} if named else {"phone": person.phone}


def _line(happening: Happening, dice: Random) -> tuple[Profile, str]:
    """Whose line it is, and its word."""
    known = _profiles()
    system, _, word = happening.code.partition("/")
    if system in known and word:
        return known[system], word
    fitting = [(profile, word) for profile in known.values() for word in codes_of(profile.standard).get(happening.matter, ())]
    return pick(dice, fitting) if fitting else (known[ANY_LINE], "")


@cache
def _profiles() -> Mapping[str, Profile]:
    return profiles()


def _of_example(profile: Profile, name: str) -> str:
    key = profile.keys.there().get(name)
    return str(profile.example.get(key[0], "")) if key else ""


def _written(profile: Profile, instant: datetime) -> str | int:
    """A time as the profile's example writes it."""
    local, example = instant.astimezone(SHANGHAI), profile.example[profile.keys.reported_at[0]]
    if isinstance(example, int):
        return int(instant.timestamp() * 1000) if example > _MILLISECONDS else int(instant.timestamp())
    if "T" in example:
        return local.isoformat(timespec="seconds")
    if "年" in example:
        return f"{local:%Y年%m月%d日 %H时%M分%S秒}"
    if example.isdigit():
        return f"{local:%Y%m%d%H%M%S}"
    return f"{local:%Y/%m/%d %H:%M:%S}" if "/" in example else f"{local:%Y-%m-%d %H:%M:%S}"


def _letters(code: object) -> str:
    text = str(code)
    return text[: next((at for at, sign in enumerate(text) if not sign.isascii() or not sign.isalpha()), len(text))]


def _same(lng: float, lat: float) -> tuple[float, float]:
    return lng, lat
