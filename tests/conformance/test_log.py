"""What every log must do (`schemas.ports`), whatever it is made of. A new log is a new `Backend` in `logs.py` and a line in `KINDS`.

What one of them promises beyond that stands in `tests/runtime`.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import HomeBusy
from schemas.ports import Log, StateKey
from tests.conformance.kafka_logs import KafkaBackend
from tests.conformance.logs import Backend, Reading, SqliteBackend, check_whole, everything, frame, look, within, write, write_for_ever
from tests.served.kafka import Broker
from tests.served.topics import topics

SPAWN = multiprocessing.get_context("spawn")
KAFKA_LOGS = 24
"""So many logs are made by these tests at most: a partition each, and a broker takes its time to make many."""


@dataclass(frozen=True)
class Kind:
    """A kind of log."""

    make: Callable[[], Backend]
    """Makes one, empty, of a centre of its own."""
    examples: int
    """How many a property is tried on."""
    kills: int


@pytest.fixture
def sqlite(tmp_path: Path) -> Kind:
    """Embedded logs, in a file each."""
    numbers = count()
    return Kind(lambda: SqliteBackend(tmp_path / str(next(numbers))), examples=50, kills=10)


@pytest.fixture(scope="module")
def kafka(broker: Broker) -> Iterator[Kind]:
    """Logs on a broker, in a partition each."""
    numbers = count()
    with topics(broker, partitions=KAFKA_LOGS) as brokers:
        yield Kind(lambda: KafkaBackend(brokers, next(numbers)), examples=15, kills=4)


@pytest.fixture(params=["sqlite", "kafka"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of log."""
    found: Kind = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def make_log(kind: Kind) -> Callable[[], Backend]:
    """Makes logs of one kind."""
    return kind.make


@contextmanager
def process(target: Callable[..., None], *arguments: object) -> Iterator[tuple[BaseProcess, Connection]]:
    """Another process, and a pipe to it."""
    ours, theirs = SPAWN.Pipe()
    with ours, theirs:
        started = SPAWN.Process(target=target, args=(*arguments, theirs), daemon=True)
        started.start()
        try:
            yield started, ours
        finally:
            started.kill()
            started.join()
            started.close()


class Undo(Exception):
    """Raised in a transaction that is not to happen."""


# --- frames


