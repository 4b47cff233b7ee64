from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from connectors.kafka_clients import producer
from connectors.kafka_publisher import Publisher
from connectors.kafka_reader import KafkaReader, Kept
from connectors.kafka_topics import apply
from schemas.brokers import Brokers
from schemas.errors import LogUnavailable, NewerFrame, NotFound
from schemas.frame import MAX_LINE_BYTES, Frame, frame_of
from schemas.metrics import REGISTRY
from schemas.wire import HEADER
from tests.served.kafka import Broker

PARTITION = 2
PATIENCE_S = 120


@pytest.fixture
def brokers(broker: Broker, namespace: str) -> Brokers:
    """Topics of an installation, on the broker of all tests."""
    told = broker.brokers(namespace)
    apply(told, partitions=4)
    return told


@pytest.fixture
def reader(brokers: Brokers) -> Iterator[KafkaReader]:
    """Of one centre."""
    with closing(KafkaReader(brokers, "c", PARTITION)) as opened:
        yield opened


def frame(text: str) -> Frame:
    return frame_of("c", "report", [text.encode()])


def sent(brokers: Brokers, topic: str, *values: bytes | None, headers: list[tuple[str, bytes]] | None = None, key: bytes = b"k") -> list[int]:
    """Sends messages as anybody may; their offsets."""
    long = PATIENCE_S * 1000  # once, however long the broker takes that has just come back
    with closing(producer(brokers, linger_ms=5, bootstrap_timeout_ms=long, max_block_ms=long, delivery_timeout_ms=long)) as sending:
        futures = [sending.send(brokers.named(topic), value=value, key=key, headers=headers, partition=PARTITION) for value in values]
        return [int(future.get(PATIENCE_S).offset) for future in futures]


def texts(reader: KafkaReader, topic: str, after: int = -1, limit: int = 1_000_000) -> list[str]:
    return [placed.frame.body.decode() for placed in reader.read(topic, after, limit)]


def transactions(brokers: Brokers, topic: str, rng: random.Random, count: int) -> list[tuple[int, str]]:
    """Writes some that end and some that do not; offsets and texts of those that count."""
    kept: list[tuple[int, str]] = []
    with closing(Publisher(brokers, f"writer {topic}")) as publisher:
        for number in range(count):
            try:
                with publisher.transaction() as transaction:
                    found = [(transaction.send(topic, PARTITION, frame(f"{number} {n}")), f"{number} {n}") for n in range(rng.randint(0, 5))]
                    assert rng.random() < 0.7
                kept += found
            except AssertionError:
                pass
    Publisher(brokers, f"writer {topic}").close()  # waits until the last one is marked as ended: readers see it after that
    return kept


def test_of_a_topic_that_never_was_written_nothing_is_there(reader: KafkaReader) -> None:
    assert (reader.read("ucc.raw", -1, 9), reader.end("ucc.raw"), reader.at_end("ucc.raw", -1), reader.tail("ucc.raw", 3)) == ([], -1, True, [])


def test_only_what_was_committed_is_read_in_order_and_in_any_portions(brokers: Brokers, reader: KafkaReader) -> None:
    kept = transactions(brokers, "ucc.raw", random.Random(3), 60)
    for limit in (1, 2, 7, 1_000):
        found, after = [], -1
        while portion := reader.read("ucc.raw", after, limit):
            found += [(placed.offset, placed.frame.body.decode()) for placed in portion]
            after = portion[-1].offset
        assert found == kept
        assert reader.read("ucc.raw", after, limit) == []
    assert reader.end("ucc.raw") > kept[-1][0], "a mark of a transaction lies behind the last frame"


def test_at_end_sees_through_marks_and_what_was_undone(brokers: Brokers, reader: KafkaReader) -> None:
    kept = transactions(brokers, "ucc.raw", random.Random(4), 20)
    assert not reader.at_end("ucc.raw", -1)
    assert not reader.at_end("ucc.raw", kept[-2][0])
    assert reader.at_end("ucc.raw", kept[-1][0])
    assert reader.at_end("ucc.raw", reader.end("ucc.raw"))


def test_what_a_transaction_that_is_open_has_sent_ends_reading_before_it(brokers: Brokers, reader: KafkaReader) -> None:
    with closing(Publisher(brokers, "w")) as publisher:
        sent(brokers, "ucc.raw", b"1")
        with publisher.transaction() as transaction:
            transaction.send("ucc.raw", PARTITION, frame("2"))
            sent(brokers, "ucc.raw", b"3")
            assert texts(reader, "ucc.raw") == ["1"]
            assert reader.at_end("ucc.raw", 0)
    Publisher(brokers, "w").close()  # waits until it is marked as ended
    assert texts(reader, "ucc.raw") == ["1", "2", "3"]


def test_one_may_read_from_anywhere_at_any_time(brokers: Brokers, reader: KafkaReader) -> None:
    kept = {topic: transactions(brokers, topic, random.Random(topic), 25) for topic in ("ucc.raw", "ucc.journal")}
    rng = random.Random(5)
    for _ in range(300):
        topic, after, limit = rng.choice(sorted(kept)), rng.randint(-1, 110), rng.randint(1, 30)
        found = [(placed.offset, placed.frame.body.decode()) for placed in reader.read(topic, after, limit)]
        assert found == [(offset, text) for offset, text in kept[topic] if offset > after][:limit]
        if rng.random() < 0.2:
            count = rng.randint(1, 40)
            assert [one.value.decode() for one in reader.tail(topic, count) if one.value] == [text for _, text in kept[topic]][-count:]


