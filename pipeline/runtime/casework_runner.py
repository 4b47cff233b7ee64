"""The embedded casework: frames of events in, folded and made durable with state and offset in one SQLite transaction (promise 3)."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.casework.fold import Fold, Rules
from pipeline.casework.state import State
from schemas.frame import MAX_LINES, Placed, frame_of
from schemas.ports import FrameReader, Log, Transaction
from schemas.topics import CASES, DEAD_LETTERS, EVENTS, JOURNAL, OUTCOMES

READER = "casework"
FRAMES_AT_ONCE = 8
"""Where frames wait, so many share a commit; a live report waits for no other."""


class CaseworkRunner:
    """Folds the events of one centre. One at a time: the log fences a second writer."""

    def __init__(self, events: FrameReader, log: Log, centre: str, rules: Rules, time_zone: str) -> None:
        self._events = events
        self._log = log
        self._centre = centre
        self.state = State(centre, log)
        self._fold = Fold(self.state, rules, time_zone)
        self._offset = log.committed(READER, EVENTS.name)

    def step(self) -> int:
        """Folds up to `FRAMES_AT_ONCE` waiting frames, made durable together; returns how many. 0: none waits.

        Raises LogUnavailable when the log cannot take them; the state is then ahead of the log, and this worker has to end.
        """
        waiting = self._events.read(EVENTS.name, self._offset, FRAMES_AT_ONCE)
        if not waiting:
            return 0
        written = [(placed, self._fold.frame(placed)) for placed in waiting]
        with self._log.transaction() as transaction:
            for placed, lines in written:
                for topic, of_topic in (
                    (JOURNAL.name, lines.journal),
                    (OUTCOMES.name, lines.outcomes),
                    (CASES.name, lines.cases),
                    (DEAD_LETTERS.name, lines.dead),
                ):
                    self._append(transaction, topic, of_topic, placed)
            for table, rows in self.state.changes():
                if rows:
                    transaction.put(table, rows)
            transaction.commit_offset(READER, EVENTS.name, waiting[-1].offset)
        self.state.settle()
        self._offset = waiting[-1].offset
        return len(waiting)

    def _append(self, transaction: Transaction, topic: str, lines: Sequence[bytes], placed: Placed) -> None:
        for first in range(0, len(lines), MAX_LINES):
            transaction.append(
                topic, frame_of(self._centre, topic, lines[first : first + MAX_LINES], raw_offset=placed.frame.header.raw_offset, hops=placed.frame.header.hops)
            )
