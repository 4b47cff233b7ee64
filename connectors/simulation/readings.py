"""Figures of a simulated district: what its departments' instruments show at any instant, through the hours of a day.

    readings(reference, at, seed)          what each instrument showed last, as it stood at `at`
    fed(reference, since, until, seed)     what they have fed since

A pure function of the instant: asked again it says the same. What is usual of a metric stands in `usual.csv`, made up so that a screen looks alive.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from math import cos, exp, pi
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reference.pack import Reference
from schemas.centre import Metric
from schemas.reading import Reading
from schemas.vocabulary import AreaLevel

MOST_OBJECTS = 5
"""Instruments of a metric: one a street, in the first streets. Figures of a day are of the district as a whole."""
DAY_S = 86_400
STEADY = 0.65
"""How much the hour decides of a value; the rest is weather, people and chance."""
_USUAL = Path(__file__).parent / "usual.csv"


class Usual(NamedTuple):
    """What is usual of a metric: from `low` to `high` as `shape` says, written with `digits` behind the point. A `flag` is 1 in a share `low` of the hours."""

    low: float
    high: float
    shape: str
    digits: int


class Instrument(NamedTuple):
    """What measures one metric somewhere."""

    metric: Metric
    object_id: str
    area: str

    def period(self) -> timedelta:
        """How often it feeds: as often as its reading has to be fresh."""
        return timedelta(seconds=self.metric.freshness_s)


SHAPES: Mapping[str, Callable[[float], float]] = {
    "day": lambda hour: 0.5 - 0.5 * cos(2 * pi * (hour - 4) / 24),
    "rush": lambda hour: max(exp(-(((hour - 8) / 1.5) ** 2)), exp(-(((hour - 18) / 2) ** 2))),
    "dip": lambda hour: 1 - max(exp(-(((hour - 8) / 1.5) ** 2)), exp(-(((hour - 18) / 2) ** 2))),
    "work": lambda hour: exp(-(((hour - 13) / 4.5) ** 2)),
    "evening": lambda hour: exp(-(((hour - 19) / 2) ** 2)),
}
"""From 0 to 1 by the local hour. Beside them: `flat` (chance alone), `sum` (grows through the day) and `flag`."""


def readings(reference: Reference, at: datetime, seed: int = 0) -> list[Reading]:
    """What each instrument showed last at `at` (aware), without its centre. The same arguments give the same readings."""
    zone = ZoneInfo(reference.time_zone)
    return [_shown(instrument, _last(instrument, at, seed), zone, seed) for instrument in instruments(reference)]


def fed(reference: Reference, since: datetime, until: datetime, seed: int = 0) -> Iterator[Reading]:
    """What instruments feed after `since`, up to `until` (both aware): each reading once, by instrument and then by instant."""
    zone = ZoneInfo(reference.time_zone)
    for instrument in instruments(reference):
        at = _last(instrument, since, seed) + instrument.period()
        while at <= until:
            yield _shown(instrument, at, zone, seed)
            at += instrument.period()


def instruments(reference: Reference) -> Iterator[Instrument]:
    """All instruments of a pack."""
    streets = [code for code, area in sorted(reference.areas.items()) if area.level is AreaLevel.STREET][:MOST_OBJECTS]
    for metric in reference.metrics.values():
        if metric.freshness_s >= DAY_S or not streets:
            yield Instrument(metric, "", "")
        else:
            yield from (Instrument(metric, f"{metric.code}-{number:02}", street) for number, street in enumerate(streets, 1))


def _last(instrument: Instrument, at: datetime, seed: int) -> datetime:
    """When it fed last. Each has its own moment, so that not all come at once."""
    period = instrument.metric.freshness_s
    moment = int(_chance(seed, instrument, "moment") * period)
    seconds = int(at.timestamp())
    return datetime.fromtimestamp(seconds - (seconds - moment) % period, UTC)


def _shown(instrument: Instrument, at: datetime, zone: ZoneInfo, seed: int) -> Reading:
    metric = instrument.metric
    value = _value(instrument, at.astimezone(zone), seed)
    return Reading(metric=metric.code, object_id=instrument.object_id, area=instrument.area, at=at, value=value, unit=metric.unit)


def _value(instrument: Instrument, local: datetime, seed: int) -> float:
    metric = instrument.metric
    usual = _usual().get(metric.code) or Usual(metric.least, metric.least + (metric.most - metric.least) / 10, "flat", 2)
    if usual.shape == "flag":
        return float(_chance(seed, instrument, f"{local:%Y%m%d%H}") < usual.low)
    hour = local.hour + local.minute / 60 + local.second / 3_600
    if usual.shape == "sum":
        share = hour / 24 * (0.9 + 0.1 * _chance(seed, instrument, f"{local:%Y%m%d}"))
    elif usual.shape == "flat":
        share = _drifting(seed, instrument, local)
    else:
        share = STEADY * SHAPES[usual.shape](hour) + (1 - STEADY) * _drifting(seed, instrument, local)
    return round(min(max(usual.low + (usual.high - usual.low) * share, metric.least), metric.most), usual.digits)


def _drifting(seed: int, instrument: Instrument, local: datetime) -> float:
    """From 0 to 1, another each hour, and between the hours on the way from one to the next."""
    passed = (local.minute * 60 + local.second) / 3_600
    here, there = (_chance(seed, instrument, f"{local + timedelta(hours=hours):%Y%m%d%H}") for hours in (0, 1))
    return here + (there - here) * passed


def _chance(seed: int, instrument: Instrument, what: str) -> float:
    return Random(f"{seed}/{instrument.metric.code}/{instrument.object_id}/{what}").random()  # noqa: S311  no secret: it has to be the same again


@cache
def _usual() -> Mapping[str, Usual]:
    with _USUAL.open(encoding="utf-8", newline="") as table:
        return {row["metric"]: Usual(float(row["low"]), float(row["high"]), row["shape"], int(row["digits"])) for row in csv.DictReader(table)}
