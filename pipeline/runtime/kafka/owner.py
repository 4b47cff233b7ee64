"""The owner of a centre's partition: the thread that folds its events, from the moment it is assigned until it is taken away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from pipeline.casework.fold import Books, Rules
from pipeline.runtime.casework_runner import FRAMES_AT_ONCE, CaseworkRunner
from pipeline.runtime.kafka.log import KafkaLog
from pipeline.runtime.kafka.loop import LoopThread
from schemas import metrics
from schemas.brokers import Brokers
from schemas.errors import HomeBusy, LogUnavailable
from schemas.event import Centre, TickEvent
from schemas.frame import frame_of
from schemas.topics import EVENTS, RAW
from schemas.vocabulary import Mode

logger = structlog.get_logger()
IDLE_S = 0.5
PACE_S = 0.05
"""Live reports come one a frame: those of so long a time share a transaction, which costs the broker a dozen writes whatever is in it."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0


class Standing(NamedTuple):
    """Where the fold of a centre stands: the last raw frame folded, the pack in effect after it, whether events before it have expired."""

    raw_offset: int
    pack: str


class CentreOwner(threading.Thread):
    """Folds the events of one centre until it is stopped, fenced, or cannot go on."""

    def __init__(
        self, loop: LoopThread, brokers: Brokers, centre: Centre, cache: Path, rules: tuple[Rules, Books | None], told: Callable[[CentreOwner], None]
    ) -> None:
        """`told` is called (in this thread) when `standing` is known for the first time, and when the thread ends."""
        super().__init__(name=f"casework {centre.centre}", daemon=True)
        self.centre = centre
        self.standing: Standing | None = None
        """None until the state is read back."""
        self.fenced = False
        """Another worker has taken the partition over."""
        self.error: Exception | None = None
        """Why it cannot go on."""
        self.moved_at = time.monotonic()
        """When it last made something durable, or was ready to."""
        self._parts = (loop, brokers, cache, rules)
        self._told = told
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Lets it end after the frames that it is at."""
        self._stopping.set()

    def run(self) -> None:
        """The thread."""
        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._own()
            except HomeBusy:
                self.fenced = True
                break
            except LogUnavailable as error:
                logger.warning("the log is away; trying again", centre=self.centre.centre, why=str(error))
                pause = _FIRST_PAUSE_S if time.monotonic() - began > _LONGEST_PAUSE_S else min(2 * pause, _LONGEST_PAUSE_S)
                self._stopping.wait(pause)
                self.moved_at = time.monotonic()
            except Exception as error:  # noqa: BLE001  whatever it is: it is handed on, and ends the worker
                self.error = error
                break
        self._told(self)

    def _own(self) -> None:
        loop, brokers, cache, (rules, books) = self._parts
        log = KafkaLog(loop, brokers, self.centre.centre, self.centre.partition, cache=cache)
        try:
            works_on = None if self.centre.mode is Mode.STREAM else books
            runner = CaseworkRunner(log, log, self.centre.centre, rules, self.centre.time_zone, works_on)
            self._stands(runner)
            self._told(self)
            again_at = 0.0
            while not self._stopping.is_set():
                there = log.wait_for(EVENTS.name, runner.offset, IDLE_S)
                self._stopping.wait(max(0.0, again_at - time.monotonic()))
                began = time.monotonic()
                if there and (frames := runner.step()):
                    self._stands(runner)
                    again_at = began + PACE_S if frames < FRAMES_AT_ONCE else 0.0
                else:
                    self._tick(log, runner)
        finally:
            log.close()

    def _stands(self, runner: CaseworkRunner) -> None:
        meta = runner.state.meta
        self.standing = Standing(meta.raw_offset, meta.pack)
        self.moved_at = time.monotonic()
        metrics.LAST_COMMIT.labels("worker", self.centre.centre).set_to_current_time()

    def _tick(self, log: KafkaLog, runner: CaseworkRunner) -> None:
        """Moves an idle clock when something is due; the tick takes its place in the centre's one order, behind what was accepted.

        Once for each due instant. The clock of a centre that does not live by ours moves with its events alone.
        """
        due, now = runner.state.due(), datetime.now(UTC)
        if self.centre.mode is not Mode.LIVE or due is None or due > now or due == runner.ticked:
            return
        runner.ticked = due
        with log.transaction() as transaction:
            transaction.append(RAW.name, frame_of(self.centre.centre, "tick", [TickEvent(kind="tick", at=now).to_json()]))
