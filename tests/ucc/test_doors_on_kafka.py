"""The HTTP door where the log is Kafka: `ucc up` with its worker and sink, and `ucc doors` beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served.kafka import Broker
from tests.served.up import PATIENCE_S, Up, lines


@pytest.fixture
def up(tmp_path: Path, broker: Broker, namespace: str) -> Iterator[Up]:
    broker.start()
    up = Up(tmp_path, log=f"kafka://{broker.address}", namespace=namespace)
    yield up
    up.close()


def beside(up: Up) -> Up:
    """Another door of the same home."""
    door = Up(up.home.parent / "beside", ("doors",))
    door.home, door.env = up.home, up.env
    return door


def test_receipts_are_the_same_at_every_door_and_survive_kills_of_all_parts(up: Up) -> None:
    key = up.key()
    up.start()
    first = up.push(key, lines(range(30)))
    assert (first.status, set(first.statuses)) == (202, {"accepted"})
    fates = up.fates(key, first.receipts)
    assert {fate["outcome"] for fate in fates.values()} <= {"opened", "merged"}

    other = beside(up)
    other.start()
    try:
        assert other.fates(key, first.receipts) == fates
        again = other.push(key, lines(range(35)))
        assert again.receipts[:30] == first.receipts
        assert again.statuses == ["resent"] * 30 + ["accepted"] * 5
        until = time.monotonic() + PATIENCE_S
        while up.ask("GET", f"/v1/receipts/{again.receipts[-1]}", key).status == 404:  # it is at the other door first
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        other.close()

    up.kill()
    up.start()
    last = up.push(key, lines(range(30, 40)))
    assert last.statuses == ["resent"] * 5 + ["accepted"] * 5
    up.fates(key, last.receipts)
    assert up.balanced()
    (row,) = up.rows("SELECT count() AS n, uniqExact(report_id) AS ids FROM reports")
    assert (int(row["n"]), int(row["ids"])) == (40, 40)
    assert up.end() == 0


def test_while_no_broker_answers_reports_are_put_off(up: Up, broker: Broker) -> None:
    key, door = up.key(), beside(up)
    door.start()
    try:
        assert door.push(key, lines([1])).status == 202
        broker.kill()
        try:
            answer = door.push(key, lines([2]))
            assert (answer.status, answer.said["code"]) == (503, "unavailable")
        finally:
            broker.start()
        until = time.monotonic() + PATIENCE_S
        while (answer := door.push(key, lines([2]))).status == 503:
            assert time.monotonic() < until
        assert answer.status == 202
        assert door.push(key, lines([1, 2])).statuses == ["resent", "resent"]
    finally:
        door.close()
