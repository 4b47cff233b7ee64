"""A dismissed letter's line ends as refused, and what comes of its report goes on."""

from __future__ import annotations

from schemas.case import DeadLetter
from schemas.event import DismissEvent
from tests.casework.ailing import Ailing, numbered
from tests.casework.streams import said


def ill() -> Ailing:
    """Three lines of one report; the first fails, so the others wait."""
    desk = Ailing()
    desk.sick.add("r0")
    return desk_of(desk)


def desk_of(desk: Ailing) -> Ailing:
    desk.start()
    desk.frames.clear()
    return desk.say(*numbered([said("a", "A"), said("a", "B"), said("a", "C")]))


def dismiss(desk: Ailing, letter: DeadLetter) -> None:
    event = DismissEvent(
        kind="dismiss",
        at=letter.at,
        dead_letter_id=letter.dead_letter_id,
        receipt_id=letter.receipt_id,
        source=letter.source,
        source_id=letter.source_id,
        first_place=letter.place,
        reason="sent by mistake",
    )
    desk.raw(event.to_json())


def test_it_ends_as_refused_with_its_reason_and_the_books_balance() -> None:
    desk = ill()
    first = desk.standing()[0]
    lines = sum(desk.state.meta.outcomes.values())
    dismiss(desk, first)
    end = desk.ends()[-1]
    assert (end.outcome, end.code, end.detail) == ("refused", "dismissed", "sent by mistake")
    assert (end.receipt_id, end.replays) == ("r0", first.dead_letter_id)
    assert sum(desk.state.meta.outcomes.values()) == lines + 1
    assert desk.state.meta.waiting == 2
    assert first not in desk.standing()


def test_what_waited_behind_it_goes_on_and_so_do_later_lines() -> None:
    desk = ill()
    dismiss(desk, desk.standing()[0])
    desk.replay_all()
    assert [end.outcome.value for end in desk.ends()[-2:]] == ["opened", "revised"]
    desk.say(*numbered([said("a", "D")], 3))
    assert desk.ends()[-1].outcome.value == "revised"
    assert (len(desk.state.letters), desk.state.meta.waiting) == (0, 0)


def test_one_that_only_waits_may_be_dismissed_too_and_the_first_stays_the_first() -> None:
    desk = ill()
    dismiss(desk, desk.standing()[1])
    assert [letter.receipt_id for letter in desk.standing()] == ["r0", "r2"]
    desk.sick.clear()
    desk.replay_all()
    assert [end.outcome.value for end in desk.ends()[-2:]] == ["opened", "revised"]


def test_dismissed_twice_or_after_its_replay_changes_nothing() -> None:
    desk = ill()
    letters = desk.standing()
    dismiss(desk, letters[0])
    dismiss(desk, letters[0])
    assert desk.ends()[-1].outcome.value == "resent"
    desk.replay_all()
    dismiss(desk, letters[1])
    assert desk.ends()[-1].outcome.value == "resent"
    assert desk.state.meta.waiting == 0


def test_it_is_known_after_a_restart() -> None:
    desk = ill()
    dismiss(desk, desk.standing()[0])
    desk.restart()
    assert [letter.receipt_id for letter in desk.standing()] == ["r1", "r2"]