def test_what_comes_is_seen_at_once(brokers: Brokers, reader: KafkaReader) -> None:
    with closing(Publisher(brokers)) as publisher:
        after = -1
        for number in range(50):
            offset = publisher.send("ucc.events", PARTITION, frame(str(number)))
            (placed,) = reader.read("ucc.events", after, 9)
            assert (placed.offset, placed.frame.body) == (offset, str(number).encode())
            after = offset


def test_the_longest_frames_are_read(brokers: Brokers, reader: KafkaReader) -> None:
    long = [os.urandom(MAX_LINE_BYTES // 2).hex() for _ in range(12)]
    with closing(Publisher(brokers)) as publisher:
        for text in long:
            publisher.send("ucc.raw", PARTITION, frame(text))
    found: list[str] = []
    while portion := texts(reader, "ucc.raw", after=len(found) - 1):
        found += portion
    assert found == long


def test_many_topics_at_once_are_read_whole(brokers: Brokers, reader: KafkaReader) -> None:
    values = [os.urandom(2_000).hex().encode() for _ in range(6_000)]
    topics = ("ucc.cases", "ucc.alerts", "ucc.outcomes")
    for topic in topics:
        sent(brokers, topic, *values)
    found: dict[str, list[bytes]] = {topic: [] for topic in topics}
    after = dict.fromkeys(topics, -1)
    while not all(reader.at_end(topic, after[topic]) for topic in topics):
        for topic in topics:
            portion = reader.read(topic, after[topic], 500)
            found[topic] += [placed.frame.body for placed in portion]
            after[topic] = portion[-1].offset if portion else after[topic]
    assert found == dict.fromkeys(topics, values)


def test_a_line_without_our_header_is_a_frame_of_where_it_lies(brokers: Brokers, reader: KafkaReader) -> None:
    sent(brokers, "ucc.cases", b'{"case_id": "1"}')
    (placed,) = reader.read("ucc.cases", -1, 9)
    assert (placed.frame.header.centre, placed.frame.header.kind, placed.frame.header.lines) == ("c", "ucc.cases", 1)


def test_a_message_that_is_no_frame_costs_only_itself_and_is_counted(brokers: Brokers, reader: KafkaReader) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("ucc_invariants_broken_total", {"invariant": "foreign message in ucc.raw"}) or 0.0

    before = counted()
    sent(brokers, "ucc.raw", b"1")
    sent(brokers, "ucc.raw", b"2", headers=[(HEADER, b"no header")])
    sent(brokers, "ucc.raw", None)
    sent(brokers, "ucc.raw", b"4")
    assert texts(reader, "ucc.raw") == ["1", "4"]
    assert counted() == before + 1, "one that deletes a key is nothing unusual"


def test_a_frame_of_a_newer_release_ends_reading_before_it_each_time(brokers: Brokers, reader: KafkaReader) -> None:
    sent(brokers, "ucc.raw", b"1")
    sent(brokers, "ucc.raw", b"2", headers=[(HEADER, b'{"v": 99, "centre": "c", "kind": "report", "lines": 1}')])
    sent(brokers, "ucc.raw", b"3")
    assert texts(reader, "ucc.raw") == ["1"]
    for _ in range(2):
        with pytest.raises(NewerFrame, match="version 99"):
            reader.read("ucc.raw", 0, 9)
    assert texts(reader, "ucc.raw", after=1) == ["3"]


def test_tail_tells_keys_and_deletions_too(brokers: Brokers, reader: KafkaReader) -> None:
    sent(brokers, "ucc.state", b"1", None, b"3", key=b"meta/0")
    assert reader.tail("ucc.state", 2) == [Kept(b"meta/0", None), Kept(b"meta/0", b"3")]


def test_what_a_group_has_noted_is_told(brokers: Brokers, reader: KafkaReader) -> None:
    with closing(Publisher(brokers, "w")) as publisher, publisher.transaction() as transaction:
        transaction.offsets("intake", {("ucc.raw", PARTITION): (7, "")})
    assert (reader.committed("intake", "ucc.raw"), reader.committed("sink", "ucc.raw")) == (6, -1)
    with pytest.raises(NotFound):
        reader.total_lines("ucc.raw")


def test_while_the_broker_is_away_it_says_so_and_goes_on_when_it_is_back(broker: Broker, brokers: Brokers, reader: KafkaReader) -> None:
    sent(brokers, "ucc.raw", b"1", b"2")
    assert texts(reader, "ucc.raw", limit=1) == ["1"]
    broker.kill()
    threads = threading.active_count()
    try:
        for _ in range(3):
            with pytest.raises(LogUnavailable):
                reader.read("ucc.raw", 1, 9)
        with pytest.raises(LogUnavailable, match="no broker answers"):
            reader.end("ucc.raw")
        assert threading.active_count() <= threads, "what was in vain leaves no thread behind"
    finally:
        broker.start()
    sent(brokers, "ucc.raw", b"3")
    assert texts_when_answered(reader, "ucc.raw", after=0) == ["2", "3"]


def texts_when_answered(reader: KafkaReader, topic: str, after: int) -> list[str]:
    """One that has just come back may need longer than a reader waits."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return texts(reader, topic, after)
        except LogUnavailable:
            if time.monotonic() > until:
                raise


def test_a_topic_that_is_not_there_is_no_empty_one(broker: Broker, namespace: str) -> None:
    with closing(KafkaReader(broker.brokers(namespace), "c", PARTITION)) as reader, pytest.raises(LogUnavailable):
        reader.read("ucc.raw", -1, 9)
