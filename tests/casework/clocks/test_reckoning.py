"""The vectors of the decisions (`domain/domain.md`), and what 2024 to 2026 hold, reckoned by hand with the State Council's lists."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from pipeline.casework.clocks.reckoning import Due, Pause, clock
from schemas.clocks import OfficeHours
from schemas.limit import Limit, read_limit
from tests.casework.clocks.by_the_minute import wall
from tests.casework.clocks.centres import pukou, reckoner


def limit(text: str) -> Limit:
    found = read_limit(text)
    assert found is not None
    return found


def due(start: datetime, text: str, *grants: str, pauses: tuple[Pause, ...] = ()) -> Due:
    return reckoner().due(clock(start, limit(text), map(limit, grants), pauses))


def share(start: datetime, text: str, part: int, *grants: str, pauses: tuple[Pause, ...] = ()) -> datetime | None:
    return reckoner().at_share(clock(start, limit(text), map(limit, grants), pauses), part)


@pytest.mark.parametrize("hour", [0, 9, 13, 23])
@pytest.mark.parametrize(
    ("start", "end"),
    [((2024, 1, 27), (2024, 2, 2)), ((2025, 1, 27), (2025, 2, 10)), ((2026, 1, 27), (2026, 2, 3))],
)
def test_five_working_days_from_27_january_end_at_the_close_of_office(start: tuple[int, int, int], end: tuple[int, int, int], hour: int) -> None:
    assert due(wall(*start, hour), "5wd") == Due(wall(*end, 18), date(*end))


def test_sixty_days_that_end_on_a_holiday_roll_and_an_extension_runs_from_the_day_that_had_not_rolled() -> None:
    start = wall(2026, 3, 2, 9)
    assert due(start, "60d") == Due(wall(2026, 5, 7), date(2026, 5, 6), date(2026, 5, 1))
    assert due(start, "60d", "30d") == Due(wall(2026, 6, 2), date(2026, 6, 1), date(2026, 5, 31))  # a Sunday: rolls


def test_four_office_hours_from_five_to_six_end_at_five_to_three_on_the_next_working_day() -> None:
    assert due(wall(2026, 3, 2, 17, 55), "4wh").at == wall(2026, 3, 3, 14, 55)
    assert due(wall(2026, 3, 6, 17, 55), "4wh").at == wall(2026, 3, 9, 14, 55)  # a Friday
    assert due(wall(2026, 2, 13, 17, 55), "4wh").at == wall(2026, 2, 14, 14, 55)  # 调休: a Saturday that works
    assert due(wall(2026, 2, 14, 17, 55), "4wh").at == wall(2026, 2, 24, 14, 55)  # before 春节


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        (wall(2024, 2, 3, 10), "1wd", wall(2024, 2, 4, 18)),  # a Sunday that works
        (wall(2024, 2, 9, 10), "1wd", wall(2024, 2, 18, 18)),  # after 春节 a Sunday works
        (wall(2024, 4, 3, 10), "2wd", wall(2024, 4, 8, 18)),  # 清明; 7 April works, a Sunday
        (wall(2024, 4, 27, 10), "3wd", wall(2024, 4, 30, 18)),  # 28 April works, a Sunday
        (wall(2024, 9, 13, 10), "2wd", wall(2024, 9, 18, 18)),  # 14 September works, a Saturday; 中秋
        (wall(2024, 9, 28, 10), "3wd", wall(2024, 10, 8, 18)),  # 29 September works; 国庆
        (wall(2025, 1, 25, 10), "2wd", wall(2025, 1, 27, 18)),  # 26 January works, a Sunday
        (wall(2025, 4, 26, 10), "1wd", wall(2025, 4, 27, 18)),  # a Sunday that works
        (wall(2025, 9, 30, 10), "1wd", wall(2025, 10, 9, 18)),  # 国庆 and 中秋
        (wall(2025, 10, 10, 10), "1wd", wall(2025, 10, 11, 18)),  # a Saturday that works
        (wall(2026, 1, 3, 10), "1wd", wall(2026, 1, 4, 18)),  # a Sunday that works
        (wall(2026, 2, 27, 10), "1wd", wall(2026, 2, 28, 18)),  # a Saturday that works
        (wall(2026, 9, 24, 10), "1wd", wall(2026, 9, 28, 18)),  # 中秋
        (wall(2026, 9, 30, 10), "2wd", wall(2026, 10, 9, 18)),  # 国庆
    ],
)
def test_holidays_and_working_weekends_count_as_the_lists_say(start: datetime, text: str, end: datetime) -> None:
    found = due(start, text)
    assert found.at == end
    assert not found.provisional


def test_eight_office_hours_are_no_working_day() -> None:
    assert due(wall(2026, 3, 2, 9), "8wh").at == wall(2026, 3, 3, 10)
    assert due(wall(2026, 3, 2, 9), "1wd").at == wall(2026, 3, 3, 18)


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        (wall(2026, 3, 2, 9), "3wh", wall(2026, 3, 2, 12)),  # noon, not the afternoon's opening
        (wall(2026, 3, 2, 12, 30), "1wh", wall(2026, 3, 2, 15)),
        (wall(2026, 3, 2, 6), "7wh", wall(2026, 3, 2, 18)),
        (wall(2026, 6, 30, 16), "4wh", wall(2026, 7, 1, 11)),  # the summer's hours begin
        (wall(2026, 7, 1, 11), "2wh", wall(2026, 7, 1, 15, 30)),
        (wall(2026, 9, 29, 11), "2wh", wall(2026, 9, 29, 15, 30)),
        (wall(2024, 9, 30, 16), "6wh", wall(2024, 10, 8, 15)),  # 1 October: the usual hours again, after the holiday
        (wall(2025, 12, 31, 16), "3wh", wall(2026, 1, 4, 10)),  # over the year and 元旦 into a Sunday that works
    ],
)
def test_office_hours_run_from_the_instant_itself_while_the_office_is_open(start: datetime, text: str, end: datetime) -> None:
    assert due(start, text).at == end


def test_a_pack_without_office_hours_has_those_of_the_domain() -> None:
    assert reckoner(office_hours=()).due(clock(wall(2026, 6, 30, 17, 55), limit("4wh"))).at == wall(2026, 7, 1, 15, 25)
    assert reckoner(office_hours=()).due(clock(wall(2026, 3, 2, 17, 55), limit("4wh"))).at == wall(2026, 3, 3, 14, 55)


def test_a_winters_season_goes_over_the_turn_of_the_year() -> None:
    usual = OfficeHours(season="usual", hours=("09:00-12:00", "14:00-18:00"), basis="x")
    winter = OfficeHours(season="winter", first="11-01", last="02-28", hours=("10:00-16:00",), basis="x")
    ours = reckoner(office_hours=(usual, winter))
    assert ours.due(clock(wall(2026, 1, 6, 15), limit("2wh"))).at == wall(2026, 1, 7, 11)
    assert ours.due(clock(wall(2026, 3, 2, 15), limit("2wh"))).at == wall(2026, 3, 2, 17)


def test_the_summers_close_of_office_ends_a_working_day() -> None:
    usual = OfficeHours(season="usual", hours=("09:00-12:00", "14:00-18:00"), basis="x")
    summer = OfficeHours(season="summer", first="07-01", last="09-30", hours=("08:00-12:00", "15:00-17:30"), basis="x")
    ours = reckoner(office_hours=(usual, summer))
    assert ours.due(clock(wall(2026, 6, 29, 10), limit("1wd"))).at == wall(2026, 6, 30, 18)
    assert ours.due(clock(wall(2026, 6, 30, 10), limit("1wd"))).at == wall(2026, 7, 1, 17, 30)


def test_urgent_hours_run_through_midnight_weekends_and_holidays() -> None:
    assert due(wall(2026, 2, 16, 23, 30), "2ewh").at == wall(2026, 2, 17, 1, 30)
    assert due(wall(2026, 12, 31, 23, 59), "10min").at == wall(2027, 1, 1, 0, 9)
    assert due(wall(2024, 2, 28, 22), "24ewh").at == wall(2024, 2, 29, 22)
    assert due(wall(2026, 3, 2, 9), "0.083ewh").at == wall(2026, 3, 2, 9, 4) + timedelta(seconds=58.8)


@pytest.mark.parametrize(
    ("start", "text", "end", "unrolled"),
    [
        (wall(2026, 3, 2, 9), "15d", wall(2026, 3, 18), date(2026, 3, 17)),
        (wall(2026, 3, 6, 9), "15d", wall(2026, 3, 24), date(2026, 3, 21)),  # a Saturday
        (wall(2026, 2, 6, 9), "8d", wall(2026, 2, 15), date(2026, 2, 14)),  # a Saturday that works
        (wall(2026, 2, 6, 9), "9d", wall(2026, 2, 25), date(2026, 2, 15)),  # 春节
        (wall(2026, 9, 16, 9), "15d", wall(2026, 10, 9), date(2026, 10, 1)),
    ],
)
def test_natural_days_leave_out_the_first_and_end_at_midnight(start: datetime, text: str, end: datetime, unrolled: date) -> None:
    found = due(start, text)
    assert (found.at, found.unrolled) == (end, unrolled)


def test_beyond_the_list_weekends_count_alone_and_the_deadline_is_provisional() -> None:
    assert due(wall(2026, 12, 30, 10), "1wd") == Due(wall(2026, 12, 31, 18), date(2026, 12, 31))
    assert due(wall(2026, 12, 31, 10), "1wd") == Due(wall(2027, 1, 1, 18), date(2027, 1, 1), None, provisional=True)
    assert due(wall(2026, 12, 31, 17), "2wh") == Due(wall(2027, 1, 1, 10), provisional=True)
    assert not due(wall(2026, 12, 31, 17), "1wh").provisional
    assert due(wall(2026, 12, 1, 9), "60d") == Due(wall(2027, 2, 2), date(2027, 2, 1), date(2027, 1, 30), provisional=True)
    assert not due(wall(2026, 12, 31, 17), "24ewh").provisional
    assert due(wall(2023, 12, 30, 9), "1wd") == Due(wall(2024, 1, 2, 18), date(2024, 1, 2), None, provisional=True)  # nothing is known of the 31st
    assert not due(wall(2023, 12, 31, 9), "1wd").provisional
    assert due(wall(2018, 1, 5, 17), "4wh").provisional  # before the first list, too
    assert due(wall(2018, 1, 5, 17), "4wh").at == wall(2018, 1, 8, 12)


def test_calendar_until_says_how_far_the_list_reaches() -> None:
    ours = reckoner(manifest={**pukou().manifest, "calendar_until": "2026-06-30"})
    assert not ours.due(clock(wall(2026, 6, 29, 10), limit("1wd"))).provisional
    assert ours.due(clock(wall(2026, 6, 30, 10), limit("1wd"))).provisional


def test_a_pause_credits_office_hours_that_did_not_pass() -> None:
    start = wall(2026, 3, 2, 9)
    assert due(start, "4wh", pauses=(Pause(wall(2026, 3, 2, 10), wall(2026, 3, 2, 11)),)).at == wall(2026, 3, 2, 16)
    assert due(start, "4wh", pauses=(Pause(wall(2026, 3, 2, 12), wall(2026, 3, 2, 14)),)).at == wall(2026, 3, 2, 15)
    assert due(start, "4wh", pauses=(Pause(wall(2026, 3, 2, 10), wall(2026, 3, 9, 10)),)).at == wall(2026, 3, 9, 15)
    assert due(start, "4wh", pauses=(Pause(wall(2026, 3, 2, 15), wall(2026, 3, 9, 10)),)).at == wall(2026, 3, 2, 15)  # was due by then


def test_pauses_that_overlap_or_touch_are_credited_once() -> None:
    parts = (
        Pause(wall(2026, 3, 2, 9, 30), wall(2026, 3, 2, 10, 30)),
        Pause(wall(2026, 3, 2, 10), wall(2026, 3, 2, 11)),
        Pause(wall(2026, 3, 2, 11), wall(2026, 3, 2, 11, 30)),
    )
    one = (Pause(wall(2026, 3, 2, 9, 30), wall(2026, 3, 2, 11, 30)),)
    for text in ("4wh", "2ewh", "1wd", "1d"):
        assert due(wall(2026, 3, 2, 9), text, pauses=parts) == due(wall(2026, 3, 2, 9), text, pauses=one)
    assert due(wall(2026, 3, 2, 9), "2ewh", pauses=parts).at == wall(2026, 3, 2, 13)


def test_a_day_whose_end_lies_in_a_pause_does_not_count() -> None:
    start = wall(2026, 3, 2, 9)  # a Monday
    within = Pause(wall(2026, 3, 3, 9), wall(2026, 3, 3, 17))
    assert due(start, "2wd", pauses=(within,)).day == date(2026, 3, 4)
    over_a_night = Pause(wall(2026, 3, 3, 17), wall(2026, 3, 4, 9))
    assert due(start, "2wd", pauses=(over_a_night,)).day == date(2026, 3, 5)
    into_saturday = Pause(wall(2026, 3, 4, 10), wall(2026, 3, 7, 12))
    assert due(start, "2wd", pauses=(into_saturday,)).day == date(2026, 3, 9)
    on_the_first_day = Pause(wall(2026, 3, 2, 10), wall(2026, 3, 3, 9))
    assert due(start, "2wd", pauses=(on_the_first_day,)).day == date(2026, 3, 5)  # as from Tuesday


def test_a_pause_from_the_close_of_office_on_credits_nothing_and_one_up_to_it_a_day() -> None:
    start = wall(2026, 3, 2, 9)  # a Monday
    assert due(start, "2wd", pauses=(Pause(wall(2026, 3, 3, 18), wall(2026, 3, 4, 9)),)).day == date(2026, 3, 4)
    assert due(start, "2wd", pauses=(Pause(wall(2026, 3, 3, 10), wall(2026, 3, 3, 18)),)).day == date(2026, 3, 5)
    assert due(start, "2d", pauses=(Pause(wall(2026, 3, 4), wall(2026, 3, 4, 9)),)).day == date(2026, 3, 4)
    assert due(start, "2d", pauses=(Pause(wall(2026, 3, 3, 10), wall(2026, 3, 4)),)).day == date(2026, 3, 5)


def test_what_would_be_told_in_a_pause_is_told_at_its_end() -> None:
    stood = (Pause(wall(2026, 3, 3, 16), wall(2026, 3, 3, 17)),)
    assert share(wall(2026, 3, 2, 9), "1wd", 80, pauses=stood) == wall(2026, 3, 3, 17)  # 16:36 otherwise
    assert share(wall(2026, 3, 2, 9), "1wd", 70, pauses=stood) == wall(2026, 3, 3, 15, 54)


def test_a_pause_from_the_start_on_is_as_if_the_clock_had_started_at_its_end() -> None:
    for text in ("4wh", "2ewh", "5wd", "60d"):
        for start in (wall(2026, 3, 2, 9), wall(2026, 3, 6, 17, 30), wall(2026, 2, 14, 11)):
            until = wall(2026, 3, 18, 10)
            assert due(start, text, pauses=(Pause(start, until),)) == due(until, text)


def test_nothing_that_rolls_falls_due_while_the_clock_stands() -> None:
    stood = Pause(wall(2026, 5, 3), wall(2026, 5, 20, 9))
    assert due(wall(2026, 3, 2, 9), "60d", pauses=(stood,)) == Due(wall(2026, 5, 21), date(2026, 5, 20), date(2026, 5, 1))
    assert due(wall(2026, 3, 2, 9), "60d", pauses=(Pause(wall(2026, 5, 3), None),)).at is None
    to_midnight = Pause(wall(2026, 5, 3), wall(2026, 5, 7))
    assert due(wall(2026, 3, 2, 9), "60d", pauses=(to_midnight,)).day == date(2026, 5, 7)


def test_a_standing_clock_is_due_at_no_known_time() -> None:
    stands = (Pause(wall(2026, 3, 2, 10), None),)
    assert [due(wall(2026, 3, 2, 9), text, pauses=stands).at for text in ("4wh", "2ewh", "1wd", "1d")] == [None] * 4
    assert due(wall(2026, 3, 2, 9), "1ewh", pauses=stands).at == wall(2026, 3, 2, 10)
    assert share(wall(2026, 3, 2, 9), "2ewh", 150, pauses=stands) is None


def test_a_ruling_adds_time_of_its_own_kind() -> None:
    start = wall(2026, 3, 6, 10)  # a Friday
    assert due(start, "1wd", "4wh").at == wall(2026, 3, 10, 15)
    assert due(start, "60d", "3wd").day == date(2026, 5, 9)  # the sixty days roll to 6 May; the 9th is a Saturday that works
    assert due(start, "2ewh", "1wd").at == wall(2026, 3, 9, 18)


@pytest.mark.parametrize(
    ("text", "part", "at"),
    [
        ("4wh", 80, wall(2026, 3, 2, 14, 12)),
        ("4wh", 150, wall(2026, 3, 2, 17)),
        ("5wd", 80, wall(2026, 3, 6, 18)),
        ("5wd", 150, wall(2026, 3, 12, 14, 30)),  # half of the eighth day's seven hours
        ("1wd", 80, wall(2026, 3, 3, 16, 36)),
        ("2ewh", 80, wall(2026, 3, 2, 10, 36)),
        ("2ewh", 150, wall(2026, 3, 2, 12)),
        ("60d", 80, wall(2026, 4, 20)),
        ("60d", 150, wall(2026, 6, 6)),  # thirty days after the day to which it rolled
        ("1d", 50, wall(2026, 3, 3, 12)),
    ],
)
def test_a_share_is_of_the_same_kind_of_time(text: str, part: int, at: datetime) -> None:
    assert share(wall(2026, 3, 2, 9), text, part) == at


def test_shares_are_of_the_time_with_what_was_granted() -> None:
    assert share(wall(2026, 3, 2, 9), "60d", 80, "30d") == wall(2026, 5, 14)  # 72 of 90 days
    shares = [share(wall(2026, 3, 2, 9), "1wd", part, "3wh") for part in (20, 60, 80, 99, 100, 101, 150)]
    assert None not in shares
    assert all(first < second for first, second in pairwise(at for at in shares if at is not None))


def test_overdue_by_so_much_is_reckoned_from_what_was_due() -> None:
    running = clock(wall(2026, 3, 2, 17, 55), limit("4wh"))
    assert reckoner().after_due(running, limit("10min")) == wall(2026, 3, 3, 15, 5)
    assert reckoner().after_due(running, limit("1wd")) == wall(2026, 3, 4, 18)


def test_summer_time_of_another_zone_neither_adds_nor_takes_an_office_hour() -> None:
    ours = reckoner(time_zone="Europe/Berlin", calendar=())
    start = datetime.fromisoformat("2026-03-27T17:00:00+01:00")  # Friday; the clocks go forward on Sunday
    assert ours.due(clock(start, limit("2wh"))).at == datetime.fromisoformat("2026-03-30T10:00:00+02:00")
    assert ours.due(clock(start, limit("3d"))).at == datetime.fromisoformat("2026-03-31T00:00:00+02:00")


def test_far_years_are_laid_out_when_they_are_asked_for() -> None:
    ours = reckoner(calendar=())
    assert ours.due(clock(wall(1999, 12, 31, 10), limit("1wd"))).at == wall(2000, 1, 3, 18)
    assert ours.due(clock(wall(2051, 3, 3, 17), limit("2wh"))).at == wall(2051, 3, 6, 10)
    assert ours.due(clock(wall(1949, 10, 1, 17), limit("1d"))).day == date(1949, 10, 3)
    assert ours.due(clock(wall(2026, 3, 2, 17), limit("2wh"))).at == wall(2026, 3, 3, 10)
