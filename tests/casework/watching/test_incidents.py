"""Mass events: which cases are one incident, whatever the order, and how it lives and ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import cos, hypot, radians
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.nearby import METRES_PER_DEGREE
from pipeline.casework.table import Table
from pipeline.casework.watching.incidents import INCIDENTS, MOST_MEMBERS, Group, Incidents, Joined, group_from, group_to_bytes, rules_of
from schemas.errors import BrokenFrame
from schemas.watching import IncidentRule
from tests.casework.clocks.centres import pukou
from tests.casework.watching.kept import Kept

START = datetime(2026, 7, 3, 6, tzinfo=UTC)
LNG, LAT = 118.62, 32.06
EAST = 1 / METRES_PER_DEGREE / cos(radians(LAT))
FOUR = (IncidentRule(group="water", matters=("0301", "0303"), basis="test"), IncidentRule(group="trees", matters=("0402",), basis="test"))


class Storm:
    """Incidents, and who is whose child by what they said."""

    def __init__(self, rules: tuple[IncidentRule, ...] = FOUR, *, kept: bool = False) -> None:
        self.state = Kept()
        self.table: Table[str, Group] = Table(INCIDENTS, self.state, group_from)
        self.incidents = Incidents(self.table, rules, rules_of(rules, pukou().matters))
        self.parent: dict[int, int] = {}
        self.kept = kept

    def open(self, ordinal: int, minutes: float, east_m: float, matter: str = "0301", urgency: str = "U2") -> Joined | None:
        joined = self.incidents.opened(matter, urgency, ordinal, START + timedelta(minutes=minutes), LNG + east_m * EAST, LAT)
        if joined is not None:
            assert not {joined.parent, *joined.members} & {child for child in self.parent if self.parent[child] == joined.parent}
            assert joined.parent not in self.parent or not joined.new
            self.parent.update(dict.fromkeys(joined.members, joined.parent))
        if self.kept:
            self.state.keep(self.table, group_to_bytes)
        return joined

    def families(self) -> set[frozenset[int]]:
        """Each parent with its children."""
        return {frozenset({parent, *(child for child, of in self.parent.items() if of == parent)}) for parent in self.parent.values()}


def test_the_fourth_case_within_a_kilometre_and_half_an_hour_makes_the_oldest_the_parent_of_the_others() -> None:
    storm = Storm()
    assert [storm.open(ordinal, ordinal, 200 * ordinal, "0301" if ordinal % 2 else "0303") for ordinal in (1, 2, 3)] == [None, None, None]
    assert storm.open(4, 30, 100) == Joined("water", 1, (2, 3, 4), new=True)
    assert storm.open(5, 89, 1550) == Joined("water", 1, (5,), new=False)


def test_the_middle_of_an_incident_need_not_be_its_last_case() -> None:
    storm = Storm()
    assert [storm.open(n, 0, east) for n, east in enumerate((900, 0, -900), start=1)] == [None, None, None]
    assert storm.open(4, 1, 950) == Joined("water", 1, (2, 3, 4), new=True)


@pytest.mark.parametrize(
    ("minutes", "east_m", "matter", "urgency"),
    [(31, 0, "0301", "U2"), (3, 2001, "0301", "U2"), (3, 0, "0402", "U2"), (3, 0, "0301", "U3"), (3, 0, "0304", "U2")],
    ids=["too late", "too far", "another group", "not urgent", "in no group"],
)
def test_what_is_late_far_or_different_makes_no_incident(minutes: float, east_m: float, matter: str, urgency: str) -> None:
    storm = Storm()
    for ordinal in (1, 2, 3):
        storm.open(ordinal, 0, 0)
    assert storm.open(4, minutes, east_m, matter, urgency) is None


def test_a_case_without_a_point_is_in_no_incident() -> None:
    storm = Storm()
    assert [storm.incidents.opened("0301", "U2", ordinal, START, None, None) for ordinal in range(1, 6)] == [None] * 5


def test_an_incident_that_nothing_has_joined_for_an_hour_takes_nobody_more() -> None:
    storm = Storm()
    for ordinal in (1, 2, 3, 4):
        storm.open(ordinal, 0, 0)
    assert storm.open(5, 60, 0) == Joined("water", 1, (5,), new=False)
    assert [storm.open(ordinal, 121, 0) for ordinal in (6, 7, 8)] == [None, None, None]
    assert storm.open(9, 122, 0) == Joined("water", 6, (7, 8, 9), new=True)


def test_an_incident_ends_with_its_parent_and_says_whose_parent_is_gone() -> None:
    storm = Storm()
    for ordinal in (1, 2, 3, 4):
        storm.open(ordinal, 0, 0)
    assert storm.incidents.ended(3) == ()
    assert storm.incidents.ended(99) == ()
    assert storm.incidents.ended(1) == (2, 4)
    assert [storm.open(ordinal, 1, 0) for ordinal in (5, 6, 7)] == [None, None, None]
    storm.incidents.ended(6)
    assert storm.open(8, 2, 0) is None
    assert storm.open(9, 3, 0) == Joined("water", 5, (7, 8, 9), new=True)


def test_an_incident_that_meets_an_older_one_is_taken_in_with_all_its_cases() -> None:
    storm = Storm()
    for ordinal in range(1, 5):
        storm.open(ordinal, 0, 0)
    for ordinal in range(5, 9):
        storm.open(ordinal, 5, 1800)
    assert storm.families() == {frozenset({1, 2, 3, 4}), frozenset({5, 6, 7, 8})}
    assert storm.open(9, 6, 900) == Joined("water", 1, (5, 6, 7, 8, 9), new=False)


def test_a_storm_of_four_hundred_an_hour_becomes_one_incident_a_group_and_few_cases_are_told_of_again_because_theirs_was_taken_in() -> None:
    storm, chance = Storm(kept=True), Random(7)
    told: list[int] = []
    for ordinal in range(1, 1201):
        joined = storm.open(ordinal, ordinal * 60 / 400, chance.uniform(0, 4000), chance.choice(["0301", "0402"]))
        told += joined.members if joined is not None else ()
    assert len(set(told)) == 1198
    assert len(told) <= 1198 + 20
    assert len(storm.families()) == 2
    group = storm.table.get("water")
    assert group is not None
    assert len(group.incidents[0].members) <= MOST_MEMBERS


PLACES = st.lists(st.tuples(st.integers(0, 90), st.sampled_from([0, 600, 900, 1500, 1800, 2400, 3300, 3600, 4200])), min_size=1, max_size=18)


@given(places=PLACES, data=st.data())
def test_the_order_of_what_is_opened_at_one_instant_changes_no_family(places: list[tuple[int, int]], data: st.DataObject) -> None:
    numbered = list(enumerate(sorted(places), start=1))
    by_instant: dict[int, list[tuple[int, int]]] = {}
    for ordinal, (minute, east) in numbered:
        by_instant.setdefault(minute, []).append((ordinal, east))
    one, other = Storm(), Storm(kept=True)
    for minute, opened in by_instant.items():
        for ordinal, east in opened:
            one.open(ordinal, minute, east)
        for ordinal, east in data.draw(st.permutations(opened)):
            other.open(ordinal, minute, east)
        assert one.families() == other.families()


def linked(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return hypot(a[0] - b[0], a[1] - b[1]) <= 1000


@given(st.lists(st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000)), min_size=1, max_size=30))
def test_what_is_opened_within_half_an_hour_is_an_incident_where_it_hangs_together_round_a_core_of_four(points: list[tuple[int, int]]) -> None:
    storm = Storm()
    # off the whole metres, so that no two are a kilometre apart to the last digit
    spots = [(x * 1.0003, y * 1.0003) for x, y in points]
    for ordinal, (x, y) in enumerate(spots):
        joined = storm.incidents.opened("0301", "U2", ordinal, START + timedelta(minutes=ordinal), LNG + x * EAST, LAT + y / METRES_PER_DEGREE)
        if joined is not None:
            storm.parent.update(dict.fromkeys(joined.members, joined.parent))
    part = list(range(len(spots)))
    for a in range(len(spots)):
        for b in range(a):
            if linked(spots[a], spots[b]):
                part = [part[b] if each == part[a] else each for each in part]
    cores = {a for a, spot in enumerate(spots) if sum(linked(spot, other) for other in spots) >= 4}
    expected = {frozenset(b for b in range(len(spots)) if part[b] == part[core]) for core in cores}
    assert storm.families() == expected


@given(PLACES, st.integers(0, 17))
def test_what_is_taken_back_leaves_nothing(places: list[tuple[int, int]], at: int) -> None:
    storm, never = Storm(), Storm()
    opened = list(enumerate(sorted(places), start=1))
    for ordinal, (minute, east) in opened[:at]:
        storm.open(ordinal, minute, east)
        never.open(ordinal, minute, east)
    mark = storm.table.savepoint()
    for ordinal, (minute, east) in opened[at:]:
        storm.incidents.opened("0301", "U2", ordinal, START + timedelta(minutes=minute), LNG + east * EAST, LAT)
    storm.incidents.ended(1)
    storm.table.back_to(mark)
    assert storm.table.get("water") == never.table.get("water")
    for ordinal, (minute, east) in opened[at:]:
        assert storm.open(ordinal, minute, east) == never.open(ordinal, minute, east)


def test_a_row_that_cannot_be_read_is_said_to_be_one_of_the_incidents() -> None:
    with pytest.raises(BrokenFrame, match="a row of the incidents"):
        group_from(b"[1]")


def test_the_shipped_groups_make_an_incident_of_a_burst_pipe_and_the_outages_it_causes() -> None:
    storm = Storm(pukou().incident_rules)
    for ordinal, (matter, urgency) in enumerate([("0303", "U1"), ("0301", "U2"), ("0304", "U2"), ("0301", "U2")], start=1):
        assert storm.open(ordinal, ordinal, 100, matter, urgency) is None
    assert storm.open(5, 6, 300, "0302") == Joined("water", 1, (2, 4, 5), new=True)
