"""The runner of casework on either log: frames of events in, folded and made durable with state and offset in one transaction (promise 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson

from pipeline.casework.fold import Books, Fold, Rules
from pipeline.casework.state import State
from pipeline.casework.written import Written
from schemas import metrics
from schemas.ages import age_of
from schemas.errors import LogUnavailable
from schemas.frame import Placed, frame_of
from schemas.ports import FrameReader, Log, Transaction
from schemas.topics import ALERTS, CASES, DEAD_LETTERS, EVENTS, JOURNAL, OUTCOMES, RESULTS, VERDICTS
from schemas.wire import portions

READER = "casework"
FRAMES_AT_ONCE = 8
"""Where frames wait, so many share a commit; a live report waits for no other."""
SMALL = 100
SMALL_FRAMES_AT_ONCE = 64
"""Where they hold no more than so many lines together, so many: live reports come one a frame."""


class CaseworkRunner:
    """Folds the events of one centre. One at a time: the log fences a second writer."""

    def __init__(self, events: FrameReader, log: Log, centre: str, rules: Rules, time_zone: str, books: Books | None = None) -> None:
        """`books`: as `Fold` says; none where cases are not worked on."""
        self._events = events
        self._log = log
        self._centre = centre
        self.state = State(centre, log)
        self._fold = Fold(self.state, rules, time_zone, books)
        self.offset = log.committed(READER, EVENTS.name)
        """Of the last frame of events that was folded and is durable."""
        self.ticked: datetime | None = None
        """For which due instant a tick was sent."""
        self._counted: dict[tuple[str, str], int] = {}
        self._gaps = 0

    def step(self) -> int:
        """Folds what waits, a few frames at most, made durable together; returns how many. 0: none waits.

        Raises LogUnavailable when the log cannot take them; the state is then ahead of the log, and this worker has to end.
        """
        waiting = self._waiting()
        if not waiting:
            return 0
        written = [(placed, self._folded(placed)) for placed in waiting]
        try:
            with self._log.transaction() as transaction:
                self._write(transaction, written)
                transaction.commit_offset(READER, EVENTS.name, waiting[-1].offset)
        except LogUnavailable:
            if any(lines.dead for _, lines in written):
                metrics.DEAD_LETTER_WRITE_FAILURES.labels(self._centre).inc()
            raise
        self.state.settle()
        self.offset = waiting[-1].offset
        for placed, lines in written:
            self._measure(placed, lines)
        return len(waiting)

    def _write(self, transaction: Transaction, written: Sequence[tuple[Placed, Written]]) -> None:
        for placed, lines in written:
            for topic, of_topic in (
                (JOURNAL.name, lines.journal),
                (OUTCOMES.name, lines.outcomes),
                (CASES.name, lines.cases),
                (DEAD_LETTERS.name, lines.dead),
                (ALERTS.name, lines.alerts),
                (VERDICTS.name, lines.verdicts),
                (RESULTS.name, lines.results),
            ):
                self._append(transaction, topic, of_topic, placed)
        for table, rows in self.state.changes():
            if rows:
                transaction.put(table, rows)

    def _waiting(self) -> list[Placed]:
        """The frames of the next commit."""
        found = self._events.read(EVENTS.name, self.offset, FRAMES_AT_ONCE)
        lines = sum(placed.frame.header.lines for placed in found)
        if len(found) == FRAMES_AT_ONCE and lines < SMALL:
            for placed in self._events.read(EVENTS.name, found[-1].offset, SMALL_FRAMES_AT_ONCE - FRAMES_AT_ONCE):
                lines += placed.frame.header.lines
                if lines > SMALL:
                    break
                found.append(placed)
        return found

    def _folded(self, placed: Placed) -> Written:
        """Folds a frame, and counts what became of its lines."""
        before, gaps = dict(self.state.meta.outcomes), self.state.meta.gaps
        written = self._fold.frame(placed)
        meta = self.state.meta
        for outcome, number in meta.outcomes.items():
            if number != before.get(outcome, 0):
                self._counted[placed.frame.header.source, outcome] = (
                    self._counted.get((placed.frame.header.source, outcome), 0) + number - before.get(outcome, 0)
                )
        self._gaps += meta.gaps - gaps
        return written

    def _measure(self, placed: Placed, written: Written) -> None:
        """Tells the metrics of what has become durable."""
        for (source, outcome), number in self._counted.items():
            metrics.REPORTS.labels(self._centre, source, outcome).inc(number)
        metrics.GAPS.labels(self._centre).inc(self._gaps)
        self._counted, self._gaps = {}, 0
        for line in written.dead:
            metrics.DEAD_LETTERS.labels(self._centre, orjson.loads(line)["stage"]).inc()
        if (age := age_of(placed.frame.header)) is not None:
            metrics.EVENT_AGE.labels("casework").observe(age)

    def _append(self, transaction: Transaction, topic: str, lines: Sequence[bytes], placed: Placed) -> None:
        header = placed.frame.header
        for portion in portions(lines):
            transaction.append(topic, frame_of(self._centre, topic, portion, source=header.source, raw_offset=header.raw_offset, hops=header.hops))
