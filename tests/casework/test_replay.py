"""Dead letters are replayed as new events, in the order in which their lines were accepted."""

from __future__ import annotations

import orjson
import pytest

from pipeline.casework.state import META, State
from schemas.case import Outcome
from schemas.event import ReportEvent
from schemas.report import place_of
from schemas.vocabulary import Operation
from tests.casework.ailing import Ailing, numbered
from tests.casework.streams import MemoryState, said


def ailing(*sick: str, at_intake: tuple[str, ...] = ()) -> Ailing:
    """A desk in operation, at which lines with these receipts fail."""
    desk = Ailing()
    desk.sick.update(sick)
    desk.sick_at_intake.update(at_intake)
    desk.start()
    desk.frames.clear()
    return desk


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [outcome.outcome.value for outcome in outcomes]


def three() -> list[ReportEvent]:
    """Three lines of one report that has no order of its own, and one of another."""
    return numbered([said("a", "A"), said("a", "B"), said("a", "C"), said("b", east_m=5_000)])


@pytest.mark.parametrize("stage", ["casework", "intake"])
def test_what_was_mended_goes_through_in_its_order_and_is_one_case(stage: str) -> None:
    desk = ailing("r0") if stage == "casework" else ailing(at_intake=("r0",))
    desk.say(*three())
    assert kinds(desk.ends()) == ["dead", "dead", "dead", "opened"]
    desk.sick.clear()
    desk.sick_at_intake.clear()
    desk.replay_all()
    assert kinds(desk.ends()[4:]) == ["opened", "revised", "revised"]
    assert {outcome.case_id for outcome in desk.ends()[4:]} == {desk.state.cases.get(2).case_id}  # type: ignore[union-attr]
    assert [outcome.receipt_id for outcome in desk.ends()[4:]] == ["r0", "r1", "r2"]
    assert [outcome.replays for outcome in desk.ends()[4:]] == [letter.dead_letter_id for letter in desk.letters()]
    assert (len(desk.state.letters), desk.state.meta.waiting, desk.state.meta.outcomes["dead"]) == (0, 0, 3)


def test_an_outcome_of_a_replay_is_written_as_of_any_line() -> None:
    desk = ailing("r0").say(*three()[:1])
    desk.sick.clear()
    desk.replay_all()
    event = desk.ends()[-1].event
    assert event is not None
    assert event.model_copy(update={"raw_line": 0}) == three()[0]
    assert (event.replays, event.first_place) == ("", "")


def test_a_line_that_fails_again_is_the_first_again_and_the_others_wait_on() -> None:
    desk = ailing("r0").say(*three()).replay_all()
    assert kinds(desk.ends()[4:]) == ["dead", "dead", "dead"]
    before, again = desk.letters()[:3], desk.letters()[3:]
    assert [letter.replays for letter in again] == [letter.dead_letter_id for letter in before]
    assert [(letter.code, letter.attempt) for letter in before] == [("poisoned-event", 1), ("waits", 0), ("waits", 0)]
    assert [(letter.code, letter.attempt) for letter in again] == [("poisoned-event", 2), ("waits", 0), ("waits", 0)]
    assert [letter.place for letter in again] == [place_of(1, n) for n in range(3)]
    assert (desk.standing(), desk.state.meta.waiting) == (again, 3)
    desk.sick.clear()
    desk.replay_all()
    assert kinds(desk.ends()[7:]) == ["opened", "revised", "revised"]


def test_a_waiting_line_that_turns_out_to_fail_is_the_first_then() -> None:
    desk = ailing("r0", "r1").say(*three())
    desk.sick.discard("r0")
    desk.replay_all()
    assert kinds(desk.ends()[4:]) == ["opened", "dead", "dead"]
    assert [(letter.code, letter.attempt) for letter in desk.standing()] == [("poisoned-event", 1), ("waits", 0)]


def test_a_letter_that_waits_is_not_replayed_before_the_one_that_failed() -> None:
    desk = ailing("r0").say(*three())
    desk.sick.clear()
    desk.replay(desk.letters()[2], desk.letters()[1])
    assert kinds(desk.ends()[4:]) == ["dead", "dead"]
    assert [letter.code for letter in desk.standing()] == ["poisoned-event", "waits", "waits"]
    desk.replay_all()
    assert kinds(desk.ends()[6:]) == ["opened", "revised", "revised"]


def test_a_line_that_comes_while_letters_of_its_report_stand_waits_behind_all_of_them() -> None:
    desk = ailing("r0").say(*three())
    desk.sick.clear()
    desk.replay(desk.letters()[0]).say(*numbered([said("a", "D")], 4)).replay(*desk.letters()[1:3])
    assert kinds(desk.ends()[4:]) == ["opened", "dead", "revised", "revised"]
    desk.replay_all().say(*numbered([said("a", "E")], 5))
    assert kinds(desk.ends()[8:]) == ["revised", "revised"]
    entry = desk.state.register.get("hotline12345\x1fa")
    assert entry is not None
    assert entry.revision == 5


def test_letters_replayed_twice_are_resent_and_change_nothing() -> None:
    desk = ailing("r0").say(*three())
    desk.sick.clear()
    first = desk.letters()
    desk.replay(*first, *first)
    journal, register = list(desk.journal), dict(desk.kept.kept["register"])
    desk.replay(*first)
    assert kinds(desk.ends()[4:]) == ["opened", "revised", "revised", *6 * ["resent"]]
    assert {outcome.code for outcome in desk.ends()[7:]} == {"replayed-before"}
    assert (desk.journal, desk.kept.kept["register"], desk.state.meta.waiting) == (journal, register, 0)


