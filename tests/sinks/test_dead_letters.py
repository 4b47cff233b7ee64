"""Dead letters and their replays in the warehouse: what stands, what became of what was replayed, and that the books agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.case import DeadLetter
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.reconcile import difference, figures
from sinks.story import story, told
from tests.casework.ailing import Ailing, numbered
from tests.casework.streams import START, said
from tests.sinks.asking import picture, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AHEAD = "SELECT dead_letter_id, standing, replayed_by, became, attempt, replays FROM dead_letters ORDER BY raw_offset, raw_line"


def land(warehouse: ChdbWarehouse, desk: Ailing) -> None:
    """All that a desk wrote."""
    for table, lines in (
        ("outcome_lines", desk.outcomes),
        ("journal_rows", desk.journal),
        ("case_rows", list(desk.cases.values())),
        ("dead_letter_rows", desk.dead),
    ):
        warehouse.insert(table, b"\n".join(lines), rows=len(lines), token="t")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[ChdbWarehouse]:
    with ChdbWarehouse(tmp_path / "warehouse") as opened:
        yield opened


@pytest.fixture
def desk() -> Ailing:
    """A report whose first line failed twice and then went on, one that still fails, and one that is well."""
    desk = Ailing()
    desk.start()
    desk.sick.update(("r0", "r3"))
    desk.say(*numbered([said("a", "A"), said("a", "B"), said("b", east_m=900), said("c", "ill", east_m=9_000), said("c", east_m=9_000)]))
    desk.replay(*desk.letters()[:2])
    desk.sick.discard("r0")
    return desk.replay_all()


def test_what_stands_and_what_became_of_what_was_replayed(warehouse: ChdbWarehouse, desk: Ailing) -> None:
    land(warehouse, desk)
    found = rows(warehouse, AHEAD)
    letters = desk.letters()
    assert [row["dead_letter_id"] for row in found] == [letter.dead_letter_id for letter in letters]
    assert {row["dead_letter_id"] for row in found if row["standing"] == "waiting"} == {letter.dead_letter_id for letter in desk.standing()}
    assert [(row["standing"], row["replayed_by"], row["became"], row["attempt"]) for row in found] == [
        ("replayed", "2.0", "dead", 1),
        ("replayed", "2.1", "dead", 0),
        ("replayed", "3.2", "dead", 1),
        ("replayed", "3.3", "dead", 0),
        ("replayed", "3.0", "opened", 2),
        ("replayed", "3.1", "revised", 0),
        ("waiting", "", "", 2),
        ("waiting", "", "", 0),
    ]
    assert [row["replays"] for row in found] == [letter.replays for letter in letters]


def test_the_books_agree_after_replays_in_vain_twice_and_with_success(warehouse: ChdbWarehouse, desk: Ailing) -> None:
    desk.replay(*desk.letters()).replay(*desk.letters())
    land(warehouse, desk)
    expected = desk.state.meta.figures()
    assert (expected["dead letters"], expected["dead letters waiting"]) == (len(desk.dead), 2)
    assert expected["lines"] == len(desk.outcomes)
    assert difference(expected, figures(warehouse, "c")) == []
    desk.sick.clear()
    desk.replay_all()
    land(warehouse, desk)
    assert difference(desk.state.meta.figures() | {"dead letters waiting": 0}, figures(warehouse, "c")) == []


def test_a_letter_that_is_missing_or_was_not_replayed_is_a_difference(warehouse: ChdbWarehouse, desk: Ailing) -> None:
    lost = next(line for line in desk.outcomes if b'"replays"' in line and b'"opened"' in line)
    desk.outcomes.remove(lost)
    land(warehouse, desk)
    assert {found.name: found.found - found.expected for found in difference(desk.state.meta.figures(), figures(warehouse, "c"))}["dead letters waiting"] == 1


def test_what_was_never_accepted_is_no_line_of_the_books(warehouse: ChdbWarehouse, desk: Ailing) -> None:
    land(warehouse, desk)
    before = figures(warehouse, "c")
    letter = DeadLetter(
        centre="c",
        dead_letter_id="x",
        stage="accept",
        at=START,
        code="unreadable-line",
        detail="d",
        raw_offset=0,
        raw_line=0,
        origin="ucc.in.petition/0/7/0",
        original="?",
    )
    warehouse.insert("dead_letter_rows", letter.to_json(), rows=1, token="t")
    assert figures(warehouse, "c") == before
    assert rows(warehouse, "SELECT standing, origin FROM dead_letters WHERE stage = 'accept'") == [{"standing": "waiting", "origin": "ucc.in.petition/0/7/0"}]


def test_replays_that_land_again_change_no_view(warehouse: ChdbWarehouse, desk: Ailing) -> None:
    land(warehouse, desk)
    before = picture(warehouse)
    land(warehouse, desk)
    assert picture(warehouse) == before


def test_the_story_of_a_case_says_that_lines_of_it_were_replayed(warehouse: ChdbWarehouse, desk: Ailing) -> None:
    land(warehouse, desk)
    replayed, well = (story(warehouse, next(o.case_id for o in desk.ends() if o.source_id == name and o.case_id)) for name in ("a", "b"))
    assert (replayed.reports[0].replayed, well.reports[0].replayed) == (2, 0)
    assert "  replayed  2 lines of it were dead letters, replayed by 2018-01-05 08:00:00\n" in told(replayed, "en")
    assert "replayed" not in told(well, "en")
