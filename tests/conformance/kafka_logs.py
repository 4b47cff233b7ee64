"""The log on Kafka for the conformance suite; a module of its own, so that processes that have embedded logs need not load it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from pipeline.runtime.kafka.log import KafkaLog
from pipeline.runtime.kafka.loop import LoopThread
from schemas.brokers import Brokers
from schemas.ports import Log
from tests.conformance.logs import Reading


@dataclass(frozen=True)
class KafkaBackend:
    """The log on Kafka: one partition of the topics of a namespace."""

    brokers: Brokers
    partition: int
    patience: float = 120

    @contextmanager
    def writer(self) -> Iterator[Log]:
        """The partition's writer."""
        with self._opened(writer=True) as log:
            yield log

    @contextmanager
    def reader(self) -> Iterator[Reading]:
        """A reader of the partition."""
        with self._opened(writer=False) as log:
            yield log

    @contextmanager
    def _opened(self, *, writer: bool) -> Iterator[KafkaLog]:
        with closing(LoopThread("kafka")) as loop, closing(KafkaLog(loop, self.brokers, "pukou", self.partition, writer=writer)) as log:
            yield log
