"""What is particular to the log on Kafka; what it shares with every log stands in `tests/conformance`."""

from __future__ import annotations

import random
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from kafka import TopicPartition

from connectors.kafka_clients import consumer
from pipeline.runtime.kafka.log import ABOUT, STATE_VERSION, KafkaLog
from pipeline.runtime.kafka.loop import LoopThread
from schemas import metrics
from schemas.brokers import Brokers
from schemas.errors import HomeBusy, LogUnavailable, NewerFrame
from schemas.frame import Frame, Header, frame_of
from schemas.topics import CASES, EVENTS, JOURNAL, OUTCOMES, RAW, STATE
from tests.conformance.logs import check_whole, frame, write
from tests.runtime.kafka.messages import messages, produce


def put(log: KafkaLog, *rows: tuple[int | str, bytes | None], table: str = "meta") -> None:
    """Puts rows in a transaction."""
    with log.transaction() as transaction:
        transaction.put(table, rows)


# --- frames


def test_what_a_writer_has_made_durable_it_reads_at_once(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        for number in range(20):
            with log.transaction() as transaction:
                transaction.append(RAW.name, frame(str(number)))
            found = log.read(RAW.name, -1, 100)
            assert [placed.frame.body for placed in found] == [str(n).encode() for n in range(number + 1)]
            assert log.end(RAW.name) >= found[-1].offset
        assert all(later.offset - earlier.offset == 2 for earlier, later in pairwise(found)), "the mark of a transaction lies between frames"
        assert log.read(RAW.name, found[-1].offset, 100) == [], "and behind the last one"


def test_frames_and_rows_beyond_a_mebibyte_go_through(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    noise = random.Random(5)
    line = noise.randbytes((1 << 19) - 50).hex()
    frames = [frame(line), frame(*[noise.randbytes(1_900).hex()] * 500), frame("small")]
    rows = {number: noise.randbytes(1 << 20) for number in range(3)}
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        with log.transaction() as transaction:
            for one in frames:
                transaction.append(JOURNAL.name, one)
            transaction.put("big", rows.items())
        assert [placed.frame for placed in log.read(JOURNAL.name, -1, 9)] == frames
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        assert dict(log.scan("big")) == rows


def test_live_cases_are_a_message_each_under_their_id(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    lines = [b'{"case_id":"a","n":1}', b'{"n":2,"case_id":"b"}', b'{"case_id":"a","n":3}']
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        with log.transaction() as transaction:
            transaction.append(CASES.name, frame_of("pukou", CASES.name, lines))
        assert [placed.frame for placed in log.read(CASES.name, -1, 9)] == [Frame(Header(centre="pukou", kind=CASES.name, lines=1), line) for line in lines]
        assert log.total_lines(CASES.name) == 3
    assert [(message.key, message.value) for message in messages(brokers, CASES.name, partition)] == list(zip((b"a", b"b", b"a"), lines, strict=True))


def foreign_messages() -> float:
    """How many were counted in `ucc.events`."""
    return metrics.REGISTRY.get_sample_value("ucc_invariants_broken_total", {"invariant": f"foreign message in {EVENTS.name}"}) or 0


def test_a_message_that_is_no_frame_is_passed_over_and_counted_once(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    before, foreign = foreign_messages(), [("ucc", b"{no header")]
    _, last = produce(brokers, EVENTS.name, partition, frame("0"), frame("1"))
    produce(brokers, EVENTS.name, partition, b"x", None, headers=foreign)
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        assert [placed.frame.body for placed in log.read(EVENTS.name, -1, 9)] == [b"0", b"1"]
        for _ in range(3):
            assert not log.wait_for(EVENTS.name, last, 0.1), "what was passed over is nothing to wake up for"
            assert log.read(EVENTS.name, last, 9) == []
        (next_one,) = produce(brokers, EVENTS.name, partition, frame("2"))
        produce(brokers, EVENTS.name, partition, b"y", headers=foreign)
        produce(brokers, EVENTS.name, partition, frame("3"))
        assert [placed.offset for placed in log.read(EVENTS.name, last, 1)] == [next_one]
        assert [placed.frame.body for placed in log.read(EVENTS.name, next_one, 9)] == [b"3"]
        assert foreign_messages() - before == 3


def test_a_line_that_others_produced_is_a_frame(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    produce(brokers, RAW.name, partition, b'{"a":1}\n{"a":2}')
    with closing(KafkaLog(loop, brokers, "pukou", partition, writer=False)) as log:
        assert log.read(RAW.name, -1, 9)[0].frame == Frame(Header(centre="pukou", kind=RAW.name, lines=2), b'{"a":1}\n{"a":2}')


def test_a_frame_of_a_newer_release_is_refused_each_time_it_is_reached(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    old = produce(brokers, EVENTS.name, partition, frame("0"), frame("1"))
    produce(brokers, EVENTS.name, partition, b"2", headers=[("ucc", b'{"v":9,"centre":"pukou","kind":"report","lines":1,"new":true}')])
    produce(brokers, EVENTS.name, partition, frame("3"))
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        assert [placed.offset for placed in log.read(EVENTS.name, -1, 9)] == old
        for _ in range(2):
            assert log.wait_for(EVENTS.name, old[-1], 5)
            with pytest.raises(NewerFrame, match=rf"ucc\.events/{partition} {old[-1] + 1}: the frame has version 9; this release reads 1"):
                log.read(EVENTS.name, old[-1], 9)
        assert [placed.offset for placed in log.read(EVENTS.name, -1, 1)] == old[:1]


def test_who_waits_for_a_frame_is_told_when_it_comes(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        assert not log.wait_for(EVENTS.name, -1, 0.05)
        produce(brokers, EVENTS.name, partition, frame("0"))
        assert log.wait_for(EVENTS.name, -1, 30)
        assert [placed.frame.body for placed in log.read(EVENTS.name, -1, 9)] == [b"0"]
        assert not log.wait_for(EVENTS.name, 0, 0.05)


# --- transactions


def test_a_transaction_that_fails_leaves_nothing_and_a_new_log_goes_on(loop: LoopThread, brokers: Brokers, partition: int, tmp_path: Path) -> None:
    cache = tmp_path / "state.db"
    too_large = random.Random(5).randbytes(5 << 20)
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        write(log, 0)
        with pytest.raises(LogUnavailable, match="MessageSizeTooLarge"):
            put(log, (0, b"1"), ("row 1", too_large))
        for forbidden in (lambda: put(log, (0, b"2")), lambda: log.read(JOURNAL.name, -1, 1), lambda: log.load("meta", [0]), lambda: log.end(JOURNAL.name)):
            with pytest.raises(LogUnavailable, match=r"this log is at its end: .* open it again"):
                forbidden()
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        assert check_whole(log) == 0
        write(log, 1)
        assert check_whole(log) == 1


def test_a_new_writer_fences_the_one_before_which_leaves_nothing_and_is_at_its_end(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as old:
        write(old, 0)
        with closing(KafkaLog(loop, brokers, "pukou", partition)) as new:
            assert check_whole(new) == 0
            with pytest.raises(HomeBusy, match="another worker has taken this centre over"):
                write(old, 99)
            with pytest.raises(LogUnavailable, match="at its end: another worker has taken this centre over"):
                write(old, 99)
            write(new, 1)
            assert check_whole(new) == 1


def test_who_opened_a_log_to_read_it_cannot_write_and_fences_nobody(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        with closing(KafkaLog(loop, brokers, "pukou", partition, writer=False)) as reader, pytest.raises(LogUnavailable, match="opened to be read"):
            write(reader, 0)
        write(log, 0)


def test_how_far_a_reader_is_can_be_seen_with_kafkas_own_tools(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        with log.transaction() as transaction:
            transaction.commit_offset("casework", EVENTS.name, 16)
        with log.transaction() as transaction:
            transaction.append(OUTCOMES.name, frame("x"))
    with closing(consumer(brokers, group_id=brokers.named("casework"))) as asked:
        assert asked.committed(TopicPartition(brokers.named(EVENTS.name), partition)) == 17


# --- versions


def test_a_state_of_a_newer_release_is_refused_and_left_as_it_is(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        put(log, ("version", str(STATE_VERSION + 1).encode()), table=ABOUT)
    before = messages(brokers, STATE.name, partition)
    for writer in (True, False):
        with pytest.raises(NewerFrame, match=rf"ucc\.state/{partition}: the state has version {STATE_VERSION + 1}; this release reads {STATE_VERSION}"):
            KafkaLog(loop, brokers, "pukou", partition, writer=writer)
    assert messages(brokers, STATE.name, partition) == before
