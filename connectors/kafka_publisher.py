"""Frames onto Kafka: each by itself, or several in one transaction with a note of how far whoever sends them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any

from kafka import TopicPartition
from kafka import errors as kafka_errors
from kafka.structs import OffsetAndMetadata

from connectors.kafka_clients import PATIENCE_S, asking, consumer, producer
from schemas.brokers import Brokers
from schemas.errors import BrokenFrame, HomeBusy, LogUnavailable, NotFound, UccError
from schemas.frame import Frame
from schemas.wire import headers_of

LONGEST_NOTE = 4_096
"""Characters of what stands beside an offset: as many as a broker takes unless it is told otherwise (`offset.metadata.max.bytes`)."""
TRANSACTION_TIMEOUT_MS = 60_000
"""After which the broker ends the transaction of a process that was stopped in the middle of it: readers of its topics wait so long."""
_DELIVERED_S = 3 * PATIENCE_S
_FENCED = (kafka_errors.ProducerFencedError, kafka_errors.InvalidProducerEpochError, kafka_errors.InvalidProducerIdMappingError)


class Publisher:
    """Writes frames. Used by one thread at a time.

    With a `transactional_id` it writes in transactions only, and is the one writer under that id: when it opens, it fences the one
    before and ends what that left open. When a transaction fails for want of the broker, whether it counts may be known only later:
    this publisher is then at its end (every call raises LogUnavailable), and whoever opens another under its id reads with `committed`
    what is true.
    """

    def __init__(self, brokers: Brokers, transactional_id: str = "") -> None:
        """Opens it. Raises LogUnavailable, BrokenSetting."""
        self._brokers = brokers
        self._ended = ""
        self._transactional = bool(transactional_id)
        if not transactional_id:
            self._producer = producer(brokers)
            return
        # Between two transactions the broker is still writing the marks of the first and answers "again": the library's default
        # pause of 100 ms would be most of a transaction.
        self._producer = producer(
            brokers,
            transactional_id=brokers.named(transactional_id),
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=10,
            max_block_ms=int(_DELIVERED_S * 1000),
        )
        try:
            with asking(brokers):
                self._producer.init_transactions()
        except BaseException:
            self._force_close()
            raise

    def send(self, topic: str, partition: int, frame: Frame) -> int:
        """Sends a frame by itself; returns its offset once it is durable on all replicas that are in step.

        Raises LogUnavailable when that is not known in time: it may still come about, so what sends it again must bear it twice.
        """
        if self._transactional:
            raise TypeError("this publisher writes in transactions only")
        self._check()
        return self._sent(topic, partition, frame)

    @contextmanager
    def transaction(self) -> Iterator[Outgoing]:
        """What is sent in the block is durable together when it ends, or nothing of it is when it raises.

        Readers see it a moment later: the broker answers before it has marked the transaction as ended in each partition.
        `committed` and whoever opens next under this id wait for that.

        Raises HomeBusy when another has opened under the same id, LogUnavailable when the broker is away (see the class).
        """
        self._check()
        with self._answering():
            self._producer.begin_transaction()
        try:
            yield Outgoing(self)
        except BaseException:
            self._abort()
            raise
        with self._answering():
            self._wait(self._manager.begin_commit())

    def close(self) -> None:
        """Lets go of it."""
        try:
            self._producer.close(timeout=PATIENCE_S)
        except kafka_errors.KafkaError:
            self._force_close()

    # what transactions are made of

    def _sent(self, topic: str, partition: int, frame: Frame) -> int:
        name = self._brokers.named(topic)
        key = frame.header.centre.encode()
        with self._answering():
            try:
                sending = self._producer.send(name, value=frame.body, key=key, headers=headers_of(frame), partition=partition)
            except ValueError as error:
                raise NotFound(f"{name} has no partition {partition}: run `ucc topics apply --partitions {partition + 1}`") from error
            except kafka_errors.MessageSizeTooLargeError as error:
                raise BrokenFrame(str(error), where=name) from error
            return int(sending.get(_DELIVERED_S).offset)

    def _note(self, group: str, offsets: Mapping[tuple[str, int], tuple[int, str]]) -> None:
        places = {TopicPartition(self._brokers.named(topic), partition): OffsetAndMetadata(at, said, -1) for (topic, partition), (at, said) in offsets.items()}
        longest = max((len(said) for _, said in offsets.values()), default=0)
        if longest > LONGEST_NOTE:
            raise ValueError(f"a note has {longest} characters; a broker keeps {LONGEST_NOTE}")
        with self._answering():
            self._wait(self._manager.send_offsets_to_transaction(places, self._brokers.named(group)))

    def _abort(self) -> None:
        """Ends an open transaction so that readers need not wait for its timeout; where that does not come about, this publisher is at its end."""
        if self._ended:
            return
        with suppress(UccError), self._answering():
            self._wait(self._manager.begin_abort())

    @property
    def _manager(self) -> Any:  # noqa: ANN401  kafka-python carries no types
        # The library's own commit_transaction(), abort_transaction() and send_offsets_to_transaction() are these calls and a wait
        # without an end, however long the broker is away.
        return self._producer._transaction_manager  # noqa: SLF001

    def _wait(self, result: Any) -> None:  # noqa: ANN401  kafka-python carries no types
        self._producer._sender.wakeup()  # noqa: SLF001  see _manager
        if not result.wait(timeout_ms=_DELIVERED_S * 1000):
            raise kafka_errors.KafkaTimeoutError(f"no answer within {_DELIVERED_S:g} s")

    def _check(self) -> None:
        if self._ended:
            raise LogUnavailable(f"this publisher is at its end: {self._ended}; open another", where=",".join(self._brokers.addresses))

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Tells the library's errors as ours; in a transaction any of them is the end."""
        try:
            with asking(self._brokers):
                try:
                    yield
                except kafka_errors.KafkaError as error:
                    if self._transactional and self._fenced(error):
                        detail = "another process writes in its place now, or this one stood still for longer than a transaction may take"
                        raise HomeBusy(detail, where=self._producer.config["transactional_id"]) from error
                    raise
        except UccError as error:
            if self._transactional and not isinstance(error, NotFound | BrokenFrame):
                self._ended = error.detail
                self._force_close()
            raise

    def _fenced(self, error: BaseException) -> bool:
        return isinstance(error, _FENCED) or isinstance(self._manager.last_error, _FENCED)

    def _force_close(self) -> None:
        """Ends its thread without waiting for the broker: close() alone would wait for what is under way, and leave the thread behind."""
        self._producer._sender.force_close()  # noqa: SLF001  the library has no other way
        self._producer._sender.join(PATIENCE_S)  # noqa: SLF001
        with suppress(kafka_errors.KafkaError):
            self._producer.close(timeout=0)


