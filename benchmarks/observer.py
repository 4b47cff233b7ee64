"""The observer of a run: it makes topics, puts the input there, and counts what comes out; it takes part in no contestant's work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.wire import LARGEST_MESSAGE

_BATCH = 500_000
# A topic that was just made has no leader for a moment; the producer says so, and tries again.
logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)


class Message(NamedTuple):
    """One message of the input."""

    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


class Observer:
    """Speaks to one broker."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._stack = AsyncExitStack()
        self._at: dict[TopicPartition, int] = {}

    async def __aenter__(self) -> Self:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self.address, isolation_level="read_committed", enable_auto_commit=False, max_partition_fetch_bytes=LARGEST_MESSAGE
        )
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self.address, acks="all", compression_type="zstd", linger_ms=5, max_batch_size=_BATCH, max_request_size=LARGEST_MESSAGE
        )
        await self._admin.start()
        self._stack.push_async_callback(self._admin.close)
        for client in (self._consumer, self._producer):
            await client.start()
            self._stack.push_async_callback(client.stop)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def create(self, topics: Iterable[str]) -> None:
        """Makes topics of one partition each."""
        settings = {"max.message.bytes": str(LARGEST_MESSAGE)}
        await self._admin.create_topics([NewTopic(name, 1, 1, topic_configs=settings) for name in topics])

    async def put(self, topic: str, messages: Iterable[Message], partition: int = 0) -> None:
        """Produces messages, in order; they are durable on return."""
        last = None
        for message in messages:
            last = await self._producer.send(topic, message.value, message.key, partition, headers=list(message.headers))
        if last is not None:
            await last
        await self._producer.flush()

    async def end(self, topic: str, partition: int = 0) -> int:
        """Offset behind the last message that readers may see."""
        place = TopicPartition(topic, partition)
        return int((await self._consumer.end_offsets([place]))[place])

    async def count(self, topic: str, prefix: bytes, partition: int = 0) -> int:
        """How many lines that begin so have come since this was last asked of the topic."""
        place, end = TopicPartition(topic, partition), await self.end(topic, partition)
        self._consumer.assign([place])
        self._consumer.seek(place, self._at.get(place, 0))
        counted = 0
        while (position := await self._consumer.position(place)) < end:
            for record in (await self._consumer.getmany(place, timeout_ms=500)).get(place, []):
                counted += sum(line.startswith(prefix) for line in (record.value or b"").split(b"\n"))
            await asyncio.sleep(0)
        self._at[place] = position
        return counted
