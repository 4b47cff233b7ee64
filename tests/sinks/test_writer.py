from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import Broken, LogUnavailable, Refused, WarehouseUnavailable
from schemas.frame import Frame, Placed, frame_of
from schemas.ports import FrameReader
from schemas.topics import DEAD_LETTERS, JOURNAL, OUTCOMES
from sinks.landing import TABLES
from sinks.ranges import Ranges
from sinks.writer import Gathering, Writer, ends


@dataclass
class Shelf:
    """A warehouse that remembers batches; refuses lines that hold `bad`, and is away for the first `away` inserts."""

    batches: list[tuple[str, bytes]] = field(default_factory=list)
    bad: bytes = b"\xff never"
    away: int = 0
    killed_after: int = -1

    def migrate(self) -> list[str]:
        return []

    def insert(self, table: str, lines: bytes, *, rows: int, token: str) -> None:
        assert rows == lines.count(b"\n") + 1
        assert token
        if self.away:
            self.away -= 1
            raise WarehouseUnavailable("away")
        if self.bad in lines:
            raise Refused("the line is bad")
        self.batches.append((table, lines))
        if len(self.batches) == self.killed_after:
            raise KeyboardInterrupt

    def query(self, sql: str, output_format: str) -> bytes:
        raise NotImplementedError

    def lines(self, table: str) -> list[bytes]:
        return [line for name, lines in self.batches if name == table for line in lines.split(b"\n")]


@dataclass
class Pages:
    """A log in memory."""

    frames: dict[str, list[Frame]] = field(default_factory=dict)
    trimmed: int = 0

    def read(self, topic: str, after: int, limit: int) -> list[Placed]:
        placed = [Placed(offset, frame) for offset, frame in enumerate(self.frames.get(topic, [])) if offset > after and offset >= self.trimmed]
        return placed[:limit]

    def end(self, topic: str) -> int:
        return len(self.frames.get(topic, [])) - 1

    def committed(self, reader: str, topic: str) -> int:
        del reader, topic
        return -1

    def total_lines(self, topic: str) -> int:
        return sum(frame.header.lines for frame in self.frames.get(topic, []))

    def add(self, topic: str, *lines: bytes) -> None:
        self.frames.setdefault(topic, []).append(frame_of("c", topic, lines))


@pytest.fixture
def ranges(tmp_path: Path) -> Iterator[Ranges]:
    opened = Ranges(tmp_path / "sink.db")
    yield opened
    opened.close()


def _numbered(first: int, count: int) -> list[bytes]:
    return [b'{"n":%d}' % n for n in range(first, first + count)]


def _all(writer: Writer) -> None:
    while writer.round():
        pass


@given(sizes=st.lists(st.integers(1, 12), max_size=30), rows=st.integers(1, 40), stop=st.integers(1, 12))
def test_every_line_lands_once_in_order_whatever_the_sizes_of_frames_and_batches(sizes: list[int], rows: int, stop: int) -> None:
    pages, shelf, landed = Pages(), Shelf(), 0
    for size in sizes:
        pages.add(OUTCOMES.name, *_numbered(landed, size))
        landed += size
    ranges = Ranges(Path(":memory:"))
    shelf.killed_after = stop
    for _ in range(2):
        try:
            _all(Writer(shelf, lambda: {"c": {"casework": pages}}, ranges, Gathering(rows=rows)))
        except KeyboardInterrupt:
            continue
    ranges.close()
    found = shelf.lines("outcome_lines")
    batches = [lines for _, lines in shelf.batches]
    twice = [a for a, b in pairwise(batches) if a == b]
    assert len(twice) <= 1
    assert list(dict.fromkeys(found)) == _numbered(0, landed)
    assert all(lines.count(b"\n") < rows or lines.count(b"\n") < max(sizes) for lines in batches)
    assert sum(lines.count(b"\n") + 1 for lines in batches) == landed + sum(lines.count(b"\n") + 1 for lines in twice)


def test_a_batch_that_was_cut_off_is_inserted_again_identically_though_more_has_come(ranges: Ranges) -> None:
    pages, shelf = Pages(), Shelf(killed_after=1)
    pages.add(JOURNAL.name, *_numbered(0, 3))
    with pytest.raises(KeyboardInterrupt):
        Writer(shelf, lambda: {"c": {"casework": pages}}, ranges).round()
    pages.add(JOURNAL.name, *_numbered(3, 3))
    _all(Writer(shelf, lambda: {"c": {"casework": pages}}, ranges))
    first, again, rest = (lines for _, lines in shelf.batches)
    assert first == again == b"\n".join(_numbered(0, 3))
    assert rest == b"\n".join(_numbered(3, 3))


