"""What the checks must notice, done to a sound installation: lines that are there twice, and lines that are gone."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from kafka import TopicPartition

from connectors.kafka_clients import admin, consumer, producer
from schemas.brokers import Brokers


def double_last(brokers: Brokers, topic: str, partition: int) -> None:
    """The last message of a partition is written once more, as a writer would that does not know what it has done."""
    place = TopicPartition(brokers.named(topic), partition)
    last = _messages(brokers, place)[-1]
    with closing(producer(brokers)) as sending:
        sending.send(place.topic, last.value, key=last.key, headers=last.headers, partition=partition).get(30)


def lose_first(brokers: Brokers, topic: str, partition: int) -> None:
    """The first message of a partition is gone."""
    place = TopicPartition(brokers.named(topic), partition)
    with closing(admin(brokers)) as asked:
        asked.delete_records({place: _messages(brokers, place)[0].offset + 1})


def _messages(brokers: Brokers, place: TopicPartition) -> list[Any]:
    found: list[Any] = []
    with closing(consumer(brokers)) as source:
        source.assign([place])
        source.seek_to_beginning(place)
        end = source.end_offsets([place])[place]
        while (source.position(place, timeout_ms=1_000) or 0) < end:
            found += source.poll(timeout_ms=500).get(place, [])
    return found
