"""From a start and a limit to what is due, in all four kinds of time (`domain/domain.md`, Decisions, Hours and days).

紧急工作时 run on without a break, 工作时 while the office is open, both from the instant itself. 工作日 leave out the day of the start and end
at the close of office on the last day; 自然日 likewise, at 24:00, and roll to the end of the next working day where the last day is none.

A clock that stands still (a pause) goes on where it stopped, with as much of its own time left. Of the kinds that count days that is as many ends
of days: each that lies in a pause, that of the first day, too, makes it a day later. So a pause within a day credits nothing, one over a night
a day, and nothing is ever due while the clock stands. More time (a grant) is added at the end; to 自然日 from the day that had not rolled yet,
then it rolls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pipeline.casework.clocks.calendar import OfficeCalendar, instant, micros
from schemas.limit import IN_DAYS, Limit
from schemas.vocabulary import TimeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_ALL = 100
"""A share is in hundredths."""


class Pause(NamedTuple):
    """From when to when a clock stands still; no end: it still does. Who approved it and why stands in the journal."""

    since: datetime
    until: datetime | None


class Stands(NamedTuple):
    """Pauses as microseconds since 1970, in order, none touching another; the last may have no end."""

    spans: tuple[tuple[int, int | None], ...] = ()

    def after(self, at: int) -> int | None:
        """The earliest instant not before `at` at which the clock does not stand; None: it never goes on."""
        for since, until in self.spans:
            if since < at and (until is None or at < until):
                return until
        return at


class Reached(NamedTuple):
    """Where a clock has come to. `day` is the day at whose end that is, `unrolled` the same before it rolled; 0: the clock does not count them."""

    at: int
    day: int = 0
    unrolled: int = 0
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """When a milestone is due.

    `at` is an instant in UTC, None while the clock stands still before it. `day` is the day at whose end it is due, of 工作日 and 自然日
    alone, `unrolled` that of 自然日 before it rolled: statutory extensions run from there. `provisional`: reckoned with days of
    which no list of holidays is known yet.
    """

    at: datetime | None
    day: date | None = None
    unrolled: date | None = None
    provisional: bool = False


class Clock(NamedTuple):
    """One clock: when it started, how long it runs, what was granted beyond, when it stood."""

    start: int
    limit: Limit
    grants: tuple[Limit, ...] = ()
    stands: Stands = Stands()


def clock(start: datetime, limit: Limit, grants: Iterable[Limit] = (), pauses: Iterable[Pause] = ()) -> Clock:
    """A clock. Pauses may come in any order and overlap; what they cover before the start does not matter."""
    return Clock(micros(start), limit, tuple(grants), stands(pauses))


def stands(pauses: Iterable[Pause]) -> Stands:
    """Pauses in order, those that overlap or touch made one."""
    spans: list[tuple[int, int | None]] = []
    for pause in sorted(pauses, key=lambda each: each.since):
        since, until = micros(pause.since), None if pause.until is None else micros(pause.until)
        if until is not None and until <= since:
            continue
        if spans and (spans[-1][1] is None or since <= spans[-1][1]):
            last = spans[-1]
            spans[-1] = (last[0], None if until is None or last[1] is None else max(until, last[1]))
        else:
            spans.append((since, until))
    return Stands(tuple(spans))


class Reckoner:
    """Reckons with one centre's calendar. A few microseconds a question, once the years in question are laid out."""

    def __init__(self, calendar: OfficeCalendar) -> None:
        self._calendar = calendar

    def due(self, running: Clock) -> Due:
        """When the clock is due."""
        reached = self._through(Reached(running.start), _segments(running), _ALL, running.stands, rolls=True)
        if reached is None:
            return Due(None)
        day = date.fromordinal(reached.day) if reached.day else None
        return Due(instant(reached.at), day, date.fromordinal(reached.unrolled) if reached.unrolled else None, reached.provisional)

    def at_share(self, running: Clock, share: int) -> datetime | None:
        """The instant at which so many hundredths of the clock's time have passed; None where it stands still before.

        In the same kind of time as the deadline: of 工作日 a part of a day is that part of its office hours, of 自然日 that part of the
        24 hours, and only what is due rolls. Beyond 100 the clock goes on from when it was due. So a smaller share is never later.
        """
        segments, standing = _segments(running), running.stands
        if share < _ALL:
            reached = self._through(Reached(running.start), segments, share, standing, rolls=False)
        else:
            reached = self._through(Reached(running.start), segments, _ALL, standing, rolls=True)
            if share > _ALL:
                reached = self._through(reached, segments, share - _ALL, standing, rolls=False)
        return None if reached is None else instant(reached.at)

    def after_due(self, running: Clock, over: Limit) -> datetime | None:
        """The instant at which the clock is overdue by so much; None where it stands still before."""
        due = self._through(Reached(running.start), _segments(running), _ALL, running.stands, rolls=True)
        reached = self._through(due, (over,), _ALL, running.stands, rolls=False)
        return None if reached is None else instant(reached.at)

    def _through(self, here: Reached | None, segments: Sequence[Limit], share: int, standing: Stands, *, rolls: bool) -> Reached | None:
        """Through all segments, `share` hundredths of each; what is due rolls. None where the clock stands still before."""
        for segment in segments:
            if here is None:
                return None
            here = self._pass(here, segment, share, standing, rolls=rolls)
        return here

    def _pass(self, here: Reached, segment: Limit, share: int, standing: Stands, *, rolls: bool) -> Reached | None:
        """Lets `share` hundredths of a segment pass."""
        if segment.kind in IN_DAYS:
            whole, part = divmod(segment.amount * share, _ALL)
            day = here.day or self._calendar.day(here.at)
            if segment.kind is TimeKind.WORKING_DAYS:
                passed = self._working_days(here.at, day, whole, part, standing.spans)
            else:
                passed = self._calendar_days(here.at, day, whole, part, standing, rolls=rolls)
        else:
            amount = max(1, segment.amount * share // _ALL)
            passed = self._elapsed(here.at, amount, standing.spans) if segment.kind is TimeKind.ELAPSED else self._office(here.at, amount, standing.spans)
        if passed is None:
            return None
        at = standing.after(passed.at)
        return None if at is None else passed._replace(at=at, provisional=passed.provisional or here.provisional)

    @staticmethod
    def _elapsed(start: int, amount: int, spans: Sequence[tuple[int, int | None]]) -> Reached | None:
        due = start + amount
        for since, until in spans:
            if due <= since:
                break
            if until is None:
                return None
            due += max(0, until - max(since, start))
        return Reached(due)

    def _office(self, start: int, amount: int, spans: Sequence[tuple[int, int | None]]) -> Reached | None:
        calendar = self._calendar
        target = calendar.worked(start) + amount
        for since, until in spans:
            if until is not None and until <= start:
                continue
            stood = calendar.worked(max(since, start))
            if target <= stood:
                break
            if until is None:
                return None
            target += calendar.worked(until) - stood
        due = calendar.when_worked(target)
        return Reached(due, provisional=not calendar.knows(calendar.day(start), calendar.day(due)))

    def _working_days(self, start: int, day: int, whole: int, part: int, spans: Sequence[tuple[int, int | None]]) -> Reached | None:
        """The close of the last of `whole` working days after `day`, or `part` hundredths into the next one."""
        calendar = self._calendar
        last = calendar.working_day(day, 1) + whole - (not part)
        for since, until in spans:
            since = max(since, start)  # noqa: PLW2901  of a pause only what lies after the start matters
            stood, on = calendar.closes_between(since, since if until is None else until)
            if stood > last:
                break
            if until is None:
                return None
            last += max(0, on - stood)
        calendar.cover_index(last)
        its_day = calendar.days[last]
        at = calendar.within_day(last, part, _ALL) if part else calendar.closes[last]
        return Reached(at, its_day, 0, not calendar.knows(day + 1, its_day))

    def _calendar_days(self, start: int, day: int, whole: int, part: int, standing: Stands, *, rolls: bool) -> Reached | None:
        """24:00 of the last of `whole` days after `day`, rolled where it is due, or `part` hundredths into the next one."""
        calendar = self._calendar
        last = day + whole + bool(part)
        for since, until in standing.spans:
            stood = max(since, start)
            if calendar.end_of(last) <= stood:
                break
            if until is None:
                return None
            last += max(0, calendar.day(until) - calendar.day(stood))
        if part:
            morning = calendar.end_of(last - 1)
            return Reached(morning + (calendar.end_of(last) - morning) * part // _ALL, last, last)
        rolled = self._rolled(last, standing) if rolls else last
        if rolled is None:
            return None
        return Reached(calendar.end_of(rolled), rolled, last, provisional=rolls and not calendar.knows(last, rolled))

    def _rolled(self, day: int, standing: Stands) -> int | None:
        """The first working day from `day` on at whose end the clock does not stand."""
        calendar = self._calendar
        while True:
            if calendar.works(day):
                end = calendar.end_of(day)
                held = next(((since, until) for since, until in standing.spans if since < end and (until is None or end <= until)), None)
                if held is None:
                    return day
                if held[1] is None:
                    return None
            day += 1


def _segments(running: Clock) -> Sequence[Limit]:
    """Limit and grants, those of one kind that follow each other added up."""
    if not running.grants:
        return (running.limit,)
    segments = [running.limit]
    for grant in running.grants:
        if grant.kind is segments[-1].kind:
            segments[-1] = Limit(grant.kind, segments[-1].amount + grant.amount)
        else:
            segments.append(grant)
    return segments
