"""A calendar in the dumbest way: it walks from minute to minute and looks whether the clock runs. Instants are those of the wall in Shanghai, whole minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from pipeline.casework.clocks.calendar import Hours
from schemas.limit import Limit
from schemas.vocabulary import TimeKind

SHANGHAI = timezone(timedelta(hours=8))
MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime | None]
TOO_FAR = timedelta(days=400)


def wall(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant as the wall clock in Shanghai shows it, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@dataclass
class Walker:
    """Days unlike their week, hours by `MM-DD` where a season says otherwise, the usual hours, and when the clock stands."""

    differs: Mapping[date, bool]
    seasons: Mapping[str, Hours]
    usual: Hours
    pauses: Sequence[Span] = ()
    known: dict[date, tuple[bool, Hours]] = field(default_factory=dict)

    def day(self, day: date) -> tuple[bool, Hours]:
        if day not in self.known:
            self.known[day] = (self.differs.get(day, day.isoweekday() <= 5), self.seasons.get(day.strftime("%m-%d"), self.usual))
        return self.known[day]

    def stands(self, minute: datetime) -> bool:
        return any(since <= minute and (until is None or minute < until) for since, until in self.pauses)

    def is_open(self, minute: datetime) -> bool:
        works, hours = self.day(minute.date())
        return works and any(opens <= minute.time() < shuts for opens, shuts in hours)

    def runs(self, kind: TimeKind) -> Callable[[datetime], bool]:
        return self.is_open if kind is TimeKind.OFFICE else lambda _: True

    def hours(self, start: datetime, kind: TimeKind, minutes: int) -> datetime | None:
        """When so many minutes of the kind have passed."""
        now, runs = start, self.runs(kind)
        while minutes:
            if now - start > TOO_FAR:
                return None
            minutes -= runs(now) and not self.stands(now)
            now += MINUTE
        return now

    def ends_after(self, start: datetime, kind: TimeKind) -> bool:
        """Whether the day of the start still ends after it."""
        works, hours = self.day(start.date())
        return kind is TimeKind.CALENDAR_DAYS or (works and start.time() < hours[-1][1])

    def days(self, start: datetime, kind: TimeKind, count: int) -> tuple[datetime, date] | None:
        """When the last of so many days ends that do not end in a pause, and which that was; 自然日 then roll to a working day."""
        now, unrolled = start, date.min
        count += self.ends_after(start, kind)  # the day of the start does not count
        while now - start <= TOO_FAR:
            minute, now = now, now + MINUTE
            today = minute.date()
            works, hours = self.day(today)
            at_the_close = works and now.time() == hours[-1][1]
            ends = at_the_close if kind is TimeKind.WORKING_DAYS else now.date() > today
            if not ends or self.stands(minute):
                continue
            count -= 1
            if count <= 0 and unrolled == date.min:
                unrolled = today
            if count <= 0 and works:
                return now, unrolled
        return None

    def due(self, at: datetime, limit: Limit) -> datetime | None:
        """When a limit is due that starts at an instant in UTC, in UTC."""
        start = at.astimezone(SHANGHAI).replace(tzinfo=None)
        if limit.kind in (TimeKind.OFFICE, TimeKind.ELAPSED):
            found = self.hours(start, limit.kind, limit.amount // 60_000_000)
        else:
            ended = self.days(start, limit.kind, limit.amount)
            found = None if ended is None else ended[0]
        return None if found is None else found.replace(tzinfo=SHANGHAI).astimezone(UTC)
