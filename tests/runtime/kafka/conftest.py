"""Topics on a broker for the tests of a module, a partition for each test, and a loop for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count

import pytest

from pipeline.runtime.kafka.loop import LoopThread
from schemas.brokers import Brokers
from tests.served.kafka import Broker
from tests.served.topics import topics

_NUMBERS = count()
PARTITIONS = 14
"""As many as the tests of the module that has most of them."""


@pytest.fixture(scope="module")
def brokers(broker: Broker) -> Iterator[Brokers]:
    """A namespace with all topics."""
    with topics(broker, partitions=PARTITIONS) as made:
        yield made


@pytest.fixture
def partition() -> int:
    """One that no other test of the module has."""
    return next(_NUMBERS) % PARTITIONS


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    """Where aiokafka runs."""
    with closing(LoopThread("kafka")) as made:
        yield made


@pytest.fixture
def another_partition() -> int:
    """And another one."""
    return next(_NUMBERS) % PARTITIONS
