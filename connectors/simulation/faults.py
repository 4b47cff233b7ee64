"""What the real world does to sound lines on their way: sent twice, revised, taken back, told again elsewhere, without a point, mistyped, cut off, held up.

A pure function over a stream of happenings: what becomes of one is decided by the seed, its source and its number alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from random import Random
from typing import NamedTuple

import orjson

from connectors.profiles.profile import profiles
from connectors.samples.make import AGAIN
from connectors.samples.places import moved, pick
from connectors.simulation.happening import Happening
from connectors.simulation.happenings import happenings
from connectors.simulation.simulate import DEFAULT_START, pushed
from connectors.simulation.storm import storm
from reference.pack import Reference
from schemas.vocabulary import Source

RESENT, REVISED, WITHDRAWN, ELSEWHERE, NO_POINT, MISTYPED, CUT_OFF = 0.04, 0.10, 0.12, 0.17, 0.21, 0.25, 0.255
"""Of all happenings: to where they are sent twice, revised, taken back, told elsewhere, too, have no point, are mistyped, come cut off. Then they are sound."""
TWICE, OVERTAKEN, REVIVED = 0.3, 0.15, 0.2
"""Of the revised: share revised twice, share of these whose second revision comes first; of those taken back: share that comes back."""
ELSEWHERE_NUMBERS, OF_EACH = 50_000_000, 5_000_000
"""Added to the number of what is told by another channel, too, and to that by the first channel: it is another report there. A source's own numbers of a
day, its storm's with them, are smaller than 5,000,000."""
STORM_SHARE = 0.1
"""Of a day's happenings: so many more come with the storm."""
WITHIN, SPOT_M = timedelta(seconds=90), 18.0
"""How long a line takes to be pushed; how far from each other two stand who tell of the same thing."""
OUTAGE, OUTAGES_A_DAY = timedelta(minutes=12), 2
"""A source's line is dead for so long, so often a day; then all that waited comes at once, in a burst."""
DAY = timedelta(days=1)
TOLD_ELSEWHERE: Mapping[Source, tuple[Source, ...]] = {
    Source.HOTLINE12345: (Source.CITY_MANAGEMENT, Source.JOINT_PATROL, Source.DEPARTMENT, Source.POLICE110),
    Source.POLICE110: (Source.HOTLINE12345, Source.JOINT_PATROL),
    Source.CITY_MANAGEMENT: (Source.HOTLINE12345, Source.JOINT_PATROL),
    Source.PETITION: (Source.HOTLINE12345,),
    Source.JOINT_PATROL: (Source.HOTLINE12345, Source.CITY_MANAGEMENT),
    Source.DEPARTMENT: (Source.HOTLINE12345, Source.POLICE110),
}
_POINTS: Mapping[Source, frozenset[str]] = {
    Source.HOTLINE12345: frozenset({"longitude", "latitude"}),
    Source.POLICE110: frozenset({"JD", "WD"}),
    Source.CITY_MANAGEMENT: frozenset({"coordinate_x", "coordinate_y"}),
    Source.PETITION: frozenset({"经度", "纬度"}),
    Source.JOINT_PATROL: frozenset({"lng", "lat"}),
}


class Push(NamedTuple):
    """One line on its way."""

    at: datetime
    """When the source pushes it."""
    source: Source
    line: bytes
    happening: Happening
    """What it tells of; a revision or another channel's has its own text or number."""
    fault: str = ""
    """resent, revised, withdrawn, revived, elsewhere, no point, mistyped, cut off; empty: sound."""


def faulty_payloads(reference: Reference, source: Source, count: int, seed: int, start: datetime = DEFAULT_START) -> Iterator[bytes]:
    """As `simulate.payloads`, of a day with faults and a storm: more lines than `count`, not all of them sound, in the order in which they are pushed."""
    for push in pushes(stormy_day(reference, [(source, count)], seed, start), seed, start, (source,)):
        yield push.line


def stormy_day(reference: Reference, counts: Iterable[tuple[Source, int]], seed: int, start: datetime) -> Iterator[tuple[Source, Happening]]:
    """What all of some sources hear of in a day with a storm, in the order of time: so many ordinary things each, and a tenth more of the storm."""
    parts = [
        (source, told(reference, source, many, seed, start)) for source, all_ in counts for told, many in ((happenings, all_), (storm, int(all_ * STORM_SHARE)))
    ]
    return heapq.merge(*([(source, one) for one in part] for source, part in parts), key=lambda told: told[1].at)


def pushes(told: Iterable[tuple[Source, Happening]], seed: int, start: datetime, sources: Collection[Source] = tuple(Source)) -> Iterator[Push]:
    """Lines in the order in which they are pushed, faults among them.

    `told` is in the order of time, from `start` (aware) on; nothing is told elsewhere but through `sources`. The same arguments, the same lines.
    """
    waiting: list[tuple[datetime, int, Push]] = []
    order = count()
    for source, happening in told:
        while waiting and waiting[0][0] <= happening.at:
            yield heapq.heappop(waiting)[2]
        for push in _of(source, happening, seed, sources):
            at = _held_up(push, seed, start)
            heapq.heappush(waiting, (at, next(order), push._replace(at=at)))
    while waiting:
        yield heapq.heappop(waiting)[2]


