"""The figures of one centre on their way to its log: readings as they come (several requests share a commit), positions once a second.

Positions go two ways: line by line to `ucc.positions`, for the warehouse, and as one frame of columns to the events that the fold takes.

In the embedded runtime they have a log file of their own (`figures.db`, beside those of doors and casework): one writer, whose commits never make a
report wait, and which may be deleted with nothing lost but what has not landed yet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol

import structlog

from connectors.figures import Contract
from connectors.kafka_publisher import Publisher
from connectors.kafka_reader import KafkaReader
from connectors.positions import Latest, placed
from pipeline.runtime.sqlite_log import SqliteLog
from schemas import metrics
from schemas.ages import accepted, age_of
from schemas.brokers import Brokers
from schemas.errors import LogUnavailable, Unavailable, without_words
from schemas.event import Centre
from schemas.fields import Model
from schemas.frame import Frame, frame_of
from schemas.reading import Position, Reading
from schemas.topics import EVENTS, POSITIONS, READINGS, Topic
from schemas.vocabulary import Source
from schemas.wire import portions
from sinks.ranges import Ranges
from ucc import on_kafka
from ucc.contracts import Contracts, shelved
from ucc.home import Home
from ucc.inbox import Clock, wall_clock
from ucc.landing import FIGURES
from ucc.owner import Owner
from ucc.ways import CentreWay, worked_on

logger = structlog.get_logger()
FRAME_S = 1.0
"""How often positions are written: one frame a second; more often where a simulated day goes by faster than ours."""
TRIM_S = 60.0
"""How often old frames are forgotten."""
_FRAMES_AT_ONCE = 64
SINK_FILE = "sink.db"
"""Where the warehouse's child notes what has landed."""
HOP = "figures"
PLACED_S = 10.0
"""How long one waits for the thread that writes the log of the centre."""
Placed = tuple[Topic, Frame]


class FigureLog(Protocol):
    """Where figures become durable. Used by one thread at a time."""

    def append(self, frames: Sequence[Placed]) -> None:
        """Appends frames. Durable on return; some of them may be when it raises LogUnavailable, so they are sent again."""
        ...

    def place(self, frame: Frame) -> None:
        """Appends a frame of positions to the events of the centre. Durable on return; it may be when it raises LogUnavailable."""
        ...

    def tend(self) -> None:
        """Called about once a second."""
        ...


class _Push(NamedTuple):
    readings: Sequence[Reading]
    done: Future[None]


