"""What holds for any calendar, start, limit and pauses; and that all of it is what one finds who walks from minute to minute."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from chinese_calendar import is_workday
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.casework.clocks.calendar import Hours, OfficeCalendar
from pipeline.casework.clocks.reckoning import Pause, Reckoner, clock
from schemas.limit import Limit
from schemas.vocabulary import TimeKind
from tests.casework.clocks.by_the_minute import SHANGHAI, Span, Walker, wall
from tests.casework.clocks.centres import timetable

FIRST = date(2026, 6, 20)
"""Two weeks before the summer's hours begin."""
USUAL: Hours = ((time(9), time(12)), (time(14), time(18)))
SUMMER: Hours = ((time(9), time(12)), (time(14, 30), time(18)))
OTHERS: list[Hours] = [USUAL, ((time(8, 30), time(17)),), ((time(7), time(8)), (time(8, 1), time(11)), (time(22), time(23, 59)))]
JULY = {f"07-{day:02}" for day in range(1, 32)}
HOUR = 3600 * 1_000_000

calendars = st.dictionaries(st.integers(0, 60).map(lambda days: FIRST + timedelta(days=days)), st.booleans(), max_size=25)
usual_hours = st.sampled_from(OTHERS)
starts = st.integers(0, 20 * 24 * 60).map(lambda minutes: wall(2026, 6, 20) + timedelta(minutes=minutes))
limits = st.one_of(
    st.builds(Limit, st.just(TimeKind.ELAPSED), st.integers(1, 72 * 60).map(lambda minutes: minutes * 60_000_000)),
    st.builds(Limit, st.just(TimeKind.OFFICE), st.integers(1, 40 * 60).map(lambda minutes: minutes * 60_000_000)),
    st.builds(Limit, st.just(TimeKind.OFFICE), st.integers(1, 9).map(lambda hours: hours * HOUR)),
    st.builds(Limit, st.sampled_from([TimeKind.WORKING_DAYS, TimeKind.CALENDAR_DAYS]), st.integers(1, 9)),
)
minutes = st.one_of(st.integers(0, 25 * 24 * 60), st.integers(0, 25 * 24).map(lambda hours: hours * 60))
pauses = st.lists(
    st.tuples(minutes, st.one_of(st.integers(0, 4 * 24 * 60), st.sampled_from([60, 180, 8 * 60, 24 * 60]))).map(
        lambda pair: Pause(wall(2026, 6, 20) + timedelta(minutes=pair[0]), wall(2026, 6, 20) + timedelta(minutes=pair[0] + pair[1]))
    ),
    max_size=4,
)


def calendar(differs: dict[date, bool], hours: Hours, known: tuple[date, date] | None = None) -> OfficeCalendar:
    return OfficeCalendar(differs, dict.fromkeys(JULY, SUMMER), hours, "Asia/Shanghai", known)


def spans(stood: list[Pause]) -> list[Span]:
    return [
        (pause.since.astimezone(SHANGHAI).replace(tzinfo=None), None if pause.until is None else pause.until.astimezone(SHANGHAI).replace(tzinfo=None))
        for pause in stood
    ]


def walker(differs: dict[date, bool], hours: Hours, stood: list[Pause]) -> Walker:
    return Walker(differs, dict.fromkeys(JULY, SUMMER), hours, spans(stood))


@settings(max_examples=150)
@given(calendars, usual_hours, starts, limits, pauses)
def test_what_is_due_is_what_walking_by_the_minute_finds(differs: dict[date, bool], hours: Hours, start: datetime, limit: Limit, stood: list[Pause]) -> None:
    due = Reckoner(calendar(differs, hours)).due(clock(start, limit, (), stood))
    assert due.at == walker(differs, hours, stood).due(start, limit)


three_years = [date(2024, 1, 1) + timedelta(days=days) for days in range(3 * 365 + 1)]
LISTED = {day: is_workday(day) for day in three_years}
"""What the library says of each day, without our tables between."""
IN_SUMMER = {f"{month:02}-{day:02}": SUMMER for month in (7, 8, 9) for day in range(1, 32)}
over_three_years = st.integers(0, (3 * 365 - 80) * 24 * 60).map(lambda minutes: wall(2024, 1, 1) + timedelta(minutes=minutes))


@settings(max_examples=80)
@given(over_three_years, limits, st.lists(st.tuples(st.integers(-600, 12_000), st.integers(0, 9_000)), max_size=2))
def test_with_the_shipped_pack_it_is_what_walking_through_the_lists_of_2024_to_2026_finds(start: datetime, limit: Limit, stood: list[tuple[int, int]]) -> None:
    pauses = [Pause(start + timedelta(minutes=since), start + timedelta(minutes=since + long)) for since, long in stood]
    due = timetable().reckoner.due(clock(start, limit, (), pauses))
    assert due.at == Walker(LISTED, IN_SUMMER, USUAL, spans(pauses)).due(start, limit)
    assert not due.provisional


