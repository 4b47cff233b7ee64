"""The log of one centre on Kafka: frames as messages of the centre's partition, state as a compacted topic, both in one transaction.

It implements the port `Log` of `schemas.ports` for blocking code; what aiokafka does asynchronously runs in a loop thread. The writer
has the transactional id of its partition: when it opens, the writer before it is fenced, and nothing that one still sends counts.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    IllegalOperation,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    UnknownTopicOrPartitionError,
)
from aiokafka.structs import ConsumerRecord, OffsetAndMetadata

from pipeline.runtime.kafka.clients import consumer, transactional_producer
from pipeline.runtime.kafka.loop import LoopThread
from pipeline.runtime.kafka.state_cache import Held, Row, StateCache, check_of, message_key, row_from
from schemas.brokers import Brokers
from schemas.errors import HomeBusy, LogUnavailable, NewerFrame, UccError
from schemas.frame import Frame, Placed
from schemas.ports import StateKey
from schemas.topics import CASES, STATE
from schemas.wire import headers_of, placed_from

STATE_VERSION = 1
ABOUT, OFFSETS, LINES = "about", "offsets", "lines"
"""Rows of our own in the state: its version, how far readers are, how many lines were ever appended."""
TELL_S = 1.0
"""How often Kafka's own tools are told how far readers are."""
_PATIENCE_S = 40.0
"""For a request or a transaction, with all retries; then the broker is away. Less than the watchdog's patience: it is not this worker's fault."""
_TAKE_OVER_S = 120.0
"""For reading a state back."""
_LOOK_MS = 50
"""How long one look for messages takes where only marks of transactions may be left."""
_FENCED = (ProducerFenced, InvalidProducerEpoch, InvalidProducerIdMapping, OutOfOrderSequenceNumber)
Message = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Key, value, headers."""


class KafkaLog:
    """Frames and state of one centre. Used by one thread at a time.

    When a transaction fails for want of the broker, it may be known only later whether it was committed: this log is then at its
    end (every call raises LogUnavailable), and whoever opens it again reads what is true.
    """

    def __init__(self, loop: LoopThread, brokers: Brokers, centre: str, partition: int, *, cache: Path | None = None, writer: bool = True) -> None:
        """Opens it; as writer: fences the one before and reads the state back, from the `cache` on where that is sound.

        Raises LogUnavailable (no broker, no topics), BrokenFrame (a state of a newer release).
        """
        self._loop, self._brokers, self._centre, self._partition = loop, brokers, centre, partition
        self._producer: Any = None
        self._consumers: dict[str, AIOKafkaConsumer] = {}
        self._fetched: dict[str, deque[Placed | NewerFrame]] = {}
        self._at: dict[str, int] = {}
        self._written: dict[str, int] = {}
        """Offset of the last message that this log wrote; readers see it when the mark of its transaction has arrived, a little later."""
        self._told_at = -TELL_S
        self._ended = ""
        self._cache = StateCache(cache)
        try:
            self._wait(self._open(writer=writer), _TAKE_OVER_S)
            self._check_version()
        except BaseException:
            self.close()
            raise

    def _where(self, topic: str) -> str:
        return f"{self._brokers.named(topic)}/{self._partition}"

    def _place(self, topic: str) -> TopicPartition:
        return TopicPartition(self._brokers.named(topic), self._partition)

    def _wait(self, doing: Any, seconds: float = 0) -> Any:
        try:
            return self._loop.wait(doing, seconds or _PATIENCE_S)
        except _FENCED as error:
            self._ended = "another worker has taken this centre over"
            raise HomeBusy(self._ended, where=self._where(STATE.name)) from error
        except (KafkaError, IllegalOperation, OSError) as error:
            if isinstance(error, IllegalOperation) and self._producer._txn_manager.is_fatal_error():  # noqa: SLF001  fenced while a batch was on its way: the next is told no more than this
                self._ended = "another worker has taken this centre over"
                raise HomeBusy(self._ended, where=self._where(STATE.name)) from error
            raise LogUnavailable(
                f"Kafka cannot be read or written now: {type(error).__name__} {error}".strip(), where=",".join(self._brokers.addresses)
            ) from error

    async def _open(self, *, writer: bool) -> None:
        if writer:
            producer = transactional_producer(self._brokers, f"casework-{self._partition}")
            try:
                await producer.start()
            except BaseException:
                with suppress(KafkaError, OSError):
                    await producer.stop()
                raise
            self._producer = producer
        await self._catch_up()

    def close(self) -> None:
        """Lets go of it; the next writer need not wait."""
        with suppress(UccError):
            self._wait(self._close(), 10)
        self._cache.close()

    async def _close(self) -> None:
        for client in (*self._consumers.values(), self._producer):
            if client is not None:
                with suppress(KafkaError, OSError):
                    await client.stop()
        self._consumers.clear()
        self._producer = None

    # state

    async def _catch_up(self) -> None:
        """Reads the state on from where the cache holds, to its end."""
        place, source = self._place(STATE.name), await self._consumer(STATE.name)
        end = (await source.end_offsets([place]))[place]
        if STATE.name not in self._at:
            source.seek(place, await self._first(source, place, end))
        elif self._at[STATE.name] >= end:
            return
        position = await source.position(place)
        while position < end:
            found = (await source.getmany(place, timeout_ms=_LOOK_MS, max_records=5_000)).get(place, [])
            if found:
                last = found[-1]
                rows = [row_from(record.key, record.value, f"{self._where(STATE.name)} {record.offset}") for record in found]
                self._cache.apply(rows, Held(last.offset, check_of(last.key, last.value)))
            position = await source.position(place)
        self._at[STATE.name] = end

    async def _first(self, source: AIOKafkaConsumer, place: TopicPartition, end: int) -> int:
        """From where to read: behind the message up to which the cache holds where that is still there, else from the first."""
        held = self._cache.held()
        if held is not None and held.offset < end:
            source.seek(place, held.offset)
            found = (await source.getmany(place, timeout_ms=5_000, max_records=1)).get(place, [])
            if found and found[0].offset == held.offset and check_of(found[0].key, found[0].value) == held.check:
                return held.offset + 1
        self._cache.forget()
        return int((await source.beginning_offsets([place]))[place])

    def _check_version(self) -> None:
        found = self._cache.load(ABOUT, ["version"])
        if found and found["version"] != str(STATE_VERSION).encode():
            detail = f"the state has version {found['version'].decode()}; this release reads {STATE_VERSION}: run the release that wrote it, or a newer one"
            raise NewerFrame(detail, where=self._where(STATE.name))

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """State rows under `keys`."""
        self._present()
        return self._cache.load(table, keys)

    def scan(self, table: str) -> Iterator[tuple[StateKey, bytes]]:
        """All rows of a state table, by key."""
        self._present()
        return self._cache.scan(table)

    def committed(self, reader: str, topic: str) -> int:
        """Offset up to which `reader` has finished, -1 when none."""
        return _number(self.load(OFFSETS, [f"{reader} {topic}"]), -1)

    def total_lines(self, topic: str) -> int:
        """Lines ever appended by the writers of this log."""
        return _number(self.load(LINES, [topic]), 0)

    def _present(self) -> None:
        """A reader looks whether the state has gone on; the writer knows it."""
        self._check()
        if self._producer is None:
            self._wait(self._catch_up(), _TAKE_OVER_S)

    def _check(self) -> None:
        if self._ended:
            raise LogUnavailable(f"this log is at its end: {self._ended}; open it again", where=self._where(STATE.name))

    # frames

    def read(self, topic: str, after: int, limit: int) -> list[Placed]:
        """Frames of `topic` after an offset; see the port."""
        self._check()
        found: list[Placed] = self._wait(self._read(topic, after, limit))
        return found

    def wait_for(self, topic: str, after: int, seconds: float) -> bool:
        """Waits until there is a frame after an offset, so many seconds at most; returns whether there is."""
        self._check()
        return bool(self._wait(self._fetch(topic, after, 1, int(1000 * seconds)), seconds + _PATIENCE_S))

    def _placed(self, topic: str, record: ConsumerRecord) -> Placed | NewerFrame | None:
        return placed_from(record.offset, record.value, record.headers, centre=self._centre, topic=topic, where=f"{self._where(topic)} {record.offset}")

    async def _read(self, topic: str, after: int, limit: int) -> list[Placed]:
        waiting = await self._fetch(topic, after, limit, 0)
        while not waiting:
            if await self._consumers[topic].position(self._place(topic)) >= await self._end(topic):
                return []
            waiting = await self._fetch(topic, after, limit, _LOOK_MS)
        taken: list[Placed] = []
        while waiting and len(taken) < limit:
            found = waiting[0]
            if isinstance(found, NewerFrame):
                if taken:
                    break
                del self._at[topic]
                raise found
            taken.append(found)
            waiting.popleft()
        self._at[topic] = taken[-1].offset
        return taken

    async def _fetch(self, topic: str, after: int, limit: int, wait_ms: int) -> deque[Placed | NewerFrame]:
        """What was fetched and follows `after`, fetched if there is none."""
        source = await self._consumer(topic)
        waiting = self._fetched.setdefault(topic, deque())
        if self._at.get(topic) != after:
            waiting.clear()
            source.seek(self._place(topic), after + 1)
            self._at[topic] = after
        if not waiting:
            place = self._place(topic)
            found = (await source.getmany(place, timeout_ms=wait_ms, max_records=max(limit, 64))).get(place, [])
            waiting.extend(placed for record in found if (placed := self._placed(topic, record)) is not None)
        return waiting

    async def _consumer(self, topic: str) -> AIOKafkaConsumer:
        if topic not in self._consumers:
            source, place = consumer(self._brokers), self._place(topic)
            try:
                await source.start()
                # Of a partition that is not there it would ask for offsets as fast as it can, and tell nobody.
                told = await source._client.set_topics([place.topic])  # noqa: SLF001  the one way to hear of one topic
                if told and self._partition not in (source.partitions_for_topic(place.topic) or ()):
                    raise self._missing(topic)  # noqa: TRY301  the client has to be stopped as after any other fault
                source.assign([place])
            except BaseException:
                with suppress(KafkaError, OSError):
                    await source.stop()
                raise
            self._consumers[topic] = source
        return self._consumers[topic]

    def _missing(self, topic: str) -> LogUnavailable:
        return LogUnavailable("the topic is not there, or has too few partitions: `ucc topics apply` makes what is missing", where=self._where(topic))

    def end(self, topic: str) -> int:
        """An offset that no frame lies beyond, -1 when there never was one. Marks of transactions lie between frames."""
        self._check()
        return int(self._wait(self._end(topic))) - 1

    async def _end(self, topic: str) -> int:
        place, source = self._place(topic), await self._consumer(topic)
        return max(int((await source.end_offsets([place]))[place]), self._written.get(topic, -1) + 1)

    def trim(self, topic: str, below: int) -> int:  # noqa: ARG002  the port's
        """Kafka forgets by the retention of the topic; nothing is done here."""
        return 0

    # what is written

    @contextmanager
    def transaction(self) -> Iterator[_Open]:
        """Everything in the block becomes durable together, or nothing does."""
        self._check()
        if self._producer is None:
            raise LogUnavailable("this log was opened to be read", where=self._where(STATE.name))
        opened = _Open(self._centre)
        yield opened
        rows = self._rows(opened)
        self._ended = "a transaction did not come to its end"
        self._wait(self._commit(opened, rows))
        if rows:
            self._cache.apply(rows, Held(self._written[STATE.name], check_of(message_key(rows[-1].table, rows[-1].key), rows[-1].value)))
        self._ended = ""

    def _rows(self, opened: _Open) -> list[Row]:
        rows: list[Row] = []
        if not self._cache.load(ABOUT, ["version"]):
            rows.append(Row(ABOUT, "version", str(STATE_VERSION).encode()))
        rows += [Row(LINES, topic, str(self.total_lines(topic) + lines).encode()) for topic, lines in opened.lines.items()]
        rows += [Row(OFFSETS, f"{reader} {topic}", str(offset).encode()) for (reader, topic), offset in opened.offsets.items()]
        return rows + opened.rows

    async def _commit(self, opened: _Open, rows: Sequence[Row]) -> None:
        producer = self._producer
        async with producer.transaction():
            sent = [batch for topic, messages in opened.messages.items() for batch in await self._send(topic, messages)]
            sent += await self._send(STATE.name, [(message_key(row.table, row.key), row.value, []) for row in rows])
            written: list[Any] = await asyncio.gather(*(future for *_, future in sent), return_exceptions=True)
            for failure in written:
                if isinstance(failure, BaseException):
                    raise failure
            readers = {reader for reader, _ in opened.offsets}
            # For Kafka's own tools, and more than half of what a small transaction takes; what counts stands in the state. aiokafka knows one group a transaction.
            if len(readers) == 1 and time.monotonic() - self._told_at > TELL_S:
                self._told_at = time.monotonic()
                places = {self._place(topic): OffsetAndMetadata(at + 1, "") for (_, topic), at in opened.offsets.items()}
                await producer.send_offsets_to_transaction(places, self._brokers.named(readers.pop()))
        for (topic, messages, _), first in zip(sent, written, strict=True):
            self._written[topic] = int(first.offset) + messages - 1

    async def _send(self, topic: str, messages: Iterable[Message]) -> list[tuple[str, int, Any]]:
        """Sends messages in batches; for each its topic, how many it has, and the future of its first offset."""
        producer, name = self._producer, self._brokers.named(topic)
        try:
            if self._partition not in await producer.partitions_for(name):
                raise self._missing(topic)
        except UnknownTopicOrPartitionError as error:
            raise self._missing(topic) from error
        sent = []
        batch = producer.create_batch()
        for key, value, headers in messages:
            if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                sent.append((topic, batch.record_count(), await producer.send_batch(batch, name, partition=self._partition)))
                batch = producer.create_batch()
                batch.append(timestamp=None, key=key, value=value, headers=headers)
        if batch.record_count():
            sent.append((topic, batch.record_count(), await producer.send_batch(batch, name, partition=self._partition)))
        return sent


class _Open:
    """An open transaction: what it will send. Implements the port `Transaction` of `schemas.ports`."""

    def __init__(self, centre: str) -> None:
        self._centre = centre
        self.messages: dict[str, list[Message]] = {}
        self.lines: dict[str, int] = {}
        self.offsets: dict[tuple[str, str], int] = {}
        self.rows: list[Row] = []

    def append(self, topic: str, frame: Frame) -> None:
        """Appends a frame; its offset is known when it is durable."""
        messages = self.messages.setdefault(topic, [])
        if topic == CASES.name:
            messages += [(_case_id(line), line, []) for line in frame.lines()]
        else:
            messages.append((self._centre.encode(), frame.body, headers_of(frame)))
        self.lines[topic] = self.lines.get(topic, 0) + frame.header.lines

    def commit_offset(self, reader: str, topic: str, offset: int) -> None:
        """Notes how far `reader` has come."""
        self.offsets[reader, topic] = offset

    def put(self, table: str, rows: Iterable[tuple[StateKey, bytes | None]]) -> None:
        """Writes state rows; None deletes."""
        self.rows += [Row(table, key, value) for key, value in rows]


_CASE_ID = b'{"case_id":"'


def _case_id(line: bytes) -> bytes:
    """Whose picture a line is: where the fold has written it, it says so first."""
    if line.startswith(_CASE_ID):
        return line[len(_CASE_ID) : line.index(b'"', len(_CASE_ID))]
    return str(orjson.loads(line)["case_id"]).encode()


def _number(found: Mapping[StateKey, bytes], otherwise: int) -> int:
    return int(next(iter(found.values()))) if found else otherwise
