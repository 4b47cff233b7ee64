"""What every log must do (`schemas.ports`), whatever it is made of. A new log is a new `Backend` in `logs.py` and a line in `BACKENDS`."""

from __future__ import annotations

import multiprocessing
import random
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import HomeBusy
from tests.conformance.logs import Backend, SqliteBackend, check_whole, frame, hold, look, write, write_for_ever, write_until_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from schemas.ports import Log, StateKey

BACKENDS: dict[str, Callable[[Path], Backend]] = {"sqlite": SqliteBackend}
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(params=list(BACKENDS))
def make_log(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Backend]:
    """Makes logs of one kind, each empty, of a centre of its own."""
    made: list[Backend] = []

    def make() -> Backend:
        made.append(BACKENDS[request.param](tmp_path / str(len(made))))
        return made[-1]

    return make


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
        assert log.end("ucc.raw") == placed[-1].offset
        assert log.total_lines("ucc.raw") == 15


def test_append_tells_the_offset_and_reading_goes_on_after_one_and_stops_at_the_limit(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            offsets = [transaction.append("ucc.raw", frame(str(n))) for n in range(6)]
        assert [p.offset for p in log.read("ucc.raw", offsets[1], 3)] == offsets[2:5]
        assert [p.offset for p in log.read("ucc.raw", offsets[-1], 3)] == []
        assert [p.frame.body for p in log.read("ucc.raw", -1, 2)] == [b"0", b"1"]


def test_topics_are_numbered_each_for_itself(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            assert [transaction.append(topic, frame("x")) for topic in ("ucc.raw", "ucc.dead-letters", "ucc.raw")] == [0, 0, 1]
        assert (log.end("ucc.raw"), log.end("ucc.dead-letters"), log.end("ucc.events")) == (1, 0, -1)


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


def put(log: Log, rows: Iterable[tuple[StateKey, bytes | None]], *, happens: bool) -> None:
    """Puts rows in a transaction that happens, or raises Undo in it."""
    with log.transaction() as transaction:
        transaction.put("table", rows)
        if not happens:
            raise Undo


KEYS = st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
ROWS = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=20)), max_size=12)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ROWS, st.booleans()), max_size=6))
def test_state_is_what_a_dictionary_would_be(make_log: Callable[[], Backend], transactions: list[tuple[list[tuple[StateKey, bytes | None]], bool]]) -> None:
    model: dict[StateKey, bytes] = {}
    with make_log().writer() as log:
        for rows, happens in transactions:
            with suppress(Undo):
                put(log, rows, happens=happens)
            if not happens:
                continue
            for key, value in rows:
                if value is None:
                    model.pop(key, None)
                else:
                    model[key] = value
        assert dict(log.scan("table")) == model
        asked = [key for rows, _ in transactions for key, _ in rows]
        assert log.load("table", asked) == {key: model[key] for key in asked if key in model}


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
        transaction.append("ucc.new", frame("x"))
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
        assert (log.end("ucc.new"), log.read("ucc.new", -1, 9), log.load("new", [0])) == (-1, [], {})
        write(log, 1)
        with log.transaction() as transaction:
            assert transaction.append("ucc.new", frame("x")) == 0
            transaction.put("new", [(0, b"1")])
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
        with log.transaction() as transaction:
            transaction.append("ucc.journal", frame("1.0"))
            transaction.append("ucc.journal", frame("1.1"))
            transaction.put("meta", [(0, b"1"), ("row 1", b"")])
            assert check_whole(reader) == 0
            transaction.append("ucc.outcomes", frame("0", "1"))
            transaction.commit_offset("test", "ucc.raw", 1)
            assert check_whole(reader) == 0
        assert check_whole(reader) == 1


def test_another_process_sees_what_is_durable_and_nothing_else(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    with backend.writer() as log, process(look, backend) as (_, pipe):
        for number in range(4):
            with log.transaction():
                pipe.send_bytes(b"look")
                assert pipe.recv() == (number - 1, number - 1)
            write(log, number)
            pipe.send_bytes(b"look")
            assert pipe.recv() == (number, number)


# --- trimming


def test_trimming_forgets_frames_and_neither_the_end_nor_how_many_lines_there_were(make_log: Callable[[], Backend]) -> None:
    with make_log().writer() as log:
        with log.transaction() as transaction:
            for number in range(6):
                transaction.append("ucc.raw", frame("a", str(number)))
                transaction.append("ucc.events", frame(str(number)))
        assert log.trim("ucc.raw", 4) == 4
        assert log.trim("ucc.raw", 4) == 0
        assert [p.offset for p in log.read("ucc.raw", -1, 9)] == [4, 5]
        assert (log.end("ucc.raw"), log.total_lines("ucc.raw"), log.end("ucc.events"), len(log.read("ucc.events", -1, 9))) == (5, 12, 5, 6)


def test_a_topic_that_was_trimmed_empty_goes_on_where_it_ended(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    with backend.writer() as log:
        with log.transaction() as transaction:
            for number in range(3):
                transaction.append("ucc.raw", frame(str(number)))
        assert log.trim("ucc.raw", 99) == 3
    with backend.writer() as log:
        assert (log.end("ucc.raw"), log.total_lines("ucc.raw"), log.read("ucc.raw", -1, 9)) == (2, 3, [])
        with log.transaction() as transaction:
            assert transaction.append("ucc.raw", frame("x")) == 3


# --- one writer


def test_a_second_writer_is_fenced_until_the_first_has_closed(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    with backend.writer() as log:
        with pytest.raises(HomeBusy), backend.writer():
            pass
        write(log, 0)
    with backend.writer() as log:
        assert check_whole(log) == 0


def test_a_writer_in_another_process_is_fenced_too_and_takes_over_from_one_that_was_killed(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    with process(hold, backend) as (holder, pipe):
        assert pipe.recv() == "holds"
        with pytest.raises(HomeBusy), backend.writer():
            pass
        with process(hold, backend) as (_, second):
            assert second.recv() == HomeBusy.code
        holder.kill()
        holder.join()
        with backend.writer() as log:
            write(log, 0)


# --- kill and full disk


def test_a_writer_that_is_killed_at_any_instant_leaves_whole_transactions_and_the_next_goes_on(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    instants = random.Random(7)
    last = -1
    with backend.writer():
        pass
    for _ in range(10):
        with process(_write_for_ever, backend) as (writer, _), backend.reader() as reader:
            patience = time.monotonic() + 60
            while reader.committed("test", "ucc.raw") <= last:
                assert writer.is_alive(), "the writer could not go on from what was left"
                assert time.monotonic() < patience
                time.sleep(0.001)
            time.sleep(instants.uniform(0, 0.05))
            writer.kill()
            writer.join()
            durable = reader.committed("test", "ucc.raw")
            assert durable > last
            last = check_whole(reader)
            assert last == durable


def _write_for_ever(backend: Backend, _: Connection) -> None:
    write_for_ever(backend)


def test_a_full_disk_is_said_nothing_of_what_did_not_fit_happened_and_with_room_writing_goes_on(make_log: Callable[[], Backend]) -> None:
    backend = make_log()
    with process(write_until_full, backend) as (_, pipe):
        told: Any = pipe.recv() if pipe.poll(60) else "it never ended"
    said, failed, kept_while_full, kept_afterwards = told
    assert said == ["log-unavailable"]
    assert (kept_while_full, kept_afterwards) == (failed - 1, failed + 1)
    with backend.reader() as reader:
        assert check_whole(reader) == failed + 1