class Outgoing:
    """An open transaction."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def send(self, topic: str, partition: int, frame: Frame) -> int:
        """Sends a frame; returns its offset, which it keeps if the transaction comes about."""
        return self._publisher._sent(topic, partition, frame)  # noqa: SLF001  a part of it

    def offsets(self, group: str, offsets: Mapping[tuple[str, int], tuple[int, str]]) -> None:
        """Notes for a group how far it is: by topic and partition the offset to go on from, and what `committed` shall tell beside it.

        Raises ValueError when that is longer than `LONGEST_NOTE`. A broker forgets the note of a group of which nothing was heard
        for `offsets.retention.minutes` (7 days unless it is told otherwise).
        """
        self._publisher._note(group, offsets)  # noqa: SLF001  a part of it


def committed(brokers: Brokers, group: str, topic: str, partition: int) -> tuple[int, str] | None:
    """The offset that a group has noted, and what stands beside it; none when there is none. Waits for a transaction that is being ended.

    Raises LogUnavailable, BrokenSetting.
    """
    with closing(consumer(brokers, group_id=brokers.named(group))) as asked, asking(brokers):
        found = asked.committed(TopicPartition(brokers.named(topic), partition), metadata=True, timeout_ms=PATIENCE_S * 1000)
    return None if found is None or found.offset < 0 else (int(found.offset), str(found.metadata or ""))
