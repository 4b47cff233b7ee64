"""Reads one centre's partition of the topics on Kafka, for what waits for answers: the sink, reconciling, commands."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kafka import TopicPartition
from kafka import errors as kafka_errors

from connectors import kafka_publisher
from connectors.kafka_clients import PATIENCE_S, asking, consumer
from schemas.brokers import Brokers
from schemas.errors import LogUnavailable, NewerFrame, NotFound
from schemas.frame import Placed
from schemas.wire import placed_from

_AT_ONCE = 2_000
"""Messages handed over by one look."""
_AHEAD_BYTES = 8_000_000
"""Of one topic: what waits here beyond it is not fetched on. A topic's fetch, packed, is 1 MiB and may be ten times that unpacked."""
_LOOK_MS = 200
"""Waiting for what is known to be there."""


class Kept(NamedTuple):
    """A message as it lies in a topic."""

    key: bytes | None
    value: bytes | None


@dataclass(slots=True)
class _Topic:
    """How far reading is: `waiting` holds all frames behind `after` that were fetched."""

    place: TopicPartition
    after: int | None = None
    waiting: deque[tuple[int, Placed | NewerFrame]] = field(default_factory=deque)
    """Each with its offset."""
    size: int = 0
    end: int = 0
    """What was known last of where the committed messages end."""