@settings(max_examples=40)
@given(calendars, starts, limits, pauses, minutes)
def test_a_pause_without_an_end_stops_the_clock_unless_it_was_due_before(
    differs: dict[date, bool], start: datetime, limit: Limit, stood: list[Pause], since: int
) -> None:
    still = Pause(wall(2026, 6, 20) + timedelta(minutes=since), None)
    reckoner = Reckoner(calendar(differs, USUAL))
    before = reckoner.due(clock(start, limit, (), stood)).at
    now = reckoner.due(clock(start, limit, (), [*stood, still])).at
    assert before is not None
    if limit.kind is TimeKind.CALENDAR_DAYS:  # what has rolled may stand still on the way
        assert now in (None, before)
        assert now is None or now <= still.since
    else:
        assert now == (before if before <= still.since else None)


@given(calendars, usual_hours, starts, limits, limits, pauses)
def test_more_time_of_the_same_kind_is_one_longer_limit(
    differs: dict[date, bool], hours: Hours, start: datetime, limit: Limit, more: Limit, stood: list[Pause]
) -> None:
    grant = Limit(limit.kind, more.amount if (more.amount < 100) == (limit.amount < 100) else limit.amount)
    reckoner = Reckoner(calendar(differs, hours))
    together = Limit(limit.kind, limit.amount + grant.amount)
    assert reckoner.due(clock(start, limit, [grant], stood)) == reckoner.due(clock(start, together, (), stood))


@given(calendars, usual_hours, starts, limits, pauses, st.permutations(range(4)))
def test_order_overlaps_and_seams_of_pauses_change_nothing(
    differs: dict[date, bool], hours: Hours, start: datetime, limit: Limit, stood: list[Pause], order: list[int]
) -> None:
    reckoner = Reckoner(calendar(differs, hours))
    cut = []
    for pause in stood:
        assert pause.until is not None
        middle = pause.since + (pause.until - pause.since) // 2
        cut += [Pause(pause.since, middle), Pause(middle, pause.until), Pause(pause.since, middle)]
    shuffled = [cut[index] for index in sorted(range(len(cut)), key=lambda index: (order[index % 4], -index))]
    assert reckoner.due(clock(start, limit, (), shuffled)) == reckoner.due(clock(start, limit, (), stood))


@given(calendars, usual_hours, starts, limits, pauses)
def test_nothing_is_due_while_the_clock_stands_and_a_pause_makes_nothing_earlier(
    differs: dict[date, bool], hours: Hours, start: datetime, limit: Limit, stood: list[Pause]
) -> None:
    reckoner = Reckoner(calendar(differs, hours))
    due, without = reckoner.due(clock(start, limit, (), stood)).at, reckoner.due(clock(start, limit)).at
    assert due is not None
    assert without is not None
    assert due >= without
    assert not any(pause.since < due and (pause.until is None or due < pause.until) for pause in stood)


@given(calendars, usual_hours, starts, limits, st.lists(limits, max_size=2), pauses, st.lists(st.integers(1, 300), min_size=2, max_size=4))
def test_a_smaller_share_is_never_later_and_what_is_due_lies_between(
    differs: dict[date, bool], hours: Hours, start: datetime, limit: Limit, grants: list[Limit], stood: list[Pause], shares: list[int]
) -> None:
    reckoner, running = Reckoner(calendar(differs, hours)), clock(start, limit, grants, stood)
    instants = [reckoner.at_share(running, share) for share in sorted([*shares, 100])]
    assert None not in instants
    assert instants == sorted(at for at in instants if at is not None)
    assert reckoner.at_share(running, 100) == reckoner.due(running).at
    assert all(at is not None and at >= start for at in instants)


@given(calendars, starts, st.integers(1, 6), st.integers(1, 200), pauses)
def test_a_share_of_office_hours_is_that_share_of_the_minutes(differs: dict[date, bool], start: datetime, fives: int, share: int, stood: list[Pause]) -> None:
    limit = Limit(TimeKind.OFFICE, fives * 100 * 60_000_000)
    part = Limit(TimeKind.OFFICE, fives * share * 60_000_000)
    at = Reckoner(calendar(differs, USUAL)).at_share(clock(start, limit, (), stood), share)
    walked = walker(differs, USUAL, stood).due(start, part)
    assert at == walked


@given(calendars, calendars, starts, limits, pauses, st.integers(0, 40))
def test_what_is_not_provisional_does_not_depend_on_what_nobody_knows_yet(
    differs: dict[date, bool], others: dict[date, bool], start: datetime, limit: Limit, stood: list[Pause], days: int
) -> None:
    known = (FIRST + timedelta(days=5), FIRST + timedelta(days=days))
    changed = {day: works for day, works in others.items() if not known[0] <= day <= known[1]}
    kept = {day: works for day, works in differs.items() if known[0] <= day <= known[1]}
    due = Reckoner(calendar(kept, USUAL, known)).due(clock(start, limit, (), stood))
    if not due.provisional:
        assert Reckoner(calendar({**kept, **changed}, USUAL, known)).due(clock(start, limit, (), stood)).at == due.at


@given(starts, st.integers(0, 59_999_999), limits)
def test_seconds_and_microseconds_are_kept(start: datetime, part: int, limit: Limit) -> None:
    reckoner = Reckoner(calendar({}, USUAL))
    whole, finer = reckoner.due(clock(start, limit)).at, reckoner.due(clock(start + timedelta(microseconds=part), limit)).at
    assert whole is not None
    assert finer is not None
    assert finer >= whole
    if limit.kind is TimeKind.ELAPSED:
        assert finer - whole == timedelta(microseconds=part)
