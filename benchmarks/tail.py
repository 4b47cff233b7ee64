"""Reads what becomes visible to read_committed readers, from now on, and notes when it did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.installation import Installation
from schemas.frame import Frame
from schemas.topics import Topic
from schemas.wire import LARGEST_MESSAGE, frame_from


class Seen(NamedTuple):
    """A frame that could be read. `at`: seconds of `time.monotonic`."""

    topic: str
    centre: str
    frame: Frame
    at: float


class Tail:
    """Follows topics of all centres of an installation; `told` is called with each frame, in the event loop."""

    def __init__(self, installation: Installation, topics: Sequence[Topic], told: Callable[[Seen], None], *, beginning: bool = False) -> None:
        """Follows from the end on, or from the `beginning`."""
        self._installation, self._told, self._beginning = installation, told, beginning
        self._places = {
            TopicPartition(installation.named(topic), partition): (topic.name, centre)
            for topic in topics
            for partition, centre in enumerate(installation.centres)
        }

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._installation.observer.address,
            isolation_level="read_committed",
            enable_auto_commit=False,
            max_partition_fetch_bytes=LARGEST_MESSAGE,
        )
        await self._consumer.start()
        self._consumer.assign(list(self._places))
        seek = self._consumer.seek_to_beginning if self._beginning else self._consumer.seek_to_end
        await seek(*self._places)
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._consumer.stop()

    async def _follow(self) -> None:
        while True:
            found = await self._consumer.getmany(timeout_ms=500)
            at = time.monotonic()
            for place, records in found.items():
                topic, centre = self._places[place]
                for record in records:
                    frame = frame_from(record.value, record.headers, centre=centre, topic=topic, where=f"{place} {record.offset}")
                    self._told(Seen(topic, centre, frame, at))

    def alive(self) -> None:
        """Raises what ended it, if it has ended."""
        if self._task.done():
            self._task.result()