class KafkaReader:
    """The port `FrameReader` of `schemas.ports` over one partition. Used by one thread at a time; `close` it.

    Sees what was committed. Offsets have gaps, where marks of transactions lie and messages that were undone, compacted away, or are
    no frames. It connects when it is first asked, and again after an outage; while there is one, calls raise LogUnavailable after
    10 s.
    """

    def __init__(self, brokers: Brokers, centre: str, partition: int) -> None:
        """Connects to nothing yet."""
        self._brokers, self._centre, self._partition = brokers, centre, partition
        self._consumer: Any = None
        self._topics: dict[str, _Topic] = {}

    # the port

    def read(self, topic: str, after: int, limit: int) -> list[Placed]:
        """Up to `limit` frames with offsets greater than `after`, in order; see the port. A message that is no frame is passed over and counted.

        Fewer than `limit` are handed out where they are many bytes (8 MB): only an empty list says that there are no more.
        """
        one = self._filled(topic, after, limit)
        found: list[Placed] = []
        while one.waiting and len(found) < limit:
            offset, placed = one.waiting[0]
            if isinstance(placed, NewerFrame):
                if found:
                    break
                raise placed
            one.waiting.popleft()
            one.size -= len(placed.frame.body)
            found.append(placed)
            one.after = offset
        return found

    def end(self, topic: str) -> int:
        """An offset that no committed frame lies beyond, -1 when there never was one. A mark of a transaction may lie there: see `at_end`."""
        with self._answering():
            one = self._topic(topic)
            self._look_at_end(one)
            return one.end - 1

    def at_end(self, topic: str, after: int) -> bool:
        """Whether no committed frame lies behind `after`."""
        return not self._filled(topic, after, 1).waiting

    def committed(self, reader: str, topic: str) -> int:
        """Offset of the last frame that a group of that name has noted to be done with, -1 when none."""
        found = kafka_publisher.committed(self._brokers, reader, topic, self._partition)
        return -1 if found is None else found[0] - 1

    def total_lines(self, topic: str) -> int:
        """Not known here: Kafka forgets, and the fold counts. Raises NotFound."""
        raise NotFound(f"how many lines {topic} ever had is told by the fold's state, not by Kafka", where=self._where(topic))

    # beside it

    def tail(self, topic: str, count: int) -> list[Kept]:
        """The last `count` committed messages, in order; fewer when there are no more."""
        with self._answering():
            one = self._topic(topic)
            self._look_at_end(one)
            first = self._consumer.beginning_offsets([one.place], timeout_ms=PATIENCE_S * 1000)[one.place]
            step = count
            while True:
                start = max(first, one.end - step)
                found = deque((Kept(record.key, record.value) for record in self._between(one, start)), maxlen=count)
                if len(found) == count or start == first:
                    return list(found)
                step *= 2

    def close(self) -> None:
        """Lets go of it."""
        self._topics.clear()
        gone, self._consumer = self._consumer, None
        if gone is not None:
            with suppress(kafka_errors.KafkaError, OSError):
                gone.close(autocommit=False, timeout_ms=1_000)

    # how

    def _filled(self, topic: str, after: int, limit: int) -> _Topic:
        """The topic, with `limit` frames waiting behind `after`, or all that there are, or as many as shall wait."""
        with self._answering():
            one = self._topic(topic)
            if one.after != after:
                self._go(one, after)
            waits_until = time.monotonic() + PATIENCE_S
            while len(one.waiting) < limit and one.size <= _AHEAD_BYTES:
                before = self._position(one)
                if before is not None and before >= one.end:
                    self._look_at_end(one)
                    if before >= one.end:
                        break
                self._look(one)
                if self._position(one) != before:
                    waits_until = time.monotonic() + PATIENCE_S
                elif time.monotonic() > waits_until:
                    raise kafka_errors.KafkaTimeoutError(f"nothing of {self._where(topic)} came within {PATIENCE_S:g} s")
            return one

    def _go(self, one: _Topic, after: int) -> None:
        """Makes `after` the place to read on from; what was fetched behind it is kept where it can be."""
        if one.after is not None and one.after < after:
            while one.waiting and one.waiting[0][0] <= after:
                _, gone = one.waiting.popleft()
                one.size -= len(gone.frame.body) if isinstance(gone, Placed) else 0
            if one.waiting:
                one.after = after
                return
        self._forget(one)
        self._consumer.seek(one.place, after + 1)
        one.after = after

    def _forget(self, one: _Topic) -> None:
        one.waiting.clear()
        one.size, one.after = 0, None

    def _look(self, wanted: _Topic) -> None:
        """Takes over what has come, of any topic, and waits a little for one."""
        self._hold_back(wanted)
        for place, records in self._consumer.poll(timeout_ms=_LOOK_MS, max_records=_AT_ONCE).items():
            name, one = next((name, one) for name, one in self._topics.items() if one.place == place)
            for record in records:
                if one.after is None or record.offset <= one.after:
                    continue
                placed = self._placed(name, record)
                if placed is not None:
                    one.waiting.append((record.offset, placed))
                    one.size += len(record.value) if isinstance(placed, Placed) else 0

    def _hold_back(self, wanted: _Topic) -> None:
        """Fetches nothing on of other topics that nobody reads now, or of which much is waiting."""
        for one in self._topics.values():
            if one is wanted:
                self._consumer.resume(one.place)
            elif one.after is None or one.size > _AHEAD_BYTES:
                self._consumer.pause(one.place)
            elif one.size < _AHEAD_BYTES // 2:
                self._consumer.resume(one.place)

    def _placed(self, topic: str, record: Any) -> Placed | NewerFrame | None:  # noqa: ANN401  kafka-python carries no types
        """As `placed_from`; a message that deletes a key is none, and nothing unusual."""
        if record.value is None:
            return None
        return placed_from(record.offset, record.value, record.headers, centre=self._centre, topic=topic, where=f"{self._where(topic)} {record.offset}")

    def _between(self, one: _Topic, start: int) -> Iterator[Any]:
        """Messages from an offset to the end that was looked at; reading goes elsewhere afterwards."""
        self._forget(one)
        self._consumer.pause(*(other.place for other in self._topics.values()))
        self._consumer.resume(one.place)
        self._consumer.seek(one.place, start)
        waits_until = time.monotonic() + PATIENCE_S
        position = self._position(one)
        while position is None or position < one.end:
            records = self._consumer.poll(timeout_ms=_LOOK_MS, max_records=_AT_ONCE).get(one.place, [])
            yield from (record for record in records if record.offset < one.end)
            before, position = position, self._position(one)
            if before != position:
                waits_until = time.monotonic() + PATIENCE_S
            elif time.monotonic() > waits_until:
                raise kafka_errors.KafkaTimeoutError(f"nothing of {one.place.topic} came within {PATIENCE_S:g} s")

    def _position(self, one: _Topic) -> int | None:
        """Offset of what is fetched next; none while that is being found out."""
        found: int | None = self._consumer.position(one.place, timeout_ms=_LOOK_MS)
        return found

    def _look_at_end(self, one: _Topic) -> None:
        one.end = self._consumer.end_offsets([one.place], timeout_ms=PATIENCE_S * 1000)[one.place]

    def _topic(self, topic: str) -> _Topic:
        """A topic, with a consumer that has it."""
        if topic not in self._topics:
            if self._consumer is None:
                self._consumer = consumer(self._brokers, max_partition_fetch_bytes=1 << 20, fetch_max_bytes=16 << 20)
            one = _Topic(TopicPartition(self._brokers.named(topic), self._partition))
            self._consumer.assign([*(known.place for known in self._topics.values()), one.place])
            self._consumer.seek(one.place, 0)
            self._consumer.pause(one.place)
            self._topics[topic] = one
        return self._topics[topic]

    def _where(self, topic: str) -> str:
        return f"{self._brokers.named(topic)}/{self._partition}"

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Tells the library's errors as ours; after an outage everything is made anew: the library is not trusted to come back by itself."""
        try:
            with asking(self._brokers):
                yield
        except LogUnavailable:
            self.close()
            raise
