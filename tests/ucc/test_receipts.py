from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.ports import Answer, Fate
from schemas.ids import receipt_id
from schemas.topics import OUTCOMES, RAW
from ucc.answers import KEPT_S, Answers
from ucc.receipts import Ended, Receipts, ended

SOURCE = "petition"


def receipt(number: int) -> str:
    return receipt_id("pukou", SOURCE, str(number), "")


def end(number: int, outcome: str, *, raw: int = 0, replays: bool = False) -> Ended:
    return Ended(Fate(receipt(number), SOURCE, outcome, "2026-03-02T01:00:00Z", f"report {outcome}", "case"), raw, replays)


@pytest.fixture
def receipts(tmp_path: Path) -> Iterator[Receipts]:
    with closing(Receipts(tmp_path / "receipts.db")) as receipts:
        yield receipts


def outcome(receipts: Receipts, number: int) -> str | None:
    fate = receipts.fate(receipt(number))
    return None if fate is None else fate.outcome


def test_a_line_is_known_once_it_is_noted_and_pending_until_it_has_an_outcome(receipts: Receipts) -> None:
    assert receipts.fate(receipt(1)) is None
    receipts.note([(receipt(1), SOURCE, 7), (receipt(2), SOURCE, 8)], 8)
    assert receipts.fate(receipt(1)) == Fate(receipt(1), SOURCE, "")
    assert receipts.known([receipt(1), receipt(3), "no receipt"]) == {receipt(1)}
    assert (receipts.pending(-1), receipts.pending(7)) == (2, 1)
    receipts.end([end(1, "opened")], 3)
    assert outcome(receipts, 1) == "opened"
    assert receipts.pending(-1) == 1
    assert (receipts.followed(RAW.name), receipts.followed(OUTCOMES.name)) == (8, 3)


def test_how_far_the_log_was_followed_never_goes_back(receipts: Receipts) -> None:
    receipts.note([], 9)
    receipts.note([], 5)
    receipts.note([], -1)
    assert receipts.followed(RAW.name) == 9


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ([("opened", False), ("resent", False)], "opened"),
        ([("opened", False), ("revised", False)], "opened"),
        ([("resent", False), ("resent", False)], "resent"),
        ([("resent", False), ("revised", False)], "revised"),
        ([("dead", False), ("dead", False)], "dead"),
        ([("dead", False), ("resent", False)], "dead"),
        ([("dead", False), ("opened", True), ("resent", True)], "opened"),
        ([("dead", False), ("dead", True), ("merged", True)], "merged"),
        ([("dead", False), ("resent", True)], "resent"),
        ([("sealed", False), ("resent", False)], "sealed"),
    ],
)
def test_the_outcome_is_that_of_the_first_line_that_is_no_resend_and_of_a_dead_letter_its_replays(
    receipts: Receipts, said: list[tuple[str, bool]], shown: str
) -> None:
    for raw, (kind, replays) in enumerate(said):
        receipts.end([end(1, kind, raw=raw, replays=replays)], raw)
    assert outcome(receipts, 1) == shown


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["opened", "revised", "resent", "dead"]), st.booleans()), max_size=10),
    st.integers(0, 10),
)
def test_what_is_read_again_from_an_earlier_place_leaves_the_same(said: list[tuple[int, str, bool]], again: int) -> None:
    lines = [end(number, kind, raw=raw, replays=replays) for raw, (number, kind, replays) in enumerate(said)]
    with TemporaryDirectory() as folder, closing(Receipts(Path(folder, "receipts.db"))) as receipts:
        receipts.end(lines, len(lines))
        once = [receipts.fate(receipt(number)) for number in range(3)]
        receipts.end(lines[again:], len(lines))
        assert [receipts.fate(receipt(number)) for number in range(3)] == once


def test_a_line_of_outcomes_is_read_as_it_is_written_and_what_is_sealed_tells_nothing_more() -> None:
    line = {
        "receipt_id": receipt(1),
        "outcome": "opened",
        "source": SOURCE,
        "raw_offset": 4,
        "at": "2026-03-02T01:00:00Z",
        "report_id": "r",
        "case_id": "c",
        "revision": 1,
    }
    assert ended(orjson.dumps(line), "") == Ended(Fate(receipt(1), SOURCE, "opened", "2026-03-02T01:00:00Z", "r", "c", 1), 4, False)
    assert ended(orjson.dumps(line | {"outcome": "sealed"}), "") == Ended(Fate(receipt(1), SOURCE, "sealed"), 4, False)
    assert ended(orjson.dumps({"outcome": "refused", "raw_offset": 4, "at": ""}), SOURCE) is None


def test_an_answer_is_kept_for_a_day_and_survives_the_process(tmp_path: Path) -> None:
    now = [1_000_000.0]
    given_once = Answer(b"hash", 202, b"{}")
    with closing(Answers(tmp_path / "answers.db", lambda: now[0])) as answers:
        answers.keep("a", given_once)
    with closing(Answers(tmp_path / "answers.db", lambda: now[0])) as answers:
        now[0] += KEPT_S - 1
        assert answers.answered("a") == given_once
        now[0] += 1
        assert answers.answered("a") is None
        answers.keep("b", given_once)
        assert answers.answered("b") == given_once
