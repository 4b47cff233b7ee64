"""A log whose broker, or whose topics, are not there."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from connectors.kafka_clients import admin
from connectors.kafka_topics import apply
from pipeline.runtime.kafka import clients
from pipeline.runtime.kafka import log as log_module
from pipeline.runtime.kafka.log import KafkaLog
from pipeline.runtime.kafka.loop import LoopThread
from schemas.errors import LogUnavailable
from schemas.topics import EVENTS, JOURNAL, RAW
from tests.conformance.logs import check_whole, frame, write
from tests.served.kafka import Broker


@contextmanager
def impatient() -> Iterator[None]:
    """A broker that does not answer a request for five seconds, or a transaction for twenty, is away; one that comes back gets its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "REQUEST_TIMEOUT_MS", 5_000)
        patch.setattr(log_module, "_PATIENCE_S", 20.0)
        yield


@pytest.mark.parametrize("writer", [True, False])
@pytest.mark.parametrize("partition", [0, 7])
def test_topics_that_are_missing_or_too_small_are_said_to_be_and_what_makes_them(
    loop: LoopThread, broker: Broker, namespace: str, writer: bool, partition: int
) -> None:
    brokers = broker.brokers(namespace)
    if partition:
        apply(brokers, partitions=partition)
    with pytest.raises(LogUnavailable, match=rf"\.ucc\.state/{partition}: the topic is not there, or has too few partitions: `ucc topics apply`"):
        KafkaLog(loop, brokers, "pukou", partition, writer=writer)


def test_one_topic_that_is_missing_costs_the_call_that_needs_it(loop: LoopThread, broker: Broker, namespace: str) -> None:
    brokers = broker.brokers(namespace)
    apply(brokers, partitions=1)
    with closing(admin(brokers)) as asked:
        gone = {brokers.named(EVENTS.name), brokers.named(JOURNAL.name)}
        asked.delete_topics(sorted(gone))
        until = time.monotonic() + 120
        while gone & set(asked.list_topics()):  # a broker answers before it has done so
            assert time.monotonic() < until
            time.sleep(0.05)
    missing = r"ucc\.(events|journal)/0: the topic is not there, or has too few partitions: `ucc topics apply`"
    with impatient(), closing(KafkaLog(loop, brokers, "pukou", 0)) as log:
        asks: list[Callable[[], object]] = [lambda: log.read(EVENTS.name, -1, 9), lambda: log.wait_for(EVENTS.name, -1, 1), lambda: log.end(EVENTS.name)]
        for ask in asks:
            with pytest.raises(LogUnavailable, match=missing):
                ask()
        with pytest.raises(LogUnavailable, match=missing):
            write(log, 0)
    apply(brokers, partitions=1)
    with closing(KafkaLog(loop, brokers, "pukou", 0)) as log:
        assert check_whole(log) == -1, "what was not written to the topic that is there, either"
        write(log, 0)
        assert check_whole(log) == 0


def test_a_broker_that_is_away_is_said_to_be_and_when_it_is_back_a_new_log_goes_on(loop: LoopThread, broker: Broker, namespace: str, tmp_path: Path) -> None:
    brokers, cache = broker.brokers(namespace), tmp_path / "state.db"
    apply(brokers, partitions=1)
    with impatient():
        opened = KafkaLog(loop, brokers, "pukou", 0, cache=cache), KafkaLog(loop, brokers, "pukou", 0, writer=False)
    with closing(opened[0]) as log, closing(opened[1]) as reader:
        write(log, 0)
        broker.stop()
        try:
            asks: list[Callable[[], object]] = [
                lambda: reader.load("meta", [0]),
                lambda: log.end(RAW.name),
                lambda: write(log, 1),
                lambda: KafkaLog(loop, brokers, "pukou", 0, cache=cache),
                lambda: KafkaLog(loop, brokers, "pukou", 0, writer=False),
            ]
            for ask in asks:
                with impatient(), pytest.raises(LogUnavailable, match=r"Kafka (cannot be read or written now|did not answer within)"):
                    ask()
        finally:
            broker.start()
        with pytest.raises(LogUnavailable, match="a transaction did not come to its end; open it again"):
            write(log, 1)
        with closing(KafkaLog(loop, brokers, "pukou", 0, cache=cache)) as again:
            number = check_whole(again)
            assert number in (0, 1), "whether the last one counts is known now"
            write(again, number + 1)
            with again.transaction() as transaction:
                transaction.append(RAW.name, frame("x"))
            assert check_whole(again) == number + 1
            assert dict(again.scan("meta")) == dict(reader.scan("meta"))


def test_what_takes_too_long_is_told_as_a_log_that_is_away_and_given_up() -> None:
    given_up = threading.Event()

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    with closing(LoopThread("slow")) as loop:
        with pytest.raises(LogUnavailable, match="Kafka did not answer within 0 s"):
            loop.wait(never(), 0.01)
        assert given_up.wait(30)
        assert loop.wait(asyncio.sleep(0, "done"), 30) == "done"
