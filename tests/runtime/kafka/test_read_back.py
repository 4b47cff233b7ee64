"""The state as a new writer finds it: read back from its topic, from the cache on where that is sound."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from connectors.kafka_clients import admin
from pipeline.runtime.kafka.log import KafkaLog
from pipeline.runtime.kafka.loop import LoopThread
from pipeline.runtime.kafka.state_cache import Held, Row, StateCache
from schemas.brokers import Brokers
from schemas.errors import BrokenFrame
from schemas.ports import StateKey
from schemas.topics import RAW, STATE
from tests.conformance.logs import check_whole, frame, write
from tests.runtime.kafka.messages import messages, produce

PUT = "table"


def put(log: KafkaLog, *rows: tuple[StateKey, bytes | None]) -> None:
    """Puts rows in a transaction."""
    with log.transaction() as transaction:
        transaction.put(PUT, rows)


@pytest.fixture
def read_back(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """The rows that caches have taken so far, in order."""
    taken: list[Row] = []
    apply = StateCache.apply

    def noting(self: StateCache, rows: Iterable[Row], held: Held) -> None:
        kept = list(rows)
        taken.extend(kept)
        apply(self, kept, held)

    monkeypatch.setattr(StateCache, "apply", noting)
    return taken


def test_what_is_read_back_is_what_was_written_whatever_was_deleted_or_never_came_about(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    chance, model = random.Random(3), dict[StateKey, bytes]()
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        for number in range(12):
            rows = [(chance.choice((n, str(n))), chance.choice((None, chance.randbytes(600)))) for n in chance.sample(range(400), 300)]
            with pytest.raises(InterruptedError):
                put_and_break_off(log, rows)
            if number == 5:
                with log.transaction() as transaction:
                    transaction.append(RAW.name, frame("a transaction without rows"))
            put(log, *rows)
            for key, value in rows:
                model.pop(key, None)
                if value is not None:
                    model[key] = value
        assert dict(log.scan(PUT)) == model
    for writer in (False, True):
        with closing(KafkaLog(loop, brokers, "pukou", partition, writer=writer)) as log:
            assert dict(log.scan(PUT)) == model
            assert log.load(PUT, list(range(400))) == {key: value for key, value in model.items() if isinstance(key, int)}


def put_and_break_off(log: KafkaLog, rows: Iterable[tuple[StateKey, bytes | None]]) -> None:
    """A transaction that does not come about."""
    with log.transaction() as transaction:
        transaction.put(PUT, [(key, b"never") for key, _ in rows])
        raise InterruptedError


def test_of_a_sound_cache_nothing_is_read_again(loop: LoopThread, brokers: Brokers, partition: int, tmp_path: Path, read_back: list[Row]) -> None:
    cache = tmp_path / "state.db"
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        for number in range(3):
            write(log, number)
    read_back.clear()
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        assert read_back == []
        assert check_whole(log) == 2
        write(log, 3)
        assert check_whole(log) == 3


def test_only_what_another_writer_did_meanwhile_is_read(loop: LoopThread, brokers: Brokers, partition: int, tmp_path: Path, read_back: list[Row]) -> None:
    cache = tmp_path / "state.db"
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        put(log, (1, b"a"), (2, b"a"))
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=tmp_path / "another.db")) as log:
        put(log, (2, b"b"), (3, b"b"), (1, None))
    read_back.clear()
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        assert read_back == [Row(PUT, 2, b"b"), Row(PUT, 3, b"b"), Row(PUT, 1, None)]
        assert dict(log.scan(PUT)) == {2: b"b", 3: b"b"}


def test_a_cache_of_another_history_is_thrown_away(
    loop: LoopThread, brokers: Brokers, partition: int, another_partition: int, tmp_path: Path, read_back: list[Row]
) -> None:
    cache = tmp_path / "state.db"
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        put(log, (1, b"a"), (2, b"a"))
    with closing(KafkaLog(loop, brokers, "pukou", another_partition, cache=cache)) as log:
        assert dict(log.scan(PUT)) == {}, "a topic that is empty has no state, whatever a cache says"
        put(log, (1, b"c"), (7, b"c"))
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        assert dict(log.scan(PUT)) == {1: b"a", 2: b"a"}, "the message at that offset is another one here"
    assert {row.value for row in read_back if row.table == PUT} == {b"a", b"c"}


def test_a_cache_up_to_a_message_that_was_compacted_away_is_thrown_away(
    loop: LoopThread, brokers: Brokers, partition: int, tmp_path: Path, read_back: list[Row]
) -> None:
    cache = tmp_path / "state.db"
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        put(log, (1, b"a"), (2, b"a"), (9, b"last"))
        held = log._written[STATE.name]  # noqa: SLF001  nobody but a test asks
    compact_soon(brokers)
    with closing(KafkaLog(loop, brokers, "pukou", partition)) as log:
        put(log, (9, None), (2, None))
        put(log, (3, b"b"))
        until = time.monotonic() + 180
        while held in [message.offset for message in messages(brokers, STATE.name, partition)]:
            assert time.monotonic() < until
            time.sleep(0.15)
            put(log, (4, b"what is written to last is not compacted"))
        expected = dict(log.scan(PUT))
    read_back.clear()
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        assert Row(PUT, 1, b"a") in read_back, "all was read, not only what came later"
        assert dict(log.scan(PUT)) == expected
        assert {key: value for key, value in expected.items() if key != 4} == {1: b"a", 3: b"b"}, "4 is there where compaction took its time"


def compact_soon(brokers: Brokers) -> None:
    """Settings of `ucc.state` by which the broker compacts it after a tenth of a second, and forgets what was deleted at once."""
    soon = {"segment.ms": "100", "max.compaction.lag.ms": "100", "min.cleanable.dirty.ratio": "0.001", "delete.retention.ms": "0"}
    with closing(admin(brokers)) as asked:
        asked.alter_configs([ConfigResource(ConfigResourceType.TOPIC, brokers.named(STATE.name), configs=soon)])


def test_a_damaged_cache_is_read_back(loop: LoopThread, brokers: Brokers, partition: int, tmp_path: Path) -> None:
    cache = tmp_path / "state.db"
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        put(log, (1, b"a"))
    cache.write_bytes(b"not a database, and long enough to be looked at " * 100)
    with closing(KafkaLog(loop, brokers, "pukou", partition, cache=cache)) as log:
        assert dict(log.scan(PUT)) == {1: b"a"}


def test_a_message_that_is_no_row_keeps_a_writer_from_guessing(loop: LoopThread, brokers: Brokers, partition: int) -> None:
    produce(brokers, STATE.name, partition, b"1")
    with pytest.raises(BrokenFrame, match=rf"ucc\.state/{partition} 0: the message is no row of a state: who else writes this topic\?"):
        KafkaLog(loop, brokers, "pukou", partition)
