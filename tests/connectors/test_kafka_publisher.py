from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from connectors.kafka_publisher import LONGEST_NOTE, Publisher, committed
from connectors.kafka_reader import KafkaReader
from connectors.kafka_topics import apply
from schemas.brokers import Brokers
from schemas.errors import HomeBusy, LogUnavailable, NotFound
from schemas.frame import MAX_LINE_BYTES, Frame, Placed, frame_of
from tests.connectors.kafka_numbers import PARTITION, TOPIC, WRITER
from tests.served.kafka import Broker

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300
"""For what comes about some time: a broker that was killed has much to read first, and cores are shared."""
T = TypeVar("T")


def answered(ask: Callable[[], T]) -> T:
    """What the broker answers as soon as it can: one that has just come back tells for a while that it cannot."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except LogUnavailable:
            if time.monotonic() > until:
                raise


@pytest.fixture
def brokers(broker: Broker, namespace: str) -> Brokers:
    """Topics of an installation, on the broker of all tests."""
    told = broker.brokers(namespace)
    apply(told, partitions=4)
    return told


def frame(*lines: str) -> Frame:
    return frame_of("c", "report", [line.encode() for line in lines], source="hotline12345", raw_offset=7, hops=("door 1",))


def all_of(brokers: Brokers) -> list[Placed]:
    """All committed frames."""
    with closing(KafkaReader(brokers, "c", PARTITION)) as reader:
        return answered(lambda: reader.read(TOPIC, -1, 1_000_000))


def numbers(brokers: Brokers) -> list[int]:
    return [int(line) for placed in all_of(brokers) for line in placed.frame.lines()]


def settled(brokers: Brokers) -> None:
    """Waits until the broker has marked the last transaction as ended: it answers before, and readers see it after. Fences the writer."""
    opened(brokers).close()


def opened(brokers: Brokers) -> Publisher:
    """The writer, as soon as it can be opened."""
    return answered(lambda: Publisher(brokers, WRITER))


def test_a_frame_that_was_sent_is_read_as_it_was_and_its_offset_is_told(brokers: Brokers) -> None:
    with closing(Publisher(brokers)) as publisher:
        first = publisher.send(TOPIC, PARTITION, frame("多行", "b"))
        second = publisher.send(TOPIC, PARTITION, frame("x" * MAX_LINE_BYTES))
    assert all_of(brokers) == [Placed(first, frame("多行", "b")), Placed(second, frame("x" * MAX_LINE_BYTES))]


def test_what_is_sent_in_a_transaction_is_seen_when_it_ends_and_not_before(brokers: Brokers) -> None:
    with closing(Publisher(brokers, WRITER)) as publisher, publisher.transaction() as transaction:
        offsets = [transaction.send(TOPIC, PARTITION, frame(str(n))) for n in range(3)]
        assert all_of(brokers) == []
    settled(brokers)
    assert [placed.offset for placed in all_of(brokers)] == offsets


def breaks_off(publisher: Publisher) -> None:
    """A transaction that comes to nothing."""
    with publisher.transaction() as transaction:
        transaction.send(TOPIC, PARTITION, frame("1"))
        transaction.offsets(WRITER, {(TOPIC, PARTITION): (1, "1")})
        raise KeyError


def test_of_a_transaction_that_raises_nothing_is_there_and_the_next_goes_on(brokers: Brokers) -> None:
    with closing(Publisher(brokers, WRITER)) as publisher:
        with pytest.raises(KeyError):
            breaks_off(publisher)
        assert committed(brokers, WRITER, TOPIC, PARTITION) is None
        with publisher.transaction() as transaction:
            transaction.send(TOPIC, PARTITION, frame("2"))
    settled(brokers)
    assert numbers(brokers) == [2]


def test_a_note_stands_whole_beside_the_offset(brokers: Brokers) -> None:
    said = json.dumps({"position": {"byte": 2**40, "name": "投诉" * 60}, "rest": "r" * 3_000})
    assert 3_000 < len(said) < LONGEST_NOTE
    with closing(Publisher(brokers, WRITER)) as publisher, publisher.transaction() as transaction:
        offset = transaction.send(TOPIC, PARTITION, frame("1"))
        transaction.offsets(WRITER, {(TOPIC, PARTITION): (offset + 1, said)})
    assert committed(brokers, WRITER, TOPIC, PARTITION) == (offset + 1, said)
    assert committed(brokers, WRITER, TOPIC, PARTITION + 1 - 2) is None
    assert committed(brokers, "somebody else", TOPIC, PARTITION) is None


def test_a_note_alone_is_kept_too_and_one_that_is_too_long_is_refused_before_anything_is_sent(brokers: Brokers) -> None:
    with closing(Publisher(brokers, WRITER)) as publisher:
        with publisher.transaction() as transaction:
            transaction.offsets(WRITER, {(TOPIC, PARTITION): (0, "n")})
        with pytest.raises(ValueError, match="4097 characters"), publisher.transaction() as transaction:
            transaction.offsets(WRITER, {(TOPIC, PARTITION): (0, "n" * (LONGEST_NOTE + 1))})
        with publisher.transaction() as transaction:
            transaction.send(TOPIC, PARTITION, frame("1"))
    assert committed(brokers, WRITER, TOPIC, PARTITION) == (0, "n")


def test_one_who_opens_under_the_same_id_fences_the_one_before(brokers: Brokers) -> None:
    with closing(Publisher(brokers, WRITER)) as old:
        with old.transaction() as transaction:
            transaction.send(TOPIC, PARTITION, frame("1"))
        with closing(Publisher(brokers, WRITER)) as new:
            with pytest.raises(HomeBusy, match="another process"), old.transaction() as transaction:
                transaction.send(TOPIC, PARTITION, frame("2"))
            with pytest.raises(LogUnavailable, match="at its end"), old.transaction():
                pass
            with new.transaction() as transaction:
                transaction.send(TOPIC, PARTITION, frame("3"))
    settled(brokers)
    assert numbers(brokers) == [1, 3]


def test_one_that_was_fenced_in_the_middle_of_a_transaction_leaves_nothing(brokers: Brokers) -> None:
    def overtaken(old: Publisher) -> None:
        with old.transaction() as transaction:
            transaction.send(TOPIC, PARTITION, frame("1"))
            with closing(Publisher(brokers, WRITER)) as new, new.transaction() as other:
                other.send(TOPIC, PARTITION, frame("2"))

    with closing(Publisher(brokers, WRITER)) as old, pytest.raises(HomeBusy):
        overtaken(old)
    settled(brokers)
    assert numbers(brokers) == [2]


def test_a_partition_that_is_not_there_is_named_with_what_to_do(brokers: Brokers) -> None:
    with closing(Publisher(brokers)) as publisher, pytest.raises(NotFound, match="ucc topics apply --partitions 10"):
        publisher.send(TOPIC, 9, frame("1"))


def test_while_the_broker_is_away_nothing_is_sent_and_it_says_so(broker: Broker, brokers: Brokers) -> None:
    publisher = Publisher(brokers, WRITER)
    try:
        with publisher.transaction() as transaction:
            transaction.send(TOPIC, PARTITION, frame("1"))
        broker.kill()
        with pytest.raises(LogUnavailable), publisher.transaction() as transaction:
            transaction.send(TOPIC, PARTITION, frame("2"))
        with pytest.raises(LogUnavailable, match="no broker answers"):
            Publisher(brokers, WRITER)
    finally:
        publisher.close()
        broker.start()
    # The broker may have been killed before it had marked the first transaction as ended; opening waits until it has made up for it.
    with closing(opened(brokers)) as publisher, publisher.transaction() as transaction:
        transaction.send(TOPIC, PARTITION, frame("3"))
    settled(brokers)
    assert numbers(brokers) == [1, 3]


# under kills


class Child:
    """A process that writes numbers, once it is told to: to start takes seconds where cores are shared."""

    def __init__(self, brokers: Brokers, up_to: int) -> None:
        self._brokers = brokers
        command = [sys.executable, "-m", "tests.connectors.kafka_numbers", brokers.addresses[0], brokers.namespace, str(up_to)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def begin(self) -> None:
        """It opens the topic and writes."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def writes(self) -> None:
        """Waits until more is there than there was."""
        before, until = noted(self._brokers), time.monotonic() + PATIENCE_S
        while noted(self._brokers) <= before and self.ends(0.1) is None:
            assert time.monotonic() < until, "nothing was written"

    def ends(self, seconds: float) -> int | None:
        """Its exit code; none when it has not ended in that time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        with self._process:  # closes its pipes
            pass


def noted(brokers: Brokers) -> int:
    """How far the writers are, by their note."""
    found = answered(lambda: committed(brokers, WRITER, TOPIC, PARTITION))
    return int(found[1]) if found else 0


def begun(brokers: Brokers, up_to: int, children: list[Child]) -> Child:
    """One more that writes."""
    children.append(Child(brokers, up_to))
    children[-1].begin()
    return children[-1]


@pytest.fixture
def children() -> Iterator[list[Child]]:
    """Those who were started; all are gone in the end."""
    started: list[Child] = []
    yield started
    for child in started:
        child.kill()


def test_a_writer_killed_at_any_instant_loses_and_doubles_no_number(brokers: Brokers, children: list[Child]) -> None:
    rng, killed, up_to = random.Random(7), 0, 3_000
    while True:
        begun(brokers, up_to, children).writes()
        code = children[-1].ends(rng.uniform(0, 0.8) if killed < 10 else PATIENCE_S)
        if code is not None:
            break
        children[-1].kill()
        killed += 1
    assert (killed, code) == (10, 0)
    settled(brokers)
    found = numbers(brokers)
    assert found == list(range(len(found)))
    assert len(found) >= up_to
    assert committed(brokers, WRITER, TOPIC, PARTITION) == (all_of(brokers)[-1].offset + 1, str(len(found)))


def test_a_broker_killed_at_any_instant_loses_and_doubles_no_number(broker: Broker, brokers: Brokers, children: list[Child]) -> None:
    rng, up_to = random.Random(8), 2_000
    writer = begun(brokers, up_to, children)
    for _ in range(3):
        writer.writes()
        writer.ends(rng.uniform(0, 1))
        broker.kill()
        broker.start()
    assert writer.ends(PATIENCE_S) == 0
    settled(brokers)
    found = numbers(brokers)
    assert found == list(range(len(found)))
    assert len(found) >= up_to


def test_a_writer_that_slept_while_another_took_over_is_fenced_when_it_wakes(brokers: Brokers, children: list[Child]) -> None:
    rng, endless = random.Random(9), 1_000_000
    begun(brokers, endless, children).writes()
    for _ in range(3):
        sleeping = children[-1]
        children.append(Child(brokers, endless))  # it has started before the other sleeps: whoever sleeps for long finds the broker away, and opens anew
        sleeping.ends(rng.uniform(0, 1))
        sleeping.signal(signal.SIGSTOP)
        children[-1].begin()
        children[-1].writes()
        sleeping.signal(signal.SIGCONT)
        assert sleeping.ends(PATIENCE_S) == 75
        if children[-1].ends(0) == 75:  # busy: seen once in some twenty runs; whoever starts next goes on, as an import that is told to try again
            begun(brokers, endless, children).writes()
        assert children[-1].ends(0) is None
    children[-1].kill()
    settled(brokers)
    found = numbers(brokers)
    assert found == list(range(len(found)))
    assert len(found) > 0
