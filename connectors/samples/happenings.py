"""What happens in the sample week, and who calls about it: each call becomes one or more rows of the hotline's export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any, NamedTuple

from connectors.samples.places import Place, Places, as_exported, moved, pick

MONDAY = datetime(2025, 7, 7)  # noqa: DTZ001  local time of the district, as the hotline's export has it
STORM = MONDAY + timedelta(days=2, hours=18, minutes=20)
"""Wednesday evening."""
SPOT_M = 18.0
"""How far apart those stand who call about the same thing: nearer than any merge radius."""
DAYS = (1.15, 1.05, 1.0, 1.0, 1.05, 0.85, 0.8)
HOURS: Mapping[str, tuple[int, ...]] = {
    "day": (0, 0, 0, 0, 0, 0, 1, 3, 8, 10, 10, 8, 5, 5, 8, 9, 9, 8, 5, 4, 3, 2, 1, 0),
    "night": (6, 5, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 5, 8, 11, 12, 9),
    "rush": (0, 0, 0, 0, 0, 1, 4, 12, 11, 6, 4, 4, 4, 3, 3, 4, 7, 12, 11, 6, 4, 2, 1, 0),
    "meal": (2, 1, 0, 0, 0, 0, 1, 3, 3, 2, 3, 8, 8, 4, 2, 2, 3, 8, 12, 12, 9, 6, 4, 3),
    "any": (2, 1, 1, 1, 1, 2, 4, 6, 7, 7, 7, 6, 5, 5, 6, 6, 6, 7, 7, 7, 6, 5, 4, 3),
}
"""How many of a day's calls come in each hour."""
CODED, NOTED = 0.55, 0.85
"""Share of reports that the hotline's people classify, and whose intent they note."""
CALLED_AGAIN = 0.28
"""Chance that one person more calls about an ordinary thing."""
NOWHERE, COMMUNITY, ADDRESS = 0.05, 0.11, 0.28
"""Of those who call from a place: who does not say where (to 0.05), names the community alone (to 0.11), has no point (to 0.28)."""
PRESSED, COUNTED = 0.15, 0.3
"""In the storm: share that the hotline marks as pressing; of power cuts, those where people were counted."""
CHANNELS = ("电话", "电话", "电话", "电话", "小程序", "小程序", "网站", "随手拍")


class Call(NamedTuple):
    """What the hotline noted of one call about one thing; `place` none where it is nowhere in particular."""

    at: datetime
    text: str
    place: Place | None
    code: str
    intent: str
    flag: str
    persons: str
    lng: str
    lat: str
    address: str
    channel: str
    story: str = ""


class Happenings:
    """Draws what happens, and the calls about it."""

    def __init__(self, words: Mapping[str, Any], places: Places, dice: Random) -> None:
        self._words, self._places, self._dice = words, places, dice

    def ordinary(self, calls: int) -> Iterator[Call]:
        """About so many calls of an ordinary week: things of all kinds, each by its weight, told by one or several people."""
        kinds: Sequence[Mapping[str, Any]] = self._words["matters"]
        made = 0
        while made < calls:
            kind = self._weighted(kinds, [k["weight"] for k in kinds])
            began = MONDAY + timedelta(
                days=self._weighted(range(7), DAYS), hours=self._weighted(range(24), HOURS[kind["hours"]]), minutes=self._dice.random() * 60
            )
            for call in self._about(kind, began, self._how_many(kind["callers"]), hours=2.5):
                yield call
                made += 1

    def storm(self, calls: int) -> Iterator[Call]:
        """About so many calls of the storm's evening: few places, many callers each, within hours."""
        kinds: Sequence[Mapping[str, Any]] = self._words["storm"]
        made = 0
        while made < calls:
            kind = self._weighted(kinds, [k["weight"] for k in kinds])
            began = STORM + timedelta(minutes=self._dice.random() * 150)
            callers = 1 + int(self._dice.random() * kind["callers"])
            for call in self._about(kind, began, callers, hours=0.5):
                urgent = "加急" if self._dice.random() < PRESSED else ""
                crowd = str(3 + int(self._dice.random() * 60)) if kind["matter"] == "0304" and self._dice.random() < COUNTED else ""
                yield call._replace(flag=urgent, persons=crowd)
                made += 1

    def stories(self) -> Iterator[Call]:
        """What happens once: a gas leak, a lift with people in it, a road that sinks, accusations that are sealed."""
        for number, story in enumerate(self._words["stories"]):
            place = self._places.one(story["at"])
            hour, minute = map(int, story["time"].split(":"))
            for count, (after, text) in enumerate(story["calls"]):
                at = MONDAY + timedelta(days=story["day"] - 1, hours=hour, minutes=minute + after)
                call = self._call(at, text.replace("{at}", place.name), place, story["code"], story["intent"])
                lng, lat = as_exported(Random(number), *moved(self._dice, place.lng, place.lat, SPOT_M))  # noqa: S311  no secret
                told = {"flag": story["flag"], "lng": lng, "lat": lat, "address": place.address}
                yield call._replace(**told, story=story["later"].replace("{at}", place.name) if "later" in story and count else "")

    # one thing

    def _about(self, kind: Mapping[str, Any], began: datetime, callers: int, *, hours: float) -> Iterator[Call]:
        where = pick(self._dice, kind["at"])
        place = None if where == "none" else self._places.one(where)
        code = kind["code"] if self._dice.random() < CODED else ""
        at = began
        for _ in range(callers):
            text = self._told(pick(self._dice, kind["texts"]), place)
            yield self._placed(self._call(at, text, place, code, kind["intent"] if self._dice.random() < NOTED else ""))
            at += timedelta(hours=-hours * log(1 - self._dice.random()))

    def _told(self, text: str, place: Place | None) -> str:
        words = {"at": place.name if place else "浦口", "when": pick(self._dice, self._words["when"]), "ask": pick(self._dice, self._words["ask"])}
        return text.format(**words)

    def _call(self, at: datetime, text: str, place: Place | None, code: str, intent: str) -> Call:
        return Call(at, text, place, code, intent, "", "", "", "", "", pick(self._dice, CHANNELS))

    def _placed(self, call: Call) -> Call:
        """The call with what the caller said of the place: mostly a point and an address, sometimes one of them, sometimes nothing."""
        place, luck = call.place, self._dice.random()
        if place is None:
            return call
        if luck < NOWHERE:
            return call._replace(text=call.text.replace(place.name, "我们这里"))
        if luck < COMMUNITY:
            return call._replace(text=call.text.replace(place.name, place.community), address=f"浦口区{place.street}{place.community}")
        if luck < ADDRESS:
            return call._replace(address=place.address)
        lng, lat = as_exported(self._dice, *moved(self._dice, place.lng, place.lat, SPOT_M))
        return call._replace(lng=lng, lat=lat, address=place.address + pick(self._dice, ("", "", "", "附近", "门口", "对面")))

    def _how_many(self, most: int) -> int:
        callers = 1
        while callers < most and self._dice.random() < CALLED_AGAIN:
            callers += 1
        return callers

    def _weighted(self, choices: Sequence[Any], weights: Sequence[float]) -> Any:  # noqa: ANN401  a choice, whatever it is
        left = self._dice.random() * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            left -= weight
            if left < 0:
                return choice
        return choices[-1]