class Figures:
    """Takes figures until it is closed; implements `connectors.http.figures.Figures`. Everything is written in one thread."""

    def __init__(self, centre: str, log: FigureLog, contract: Callable[[], Contract], clock: Clock | None = None, frame_s: float = FRAME_S) -> None:
        """Nothing is written before `start`. `clock` dates what the fold is told of positions; none: it is told nothing. `frame_s`: how often it is."""
        self._centre, self._log, self.contract, self._clock, self._frame_s = centre, log, contract, clock, frame_s
        self._pushes: SimpleQueue[_Push | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._latest = Latest()
        self._trouble: Unavailable | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"figures {centre}", daemon=True)

    def start(self) -> None:
        """Begins to write."""
        self._thread.start()

    def take_readings(self, readings: Sequence[Reading]) -> Future[None]:
        """Makes readings durable; see the port."""
        done: Future[None] = Future()
        if self._closed or not readings:
            done.set_result(None) if not self._closed else done.set_exception(LogUnavailable("figures are not taken any more", where=self._centre))
            return done
        self._pushes.put(_Push(readings, done))
        return done

    def take_positions(self, fixes: Sequence[Position]) -> None:
        """Takes fixes; see the port."""
        trouble = self._trouble
        with self._guard:
            self._latest.take(fixes)
        if trouble is not None:
            raise LogUnavailable(trouble.detail, where=trouble.where)

    def close(self) -> None:
        """Writes what waits, and ends."""
        self._closed = True
        self._pushes.put(None)
        if self._thread.is_alive():
            self._thread.join()

    # the writing thread

    def _run(self) -> None:
        goes_on, frame_at = True, time.monotonic() + self._frame_s
        while goes_on:
            pushes, goes_on = self._gathered(frame_at)
            if pushes:
                self._write_readings(pushes)
            if not goes_on or time.monotonic() >= frame_at:
                frame_at = time.monotonic() + self._frame_s
                self._write_positions()
                self._tend()

    def _gathered(self, until: float) -> tuple[list[_Push], bool]:
        """What waits, all of it; and whether more may come."""
        found: list[_Push] = []
        try:
            while True:
                push = self._pushes.get_nowait() if found else self._pushes.get(timeout=max(0.0, until - time.monotonic()))
                if push is None:
                    return found, False
                found.append(push)
        except Empty:
            return found, True

    def _write_readings(self, pushes: list[_Push]) -> None:
        try:
            self._append(READINGS, Source.DEPARTMENT, [reading for push in pushes for reading in push.readings])
        except Unavailable as error:
            for push in pushes:
                if push.done.set_running_or_notify_cancel():
                    push.done.set_exception(error)
        else:
            for push in pushes:
                if push.done.set_running_or_notify_cancel():
                    push.done.set_result(None)

    def _write_positions(self) -> None:
        with self._guard:
            fixes = self._latest.given()
        try:
            if fixes:
                self._append(POSITIONS, Source.JOINT_PATROL, fixes)
                self._place(fixes)
                self._trouble = None
        except Unavailable as error:
            self._trouble = error
            with self._guard:
                self._latest.give_back(fixes)

    def _tend(self) -> None:
        """What cannot be done now is done the next time; figures are taken meanwhile."""
        try:
            self._log.tend()
        except Unavailable:
            pass
        except Exception as error:  # noqa: BLE001  whatever it was, it costs disk space only
            self._unforeseen("the log of figures could not be tended", error)

    def _unforeseen(self, what: str, error: Exception) -> None:
        logger.error(what, centre=self._centre, why=without_words(error))
        metrics.INVARIANTS_BROKEN.labels(what).inc()

    def _append(self, topic: Topic, source: Source, lines: Sequence[Model]) -> None:
        with self._foreseen():
            self._log.append([(topic, frame) for frame in _frames(self._centre, topic, source, lines)])

    def _place(self, fixes: Sequence[Position]) -> None:
        if self._clock is not None:
            with self._foreseen():
                for frame in placed(self._centre, fixes, self._clock(), hops=(accepted(HOP),)):
                    self._log.place(frame)

    @contextmanager
    def _foreseen(self) -> Iterator[None]:
        """What nobody foresaw costs these lines, and is told of as the log's: whoever sent them sends them again."""
        try:
            yield
        except Unavailable:
            raise
        except Exception as error:
            self._unforeseen("figures could not be written", error)
            raise LogUnavailable("figures cannot be written now", where=self._centre) from error


def _frames(centre: str, topic: Topic, source: Source, lines: Iterable[Model]) -> list[Frame]:
    kind, hops = topic.name.removeprefix("ucc.").removesuffix("s"), (accepted(HOP),)
    return [frame_of(centre, kind, portion, source=source.value, hops=hops) for portion in portions([line.to_json() for line in lines])]