def test_letters_replayed_twice_in_vain_are_not_multiplied() -> None:
    desk = ailing("r0").say(*three())
    first = desk.letters()
    desk.replay(*first, *first).replay(*first)
    assert kinds(desk.ends()[4:]) == [*3 * ["dead"], *6 * ["resent"]]
    assert {outcome.code for outcome in desk.ends()[7:]} == {"replayed-before"}
    assert len(desk.standing()) == desk.state.meta.waiting == 3
    desk.sick_at_intake.update(("r0", "r1"))
    desk.replay(*first)
    assert kinds(desk.ends()[-3:]) == ["resent", "resent", "resent"]


def test_what_was_refused_before_it_was_accepted_is_a_new_line_when_it_is_replayed() -> None:
    refused_once = said("a", "X").model_copy(update={"replays": "a letter of accept", "receipt_id": "x"})
    desk = ailing("r0").say(*three()).say(refused_once)
    assert kinds(desk.ends()[4:]) == ["dead"], "it waits as any new line"
    assert [letter.replays for letter in desk.standing()] == ["", "", "", "a letter of accept"]
    desk.sick.clear()
    desk.replay_all().say(refused_once.model_copy(update={"digest": "other"}))
    assert kinds(desk.ends()[5:]) == ["opened", "revised", "revised", "revised", "revised"]
    assert (len(desk.state.letters), desk.state.meta.waiting) == (0, 0)


def test_a_withdrawal_waits_as_any_line_does() -> None:
    desk = ailing("r0").say(*numbered([said("a"), said("a", operation=Operation.WITHDRAW)]))
    desk.sick.clear()
    desk.replay_all()
    assert kinds(desk.ends()[2:]) == ["opened", "withdrawn"]
    assert desk.state.meta.standing == 0


def test_what_a_sealed_report_said_is_replayed_from_the_sealed_store_and_stays_there() -> None:
    secret = "某局长受贿三万元"
    desk = ailing("r0", at_intake=("r1",)).say(*numbered([said("a", secret, sealed=True), said("b", secret, sealed=True, east_m=900)]))
    desk.replay_all()
    desk.sick.clear()
    desk.sick_at_intake.clear()
    desk.replay_all()
    assert kinds(desk.ends()) == ["dead", "dead", "dead", "dead", "sealed", "sealed"]
    assert secret.encode() not in b"".join([*desk.outcomes, *desk.journal, *desk.cases.values(), *desk.dead])
    assert {letter.encoding for letter in desk.letters()} == {"sealed"}


def test_a_line_that_is_not_as_intake_writes_it_still_tells_whose_it_is() -> None:
    desk = ailing()
    odd = said("a").to_json().replace(b'"co_units":', b'"x":')[:-1] + b',"co_units":5}'
    desk.raw(odd)
    desk.say(*numbered([said("a", "later")], 1))
    letters = desk.letters()
    assert [(letter.source_id, letter.code) for letter in letters] == [("a", "poisoned-event"), ("a", "waits")]


def test_what_stands_is_known_after_a_restart() -> None:
    desk = ailing("r0").say(*three())
    rows = dict(desk.state.letters.rows)
    desk.restart()
    assert desk.state.letters.rows == rows
    assert desk.state.letters.oldest() == int(three()[0].at.timestamp())
    desk.sick.clear()
    desk.replay_all().restart()
    assert desk.state.letters.rows == {}
    assert desk.kept.kept["letters"] == {}
    assert desk.state.letters.oldest() is None


def test_a_state_of_the_release_before_is_read_and_its_letters_can_be_replayed() -> None:
    desk = ailing("r0").say(*three())
    letters = desk.letters()
    kept = MemoryState({table: dict(rows) for table, rows in desk.kept.kept.items() if table != "letters"})
    meta = orjson.loads(kept.kept[META][0])
    del meta["waiting"]
    kept.kept[META][0] = orjson.dumps(meta | {"poisoned": ["hotline12345\x1fa"]})
    desk.kept = kept
    desk.restart()
    assert "dead letters waiting" not in desk.state.meta.figures(), "the release before did not count them"
    desk.say(*numbered([said("a", "D")], 4))
    desk.restart()
    desk.sick.clear()
    desk.replay(*letters)
    assert kinds(desk.ends()[4:]) == ["dead", "opened", "revised", "revised"]
    desk.replay(*letters)
    desk.replay_all()
    desk.say(*numbered([said("a", "E")], 5))
    assert kinds(desk.ends()[8:]) == ["resent", "resent", "resent", "revised", "revised"]
    assert State("c", desk.kept).letters.rows == {}


def test_a_thousand_lines_behind_one_are_a_row_each_and_go_through_in_order() -> None:
    desk = ailing("r0")
    lines = numbered([said("a", f"text {n}") for n in range(1_000)])
    for first in range(0, len(lines), 100):
        desk.say(*lines[first : first + 100])
    assert max(map(len, desk.kept.kept["letters"].values())) < 100
    desk.sick.clear()
    waiting = desk.standing()
    for first in range(0, len(waiting), 50):
        desk.replay(*waiting[first : first + 50])
    entry = desk.state.register.get("hotline12345\x1fa")
    assert entry is not None
    assert (entry.revision, entry.digest, desk.state.meta.waiting) == (1_000, lines[-1].digest, 0)
