"""µs a line of each stage of the way, each measured alone on the real stream, in frames of 500 lines as the import has them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from connectors.accept import accept
from connectors.file import FileDoor
from connectors.mapping import load_mapping
from pipeline.casework.fold import Fold
from pipeline.casework.said import read
from pipeline.casework.state import State
from pipeline.casework.written import Written
from pipeline.intake.classify import Classifier
from pipeline.intake.intake import Intake
from pipeline.intake.place import Placer
from pipeline.intake.plain import address_key, plain
from pipeline.intake.route import Router
from pipeline.runtime.collector import look_seldom
from pipeline.runtime.sqlite_log import SqliteLog
from reference import fill, load
from reference.pack import Reference
from schemas.digest import digest
from schemas.event import RuleEvent
from schemas.frame import Frame, Placed, frame_of
from schemas.report import Accepted
from schemas.topics import CASES, EVENTS, JOURNAL, OUTCOMES, RAW
from schemas.vocabulary import Mode, Source
from sinks.chdb_engine import ChdbEngine
from sinks.landing import TABLES

ROWS_A_BATCH = 5_000
CENTRE = "tainan"


class Clock:
    """Sums the seconds of named stages."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Adds the time of the block to a stage."""
        began = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - began


def stages(stream: Path, grids: Path, scratch: Path) -> dict[str, float]:
    """µs a line, by stage, in the order of the way."""
    pack = fill.import_centre(CENTRE, grids, scratch / "made" / CENTRE, options=fill.Options(mode=Mode.STREAM))
    reference = load.load(pack.folder)
    look_seldom()
    clock = Clock()
    frames = _accepted(stream, clock)
    lines = sum(map(len, frames))
    events = _intake(frames, reference, clock)
    log = SqliteLog(scratch / "stages-intake.db", writer=True)
    _appended(log, frames, events, clock)
    written = _folded(scratch, reference, events, clock)
    _landed(scratch, written, clock)
    log.close()
    return {name: seconds / lines * 1e6 for name, seconds in clock.seconds.items()}


def _accepted(stream: Path, clock: Clock) -> list[list[Accepted]]:
    door = iter(FileDoor(stream, load_mapping("tainan-1999"), Source.HOTLINE12345))
    frames: list[list[Accepted]] = []
    while True:
        with clock.of("connector: read, map, validate"):
            batch = next(door, None)
        if batch is None:
            return frames
        reports = [line.report for line in batch.lines if line.report is not None]
        with clock.of("accept: receipts"):
            frames.append(accept(reports, CENTRE, datetime.now(UTC)))


def _intake(frames: list[list[Accepted]], reference: Reference, clock: Clock) -> list[list[bytes]]:
    placer, classifier, router, whole = Placer(reference), Classifier(reference), Router(reference), Intake(reference, Mode.STREAM)
    parts = 0.0
    made = []
    for frame in frames:
        reports = [line.report for line in frame]
        before = sum(clock.seconds.values())
        with clock.of("intake: plain words, address key, digest"):
            plains = [(plain(r.text), plain(r.address)) for r in reports]
            _ = [(address_key(r.address), digest(r)) for r in reports]
        with clock.of("intake: place"):
            placements = placer.place(reports, plains)
        with clock.of("intake: classify"):
            decided = [classifier.classify(r, text) for r, (text, _) in zip(reports, plains, strict=True)]
        with clock.of("intake: route"):
            for r, d, p in zip(reports, decided, placements, strict=True):
                router.route(d.matter, p, r.part_owner, datetime(2018, 1, 5, tzinfo=UTC).date(), sealed=d.sealed)
        parts += sum(clock.seconds.values()) - before
        with clock.of("intake: the events themselves"):
            made.append(whole.lines(frame))
    clock.seconds["intake: the events themselves"] -= parts
    return made


def _appended(log: SqliteLog, frames: list[list[Accepted]], events: list[list[bytes]], clock: Clock) -> None:
    for number, (raw, made) in enumerate(zip(frames, events, strict=True)):
        with clock.of("log: encode accepted lines"):
            accepted = [line.to_json() for line in raw]
        with clock.of("log: append accepted lines and events, durable"), log.transaction() as transaction:
            transaction.append(RAW.name, frame_of(CENTRE, "report", accepted))
            transaction.append(EVENTS.name, frame_of(CENTRE, "report", made, raw_offset=number + 1, previous=number))


def _folded(scratch: Path, reference: Reference, events: list[list[bytes]], clock: Clock) -> list[Written]:
    log = SqliteLog(scratch / "stages-casework.db", writer=True)
    state = State(CENTRE, log)
    fold = Fold(state, lambda _: reference.merge_rules)
    rule = RuleEvent(kind="rule", at=datetime(1970, 1, 1, tzinfo=UTC), pack=reference.hash, pack_name=CENTRE).to_json()
    fold.frame(Placed(0, frame_of(CENTRE, "rule", [rule], raw_offset=0, previous=-1)))
    everything = []
    for number, lines in enumerate(events):
        frame: Frame = frame_of(CENTRE, "report", lines, raw_offset=number + 1, previous=number)
        with clock.of("casework: read the events"):
            for line in frame.lines():
                read(line)
        with clock.of("casework: register, merge, open, write"):
            written = fold.frame(Placed(number + 1, frame))
        with clock.of("casework: encode the state"):
            changes = list(state.changes())
        with clock.of("casework: append and state, durable"), log.transaction() as transaction:
            for topic, of_topic in ((JOURNAL.name, written.journal), (OUTCOMES.name, written.outcomes), (CASES.name, written.cases)):
                for first in range(0, len(of_topic), 500):
                    transaction.append(topic, frame_of(CENTRE, topic, of_topic[first : first + 500]))
            for name, rows in changes:
                if rows:
                    transaction.put(name, rows)
        state.settle()
        everything.append(written)
    clock.seconds["casework: register, merge, open, write"] -= clock.seconds["casework: read the events"]
    log.close()
    return everything


def _landed(scratch: Path, written: list[Written], clock: Clock) -> None:
    engine = ChdbEngine(scratch / "stages-warehouse")
    engine.migrate()
    for topic, lines in (
        (OUTCOMES.name, [line for w in written for line in w.outcomes]),
        (JOURNAL.name, [line for w in written for line in w.journal]),
        (CASES.name, [line for w in written for line in w.cases]),
    ):
        for first in range(0, len(lines), ROWS_A_BATCH):
            batch = lines[first : first + ROWS_A_BATCH]
            with clock.of(f"warehouse: {topic}"):
                engine.insert(TABLES[topic], b"\n".join(batch), rows=len(batch), token=f"{topic} {first}")