def _of(source: Source, happening: Happening, seed: int, sources: Collection[Source]) -> list[Push]:  # noqa: PLR0911  one line a fault
    """All lines of one happening."""
    dice = Random(f"{seed}/{source.value}/{happening.number}/faults")  # noqa: S311  no secret: it has to be the same again
    luck, first = dice.random(), happening.at + WITHIN * dice.random()
    sound = Push(first, source, pushed(source, happening), happening)
    later = first + timedelta(minutes=2 + 60 * dice.random())
    if luck < RESENT:
        return [sound, sound._replace(at=later, fault="resent")]
    if luck < REVISED:
        return [sound, *_revised(sound, later, dice)]
    if luck < WITHDRAWN:
        return [sound, *_withdrawn(sound, later, dice)]
    if luck < ELSEWHERE:
        return [sound, *_elsewhere(sound, later, dice, [one for one in TOLD_ELSEWHERE[source] if one in sources])]
    if luck < NO_POINT:
        return [sound._replace(line=_without_point(source, sound.line), fault="no point")]
    if luck < MISTYPED:
        typed = happening._replace(text=_mistyped(happening.text, dice))
        return [sound._replace(line=pushed(source, typed), happening=typed, fault="mistyped")]
    if luck < CUT_OFF:
        return [sound._replace(line=sound.line[: len(sound.line) // 2], fault="cut off"), sound._replace(at=later)]
    return [sound]


def _revised(sound: Push, later: datetime, dice: Random) -> list[Push]:
    happening = sound.happening
    second = happening._replace(revision=2, text=f"{happening.text}{pick(dice, AGAIN)}")
    found = [Push(later, sound.source, pushed(sound.source, second), second, "revised")]
    if dice.random() < TWICE:
        third = second._replace(revision=3, text=f"{second.text}{pick(dice, AGAIN)}")
        after = timedelta(minutes=-1 if dice.random() < OVERTAKEN else 20)
        found.append(Push(later + after, sound.source, pushed(sound.source, third), third, "revised"))
    return found


def _withdrawn(sound: Push, later: datetime, dice: Random) -> list[Push]:
    gone = sound.happening._replace(withdrawn=True)
    found = [Push(later, sound.source, pushed(sound.source, gone), gone, "withdrawn")]
    if dice.random() < REVIVED:
        back = sound.happening._replace(revision=3, text=f"{sound.happening.text}{pick(dice, AGAIN)}")
        found.append(Push(later + timedelta(minutes=30), sound.source, pushed(sound.source, back), back, "revived"))
    return found


def _elsewhere(sound: Push, later: datetime, dice: Random, others: list[Source]) -> list[Push]:
    """The same thing through another channel: another report, told by another person who stands near."""
    if not others:
        return []
    other, happening = pick(dice, others), sound.happening
    place = happening.place
    if place is not None:
        lng, lat = moved(dice, place.lng, place.lat, SPOT_M)
        place = place._replace(lng=lng, lat=lat)
    number = happening.number + ELSEWHERE_NUMBERS + OF_EACH * list(Source).index(sound.source)
    again = happening._replace(number=number, at=later.replace(microsecond=0), place=place, code="")
    return [Push(later, other, pushed(other, again), again, "elsewhere")]


def _without_point(source: Source, line: bytes) -> bytes:
    return orjson.dumps({key: None if key in _points(source) else value for key, value in orjson.loads(line).items()})


@cache
def _points(source: Source) -> frozenset[str]:
    """The keys of a source's points."""
    if source is Source.DEPARTMENT:
        return frozenset(key[0] for profile in profiles().values() for key in (profile.keys.lng, profile.keys.lat) if key is not None)
    return _POINTS[source]


def _mistyped(text: str, dice: Random) -> str:
    """As fingers do: a character left out, twice, or two exchanged; or digits in full width."""
    at, luck = 1 + int(dice.random() * max(1, len(text) - 3)), int(dice.random() * 4)
    if luck == 0:
        return text[:at] + text[at + 1 :]
    if luck == 1:
        return text[:at] + text[at - 1 : at] + text[at:]
    if luck == 2:  # noqa: PLR2004  the third of four
        return text[: at - 1] + text[at : at + 1] + text[at - 1 : at] + text[at + 1 :]
    return text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def _held_up(push: Push, seed: int, start: datetime) -> datetime:
    """When it gets through: at once, or at the end of the outage in which it falls."""
    return next((until for since, until in _outages(push.source, seed, start) if since <= push.at < until), push.at)


@cache
def _outages(source: Source, seed: int, start: datetime) -> tuple[tuple[datetime, datetime], ...]:
    dice = Random(f"{seed}/{source.value}/outages")  # noqa: S311  no secret: it has to be the same again
    since = [start + DAY * dice.random() for _ in range(OUTAGES_A_DAY)]
    return tuple((one, one + OUTAGE) for one in since)
