"""A desk at which lines fail, at intake or in casework, until they are mended; its dead letters are replayed as the command does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.casework.fold import Fold
from schemas.case import DeadLetter, Outcome
from schemas.event import RefusedEvent, ReportEvent, TickEvent
from schemas.report import Accepted
from tests.casework.streams import RULES, START, Desk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.casework.said import Said


class Ailing(Desk):
    """A desk whose fold fails on lines with certain receipts, after it has done all the work; intake fails on others."""

    def __init__(self) -> None:
        self.sick: set[str] = set()
        self.sick_at_intake: set[str] = set()
        self.said: dict[str, ReportEvent] = {}
        """Events by receipt, as intake makes them when it does not fail."""
        self.frames: list[Sequence[ReportEvent] | None] = []
        """What was said, frame by frame; none for a frame of replays."""
        super().__init__()

    def restart(self) -> None:
        super().restart()
        self.fold = _Failing(self.state, lambda _: RULES)
        self.fold.sick = self.sick

    def say(self, *events: ReportEvent) -> Ailing:
        """New lines, in one frame."""
        self.frames.append(events)
        self.said |= {event.receipt_id: event for event in events}
        self._take("report", [self._through_intake(event, number) for number, event in enumerate(events)])
        return self

    def replay(self, *letters: DeadLetter) -> Ailing:
        """Replays letters, in one frame."""
        self.frames.append(None)
        self._take("report", [self._through_intake(self.again(letter), number) for number, letter in enumerate(letters)])
        return self

    def replay_all(self) -> Ailing:
        """Replays whatever stands, in the order in which it was said."""
        waiting = sorted(self.standing(), key=lambda letter: letter.place)
        return self.replay(*waiting) if waiting else self

    def again(self, letter: DeadLetter) -> ReportEvent:
        """The event of a letter's line, as intake makes it of the replayed line."""
        sealed = self.kept.kept.get("sealed", {})
        original = sealed[letter.dead_letter_id] if letter.encoding == "sealed" else letter.original
        receipt = Accepted.model_validate_json(original).receipt_id if letter.stage == "intake" else ReportEvent.model_validate_json(original).receipt_id
        return self.said[receipt].model_copy(update={"replays": letter.dead_letter_id, "first_place": letter.place})

    def letters(self) -> list[DeadLetter]:
        """All dead letters that were ever written."""
        return [DeadLetter.model_validate_json(line) for line in self.dead]

    def standing(self) -> list[DeadLetter]:
        """Those that the state says stand."""
        names = {letter.dead_letter_id for row in self.state.letters.rows.values() for letter in row.values()}
        return [letter for letter in self.letters() if letter.dead_letter_id in names]

    def ends(self) -> list[Outcome]:
        """All outcomes."""
        return [Outcome.model_validate_json(line) for line in self.outcomes]

    def undisturbed(self) -> Desk:
        """A desk at which the same was said in the same places of the log, and nothing ever failed."""
        desk = Desk().start()
        for frame in self.frames:
            if frame is None:
                desk.raw(TickEvent(kind="tick", at=START).to_json())
            else:
                desk.take(*frame)
        return desk

    def _through_intake(self, event: ReportEvent, number: int) -> bytes:
        if event.receipt_id not in self.sick_at_intake:
            return event.model_copy(update={"raw_line": number}).to_json()
        line = Accepted(receipt_id=event.receipt_id, accepted_at=event.accepted_at, report=event.report, replays=event.replays, first_place=event.first_place)
        original = line.to_json().decode()
        return RefusedEvent(
            kind="refused", at=event.at, raw_line=number, receipt_id=event.receipt_id, code="poisoned-line", detail="test", original=original
        ).to_json()


def numbered(events: Iterable[ReportEvent], first: int = 0) -> list[ReportEvent]:
    """Events with receipts that tell them apart."""
    return [event.model_copy(update={"receipt_id": f"r{number}"}) for number, event in enumerate(events, first)]


class _Failing(Fold):
    sick: set[str]

    def _report(self, said: Said, *rest: Any) -> None:
        super()._report(said, *rest)
        if said.receipt_id in self.sick:
            raise ZeroDivisionError
