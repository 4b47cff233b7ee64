from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.dead import Whose, whose
from pipeline.casework.letters import LETTERS, Letter, Letters, Turn, letter_from
from schemas.errors import BrokenFrame
from schemas.report import place_of
from tests.casework.streams import MemoryState

NO_META = b"{}"
PLACES = [place_of(1, line) for line in range(4)]
steps = st.lists(
    st.tuples(st.just("put"), st.sampled_from("ab"), st.sampled_from(PLACES), st.integers(0, 9))
    | st.tuples(st.just("remove"), st.sampled_from("ab"), st.sampled_from(PLACES), st.just(0))
    | st.tuples(st.sampled_from(["mark", "back", "settle", "restart"]), st.just(""), st.just(""), st.just(0)),
    max_size=30,
)


def letter(number: int) -> Letter:
    return Letter(f"letter {number}", number % 3, number)


@given(steps)
def test_letters_are_what_a_dictionary_in_order_would_be_whatever_is_taken_back(steps: list[tuple[str, str, str, int]]) -> None:
    kept = MemoryState()
    letters = Letters(kept)
    model: dict[tuple[str, str], Letter] = {}
    mark, marked, durable = 0, dict(model), dict(model)
    for step, key, place, number in steps:
        match step:
            case "put":
                letters.put(key, place, letter(number))
                model[key, place] = letter(number)
            case "remove":
                assert letters.remove(key, place) == (model.pop((key, place), None) is not None)
            case "mark":
                mark, marked = letters.savepoint(), dict(model)
            case "back":
                letters.back_to(mark)
                model = dict(marked)
            case "settle":
                rows = kept.kept.setdefault(LETTERS, {})
                for name, value in letters.changes():
                    if value is None:
                        rows.pop(name, None)
                    else:
                        rows[name] = value
                letters.settle()
                mark, marked, durable = 0, dict(model), dict(model)
            case "restart":
                letters = Letters(kept)
                letters.restore(NO_META)
                model = dict(durable)
                mark, marked = 0, dict(model)
        assert {(key, place): one for key, row in letters.rows.items() for place, one in row.items()} == model
        assert all(list(row) == sorted(row) and row for row in letters.rows.values())
        assert len(letters) == len(model)
        assert letters.oldest() == min((one.at for one in model.values()), default=None)


def test_it_is_the_turn_of_the_first_that_stands_and_of_nothing_else() -> None:
    letters = Letters(MemoryState())
    assert letters.turn("a", "", "") is letters.turn("a", PLACES[0], "letter 0") is Turn.GOES
    for number in (0, 1):
        letters.put("a", PLACES[number], letter(number))
    assert letters.turn("a", "", "") is letters.turn("a", "", "of accept") is Turn.WAITS
    assert letters.turn("a", PLACES[0], "letter 0") is Turn.GOES
    assert letters.turn("a", PLACES[1], "letter 1") is Turn.WAITS
    assert letters.turn("a", PLACES[0], "one before it") is letters.turn("a", PLACES[2], "letter 2") is Turn.OVER
    assert letters.turn("b", "", "") is Turn.GOES


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b'{"a": 1}', b"3"])
def test_a_row_that_is_none_is_said_to_be_damaged(data: bytes) -> None:
    with pytest.raises(BrokenFrame, match="not readable"):
        letter_from(data)


@pytest.mark.parametrize(
    ("line", "hidden", "found"),
    [
        (b'{"receipt_id":"r","report":{"source":"s","source_id":"i"}}', False, Whose("r", "s", "i")),
        (b'{"receipt_id":"r","report":{"source":"s","source_id":"i"},"sealed":true}', False, Whose("r", "s", "i", hidden=True)),
        (b'{"receipt_id":"r","report":{"source":"s","source_id":"i"},"sealed":"?"}', False, Whose("r", "s", "i", hidden=True)),
        (b'{"receipt_id":"r","report":{"source":"s","source_id":"i"}}', True, Whose("r", "s", "i", hidden=True)),
        (b'{"receipt_id":"r","report":{"source":"s","source_id":7}}', False, Whose()),
        (b'{"receipt_id":"r","report":null}', False, Whose()),
        (b'{"kind":"tick"}', False, Whose()),
        (b"[1]", False, Whose()),
        (b"\xff", True, Whose(hidden=True)),
    ],
)
def test_whose_a_line_is_follows_from_its_names_as_far_as_it_has_any(line: bytes, hidden: bool, found: Whose) -> None:
    assert whose(line, is_raw=hidden) == found


def test_a_row_is_as_small_as_what_is_known_of_a_letter() -> None:
    letters = Letters(MemoryState())
    letters.put("k", PLACES[0], letter(4))
    assert [(name, orjson.loads(value or b"")) for name, value in letters.changes()] == [(f"k\x1f{PLACES[0]}", ["letter 4", 1, 4])]
