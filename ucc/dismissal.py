"""Dismissing a dead letter: a person decides, with a reason, that its line is not to be tried again. What waited behind it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from schemas.case import DeadLetter, Outcome
from schemas.errors import Refused
from schemas.event import DismissEvent
from schemas.masking import masked
from schemas.topics import OUTCOMES
from ucc.dead_letters import IN_ORDER, Pile, Replayed, Shelf, ends_of, latest, letters, named, over, piles, replay


class Dismissed(NamedTuple):
    """A letter that was dismissed, and what became of the lines that had waited behind it. `outcome` none: it is not folded yet."""

    letter: DeadLetter
    outcome: Outcome | None
    behind: Replayed


def dismiss(shelf: Shelf, name: str, reason: str, budget: int, noted: Callable[[DeadLetter, str], None]) -> Dismissed:
    """Dismisses the letter that is named, and replays what only waited behind it, at most `budget` lines.

    `noted` is told the letter and the reason, numbers of persons in it masked, before anything is written.
    Raises NotFound, LogUnavailable, and Refused for a letter that stands no more, or that holds nothing up.
    """
    kept = letters(shelf.reader)
    standing = piles(kept, over(kept, shelf))
    wanted = latest(kept, named(kept, name).letter.dead_letter_id)
    letter, pile = _found(standing, wanted)
    if letter.stage not in IN_ORDER or not letter.source_id:
        raise Refused("it is no accepted line of a report: it holds nothing up, and needs no dismissal", where=name)
    reason = masked(reason.strip())
    noted(letter, reason)
    after = shelf.reader.end(OUTCOMES.name)
    event = DismissEvent(
        kind="dismiss",
        at=letter.at,
        dead_letter_id=letter.dead_letter_id,
        receipt_id=letter.receipt_id,
        source=letter.source,
        source_id=letter.source_id,
        first_place=letter.place,
        reason=reason,
    )
    outcome = ends_of(shelf, after, [shelf.dismiss(event)], 1).get(letter.dead_letter_id)
    rest = [one.letter.dead_letter_id for one in pile.letters if one.letter.dead_letter_id != letter.dead_letter_id]
    only_waited = bool(rest) and letter is pile.head and outcome is not None
    return Dismissed(letter, outcome, replay(shelf, rest[:1], budget) if only_waited else Replayed((), (), 0))


def _found(standing: list[Pile], name: str) -> tuple[DeadLetter, Pile]:
    for pile in standing:
        for one in pile.letters:
            if one.letter.dead_letter_id == name:
                return one.letter, pile
    raise Refused("it stands no more: it was replayed or dismissed before", where=name)
