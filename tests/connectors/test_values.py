from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.values import instant_reader, local_time_reader, number, order_by_instant, order_by_number, whole_number

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TAIPEI = ZoneInfo("Asia/Taipei")
ZONES = st.sampled_from(
    ["Asia/Taipei", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "UTC"]
)
iso = instant_reader(["iso"], TAIPEI, NOW)


@pytest.mark.parametrize(
    "cell",
    [
        "2015-04-15 00:22:00",
        "2015-04-15T00:22",
        "2015-04-15 00:22",
        "2015-04-15T00:22:00+08:00",
        "2015-04-14T16:22:00Z",
        "2015-04-14T16:22:00.000Z",
        "2015/04/15 00:22",
        "2015/4/15 0:22:00",
        "2015.4.15 0:22",
        "2015年4月15日 0时22分",
        "2015年4月15日0時22分00秒",
        "2015/4/15 上午 12:22:00",
        "2015/4/15 12:22:00 AM",
        "20150415002200",
        "201504150022",
        "２０１５-04-15 00:22:00",
        "42109.0152777778",
        "2015-04-15  00:22:00",
    ],
)
def test_times_are_read_in_the_ways_in_which_people_write_them(cell: str) -> None:
    assert iso(cell) == datetime(2015, 4, 14, 16, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "hour"), [("2015/4/15 下午 1:00", 5), ("2015/4/15 上午 1:00", 17), ("2015/4/15 下午 12:00", 4), ("2015-04-15", 16), ("2015/4/15 下午 13:00", 5)]
)
def test_halves_of_the_day(cell: str, hour: int) -> None:
    assert iso(cell).hour == hour


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "yesterday",
        "2015-02-30 00:00:00",
        "2015-04-15 24:61",
        "1452105631",
        "2015041500220",
        "15-04-2015",
        "NaN",
        "0001-01-01 00:00:00",
        "9999-12-31T23:59:59Z",
    ],
)
def test_what_is_no_time_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        iso(cell)


def test_a_time_that_cannot_be_believed_says_why() -> None:
    with pytest.raises(ValueError, match="before 1990"):
        iso("1989-12-31 23:59:59")
    with pytest.raises(ValueError, match="ahead of our clock"):
        iso("2026-01-03 00:00:00")
    assert iso("2026-01-02 08:00:00") == NOW + timedelta(days=1)


@pytest.mark.parametrize("year", [1, 1899, 2300, 8999, 9999])
def test_a_year_that_no_instant_can_be_of_is_refused_in_any_zone(year: int) -> None:
    read = local_time_reader(TAIPEI)
    for _ in range(2):
        with pytest.raises(ValueError, match=f"the year {year} cannot be"):
            read(datetime(year, 6, 1))  # noqa: DTZ001
    for formats, cell in ((["iso"], f"{year:04}-06-01T00:00:00+08:00"), (["%Y-%m-%d %z"], f"{year:04}-06-01 +0800")):
        with pytest.raises(ValueError, match=f"the year {year} cannot be"):
            instant_reader(formats, TAIPEI, datetime(2299, 12, 1, tzinfo=UTC))(cell)
    assert [read(datetime(year, 6, 1)).year for year in (1900, 2299)] == [1900, 2299]  # noqa: DTZ001


@pytest.mark.parametrize("cell", ["1452105631", "1452105631.0", " 1452105631", "１４５２１０５６３１", "1,452,105,631"])
def test_unix_seconds_may_have_a_fraction(cell: str) -> None:
    assert instant_reader(["unix"], TAIPEI, NOW)(cell) == datetime(2016, 1, 6, 18, 40, 31, tzinfo=UTC)


def test_unix_seconds_keep_their_fraction_and_milliseconds_are_hinted_at() -> None:
    read = instant_reader(["unix"], TAIPEI, NOW)
    assert read("1452105631.25").microsecond == 250_000
    with pytest.raises(ValueError, match="unix-ms"):
        read("1452105631000")
    assert instant_reader(["unix-ms"], TAIPEI, NOW)("1452105631250") == read("1452105631.25")
    for cell in ("NaN", "inf", "1e999", "soon", "-5"):
        with pytest.raises(ValueError, match=r"."):
            read(cell)


def test_several_formats_are_tried_in_order() -> None:
    read = instant_reader(["unix", "%d.%m.%Y %H:%M"], TAIPEI, NOW)
    assert read("15.04.2015 00:22") == datetime(2015, 4, 14, 16, 22, tzinfo=UTC)
    assert read("1452105631") == datetime(2016, 1, 6, 18, 40, 31, tzinfo=UTC)
    with pytest.raises(ValueError, match="not written as"):
        read("2015-04-15")


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)), ZONES)  # noqa: DTZ001  local times, that is the point
def test_a_local_time_is_the_instant_at_which_the_clock_shows_it(naive: datetime, key: str) -> None:
    zone = ZoneInfo(key)
    shown = naive.replace(tzinfo=zone, fold=0)
    exists = shown.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == naive
    read = local_time_reader(zone)
    for _ in range(2):  # the second time from what it remembers
        if exists:
            assert read(naive) == shown.astimezone(UTC)
            assert read(naive).tzinfo is UTC
        else:
            with pytest.raises(ValueError, match="skipped"):
                read(naive)


def test_an_hour_that_comes_twice_is_the_first_and_one_that_is_skipped_is_none() -> None:
    read = local_time_reader(ZoneInfo("Europe/Berlin"))
    assert read(datetime(2015, 10, 25, 2, 30)) == datetime(2015, 10, 25, 0, 30, tzinfo=UTC)  # noqa: DTZ001
    with pytest.raises(ValueError, match="2015-03-29 02:30:00 never was in Europe/Berlin"):
        read(datetime(2015, 3, 29, 2, 30))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("cell", "value"), [("23.5", 23.5), ("-1", -1), ("１２．５", 12.5), ("1,234.5", 1234.5), ("1e2", 100), ("+7", 7), ("１，２３４", 1234)]
)
def test_numbers(cell: str, value: float) -> None:
    assert number(cell) == value


@pytest.mark.parametrize("cell", ["", "NaN", "inf", "-Infinity", "1e999", "1_000", "23,002758", "1,23", "x", "0x10", "一"])
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        number(cell)


@given(st.integers(0, 10**18 - 1))
def test_whole_numbers_keep_their_order_as_keys(value: int) -> None:
    if value < 10**17:
        assert order_by_number(str(value)) < order_by_number(str(value + 1))
    assert whole_number(str(value)) == value


@pytest.mark.parametrize("cell", ["1.5", "-1", "9" * 19, "1e30", "x"])
def test_what_does_not_count_is_no_order_key(cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        order_by_number(cell)
    assert order_by_number("7.0") == order_by_number("7")


@given(st.datetimes(datetime(1991, 1, 1), datetime(2025, 1, 1)), st.datetimes(datetime(1991, 1, 1), datetime(2025, 1, 1)))  # noqa: DTZ001
def test_instants_keep_their_order_as_keys(first: datetime, second: datetime) -> None:
    key = order_by_instant(iso)
    assert (key(first.isoformat()) < key(second.isoformat())) == (first < second)
