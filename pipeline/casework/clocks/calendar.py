"""The centre's calendar: which days work, when the office is open, and how far the lists of the years reach.

Everything is laid out in sorted tables of microseconds since 1970, year after year as far as anybody has asked, so that a question is a
search by halves (`domain/domain.md` §1.7 and Decisions, Hours and days, Calendar horizon).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from reference.clocks import season_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reference.pack import Reference
    from schemas.centre import CalendarDay
    from schemas.clocks import OfficeHours

Hours = tuple[tuple[time, time], ...]
USUAL_HOURS: Hours = ((time(9), time(12)), (time(14), time(18)))
SUMMER_HOURS: Hours = ((time(9), time(12)), (time(14, 30), time(18)))
"""What holds where a pack says nothing (`domain/domain.md`, Decisions, Hours and days)."""
_SUMMER = ("07-01", "09-30")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
_WEEKEND = 5
_DAY_S = 86_400


def micros(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    since = at - _EPOCH
    return (since.days * _DAY_S + since.seconds) * 1_000_000 + since.microseconds


def instant(at: int) -> datetime:
    """The instant of so many microseconds since 1970."""
    return _EPOCH + timedelta(0, 0, at)


class OfficeCalendar:
    """Working days and office hours of a centre, in its time zone.

    `differs` holds the days unlike their week; between `known_from` and `known_to` the list is complete, elsewhere weekends count alone.
    Days are ordinals (`date.toordinal`), instants microseconds since 1970.
    """

    def __init__(self, differs: Mapping[date, bool], hours: Mapping[str, Hours], usual: Hours, zone: str, known: tuple[date, date] | None) -> None:
        self.zone = ZoneInfo(zone)
        self._differs = {day.toordinal(): works for day, works in differs.items()}
        self._hours = hours
        self._usual = usual
        self.known_from, self.known_to = (known[0].toordinal(), known[1].toordinal()) if known else (1, 0)
        first = known[0].year if known else 2024
        self._lay_out(first, (known[1].year if known else first) + 1)

    @classmethod
    def of(cls, reference: Reference) -> OfficeCalendar:
        """The calendar of a pack. It is known from the first year in calendar.csv to `calendar_until` of pack.yaml, or the end of the last year."""
        said = reference.manifest.get("calendar_until")
        usual, seasons = _seasons(reference.office_hours)
        return cls({row.day: row.works for row in reference.calendar}, seasons, usual, reference.time_zone, _known(reference.calendar, said))

    def works(self, day: int) -> bool:
        """Whether a day is a working day: as the list says, else Monday to Friday."""
        works = self._differs.get(day)
        return (day - 1) % 7 < _WEEKEND if works is None else works

    def knows(self, first: int, last: int) -> bool:
        """Whether the list of the years holds all days from `first` to `last`."""
        return self.known_from <= first and last <= self.known_to

    def day(self, at: int) -> int:
        """The day of the centre in which an instant lies."""
        self.cover(at)
        return self._first_day + bisect_right(self._midnights, at) - 1

    def end_of(self, day: int) -> int:
        """24:00 of a day."""
        after = day + 1 - self._first_day
        if not 0 <= after < len(self._midnights):
            self._cover_day(day)
            after = day + 1 - self._first_day
        return self._midnights[after]

    def close_of(self, day: int) -> int:
        """Close of office on a working day."""
        self._cover_day(day)
        return self.closes[bisect_left(self.days, day)]

    def worked(self, at: int) -> int:
        """Office time from the beginning of the tables to an instant. A number of its own only until a year before them is asked for."""
        self.cover(at)
        which = bisect_right(self._opens, at) - 1
        if which < 0:
            return 0
        return self._before[which] + min(at, self._shuts[which]) - self._opens[which]

    def when_worked(self, office: int) -> int:
        """The earliest instant at which so much office time has passed since the beginning of the tables; above 0."""
        while office > self._before[-1] + self._shuts[-1] - self._opens[-1]:
            self._append(self._last_year + 1)
        which = bisect_left(self._before, office) - 1
        return self._opens[which] + office - self._before[which]

    def working_day(self, after: int, count: int) -> int:
        """Index in `days` and `closes` of the `count`-th working day after the day `after`."""
        self._cover_day(after)
        index = bisect_right(self.days, after) + count - 1
        self.cover_index(index)
        return index

    def cover_index(self, index: int) -> None:
        """Lays out years until `days` and `closes` have this index."""
        while index >= len(self.days):
            self._append(self._last_year + 1)

    def closes_between(self, first: int, last: int) -> tuple[int, int]:
        """Indices of the closes of office after `first` and not after `last`."""
        self.cover(first)
        self.cover(last)
        return bisect_right(self.closes, first), bisect_right(self.closes, last)

    def within_day(self, index: int, part: int, of: int) -> int:
        """The instant at which `part` / `of` of the office hours of the working day at `index` have passed; `part` above 0."""
        first, after = self._first_hours[index], self._first_hours[index + 1]
        shut = self._before[after - 1] + self._shuts[after - 1] - self._opens[after - 1]
        return self.when_worked(self._before[first] + (shut - self._before[first]) * part // of)

    def cover(self, at: int) -> None:
        """Lays out the year of an instant where that has not been done, and those between."""
        if not self._begin <= at < self._end:
            self._cover_year(instant(at).astimezone(self.zone).year)

    def _cover_day(self, day: int) -> None:
        if not 0 <= day - self._first_day < len(self._midnights) - 1:
            self._cover_year(date.fromordinal(day).year)

    def _cover_year(self, year: int) -> None:
        if year < self._first_year:
            self._lay_out(year, self._last_year)
        while year > self._last_year:
            self._append(self._last_year + 1)

    def _lay_out(self, first: int, last: int) -> None:
        self._first_year = first
        self._first_day = date(first, 1, 1).toordinal()
        self._begin = self._end = micros(datetime(first, 1, 1, tzinfo=self.zone))
        self._midnights = [self._begin]
        self._opens: list[int] = []
        self._shuts: list[int] = []
        self._before: list[int] = []
        self.days: list[int] = []
        self.closes: list[int] = []
        self._first_hours: list[int] = [0]
        """Of each working day the index of its first hours, and one more."""
        for year in range(first, last + 1):
            self._append(year)

    def _append(self, year: int) -> None:
        """Lays out one year more, the one after the last."""
        worked = self._before[-1] + self._shuts[-1] - self._opens[-1] if self._before else 0
        for number in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()):
            day = date.fromordinal(number)
            self._midnights.append(micros(datetime.combine(day + _ONE_DAY, time(), tzinfo=self.zone)))
            if not self.works(number):
                continue
            for opens, shuts in self._hours.get(day.strftime("%m-%d"), self._usual):
                self._opens.append(micros(datetime.combine(day, opens, tzinfo=self.zone)))
                self._shuts.append(micros(datetime.combine(day, shuts, tzinfo=self.zone)))
                self._before.append(worked)
                worked += self._shuts[-1] - self._opens[-1]
            self.days.append(number)
            self.closes.append(self._shuts[-1])
            self._first_hours.append(len(self._opens))
        self._last_year = year
        self._end = self._midnights[-1]


def _seasons(rows: tuple[OfficeHours, ...]) -> tuple[Hours, dict[str, Hours]]:
    """The usual hours, and those of each day (`MM-DD`) of a season."""
    if not rows:
        summer = {f"{month:02}-{day:02}": SUMMER_HOURS for month in range(7, 10) for day in range(1, 32)}
        return USUAL_HOURS, {day: hours for day, hours in summer.items() if day <= _SUMMER[1]}
    usual, days = USUAL_HOURS, {}
    for row in rows:
        hours = tuple((time.fromisoformat(opens), time.fromisoformat(shuts)) for opens, _, shuts in (part.partition("-") for part in row.hours))
        if row.first:
            days.update(dict.fromkeys(season_days(row), hours))
        else:
            usual = hours
    return usual, days


def _known(rows: tuple[CalendarDay, ...], until: str | None) -> tuple[date, date] | None:
    """First and last day that the calendar knows; None: it knows none."""
    if not rows:
        return None
    years = [row.day.year for row in rows]
    return date(min(years), 1, 1), date.fromisoformat(until) if until else date(max(years), 12, 31)
