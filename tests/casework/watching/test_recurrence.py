"""Repeats at one place: what counts as the same, how often, in how many cases; and the issue that they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.nearby import Nearby
from pipeline.casework.rows import NO_FACTS, Entry, register_key
from pipeline.casework.table import Table
from pipeline.casework.watching.recurrence import ISSUES, NOTHING, Issues, Recurring, asked_for, issue_id, recurring
from schemas.vocabulary import AlertKind, Intent, Precision, Source
from schemas.watching import Watching
from tests.casework.watching.kept import Kept

DAY = 86_400
START = 1_600 * DAY * 10
EAST_M = 1 / 102_470
WATCHING = Watching()
SIX, THREE, CONSULTATION = AlertKind.SIX_IN_30_DAYS, AlertKind.THREE_IN_3_DAYS, AlertKind.CONSULTATION


def entry(
    name: str,
    day: float,
    case: int,
    *,
    source: Source = Source.HOTLINE12345,
    east_m: float = 0,
    address: str = "",
    matter: str = "0802",
    intent: Intent = Intent.COMPLAINT,
    sealed: bool = False,
    standing: bool = True,
) -> Entry:
    facts = NO_FACTS._replace(matter=matter, intent=intent.value, sealed=sealed, precision=Precision.POINT.value, lng=120.2 + east_m * EAST_M, lat=23.0)
    at = int(START + day * DAY)
    return Entry(register_key(source, name), "", "", "", 1, standing, case, f"r-{name}", at, at, address, facts, ())


def told(*entries: Entry) -> Recurring:
    """What the last one makes of the place, when all are in the register."""
    register = {each.key: each for each in entries}
    nearby = Nearby(register.get)
    for each in entries:
        nearby.changed(None, each)
    return recurring(nearby, entries[-1], WATCHING)


def test_the_sixth_report_in_30_days_through_three_channels_is_told_of_and_its_third_case_asks_for_a_consultation() -> None:
    channels = [Source.HOTLINE12345, Source.POLICE110, Source.HOTLINE12345, Source.CITY_MANAGEMENT, Source.HOTLINE12345, Source.POLICE110]
    reports = [
        entry(str(n), day, case, source=source, east_m=25 * n)
        for n, (day, case, source) in enumerate(zip([0, 0.1, 9, 9.2, 21, 29.9], [1, 1, 2, 2, 7, 7], channels, strict=True))
    ]
    assert [asked_for(told(*reports[:n]), WATCHING) for n in range(1, 7)] == [(), (), (), (), (CONSULTATION,), (SIX, CONSULTATION)]
    found = told(*reports)
    assert found == Recurring(reports=6, cases=3, sources=3, cases_in_3_days=1, ordinals=(1, 2, 7))
    assert found.evidence(WATCHING) == "6 reports in 3 cases through 3 channels within 30 days, 1 cases within 3 days, the same address or 150 m apart at most"


def test_three_cases_in_three_days_are_told_of_and_three_reports_of_one_case_are_not() -> None:
    assert asked_for(told(entry("a", 0, 1), entry("b", 1.5, 2), entry("c", 3, 3)), WATCHING) == (THREE, CONSULTATION)
    assert asked_for(told(entry("a", 0, 1), entry("b", 1.5, 2), entry("c", 3.1, 3)), WATCHING) == (CONSULTATION,)
    assert asked_for(told(entry("a", 0, 1), entry("b", 1, 1), entry("c", 2, 1)), WATCHING) == ()


def test_one_more_day_than_thirty_apart_is_no_repeat() -> None:
    assert told(entry("a", 0, 1), entry("b", 30, 2)).reports == 2
    assert told(entry("a", 0, 1), entry("b", 30.01, 2)).reports == 1


def test_a_report_that_arrives_late_counts_with_what_was_reported_after_it() -> None:
    assert told(entry("b", 20, 2), entry("c", 29, 3), entry("a", 1, 1)) == Recurring(3, 3, 1, 1, (1, 2, 3))


def test_the_same_address_is_the_same_place_however_far_its_points_are() -> None:
    assert told(entry("a", 0, 1, address="中山路1号"), entry("b", 1, 2, address="中山路1号", east_m=900)).reports == 2
    assert told(entry("a", 0, 1), entry("b", 1, 2, east_m=149)).reports == 2


@pytest.mark.parametrize(
    "other",
    [
        entry("b", 1, 2, east_m=152),
        entry("b", 1, 2, matter="0803"),
        entry("b", 1, 2, intent=Intent.INQUIRY),
        entry("b", 1, 2, intent=Intent.PRAISE),
        entry("b", 1, 2, sealed=True),
        entry("b", 1, 2, standing=False),
        entry("b", 1, 2, address="另一处"),
    ],
    ids=["too far", "another matter", "a question", "praise", "sealed", "withdrawn", "another address on a geocoder's fall-back point"],
)
def test_what_is_no_repeat_does_not_count(other: Entry) -> None:
    assert told(other, entry("a", 2, 1)).reports == 1


def test_what_is_sealed_makes_nothing_of_a_place() -> None:
    assert told(entry("a", 0, 1), entry("b", 1, 2, sealed=True)) == NOTHING


PLACES = st.builds(
    lambda day, case, source, east, address, matter: (day, case, source, east, address, matter),
    st.floats(0, 44, allow_nan=False),
    st.integers(1, 6),
    st.sampled_from([Source.HOTLINE12345, Source.POLICE110, Source.PETITION]),
    st.sampled_from([0, 1, 100, 140, 160, 300, 5000]),
    st.sampled_from(["", "", "甲", "乙"]),
    st.sampled_from(["0802", "0802", "0803"]),
)


def same_place(one: Entry, other: Entry) -> bool:
    if one.address_key and one.address_key == other.address_key:
        return True
    assert one.facts.lng is not None
    assert other.facts.lng is not None
    metres = abs(one.facts.lng - other.facts.lng) / EAST_M
    return metres < 150 and (metres > 0.5 or one.address_key == other.address_key)


def by_looking_at_all(entries: Sequence[Entry]) -> tuple[int, int]:
    """Most reports within 30 days, and most cases within three, that hold the last entry."""
    last = entries[-1]
    here = [each for each in entries if each is last or (each.facts.matter == last.facts.matter and same_place(last, each))]
    within = {
        days: [
            [each for each in here if start.reported_at <= each.reported_at <= start.reported_at + days * DAY]
            for start in here
            if start.reported_at <= last.reported_at <= start.reported_at + days * DAY
        ]
        for days in (30, 3)
    }
    return max(map(len, within[30])), max(len({each.case for each in some}) for some in within[3])


@given(st.lists(PLACES, min_size=1, max_size=25))
def test_counts_are_those_of_looking_at_every_report(places: list[tuple[float, int, Source, float, str, str]]) -> None:
    entries = [
        entry(str(n), day, case, source=source, east_m=east, address=address, matter=matter)
        for n, (day, case, source, east, address, matter) in enumerate(places)
    ]
    found = told(*entries)
    assert (found.reports, found.cases_in_3_days) == by_looking_at_all(entries)
    assert entries[-1].case in found.ordinals
    assert all(one < other for one, other in pairwise(found.ordinals))
    assert 1 <= found.sources <= found.reports
    assert found.cases == len(found.ordinals) <= found.reports


def issues() -> tuple[Issues, Table[int, int], Kept]:
    state = Kept()
    table: Table[int, int] = Table(ISSUES, state, orjson.loads)
    return Issues(table), table, state


def test_an_issue_keeps_its_first_case_when_that_is_long_past() -> None:
    found, table, state = issues()
    assert found.joined((1, 4)) == 1
    state.keep(table, orjson.dumps)
    assert found.joined((4, 9)) == 1
    assert found.joined((9, 11, 12)) == 1
    assert found.joined((20, 21)) == 20
    assert found.first(12) == 1
    assert found.first(30) == 30


def test_two_issues_that_turn_out_to_be_one_are_the_older_one_and_this_can_be_taken_back() -> None:
    found, table, state = issues()
    found.joined((1, 2))
    found.joined((5, 6))
    state.keep(table, orjson.dumps)
    mark = table.savepoint()
    assert found.joined((2, 6)) == 1
    assert [found.first(ordinal) for ordinal in (1, 2, 5, 6)] == [1, 1, 1, 1]
    table.back_to(mark)
    assert [found.first(ordinal) for ordinal in (1, 2, 5, 6)] == [1, 1, 5, 5]


@given(st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=4), max_size=8))
def test_cases_are_one_issue_where_anything_joined_them(groups: list[list[int]]) -> None:
    found, _, _ = issues()
    together = {ordinal: {ordinal} for ordinal in range(1, 13)}
    for group in groups:
        one = set().union(*(together[ordinal] for ordinal in group))
        together.update(dict.fromkeys(one, one))
        assert found.joined(group) == min(one)
    assert all(found.first(ordinal) == min(one) for ordinal, one in together.items())


def test_the_id_of_an_issue_follows_from_the_centre_and_its_first_case() -> None:
    assert issue_id("pukou", "x") == issue_id("pukou", "x") != issue_id("tainan", "x")
