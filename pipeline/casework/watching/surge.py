"""同类诉求激增: more cases of a matter in a street than is usual there at this hour of such days (`domain/domain.md` §6 Surge).

Looked at whenever a case is opened: the last hour and the last 24 hours. A surge needs 3 cases, twice what is usual (`usual.py`), and a
probability below 1e-4 (hour) or 1e-3 (24 hours). Its level: yellow, orange from 3 times, red from 5 or where the matter is U1; for that
less than one case counts as one, because three cases of what is hardly ever reported are hundreds of times what is usual.

While it stands it is told again only when it is worse; after its end likewise, until 60 minutes after it was last told. It is over when at three full hours in
a row each window in which it was seen has less than 1.2 times what is usual. Until two weeks of history lie before the last 24 hours nothing is a surge.

All these figures are `schemas.watching.Watching`. Matters and streets are counted, never callers.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import orjson

from pipeline.casework.watching.usual import DAY_H, HOUR_S, Counts, Usual
from schemas.errors import BrokenFrame
from schemas.ids import SEPARATOR
from schemas.vocabulary import AlertLevel, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from pipeline.casework.table import Table
    from schemas.watching import Watching

SURGES = "surges"
"""Name of the table. Keys: matter and street; matter alone for all streets; empty for the whole centre. Few rows: keep them warm."""
_OVERALL = ""
_RANK = {"": 0, **{level.value: rank for rank, level in enumerate(AlertLevel, start=1)}}
_DAY_S = DAY_H * HOUR_S
_WINDOWS = (1, DAY_H)


class Counted(NamedTuple):
    """What was opened of a matter in a street, or in all."""

    history: Counts = Counts()
    recent: tuple[int, ...] = ()
    """Seconds since 1970 of the cases of the last 24 hours; of a street alone."""
    level: str = ""
    """Of the surge that stands; empty: none does."""
    windows: tuple[int, ...] = ()
    """In which of them it was seen, in hours."""
    calm: int = 0
    """At so many full hours in a row it has been calm."""
    told_level: str = ""
    told_at: int = 0


class Overall(NamedTuple):
    """What there is once for a centre."""

    began: int
    """Hour since 1970 in which counting began."""
    streets: tuple[str, ...]
    standing: tuple[tuple[int, str], ...] = ()
    """Surges that stand: the second at which each is looked at again, and its key; the next one first."""


Row = Counted | Overall


class Surge(NamedTuple):
    """A surge that is to be told, with its evidence."""

    matter: str
    street: str
    at: datetime
    level: AlertLevel
    hours: int
    """Of the window: 1 or 24."""
    number: int
    usual: float
    ratio: float
    chance: float

    @property
    def evidence(self) -> str:
        """The figures as a sentence."""
        window = "the last hour" if self.hours == 1 else f"the last {self.hours} hours"
        return f"{self.number} cases in {window}, {self.usual:.2g} are usual: {self.ratio:.1f} times as many; probability {self.chance:.0e}"


class Calm(NamedTuple):
    """A surge that is over."""

    matter: str
    street: str
    at: datetime


def row_to_bytes(row: Row) -> bytes:
    """A row as it is kept."""
    return orjson.dumps(row, default=tuple)


def row_from(data: bytes) -> Row:
    """Reads a row back; raises BrokenFrame when it is none."""
    try:
        values = orjson.loads(data)
        if len(values) == len(Overall._fields):
            began, streets, standing = values
            return Overall(began, tuple(streets), tuple((at, key) for at, key in standing))
        (hours, counts), recent, level, windows, *told = values
        return Counted(Counts(tuple(hours), tuple(counts)), tuple(recent), level, tuple(windows), *told)
    except (ValueError, TypeError) as error:
        raise BrokenFrame(f"a row of the surges is not readable: {error}") from error


class Surges:
    """Counts cases as they are opened, and tells of surges."""

    def __init__(self, table: Table[str, Row], watching: Watching, zone: ZoneInfo, works: Callable[[int], bool]) -> None:
        """`table`: `SURGES`, read by `row_from`; `works`: whether a day (`date.toordinal`) is a working day of the centre."""
        self._table = table
        self._watching = watching
        self._usual = Usual(watching, zone, works)
        self._limits = {1: watching.surge_chance_hour, DAY_H: watching.surge_chance_day}

    def opened(self, matter: str, street: str, at: datetime, urgency: str) -> Surge | None:
        """A case was opened, not before the last one; the surge that is to be told, if any.

        `quiet` has been called for what was due by then. Never call it for a sealed case, or one of history. `street` may be empty: without a place.
        """
        second = int(at.timestamp())
        hour = second // HOUR_S
        overall = self._overall() or Overall(hour, ())
        if street not in overall.streets:
            overall = overall._replace(streets=(*overall.streets, street))
            self._table.put(_OVERALL, overall)
        key, since = f"{matter}{SEPARATOR}{street}", self._usual.since(hour)
        everywhere = self._counted(matter)
        everywhere = everywhere._replace(history=everywhere.history.one_more(hour, since))
        self._table.put(matter, everywhere)
        row = self._counted(key)
        gone = bisect_right(row.recent, second - _DAY_S)
        row = row._replace(history=row.history.one_more(hour, since), recent=(*row.recent[gone:], second))
        surges = self._seen(matter, street, at, urgency, row, everywhere, overall)
        told = None
        if surges:
            worst = max(surges, key=lambda surge: (_RANK[surge.level.value], surge.ratio))
            row, told = self._told(key, row, worst, second)
            if row.level:
                row = row._replace(windows=tuple(sorted({*row.windows, *(surge.hours for surge in surges)})))
        self._table.put(key, row)
        return told

    def due(self) -> datetime | None:
        """When `quiet` has to be called; None: no surge stands."""
        overall = self._overall()
        return datetime.fromtimestamp(overall.standing[0][0], UTC) if overall is not None and overall.standing else None

    def quiet(self, at: datetime) -> tuple[Calm, ...]:
        """Looks at the surges that stand, at each full hour up to `at`; returns those that are over, in the order of their end."""
        second, ended = int(at.timestamp()), []
        while (overall := self._overall()) is not None and overall.standing and overall.standing[0][0] <= second:
            (then, key), *others = overall.standing
            row = self._looked_at(key, then, overall)
            self._table.put(key, row)
            if row.level:
                others.append((then + HOUR_S, key))
            else:
                matter, _, street = key.partition(SEPARATOR)
                ended.append(Calm(matter, street, datetime.fromtimestamp(then, UTC)))
            self._table.put(_OVERALL, overall._replace(standing=tuple(sorted(others))))
        return tuple(ended)

    def forget(self) -> None:
        """What would be looked at next is looked at no more: it cannot be."""
        overall = self._overall()
        if overall is None or not overall.standing:
            return
        (_, key), *others = overall.standing
        self._table.put(key, self._counted(key)._replace(level="", windows=(), calm=0))
        self._table.put(_OVERALL, overall._replace(standing=tuple(others)))

    def _overall(self) -> Overall | None:
        row = self._table.get(_OVERALL)
        return row if isinstance(row, Overall) else None

    def _counted(self, key: str) -> Counted:
        row = self._table.get(key)
        return row if isinstance(row, Counted) else Counted()

    def _seen(self, matter: str, street: str, at: datetime, urgency: str, row: Counted, everywhere: Counted, overall: Overall) -> list[Surge]:
        """The windows in which there are so many that it is a surge."""
        watching, second = self._watching, row.recent[-1]
        found: list[Surge] = []
        if len(row.recent) < watching.surge_least or not self._usual.known(overall.began, second // HOUR_S):
            return found
        for hours in _WINDOWS:
            count = _within(row.recent, second, hours)
            if count < watching.surge_least:
                continue
            counting = (overall.began, len(overall.streets))
            expected = self._usual.expected((matter, street), row.history, everywhere.history, counting, (second, hours))
            ratio = count / expected.mean
            if ratio >= watching.surge_yellow and (chance := expected.chance(count)) < self._limits[hours]:
                found.append(
                    Surge(
                        matter,
                        street,
                        at,
                        self._level(count / max(expected.mean, watching.surge_level_least), urgency),
                        hours,
                        count,
                        expected.mean,
                        ratio,
                        chance,
                    )
                )
        return found

    def _level(self, times: float, urgency: str) -> AlertLevel:
        if times >= self._watching.surge_red or urgency == Urgency.U1.value:
            return AlertLevel.RED
        return AlertLevel.ORANGE if times >= self._watching.surge_orange else AlertLevel.YELLOW

    def _told(self, key: str, row: Counted, worst: Surge, second: int) -> tuple[Counted, Surge | None]:
        """The surge, if it is to be told, and the row with it."""
        held_against = row.level or (row.told_level if second - row.told_at < self._watching.surge_again_min * 60 else "")
        if _RANK[worst.level.value] <= _RANK[held_against]:
            return row, None
        if not row.level and (overall := self._overall()) is not None:
            next_hour = (second // HOUR_S + 1) * HOUR_S
            self._table.put(_OVERALL, overall._replace(standing=tuple(sorted((*overall.standing, (next_hour, key))))))
        return row._replace(level=worst.level.value, told_level=worst.level.value, told_at=second), worst

    def _looked_at(self, key: str, then: int, overall: Overall) -> Counted:
        """A surge that stands, as it is at a full hour."""
        matter, _, street = key.partition(SEPARATOR)
        row, everywhere = self._counted(key), self._counted(matter)
        counting = (overall.began, len(overall.streets))
        calm = all(
            _within(row.recent, then, hours)
            < self._watching.surge_over * self._usual.expected((matter, street), row.history, everywhere.history, counting, (then, hours)).mean
            for hours in row.windows
        )
        if not calm:
            return row._replace(calm=0)
        return row._replace(calm=row.calm + 1) if row.calm + 1 < self._watching.surge_calm_hours else row._replace(level="", windows=(), calm=0)


def _within(recent: tuple[int, ...], end: int, hours: int) -> int:
    """How many of the instants lie in the hours that end with `end`."""
    return bisect_right(recent, end) - bisect_right(recent, end - hours * HOUR_S)
