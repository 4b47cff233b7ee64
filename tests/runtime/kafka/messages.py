"""Messages of a topic as they lie there, for those who look past the log."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from kafka import TopicPartition

from connectors.kafka_clients import consumer, producer
from schemas.brokers import Brokers
from schemas.frame import Frame
from schemas.wire import Headers, headers_of

PATIENCE_S = 120


class Message(NamedTuple):
    """One message."""

    offset: int
    key: bytes | None
    value: bytes | None


def produce(brokers: Brokers, topic: str, partition: int, *messages: Frame | bytes | None, headers: Headers = ()) -> list[int]:
    """Appends messages outside of any transaction; their offsets."""
    with closing(producer(brokers)) as made:
        sent = [
            made.send(
                brokers.named(topic),
                key=b"key",
                value=message.body if isinstance(message, Frame) else message,
                headers=headers_of(message) if isinstance(message, Frame) else list(headers),
                partition=partition,
            )
            for message in messages
        ]
        return [future.get(PATIENCE_S).offset for future in sent]


def messages(brokers: Brokers, topic: str, partition: int) -> list[Message]:
    """All that are there."""
    place = TopicPartition(brokers.named(topic), partition)
    with closing(consumer(brokers)) as made:
        made.assign([place])
        made.seek_to_beginning(place)
        end = made.end_offsets([place])[place]
        found: list[Message] = []
        while made.position(place) < end:
            found += (Message(record.offset, record.key, record.value) for records in made.poll(200).values() for record in records)
        return found
