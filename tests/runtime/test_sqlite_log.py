"""What is particular to the log in a file; what it shares with every log stands in `tests/conformance`."""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from pipeline.runtime.sqlite_log import STATE_VERSION, SqliteLog
from schemas.errors import BrokenFrame, HomeBusy, LogUnavailable, UccError
from schemas.frame import frame_of
from tests.conformance.logs import check_whole, frame, write

SPAWN = multiprocessing.get_context("spawn")


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


# --- what is strict here, and general in the conformance suite


def test_frames_are_numbered_without_gaps_each_topic_for_itself_and_the_end_is_the_last(path: Path) -> None:
    topics = ("ucc.raw", "ucc.dead-letters", "ucc.raw")
    with closing(SqliteLog(path, writer=True)) as log:
        with log.transaction() as transaction:
            assert [transaction.append(topic, frame("x")) for topic in topics] == [2, 0, 3]
        assert (log.end("ucc.raw"), log.end("ucc.dead-letters"), log.end("ucc.events")) == (3, 0, -1)
        assert [placed.offset for placed in log.read("ucc.raw", -1, 9)] == [0, 1, 2, 3]
        with pytest.raises(InterruptedError):
            break_off(log)
        assert log.end("ucc.raw") == 3
        with log.transaction() as transaction:
            assert transaction.append("ucc.raw", frame("x")) == 4, "what never was leaves no gap"


def break_off(log: SqliteLog) -> None:
    """Appends in a transaction that does not come about."""
    with log.transaction() as transaction:
        transaction.append("ucc.raw", frame("x"))
        raise InterruptedError


def test_trimming_forgets_frames_and_neither_the_end_nor_how_many_lines_there_were(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "log.db", writer=True)) as log:
        with log.transaction() as transaction:
            for number in range(6):
                transaction.append("ucc.raw", frame("a", str(number)))
                transaction.append("ucc.events", frame(str(number)))
        assert log.trim("ucc.raw", 4) == 4
        assert log.trim("ucc.raw", 4) == 0
        assert [p.offset for p in log.read("ucc.raw", -1, 9)] == [4, 5]
        assert (log.end("ucc.raw"), log.total_lines("ucc.raw"), log.end("ucc.events"), len(log.read("ucc.events", -1, 9))) == (5, 12, 5, 6)


def test_a_topic_that_was_trimmed_empty_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(SqliteLog(path, writer=True)) as log:
        with log.transaction() as transaction:
            for number in range(3):
                transaction.append("ucc.raw", frame(str(number)))
        assert log.trim("ucc.raw", 99) == 3
    with closing(SqliteLog(path, writer=True)) as log:
        assert (log.end("ucc.raw"), log.total_lines("ucc.raw"), log.read("ucc.raw", -1, 9)) == (2, 3, [])
        with log.transaction() as transaction:
            assert transaction.append("ucc.raw", frame("x")) == 3


# --- one writer


def test_a_second_writer_is_refused_until_the_first_has_closed(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(SqliteLog(path, writer=True)) as log:
        with pytest.raises(HomeBusy):
            SqliteLog(path, writer=True)
        write(log, 0)
    with closing(SqliteLog(path, writer=True)) as log:
        assert check_whole(log) == 0


@contextmanager
def process(target: Callable[[Path, Connection], None], path: Path) -> Iterator[tuple[BaseProcess, Connection]]:
    """Another process, and a pipe to it."""
    ours, theirs = SPAWN.Pipe()
    with ours, theirs:
        started = SPAWN.Process(target=target, args=(path, theirs), daemon=True)
        started.start()
        try:
            yield started, ours
        finally:
            started.kill()
            started.join()
            started.close()


def hold(path: Path, pipe: Connection) -> None:
    """Is the writer until it is told to end; tells the error when it cannot be."""
    try:
        with closing(SqliteLog(path, writer=True)):
            pipe.send("holds")
            pipe.recv_bytes()
    except UccError as error:
        pipe.send(error.code)


def test_a_writer_in_another_process_is_refused_too_and_takes_over_from_one_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with process(hold, path) as (holder, pipe):
        assert pipe.recv() == "holds"
        with pytest.raises(HomeBusy):
            SqliteLog(path, writer=True)
        with process(hold, path) as (_, second):
            assert second.recv() == HomeBusy.code
        holder.kill()
        holder.join()
        with closing(SqliteLog(path, writer=True)) as log:
            write(log, 0)


# --- full disk


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """The kernel lets no file of this process grow beyond what the log has, and a little."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(path.stat().st_size for path in folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write_until_full(path: Path, pipe: Connection) -> None:
    """Writes until nothing more goes in, looks at what there is, and writes again when there is room. Tells what it met."""
    with closing(SqliteLog(path, writer=True)) as log:
        number = 0
        for number in range(5):
            write(log, number)
        said: list[str] = []
        with full(path.parent):
            while not said:
                number += 1
                try:
                    write(log, number)
                except LogUnavailable as error:
                    said.append(error.code)
            kept_while_full = check_whole(log)
        write(log, number)
        write(log, number + 1)
        pipe.send((said, number, kept_while_full, check_whole(log)))


def test_a_full_disk_is_said_nothing_of_what_did_not_fit_happened_and_with_room_writing_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with process(write_until_full, path) as (_, pipe):
        told: Any = pipe.recv() if pipe.poll(60) else "it never ended"
    said, failed, kept_while_full, kept_afterwards = told
    assert said == ["log-unavailable"]
    assert (kept_while_full, kept_afterwards) == (failed - 1, failed + 1)
    with closing(SqliteLog(path, writer=False)) as reader:
        assert check_whole(reader) == failed + 1
