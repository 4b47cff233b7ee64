"""The lane of a centre's intake: raw frames in, frames of events out, each with the raw position it came from and the one before it.

Intake has no memory: where a lane begins is what the fold says (the last raw frame folded and the pack in effect then), so whatever
was made before it and got lost is made again, and whatever is made twice is skipped by the fold. What the agent hands in is made at
once where it surely is the next frame; else the lane reads it itself, so the agent may lose, repeat or be late as it likes.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from pipeline.intake.intake import Intake
from pipeline.runtime.kafka.clients import consumer
from pipeline.runtime.kafka.owner import CentreOwner
from schemas import metrics
from schemas.ages import age_of
from schemas.brokers import Brokers
from schemas.errors import BrokenFrame, LogUnavailable, NewerFrame, NotFound
from schemas.event import AS_IT_IS, RuleEvent
from schemas.frame import Frame, frame_of
from schemas.topics import EVENTS, RAW
from schemas.vocabulary import Mode
from schemas.wire import Headers, frame_from

logger = structlog.get_logger()
ROOM_FRAMES = 64
"""How far intake may be ahead of the fold: what is lost with a worker has to be made again, and memory is bounded."""
IN_FLIGHT = 16
"""Frames of events that are on their way to the broker at the same time."""
LOOK_S = 5.0
"""How often a lane looks by itself whether the agent has missed something."""
_LOOK_MS = 200
Post = Callable[[str, int, Frame], Awaitable["asyncio.Future[object]"]]
"""Topic, partition, frame: hands it to the producer, behind those before it; the future ends when it is durable, or fails."""


class Raw(NamedTuple):
    """A message of `ucc.raw`."""

    offset: int
    value: bytes | None
    headers: Headers


class Reading(Protocol):
    """Intake of a centre by the hash of a pack; raises NotFound when the pack is not there."""

    def __call__(self, pack: str, mode: Mode, /) -> Intake:
        """By pack and mode."""
        ...


class IntakeLane:
    """Makes the events of one centre, in the order of its raw frames. All of it runs in the app's event loop."""

    def __init__(self, brokers: Brokers, owner: CentreOwner, reading: Reading, post: Post, worker: str) -> None:
        self._brokers, self._owner, self._reading, self._post, self._worker = brokers, owner, reading, post, worker
        self._place = TopicPartition(brokers.named(RAW.name), owner.centre.partition)
        self._last = -1
        self._reached = 0
        """Behind this position nothing lies unmade: the next frame after `_last` is at it or further on."""
        self._pack = ""
        self._made: Intake | None = None
        self._waiting: deque[int] = deque()
        """Raw offsets whose events were made and are not folded yet."""
        self._in_flight: deque[asyncio.Future[object]] = deque()
        self._broken = False
        self._behind = asyncio.Event()
        self._busy = asyncio.Lock()
        self._ready = False
        self._caught_up_at = time.monotonic()
        self.moved_at = time.monotonic()
        """When it last made something, or had nothing to make."""

    def waits(self) -> bool:
        """Whether frames are to be made or to be folded."""
        self._has_room()
        return not self._ready or self._behind.is_set() or self._busy.locked() or bool(self._waiting)

    async def run(self) -> None:
        """Begins where the fold stands, and makes what the agent could not hand in. Ends when it is cancelled.

        Raises NotFound (no such pack), NewerFrame, KafkaError: it may then be run again.
        """
        source = consumer(self._brokers)
        self._ready = False
        try:
            await source.start()
            source.assign([self._place])
            self._begin()
            if self._pack:
                await asyncio.to_thread(self._intake)  # a second or more: the first report after a start must not wait for it
            while True:
                self._behind.clear()
                await self._catch_up(source)
                self._ready = True
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._behind.wait(), LOOK_S)
        finally:
            self._ready = False
            with suppress(KafkaError):
                await source.stop()

    async def take(self, raw: Raw) -> None:
        """Makes the events of a raw frame now, where it surely is the next; else the lane reads it itself. Never waits for the fold."""
        if raw.offset <= self._last:
            return
        follows = raw.offset in (self._last + 1, self._reached)  # further on there may be marks of transactions, or a frame that was lost
        if self._ready and follows and not self._broken and not self._busy.locked() and not self._behind.is_set() and self._has_room():
            async with self._busy:
                await self._make(raw)
        else:
            self._behind.set()

    def _begin(self) -> None:
        standing = self._owner.standing
        if standing is None:
            raise LogUnavailable("the state of the centre is being read back", where=self._owner.centre.centre)
        self._last, self._pack, self._reached = standing.raw_offset, standing.pack, standing.raw_offset + 1
        self._waiting.clear()
        self._in_flight.clear()
        self._broken = False

    async def _catch_up(self, source: AIOKafkaConsumer) -> None:
        """Makes all frames that there are and that have none yet."""
        async with self._busy:
            if self._broken:
                self._begin()
            self._reached = max(self._reached, self._last + 1)
            if await source.position(self._place) != self._reached:
                source.seek(self._place, self._reached)
            while (position := await source.position(self._place)) < (end := (await source.end_offsets([self._place]))[self._place]):
                self._tell(end - position)
                for record in (await source.getmany(self._place, timeout_ms=_LOOK_MS, max_records=8)).get(self._place, []):
                    while not self._has_room() and not self._broken:  # noqa: ASYNC110  the owner is a thread, and has no business in this loop
                        await asyncio.sleep(0.02)
                    await self._make(Raw(record.offset, record.value, record.headers))
            while self._in_flight:
                await self._in_flight.popleft()
            self._reached, self.moved_at = position, time.monotonic()
            self._tell(0)

    def _tell(self, unread: int) -> None:
        """How far intake and the fold are behind what was accepted."""
        centre, waiting = self._owner.centre.centre, len(self._waiting)
        metrics.LAG_MESSAGES.labels("intake", RAW.name, centre).set(unread)
        metrics.LAG_MESSAGES.labels("casework", RAW.name, centre).set(unread + waiting)
        if not unread and not waiting:
            self._caught_up_at = time.monotonic()
        metrics.LAG_SECONDS.labels("casework", RAW.name, centre).set(time.monotonic() - self._caught_up_at if unread or waiting else 0)

    def _has_room(self) -> bool:
        standing = self._owner.standing
        while self._waiting and standing is not None and self._waiting[0] <= standing.raw_offset:
            self._waiting.popleft()
        return len(self._waiting) < ROOM_FRAMES

    async def _make(self, raw: Raw) -> None:
        """Makes the events of the next frame, and sends them off. A message that is no frame is passed over: it costs only itself."""
        where = f"{self._place.topic}/{self._place.partition} {raw.offset}"
        centre = self._owner.centre.centre
        try:
            frame = frame_from(raw.value, raw.headers, centre=centre, topic="report", where=where)
            kind, lines = self._events(frame)
            hop = f"intake {datetime.now(UTC).isoformat(timespec='milliseconds')} {self._worker}"
            hops = (*frame.header.hops, hop)
            made = frame_of(centre, kind, lines, source=frame.header.source, raw_offset=raw.offset, previous=self._last, hops=hops)
        except NewerFrame:
            raise
        except BrokenFrame as error:
            logger.error("a message is no frame and was passed over: who else writes this topic?", where=where, why=error.detail)  # noqa: TRY400  the sentence is enough
            metrics.INVARIANTS_BROKEN.labels("foreign message in ucc.raw").inc()
            return
        await self._send(made)
        self._last, self.moved_at = raw.offset, time.monotonic()
        self._waiting.append(raw.offset)
        if (age := age_of(frame.header)) is not None:
            metrics.EVENT_AGE.labels("intake").observe(age)

    async def _send(self, made: Frame) -> None:
        while self._in_flight and (len(self._in_flight) >= IN_FLIGHT or self._in_flight[0].done()):
            await self._in_flight.popleft()
        future = asyncio.ensure_future(await self._post(EVENTS.name, self._place.partition, made))
        future.add_done_callback(self._sent)
        self._in_flight.append(future)

    def _sent(self, future: asyncio.Future[object]) -> None:
        """A frame that could not be sent leaves a gap: the lane begins again where the fold stands."""
        if future.cancelled() or future.exception() is not None:
            self._broken = True
            self._behind.set()

    def _events(self, frame: Frame) -> tuple[str, Sequence[bytes]]:
        if frame.header.kind == "rule":
            self._pack = RuleEvent.model_validate_json(frame.body).pack
            self._intake()
        if frame.header.kind in AS_IT_IS:
            return frame.header.kind, frame.lines()
        return "report", self._intake().frame(frame.body.split(b"\n"))

    def _intake(self) -> Intake:
        if not self._pack:
            raise NotFound("the centre has no reference pack yet: `ucc reference use` gives it one", where=self._owner.centre.centre)
        if self._made is None or self._made.reference.hash != self._pack:
            self._made = self._reading(self._pack, self._owner.centre.mode)
        return self._made
