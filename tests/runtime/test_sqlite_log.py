"""What is particular to the log in a file; what it shares with every log stands in `tests/conformance`."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipeline.runtime.sqlite_log import STATE_VERSION, SqliteLog
from schemas.errors import BrokenFrame, HomeBusy, LogUnavailable
from schemas.frame import frame_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with two frames and a row, closed."""
    path = tmp_path / "logs" / "centre #1?" / "intake.db"
    with closing(SqliteLog(path, writer=True)) as log, log.transaction() as transaction:
        for _ in range(2):
            transaction.append("ucc.raw", frame_of("c", "report", [b"{}"]))
        transaction.put("meta", [(0, b"1")])
    return path


def change(path: Path, sql: str, *values: object) -> None:
    """Changes the file behind the log's back."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(sql, values)


@pytest.mark.parametrize("writer", [True, False])
def test_a_log_of_a_newer_release_is_refused_and_left_as_it_is(path: Path, writer: bool) -> None:
    change(path, "UPDATE about SET value = ?", STATE_VERSION + 1)
    change(path, "DROP TABLE offsets")
    with pytest.raises(BrokenFrame, match=f"has version {STATE_VERSION + 1}; this release reads {STATE_VERSION}"):
        SqliteLog(path, writer=writer)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'offsets'").fetchone() == (0,)


def test_a_refused_log_is_let_go(path: Path) -> None:
    change(path, "UPDATE about SET value = ?", STATE_VERSION + 1)
    with pytest.raises(BrokenFrame):
        SqliteLog(path, writer=True)
    change(path, "UPDATE about SET value = ?", STATE_VERSION)
    with closing(SqliteLog(path, writer=True)) as log:
        assert log.end("ucc.raw") == 1


def test_a_frame_of_a_newer_release_is_refused_with_its_place(path: Path) -> None:
    change(path, "UPDATE frames_ucc_raw SET header = replace(CAST(header AS TEXT), '{', '{\"v\":9,') WHERE position = 1")
    with closing(SqliteLog(path, writer=False)) as log:
        assert [placed.offset for placed in log.read("ucc.raw", -1, 1)] == [0]
        with pytest.raises(BrokenFrame, match=r"intake\.db ucc\.raw 1: the frame has version 9"):
            log.read("ucc.raw", 0, 1)


@pytest.mark.parametrize("writer", [True, False])
def test_a_file_that_is_no_log_is_said_to_be_none(tmp_path: Path, writer: bool) -> None:
    path = tmp_path / "intake.db"
    path.write_bytes(b"not a database, and long enough to be looked at " * 100)
    with pytest.raises(BrokenFrame, match="damaged or no log"):
        SqliteLog(path, writer=writer)


def test_a_damaged_log_is_said_to_be_damaged(path: Path) -> None:
    with closing(SqliteLog(path, writer=True)) as log, log.transaction() as transaction:
        transaction.put("big", [(number, b"x" * 4_000) for number in range(50)])
    data = bytearray(path.read_bytes())
    data[10 * 4096 :] = b"\xa5" * (len(data) - 10 * 4096)
    path.write_bytes(data)
    with closing(SqliteLog(path, writer=False)) as log, pytest.raises(BrokenFrame, match="put back a copy"):
        list(log.scan("big"))


def test_a_reader_makes_no_log_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="there is no log yet"):
        SqliteLog(tmp_path / "intake.db", writer=False)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_of_a_log_that_is_just_being_made_finds_it_empty(tmp_path: Path) -> None:
    path = tmp_path / "intake.db"
    path.touch()
    with closing(SqliteLog(path, writer=False)) as log:
        assert (log.end("ucc.raw"), log.committed("r", "ucc.raw"), log.total_lines("ucc.raw"), log.load("meta", [0])) == (-1, -1, 0, {})
        with closing(SqliteLog(path, writer=True)) as writer, writer.transaction() as transaction:
            transaction.append("ucc.raw", frame_of("c", "report", [b"{}"]))
        assert log.end("ucc.raw") == 0


def test_a_folder_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogUnavailable, match="cannot be written"):
        SqliteLog(tmp_path / "file" / "intake.db", writer=True)


def test_only_its_owner_may_read_a_log(path: Path) -> None:
    with closing(SqliteLog(path, writer=True)) as log:
        with log.transaction() as transaction:
            transaction.put("meta", [(0, b"2")])
        files = [file for file in path.parent.iterdir() if file.name.startswith("intake.db")]
        assert {file.name for file in files} >= {"intake.db", "intake.db-wal"}
        assert [file.name for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077] == []


def test_two_logs_in_one_folder_have_a_writer_each(path: Path) -> None:
    with closing(SqliteLog(path, writer=True)), closing(SqliteLog(path.with_name("casework.db"), writer=True)), pytest.raises(HomeBusy):
        SqliteLog(path, writer=True)


def test_what_was_committed_is_in_the_files_at_once_without_the_log_being_closed(path: Path, tmp_path: Path) -> None:
    with closing(SqliteLog(path, writer=True)) as log:
        with log.transaction() as transaction:
            transaction.append("ucc.raw", frame_of("c", "report", [b"{}"]))
        copied = shutil.copytree(path.parent, tmp_path / "copy")
    with closing(SqliteLog(copied / path.name, writer=True)) as log:
        assert log.end("ucc.raw") == 2


def test_a_mistake_of_ours_is_not_said_to_be_the_disks(path: Path) -> None:
    log = SqliteLog(path, writer=False)
    log.close()
    with pytest.raises(sqlite3.ProgrammingError):
        log.end("ucc.raw")
