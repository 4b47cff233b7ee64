"""The writer and a real ClickHouse server: an outage costs time only, and what kept a batch is counted by the server's own number."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.topics import JOURNAL
from sinks.clickhouse_warehouse import ClickHouseWarehouse
from sinks.ranges import Ranges
from sinks.writer import Gathering, Writer
from tests.conformance.warehouses import Served
from tests.served.clickhouse import ClickHouse
from tests.sinks.asking import number
from tests.sinks.test_writer import Pages


@pytest.fixture
def warehouse(clickhouse: ClickHouse) -> Iterator[ClickHouseWarehouse]:
    with Served(clickhouse).opened() as opened:
        assert isinstance(opened, ClickHouseWarehouse)
        yield opened


def steps(first: int, count: int) -> list[bytes]:
    return [b'{"centre":"c","case_id":"k","seq":%d,"transition_id":"%d"}' % (n, n) for n in range(first, first + count)]


def test_frames_land_over_kills_each_once_and_waiting_holds_one_batch(clickhouse: ClickHouse, warehouse: ClickHouseWarehouse, tmp_path: Path) -> None:
    pages, ranges = Pages(), Ranges(tmp_path / "sink.db")
    writer = Writer(warehouse, lambda: {"c": {"casework": pages}}, ranges, Gathering(rows=400, seconds=0.01))
    landed = 0
    with running(writer):
        for _ in range(3):
            for frame in range(25):
                if frame == 20:  # the first are landing now; of the others none can before it is back
                    writer.nudge()
                    clickhouse.kill()
                pages.add(JOURNAL.name, *steps(landed, 100))
                landed += 100
            writer.nudge()
            wait(lambda: bool(writer.progress().trouble))
            clickhouse.start()
            wait(lambda: writer.progress().done.get(("c", "casework", JOURNAL.name)) == pages.end(JOURNAL.name))
    ranges.close()
    assert number(warehouse, "SELECT count() FROM journal") == landed
    assert number(warehouse, "SELECT uniqExact(transition_id) FROM journal") == landed
    assert "210" in writer.progress().retries


@contextmanager
def running(writer: Writer) -> Iterator[None]:
    """It lands in a thread of its own."""
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        yield
    finally:
        writer.stop()
        thread.join()


def wait(until: Callable[[], bool]) -> None:
    """Bounded, for a condition."""
    end = time.monotonic() + 180
    while not until():
        assert time.monotonic() < end
        time.sleep(0.02)
