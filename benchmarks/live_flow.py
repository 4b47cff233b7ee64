"""A live flow: one report a frame, so many a second, as doors hand them in; it notes when each was accepted."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer

from benchmarks.installation import Installation, framed
from schemas.topics import RAW


class LiveFlow:
    """Hands in the lines of the first centre from `first` on, until it is left or they are at their end. One that is late catches up."""

    def __init__(self, installation: Installation, first: int, rate: float) -> None:
        self._installation, self._first, self._rate = installation, first, rate
        self.accepted: dict[int, float] = {}
        """Seconds of `time.monotonic` just before a report was handed in, by its raw offset, known once it is durable."""
        self.handed_in = 0

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(bootstrap_servers=self._installation.observer.address, acks="all", enable_idempotence=True, compression_type="zstd")
        await self._producer.start()
        self._task = asyncio.create_task(self._flow())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._producer.stop()

    @property
    def ended(self) -> bool:
        """Whether all lines are handed in."""
        return self._task.done()

    async def _flow(self) -> None:
        given, topic = self._installation.given[0], self._installation.named(RAW)
        began = time.monotonic()
        async with asyncio.TaskGroup() as sending:
            for number, line in enumerate(given.lines[self._first :]):
                await asyncio.sleep(max(0.0, began + number / self._rate - time.monotonic()))
                sending.create_task(self._send(topic, line, given.centre))

    async def _send(self, topic: str, line: bytes, centre: str) -> None:
        at = time.monotonic()
        (one,) = framed([line], centre)
        self.handed_in += 1
        durable = await self._producer.send_and_wait(topic, one.value, one.key, 0, headers=list(one.headers))
        self.accepted[durable.offset] = at