def test_a_pending_range_that_was_trimmed_is_an_error_and_no_silent_loss(ranges: Ranges) -> None:
    pages = Pages()
    pages.add(JOURNAL.name, *_numbered(0, 3))
    ranges.begin("c", "casework", JOURNAL.name, 0)
    pages.trimmed = 1
    with pytest.raises(LogUnavailable, match="not in the log any more"):
        Writer(Shelf(), lambda: {"c": {"casework": pages}}, ranges).round()


def test_an_outage_costs_time_only(ranges: Ranges) -> None:
    pages, shelf = Pages(), Shelf(away=3)
    pages.add(OUTCOMES.name, *_numbered(0, 5))
    writer = Writer(shelf, lambda: {"c": {"casework": pages}}, ranges, Gathering(seconds=0.001))
    thread = threading.Thread(target=writer.run)
    thread.start()
    while writer.progress().done.get(("c", "casework", OUTCOMES.name), -1) < 0:
        assert thread.is_alive()
        writer.nudge()
    writer.stop()
    thread.join()
    assert shelf.lines("outcome_lines") == _numbered(0, 5)
    assert (writer.progress().rows, writer.progress().trouble) == (5, "")


def test_lines_that_the_warehouse_refuses_become_dead_letters_and_the_others_land(ranges: Ranges) -> None:
    pages, shelf = Pages(), Shelf(bad=b'"n":3')
    pages.add(
        OUTCOMES.name,
        *_numbered(0, 6),
        b'{"n":31,"at":"2018-01-05T00:00:00Z","raw_offset":4,"raw_line":2,"source":"petition","source_id":"p","receipt_id":"r"}',
    )
    writer = Writer(shelf, lambda: {"c": {"casework": pages}}, ranges)
    shelf.bad = b'{"n":3'

    original = shelf.insert

    def insert(table: str, lines: bytes, *, rows: int, token: str) -> None:
        if table == TABLES[DEAD_LETTERS.name]:
            shelf.batches.append((table, lines))
        else:
            original(table, lines, rows=rows, token=token)

    shelf.insert = insert  # type: ignore[method-assign]
    writer.round()
    assert sorted(shelf.lines("outcome_lines")) == [line for line in _numbered(0, 6) if line != b'{"n":3}']
    letters = [orjson.loads(line) for line in shelf.lines("dead_letter_rows")]
    assert [letter["original"][:8] for letter in letters] == ['{"n":3}', '{"n":31,']
    assert letters[1] | {"original": "", "dead_letter_id": ""} == {
        "centre": "c",
        "dead_letter_id": "",
        "stage": "sink",
        "at": "2018-01-05T00:00:00Z",
        "code": "warehouse-refuses",
        "detail": "the line is bad",
        "raw_offset": 4,
        "raw_line": 2,
        "receipt_id": "r",
        "source": "petition",
        "source_id": "p",
        "original": "",
    }
    assert writer.progress().refused == 2


def test_a_warehouse_that_refuses_everything_stops_the_writer_and_keeps_the_lines_in_the_log(ranges: Ranges) -> None:
    pages, shelf = Pages(), Shelf(bad=b"n")
    for first in range(0, 300, 50):
        pages.add(OUTCOMES.name, *_numbered(first, 50))
    with pytest.raises(Broken, match="the line is bad"):
        Writer(shelf, lambda: {"c": {"casework": pages}}, ranges).round()
    assert shelf.batches == []
    assert ranges.of("c", "casework", OUTCOMES.name).done == -1


def test_centres_that_come_later_are_found(ranges: Ranges, tmp_path: Path) -> None:
    logs: dict[str, Mapping[str, FrameReader]] = {}
    shelf = Shelf()
    writer = Writer(shelf, lambda: logs, ranges, Gathering(seconds=0.001))
    thread = threading.Thread(target=writer.run)
    thread.start()
    with_log = SqliteLog(tmp_path / "later.db", writer=True)
    with with_log.transaction() as transaction:
        transaction.append(OUTCOMES.name, frame_of("later", OUTCOMES.name, _numbered(0, 2)))
    logs["later"] = {"casework": with_log}
    assert ends(lambda: logs, "later") == {("later", "casework", OUTCOMES.name): 0}
    while ("later", "casework", OUTCOMES.name) not in writer.progress().done:
        assert thread.is_alive()
        writer.nudge()
    writer.stop()
    thread.join()
    with_log.close()
    assert shelf.lines("outcome_lines") == _numbered(0, 2)
