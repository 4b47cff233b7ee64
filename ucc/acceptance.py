"""Where a door hands in what it has accepted: the log that the installation has, and beside each batch a note of how far the door is.

Batch and note become durable together, so a door that was killed goes on behind the last batch that was.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from connectors.kafka_publisher import Publisher, committed
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.ages import accepted
from schemas.brokers import Brokers
from schemas.command import CommandEvent
from schemas.errors import LogUnavailable
from schemas.event import Centre, DismissEvent
from schemas.frame import Frame, frame_of
from schemas.report import Accepted
from schemas.topics import RAW
from schemas.wire import portions

NOTES = "imports"
"""State table of the embedded log: how far each file has come."""
MOST_NOTED = 4_000
"""Bytes of a note: the broker's default for what stands beside an offset is 4,096."""
AWAY_S = 120.0
"""How long a door waits for a broker that has gone away: a restart, or the election of another leader."""
Note = Callable[[int, int], bytes]
"""First and last raw offset of a batch → the note that becomes durable with it."""


class Acceptance(Protocol):
    """One door's way into one centre."""

    def noted(self) -> bytes | None:
        """The last note, none before the first."""
        ...

    def take(self, reports: Sequence[Accepted], source: str, note: Note) -> None:
        """Makes accepted reports durable, with a note. Raises LogUnavailable: nothing of it has then happened."""
        ...

    def pass_on(self, event: DismissEvent | CommandEvent) -> tuple[int, int]:
        """Takes an event of its own, durably: a dismissal, a command; first and last raw offset. Raises LogUnavailable."""
        ...

    def note(self, note: bytes) -> None:
        """Makes a note durable by itself."""
        ...


class EmbeddedAcceptance:
    """Into the embedded log; events are made in the same transaction."""

    def __init__(self, log: SqliteLog, intake: EmbeddedIntake, door: str) -> None:
        self._log, self._intake, self._door = log, intake, door

    def noted(self) -> bytes | None:
        """The last note."""
        return self._log.load(NOTES, [self._door]).get(self._door)

    def take(self, reports: Sequence[Accepted], source: str, note: Note) -> None:
        """Reports and note in one transaction."""
        raw = self._log.end(RAW.name) + 1
        self._intake.take(reports, source, also=lambda transaction: transaction.put(NOTES, [(self._door, note(raw, raw))]))

    def pass_on(self, event: DismissEvent | CommandEvent) -> tuple[int, int]:
        """An event of its own, without a note."""
        raw = self._intake.command(event) if isinstance(event, CommandEvent) else self._intake.dismiss(event)
        return raw, raw

    def note(self, note: bytes) -> None:
        """The note alone."""
        with self._log.transaction() as transaction:
            transaction.put(NOTES, [(self._door, note)])


class KafkaAcceptance:
    """Into `ucc.raw` on Kafka, in transactions of this door's own; the note stands beside the offset of a group of its name.

    A second process with the same door fences the first, which then ends with HomeBusy.
    """

    def __init__(self, brokers: Brokers, centre: Centre, door: str, *, away_s: float = AWAY_S) -> None:
        """`away_s`: how long a broker that has gone away is waited for."""
        self._brokers, self._centre, self._away_s = brokers, centre, away_s
        self._door = f"door.{centre.centre}.{hashlib.sha256(door.encode()).hexdigest()[:20]}"
        self._publisher = Publisher(brokers, transactional_id=self._door)

    @property
    def hop(self) -> str:
        """What the headers of its frames say of it."""
        return self._door

    def noted(self) -> bytes | None:
        """The last note."""
        found = committed(self._brokers, self._door, RAW.name, self._centre.partition)
        return found[1].encode() if found is not None and found[1] else None

    def take(self, reports: Sequence[Accepted], source: str, note: Note) -> None:
        """Reports and note in one transaction; long lines are parted into several frames."""
        hops = (accepted(self._door),)
        lines = [line.line(line.report.to_json()) for line in reports]
        frames = [frame_of(self._centre.centre, "report", portion, source=source, hops=hops) for portion in portions(lines)]
        self._whole(frames, note)

    def pass_on(self, event: DismissEvent | CommandEvent) -> tuple[int, int]:
        """An event of its own, whose place is the note."""
        placed: list[tuple[int, int]] = []

        def note(first: int, last: int) -> bytes:
            placed.append((first, last))
            return f"{event.kind} {first}".encode()

        self._whole([frame_of(self._centre.centre, event.kind, [event.to_json()], hops=(accepted(self._door),))], note)
        return placed[-1]

    def note(self, note: bytes) -> None:
        """The note alone."""
        self._whole([], lambda *_: note)

    def _whole(self, frames: Sequence[Frame], note: Note) -> None:
        """One transaction. When the broker goes away in the middle of it, what is true is read back once it is there again."""
        until = time.monotonic() + self._away_s
        made: list[bytes] = []
        while True:
            try:
                with self._publisher.transaction() as transaction:
                    offsets = [transaction.send(RAW.name, self._centre.partition, frame) for frame in frames] or [-1]
                    made.append(note(offsets[0], offsets[-1]))
                    transaction.offsets(self._door, {(RAW.name, self._centre.partition): (offsets[-1] + 1, _noted(made[-1]))})
            except LogUnavailable:
                if time.monotonic() > until:
                    raise
                if self._is_there(made, until):
                    return
            else:
                return

    def _is_there(self, made: Sequence[bytes], until: float) -> bool:
        """Whether a transaction whose end is not known was committed; opens the door anew. Raises LogUnavailable when the broker stays away."""
        self._publisher.close()
        while True:
            try:
                self._publisher = Publisher(self._brokers, transactional_id=self._door)
                return self.noted() in made
            except LogUnavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def close(self) -> None:
        """Lets the connection go."""
        self._publisher.close()


def _noted(note: bytes) -> str:
    assert len(note) <= MOST_NOTED, "a note is longer than a broker keeps"  # noqa: S101  notes are ours
    return note.decode()
