"""Topics for the tests of a module; those of one test are made with `apply`, and the fixture `namespace` deletes them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.kafka_clients import admin
from connectors.kafka_topics import apply
from schemas.brokers import Brokers
from tests.served.kafka import Broker, Cluster


@contextmanager
def topics(served: Broker | Cluster, *, partitions: int) -> Iterator[Brokers]:
    """All topics in a namespace that nobody had before, with so many partitions: a centre's history, or a log, each. Gone afterwards."""
    brokers = served.brokers(f"m{os.getpid()}-{uuid.uuid4().hex[:8]}")
    apply(brokers, partitions)
    yield brokers
    served.start()
    asked = admin(brokers)
    try:
        asked.delete_topics([topic for topic in asked.list_topics() if topic.startswith(f"{brokers.namespace}.")])
    finally:
        asked.close()
