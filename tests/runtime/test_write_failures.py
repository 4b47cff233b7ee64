"""A dead letter that cannot be written is counted, and the frame stays where it is: nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.runtime.casework_process import Rulebook
from pipeline.runtime.casework_runner import CaseworkRunner
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import LogUnavailable
from schemas.event import RefusedEvent
from schemas.frame import frame_of
from schemas.metrics import DEAD_LETTER_WRITE_FAILURES
from schemas.topics import DEAD_LETTERS, EVENTS
from tests.runtime.streams import START

CENTRE, ZONE = "full", "Asia/Shanghai"


def failures() -> float:
    samples = next(iter(DEAD_LETTER_WRITE_FAILURES.collect())).samples
    return sum(sample.value for sample in samples if sample.name.endswith("_total") and sample.labels["centre"] == CENTRE)


def bound(log: SqliteLog, pages: int) -> None:
    """The file may have so many pages more than it has: a disk that is full."""
    database: sqlite3.Connection = log._db  # noqa: SLF001  a full disk cannot be had for one file alone
    (now,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count={now + pages}")


def test_a_dead_letter_that_finds_no_room_is_counted_and_written_when_there_is(tmp_path: Path, packs: Path) -> None:
    poisoned = RefusedEvent(kind="refused", at=START, raw_line=0, receipt_id="r", code="poisoned-line", detail="x", original=os.urandom(200_000).hex())
    with closing(SqliteLog(tmp_path / "intake.db", writer=True)) as events, closing(SqliteLog(tmp_path / "casework.db", writer=True)) as log:
        with events.transaction() as transaction:
            transaction.append(EVENTS.name, frame_of(CENTRE, "report", [poisoned.to_json()], raw_offset=0))
        before = failures()
        bound(log, 10)
        with pytest.raises(LogUnavailable):
            CaseworkRunner(events, log, CENTRE, Rulebook(packs).merge_rules, ZONE).step()
        assert failures() == before + 1
        assert log.read(DEAD_LETTERS.name, -1, 10) == []
        bound(log, 1_000_000)
        assert CaseworkRunner(events, log, CENTRE, Rulebook(packs).merge_rules, ZONE).step() == 1
        assert len(log.read(DEAD_LETTERS.name, -1, 10)) == 1
        assert failures() == before + 1
