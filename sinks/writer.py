"""The writer: lands the frames of all centres' logs in the warehouse, each exactly once as far as any view can tell.

For each log and topic it reads on from where it has finished, gathers a batch, notes durably which range it is about to insert,
inserts, and notes durably that the range is done. A crash between the notes is mended by inserting the identical batch again:
tables hold one row per key. Nothing is in memory beyond one batch, so an outage of the warehouse costs time only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from schemas.ages import age_of
from schemas.errors import LogUnavailable, Refused, UccError, Unavailable
from schemas.frame import Placed
from schemas.ports import FrameReader, Warehouse
from sinks.landing import FLEETING, TABLES
from sinks.ranges import Ranges
from sinks.refused import Refusals

Readers = Callable[[], Mapping[str, Mapping[str, FrameReader]]]
"""The logs to land, by centre and name of the log. Asked again as centres come, about once a second."""
_FRAMES_A_READ = 8
_MANY = 10_000
"""Rows after which a rest is worth telling of."""
_LONGEST_WAIT = 1.0
_LONGEST_PAUSE = 5.0
AGED = "outcome_lines"
"""The table whose frames tell how old a report is when it lands."""
MOST_AGES = 1_000


@dataclass(frozen=True, slots=True)
class Gathering:
    """How large a batch may become. `rows`: more cost memory (about 30 KB in the engine each, for the time of the insert), fewer cost parts to merge."""

    rows: int = 5_000
    body_bytes: int = 8_000_000
    seconds: float = 0.2
    """Between two rounds that found little: a live stream lands within this time, in one part a round instead of one a report."""


@dataclass(slots=True)
class Progress:
    """How far landing has come: `done` by (centre, log, topic) the offset of the last landed frame; `trouble` is what keeps it waiting."""

    done: dict[tuple[str, str, str], int] = field(default_factory=dict)
    batches: dict[str, int] = field(default_factory=dict)
    """By table."""
    rows_of: dict[str, int] = field(default_factory=dict)
    """By table."""
    retries: dict[str, int] = field(default_factory=dict)
    """Batches that had to be sent again, by the code of what kept them."""
    ages: list[float] = field(default_factory=list)
    """Seconds from acceptance to landing, of frames landed since the last time that this was asked; at most `MOST_AGES`."""
    moved_at: float = 0.0
    """`time.monotonic` of the process that lands: when it last landed something or found nothing to land."""
    idle_s: float = 0.0
    """Seconds since then, when this copy was made."""
    rows: int = 0
    refused: int = 0
    trouble: str = ""
    ended: bool = False
    """Landing has ended for good, for the reason in `trouble`."""


class Writer:
    """Lands frames until it is stopped. `run` is one thread's work; the other methods may be called from any."""

    def __init__(
        self, warehouse: Warehouse, readers: Readers, ranges: Ranges, gathering: Gathering | None = None, *, at_rest: Callable[[], None] | None = None
    ) -> None:
        """`at_rest` is called each time when all has landed that there was."""
        self._warehouse = warehouse
        self._readers = readers
        self._ranges = ranges
        self._gathering = gathering or Gathering()
        self._at_rest = at_rest
        self._rested_at = 0
        self._refusals = Refusals(warehouse)
        self._logs: dict[tuple[str, str], FrameReader] = {}
        self._asked_at = float("-inf")
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._progress = Progress()

    def nudge(self) -> None:
        """Says that there may be new frames."""
        self._woken.set()

    def stop(self) -> None:
        """Lets `run` end after the batch that it is at."""
        self._stopped.set()
        self._woken.set()

    def give_up(self, error: UccError) -> None:
        """Notes why landing has ended for good; waiting for it then fails."""
        with self._lock:
            self._progress.trouble, self._progress.ended = str(error), True

    def progress(self) -> Progress:
        """A copy of how far it is; the ages are handed over with it."""
        with self._lock:
            now = self._progress
            ages, now.ages = now.ages, []
            return replace(
                now,
                done=dict(now.done),
                batches=dict(now.batches),
                rows_of=dict(now.rows_of),
                retries=dict(now.retries),
                ages=ages,
                idle_s=time.monotonic() - now.moved_at,
            )

    def run(self) -> None:
        """Lands what comes until `stop`. An outage makes it wait and try again; Broken ends it, and so does any unknown error."""
        pause = self._gathering.seconds
        while not self._stopped.is_set():
            try:
                full = self.round()
            except Unavailable as error:
                self._note(trouble=str(error))
                self._again(str(getattr(error, "number", 0) or error.code))  # the warehouse's own number, where it has one
                self._stopped.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            self._note(trouble="")
            self._moved()
            pause = self._gathering.seconds
            if not full:
                self._rest()
            if not full and not self._stopped.wait(self._gathering.seconds):
                self._woken.wait(_LONGEST_WAIT)
                self._woken.clear()

    def round(self) -> bool:
        """Lands at most one batch of each log and topic; returns whether one was full, so that there is likely more."""
        self._discover()
        full = False
        for (centre, log), reader in list(self._logs.items()):
            for topic in TABLES:
                if self._stopped.is_set():
                    return False
                full |= self._land(centre, log, topic, reader)
        return full

    def _rest(self) -> None:
        rows = self.progress().rows
        if self._at_rest is not None and rows - self._rested_at > _MANY:
            self._at_rest()
            self._rested_at = rows

    # one batch

    def _land(self, centre: str, log: str, topic: str, reader: FrameReader) -> bool:
        known = self._ranges.of(centre, log, topic)
        if known.pending is not None:
            frames = self._exactly(reader, topic, known.done, known.pending)
            full = True
        else:
            frames, full = self._gather(reader, topic, known.done)
        if frames:
            last = frames[-1].offset
            rows = sum(placed.frame.header.lines for placed in frames)
            self._ranges.begin(centre, log, topic, last)
            token = f"{centre} {log} {topic} {frames[0].offset}-{last}"
            refused = self._insert(TABLES[topic], frames, rows, token, centre)
            self._ranges.finish(centre, log, topic, last)
            self._note(done=((centre, log, topic), last), rows=rows, refused=refused)
            self._landed(TABLES[topic], rows, frames)
        elif known.pending is not None:  # all of it was forgotten meanwhile
            self._ranges.finish(centre, log, topic, known.pending)
            self._note(done=((centre, log, topic), known.pending))
        elif (centre, log, topic) not in self._progress.done:
            self._note(done=((centre, log, topic), known.done))
        return full

    def _insert(self, table: str, frames: list[Placed], rows: int, token: str, centre: str) -> int:
        lines = b"\n".join(placed.frame.body for placed in frames)
        try:
            self._warehouse.insert(table, lines, rows=rows, token=token)
        except Refused:
            return self._refusals.insert(table, lines, token, centre)
        return 0

    def _gather(self, reader: FrameReader, topic: str, done: int) -> tuple[list[Placed], bool]:
        found: list[Placed] = []
        rows = size = 0
        while True:
            piece = reader.read(topic, done, _FRAMES_A_READ)
            for placed in piece:
                if found and (rows + placed.frame.header.lines > self._gathering.rows or size + len(placed.frame.body) > self._gathering.body_bytes):
                    return found, True
                found.append(placed)
                rows += placed.frame.header.lines
                size += len(placed.frame.body)
                done = placed.offset
            if len(piece) < _FRAMES_A_READ:
                return found, False

    def _exactly(self, reader: FrameReader, topic: str, done: int, last: int) -> list[Placed]:
        found: list[Placed] = []
        after = done
        while after < last:
            piece = [placed for placed in reader.read(topic, after, _FRAMES_A_READ) if placed.offset <= last]
            if not piece and topic in FLEETING:
                break
            if not piece:
                raise LogUnavailable(f"frames {done + 1} to {last} of {topic} were about to be landed, and are not in the log any more")
            found += piece
            after = piece[-1].offset
        return found

    # what is known

    def _discover(self) -> None:
        if time.monotonic() - self._asked_at < _LONGEST_WAIT:
            return
        self._asked_at = time.monotonic()
        for centre, logs in self._readers().items():
            for log, reader in logs.items():
                self._logs.setdefault((centre, log), reader)

    def _landed(self, table: str, rows: int, frames: list[Placed]) -> None:
        """Counts a batch, and how old what it holds has become."""
        ages = [age for placed in frames if table == AGED and (age := age_of(placed.frame.header)) is not None]
        with self._lock:
            self._progress.batches[table] = self._progress.batches.get(table, 0) + 1
            self._progress.rows_of[table] = self._progress.rows_of.get(table, 0) + rows
            self._progress.ages = (self._progress.ages + ages)[-MOST_AGES:]

    def _again(self, code: str) -> None:
        with self._lock:
            self._progress.retries[code] = self._progress.retries.get(code, 0) + 1

    def _moved(self) -> None:
        with self._lock:
            self._progress.moved_at = time.monotonic()

    def _note(self, *, done: tuple[tuple[str, str, str], int] | None = None, rows: int = 0, refused: int = 0, trouble: str | None = None) -> None:
        with self._lock:
            if done is not None:
                self._progress.done[done[0]] = done[1]
            self._progress.rows += rows
            self._progress.refused += refused
            if trouble is not None:
                self._progress.trouble = trouble


def ends(readers: Readers, centre: str) -> dict[tuple[str, str, str], int]:
    """What has to land so that all has landed that is in the logs of `centre` now: by (centre, log, topic) the last offset."""
    found: dict[tuple[str, str, str], int] = {}
    for log, reader in readers().get(centre, {}).items():
        for topic in TABLES:
            end = reader.end(topic)
            if end >= 0:
                found[centre, log, topic] = end
    return found