class EmbeddedFigureLog:
    """A file of its own, in which frames are forgotten once they have landed and are older than their topic keeps them."""

    def __init__(self, path: Path, landed: Callable[[str], int], moved: Callable[[], None], place: Callable[[Frame], Future[int]]) -> None:
        """Opens the file.

        `landed`: offset of the last frame of a topic that is in the warehouse, -1 before the first; `moved` is called after frames became durable;
        `place` has a frame appended to the events of the centre. Raises HomeBusy, LogUnavailable.
        """
        self._log, self._landed, self._moved, self._place = SqliteLog(path, writer=True), landed, moved, place
        self._trim_at = time.monotonic() + TRIM_S

    def append(self, frames: Sequence[Placed]) -> None:
        """All in one transaction."""
        with self._log.transaction() as transaction:
            for topic, frame in frames:
                transaction.append(topic.name, frame)
        self._moved()

    def tend(self) -> None:
        """Trims, once a minute."""
        if time.monotonic() >= self._trim_at:
            self._trim_at = time.monotonic() + TRIM_S
            for topic in (READINGS, POSITIONS):
                self.trim(topic)

    def trim(self, topic: Topic) -> int:
        """Forgets what has landed and is older than the topic's retention; returns how many frames. Raises LogUnavailable, WarehouseUnavailable."""
        assert topic.retention is not None, "figures do not stay for ever"  # noqa: S101
        landed, most, last = self._landed(topic.name), topic.retention.total_seconds(), -1
        while frames := self._log.read(topic.name, last, _FRAMES_AT_ONCE):
            old = [offset for offset, frame in frames if offset <= landed and (age_of(frame.header) or 0.0) > most]
            last = max(old, default=last)
            if len(old) < len(frames):
                break
        return self._log.trim(topic.name, last + 1)

    def place(self, frame: Frame) -> None:
        """In the thread that writes the log of the centre."""
        try:
            self._place(frame).result(PLACED_S)
        except TimeoutError as error:
            raise LogUnavailable("the log of the centre is not written now", where=frame.header.centre) from error

    def close(self) -> None:
        """Closes the file."""
        self._log.close()


class KafkaFigureLog:
    """The centre's partition of `ucc.readings`, `ucc.positions` and `ucc.events`; Kafka forgets by itself."""

    def __init__(self, brokers: Brokers, centre: Centre) -> None:
        """Raises LogUnavailable, BrokenSetting."""
        self._publisher, self._partition = Publisher(brokers), centre.partition

    def append(self, frames: Sequence[Placed]) -> None:
        """One after the other."""
        for topic, frame in frames:
            self._publisher.send(topic.name, self._partition, frame)

    def place(self, frame: Frame) -> None:
        """By itself: the chain of raw frames does not know of it."""
        self._publisher.send(EVENTS.name, self._partition, frame)

    def tend(self) -> None:
        """Nothing is due."""

    def close(self) -> None:
        """Lets the connection go."""
        self._publisher.close()


def embedded_figures(owner: Owner, home: Home, centre: Centre, stack: ExitStack, way: CentreWay, clock: Clock, frame_s: float = FRAME_S) -> Figures:
    """The figures of a started centre, until the stack is left. `way` writes its log, `clock` is the door's. Raises HomeBusy, LogUnavailable."""
    name = centre.centre

    def landed(topic: str) -> int:
        """As the sink notes it: the warehouse itself, which may be starting, is not asked."""
        with closing(Ranges(home.warehouse / SINK_FILE)) as ranges:
            return ranges.of(name, FIGURES, topic).done

    def place(frame: Frame) -> Future[int]:
        return way.do(lambda: owner.intake(name).place(frame))

    log = EmbeddedFigureLog(home.figures_log(name), landed, owner.warehouse.nudge, place)
    stack.callback(log.close)
    contracts = Contracts(centre, home.packs, lambda: owner.intake(name).pack)
    return _started(Figures(name, log, contracts, clock if worked_on(centre) else None, frame_s), stack)


def kafka_figures(home: Home, brokers: Brokers, centre: Centre, stack: ExitStack) -> Figures:
    """The figures of a centre on Kafka, until the stack is left. Raises LogUnavailable, BrokenSetting."""
    log = KafkaFigureLog(brokers, centre)
    stack.callback(log.close)
    reader = KafkaReader(brokers, centre.centre, centre.partition)
    stack.callback(reader.close)

    def pack() -> str:
        """Of the fold; before it has folded anything, the pack of the centre's name that was put on the shelf last."""
        return on_kafka.meta_of(reader, centre.centre).pack or shelved(home.packs, centre.pack_name)

    return _started(Figures(centre.centre, log, Contracts(centre, home.packs, pack), wall_clock if worked_on(centre) else None), stack)


def _started(figures: Figures, stack: ExitStack) -> Figures:
    figures.start()
    stack.callback(figures.close)
    return figures
