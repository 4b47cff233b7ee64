"""How far the warehouse is behind the topics that land in it, for the metrics."""

from __future__ import annotations

import time
from collections.abc import Mapping

from connectors.kafka_reader import KafkaReader
from schemas import metrics
from schemas.brokers import Brokers
from sinks.landing import TABLES
from ucc.home import Home

READER = "sink"
_MARKS = 4
"""So few messages beyond the last that landed may all be marks of transactions: whether one is a frame is looked at."""


class SinkLag:
    """Reads where the topics end, and compares. Used by one thread at a time; `close` it."""

    def __init__(self, home: Home, brokers: Brokers) -> None:
        self._home, self._brokers = home, brokers
        self._readers: dict[str, KafkaReader] = {}
        self._level_at: dict[tuple[str, str], float] = {}

    def tell(self, done: Mapping[tuple[str, str, str], int]) -> None:
        """`done`: offset of the last landed frame by centre, log and topic. Raises LogUnavailable."""
        landed = {(centre, topic): offset for (centre, log, topic), offset in done.items() if log == f"kafka {self._brokers.namespace}"}
        for centre in self._home.centres():
            reader = self._readers.setdefault(centre.centre, KafkaReader(self._brokers, centre.centre, centre.partition))
            for topic in TABLES:
                place = (centre.centre, topic)
                behind = _behind(reader, topic, landed.get(place, -1))
                now = time.monotonic()
                since = self._level_at.setdefault(place, now) if behind else now
                self._level_at[place] = since
                metrics.LAG_MESSAGES.labels(READER, topic, centre.centre).set(behind)
                metrics.LAG_SECONDS.labels(READER, topic, centre.centre).set(now - since)

    def close(self) -> None:
        """Lets go of Kafka. May be called twice."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()


def _behind(reader: KafkaReader, topic: str, landed: int) -> int:
    behind = max(0, reader.end(topic) - landed)
    return 0 if behind <= _MARKS and reader.at_end(topic, landed) else behind