def test_of_a_topic_that_never_was_nothing_is_there(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        assert (log.read("ucc.raw", -1, 9), log.end("ucc.raw"), log.total_lines("ucc.raw"), log.committed("r", "ucc.raw")) == ([], -1, 0, -1)
        assert (log.load("meta", [0, "a"]), list(log.scan("meta")), log.trim("ucc.raw", 5)) == ({}, [], 0)


def test_frames_come_back_in_order_as_they_were_appended(make_log: Callable[[], Backend]) -> None:
    written = [frame(*["多行"] * (n + 1), raw_offset=n) for n in range(5)]
    with make_log().writer() as log:
        for one in written:
            with log.transaction() as transaction:
                transaction.append("ucc.raw", one)
        placed = log.read("ucc.raw", -1, 100)
        assert [p.frame for p in placed] == written
        assert [p.offset for p in placed] == sorted({p.offset for p in placed})
        assert log.end("ucc.raw") >= placed[-1].offset
        assert log.read("ucc.raw", log.end("ucc.raw"), 100) == []
        assert log.total_lines("ucc.raw") == 15


def test_append_tells_the_offset_if_anything_and_reading_goes_on_after_one_and_stops_at_the_limit(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            told = [transaction.append("ucc.raw", frame(str(n))) for n in range(6)]
        offsets = [p.offset for p in log.read("ucc.raw", -1, 100)]
        assert told in (offsets, [None] * 6)
        assert [p.offset for p in log.read("ucc.raw", offsets[1], 3)] == offsets[2:5]
        assert [p.offset for p in log.read("ucc.raw", offsets[-1], 3)] == []
        assert [p.frame.body for p in log.read("ucc.raw", -1, 2)] == [b"0", b"1"]


def test_topics_are_read_each_for_itself_by_turns(make_log: Callable[[], Backend]) -> None:
    topics = ("ucc.raw", "ucc.dead-letters", "ucc.raw", "ucc.raw")
    with make_log().writer() as log:
        with log.transaction() as transaction:
            for number, topic in enumerate(topics):
                transaction.append(topic, frame(str(number)))
        read = {topic: log.read(topic, -1, 1) for topic in (*topics, "ucc.events")}
        more = {topic: log.read(topic, found[0].offset if found else -1, 9) for topic, found in read.items()}
        assert {topic: [p.frame.body for p in (*read[topic], *more[topic])] for topic in read} == {
            "ucc.raw": [b"0", b"2", b"3"],
            "ucc.dead-letters": [b"1"],
            "ucc.events": [],
        }
        assert log.end("ucc.events") == -1


def test_what_was_written_is_there_for_the_next_writer(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    for number in range(7):
        with backend.writer() as log:
            assert check_whole(log) == number - 1
            write(log, number)


# --- offsets and state


def test_each_reader_has_its_own_offset_of_each_topic(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            transaction.commit_offset("intake", "ucc.raw", 3)
            transaction.commit_offset("intake", "ucc.events", 1)
            transaction.commit_offset("sink", "ucc.raw", 2)
            transaction.commit_offset("intake", "ucc.raw", 4)
        assert [log.committed(*of) for of in (("intake", "ucc.raw"), ("intake", "ucc.events"), ("sink", "ucc.raw"), ("sink", "ucc.events"))] == [4, 1, 2, -1]


def test_state_rows_are_set_replaced_and_deleted(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            transaction.put("cases", [(1, b"a"), (2, b"b"), (3, b"c")])
        with log.transaction() as transaction:
            transaction.put("cases", [(2, b"B"), (3, None), (4, b""), (9, None)])
        assert dict(log.scan("cases")) == {1: b"a", 2: b"B", 4: b""}
        assert log.load("cases", [1, 3, 4, 5]) == {1: b"a", 4: b""}
        assert log.load("cases", []) == {}
        assert log.load("register", [1]) == {}, "tables do not share rows"


def test_of_several_rows_under_one_key_the_last_counts(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            transaction.put("cases", [("kept", None), ("kept", b"1"), ("gone", b"1"), ("gone", None), ("new", b"1"), ("new", b"2")])
        assert dict(log.scan("cases")) == {"kept": b"1", "new": b"2"}


def put(log: Log, rows: Iterable[tuple[StateKey, bytes | None]], *, happens: bool, table: str = "table") -> None:
    """Puts rows in a transaction that happens, or raises Undo in it."""
    with log.transaction() as transaction:
        transaction.put(table, rows)
        if not happens:
            raise Undo


KEYS = st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
ROWS = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=20)), max_size=12)


def test_state_is_what_a_dictionary_would_be(kind: Kind) -> None:
    backend, numbers = kind.make(), count()

    @settings(max_examples=kind.examples)
    @given(st.lists(st.tuples(ROWS, st.booleans()), max_size=6))
    def holds(transactions: list[tuple[list[tuple[StateKey, bytes | None]], bool]]) -> None:
        check_as_dictionary(backend, f"table{next(numbers)}", transactions)

    holds()


def check_as_dictionary(backend: Backend, table: str, transactions: list[tuple[list[tuple[StateKey, bytes | None]], bool]]) -> None:
    """The writer, and whoever opens the log after it, finds in a new table what a dictionary would hold."""
    model: dict[StateKey, bytes] = {}
    asked = [key for rows, _ in transactions for key, _ in rows]
    with backend.writer() as log:
        for rows, happens in transactions:
            with suppress(Undo):
                put(log, rows, happens=happens, table=table)
            if not happens:
                continue
            for key, value in rows:
                if value is None:
                    model.pop(key, None)
                else:
                    model[key] = value
        assert dict(log.scan(table)) == model
        assert log.load(table, asked) == {key: model[key] for key in asked if key in model}
    with backend.writer() as log:
        assert dict(log.scan(table)) == model
        assert log.load(table, asked) == {key: model[key] for key in asked if key in model}


def test_a_scan_goes_by_key(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            transaction.put("numbers", [(key, b"") for key in (10, 9, -1, 100)])
            transaction.put("names", [(key, b"") for key in ("b", "a10", "a9", "")])
        assert [key for key, _ in log.scan("numbers")] == [-1, 9, 10, 100]
        assert [key for key, _ in log.scan("names")] == ["", "a10", "a9", "b"]


def test_a_number_and_its_digits_are_two_keys(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            transaction.put("table", [(7, b"number"), ("7", b"text")])
        assert log.load("table", [7]) == {7: b"number"}
        assert log.load("table", ["7"]) == {"7": b"text"}


# --- all or nothing


def fail_late(log: Log, fault: type[BaseException]) -> None:
    """A transaction that writes everything that there is to write, and raises."""
    with log.transaction() as transaction:
        transaction.append("ucc.journal", frame("1.0"))
        transaction.append("ucc.alerts", frame("x"))
        transaction.put("meta", [(0, b"1"), ("row 0", None)])
        transaction.put("new", [(0, b"1")])
        transaction.commit_offset("test", "ucc.raw", 1)
        raise fault


@pytest.mark.parametrize("fault", [Undo, KeyboardInterrupt, MemoryError])
def test_a_transaction_that_raises_never_was(make_log: Callable[[], Backend], fault: type[BaseException]) -> None:
    with make_log().writer() as log:
        write(log, 0)
        with pytest.raises(fault):
            fail_late(log, fault)
        assert check_whole(log) == 0
        assert (log.read("ucc.alerts", -1, 9), log.load("new", [0])) == ([], {})
        write(log, 1)
        with log.transaction() as transaction:
            transaction.append("ucc.alerts", frame("y"))
            transaction.put("new", [(0, b"1")])
        assert [p.frame.body for p in log.read("ucc.alerts", -1, 9)] == [b"y"]
        assert check_whole(log) == 1


def test_rows_that_break_off_undo_the_whole_transaction(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        write(log, 0)
        with pytest.raises(Undo):
            put(log, rows_that_break_off(), happens=True)
        assert check_whole(log) == 0
        assert dict(log.scan("table")) == {}


def rows_that_break_off() -> Iterator[tuple[StateKey, bytes | None]]:
    """One row, and then a fault."""
    yield 0, b"1"
    raise Undo


def test_a_reader_sees_a_transaction_when_it_is_durable_and_not_before(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    with backend.writer() as log, backend.reader() as reader:
        write(log, 0)
        within(backend.patience, partial(check_is_at, reader, 0))
        with log.transaction() as transaction:
            transaction.append("ucc.journal", frame("1.0"))
            transaction.append("ucc.journal", frame("1.1"))
            transaction.put("meta", [(0, b"1"), ("row 1", b"")])
            assert check_whole(reader) == 0
            transaction.append("ucc.outcomes", frame("0", "1"))
            transaction.commit_offset("test", "ucc.raw", 1)
            assert check_whole(reader) == 0
        within(backend.patience, partial(check_is_at, reader, 1))


def check_is_at(reader: Reading, number: int) -> None:
    """All is there up to a number."""
    assert check_whole(reader) == number


def test_another_process_sees_what_is_durable_and_nothing_else(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    with backend.writer() as log, process(look, backend) as (_, pipe):
        for number in range(4):
            with log.transaction():
                pipe.send(number - 1)
                assert pipe.recv() == (number - 1, number - 1)
            write(log, number)
            pipe.send(number)
            assert pipe.recv() == (number, number)


# --- trimming


def test_trimming_forgets_what_it_says_and_nothing_of_what_is_needed(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            for number in range(6):
                transaction.append("ucc.raw", frame("a", str(number)))
                transaction.append("ucc.events", frame(str(number)))
        before, end = everything(log, "ucc.raw"), log.end("ucc.raw")
        trimmed = log.trim("ucc.raw", before[4].offset)
        assert log.trim("ucc.raw", before[4].offset) == 0
        assert everything(log, "ucc.raw") == before[trimmed:]
        assert trimmed <= 4
        assert (log.end("ucc.raw"), log.total_lines("ucc.raw"), len(log.read("ucc.events", -1, 9))) == (end, 12, 6)


# --- one writer


def test_of_two_writers_one_alone_goes_on_and_the_other_is_told(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    with backend.writer() as first:
        write(first, 0)
        try:
            with backend.writer() as second:
                write(second, 1)
                with pytest.raises(HomeBusy):
                    write(first, 99)
        except HomeBusy:
            write(first, 1)
    with backend.writer() as log:
        assert check_whole(log) == 1
        write(log, 2)
        assert check_whole(log) == 2


# --- kill


def test_a_writer_that_is_killed_at_any_instant_leaves_whole_transactions_and_the_next_goes_on(kind: Kind) -> None:
    backend = kind.make()
    instants = random.Random(7)
    last = -1
    with backend.writer():
        pass
    for _ in range(kind.kills):
        with process(write_for_ever, backend) as (writer, _), backend.reader() as reader:
            patience = time.monotonic() + 180
            while reader.committed("test", "ucc.raw") <= last:
                assert writer.is_alive(), "the writer could not go on from what was left"
                assert time.monotonic() < patience
                time.sleep(0.001)
            time.sleep(instants.uniform(0, 0.05))
            writer.kill()
            writer.join()
            durable = reader.committed("test", "ucc.raw")
            assert durable > last
            last = within(backend.patience, partial(check_whole, reader))
            assert last >= durable
    with backend.writer() as log:
        assert check_whole(log) >= last
