"""`ucc up` as an operator and a department meet it: from an empty folder, through kills and a full disk, to its end."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served.up import Up, lines

KINDS = {"opened", "merged", "revised"}


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path, door_behind="50")
    yield up
    up.close()


def casework_of(up: Up) -> int:
    """Process id of the worker that folds."""
    assert up.process is not None
    pid = up.process.pid
    children = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return next(int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes())


def test_an_empty_home_gets_the_shipped_centre_and_what_was_accepted_survives_a_kill_with_its_receipts(up: Up) -> None:
    key = up.key()
    assert (up.home / "keys" / "doors.json").stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) == 0
    assert key.encode() not in (up.home / "keys" / "doors.json").read_bytes()
    up.start()
    first = up.push(key, lines(range(40)))
    assert (first.status, set(first.statuses)) == (202, {"accepted"})
    up.kill()
    up.start()
    again = up.push(key, lines(range(45)))
    assert again.receipts[:40] == first.receipts
    assert again.statuses == ["resent"] * 40 + ["accepted"] * 5
    fates = up.fates(key, again.receipts)
    assert {fate["outcome"] for fate in fates.values()} <= KINDS
    assert up.balanced()
    ids = {str(row["report_id"]) for row in up.rows("SELECT report_id FROM reports")}
    assert ids == {fate["report_id"] for fate in fates.values()}
    assert up.end() == 0


def test_receipts_are_a_cache_deleted_they_are_made_again_from_the_log(up: Up) -> None:
    key = up.key()
    up.start()
    before = up.fates(key, up.push(key, lines(range(10))).receipts)
    assert up.end() == 0
    for file in up.home.glob("doors/1/pukou/receipts.db*"):
        file.unlink()
    up.start()
    assert up.fates(key, before) == before
    assert set(up.push(key, lines(range(10))).statuses) == {"resent"}


def test_while_the_fold_is_behind_nothing_more_is_taken_and_the_answer_says_when_to_come_again(up: Up) -> None:
    key = up.key()
    up.start()
    up.fates(key, up.push(key, lines(range(3))).receipts)
    worker = casework_of(up)
    os.kill(worker, signal.SIGSTOP)
    try:
        taken = up.push(key, lines(range(100, 200)))
        assert taken.status == 202
        refused = up.push(key, lines([300]))
        while refused.status == 202:  # until it has been seen that the fold is behind
            refused = up.push(key, lines([300]))
        assert (refused.status, refused.said["code"]) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) > 0
    finally:
        os.kill(worker, signal.SIGCONT)
    up.fates(key, taken.receipts)
    later = up.push(key, lines([300]))
    while later.status == 503:
        later = up.push(key, lines([300]))
    assert later.status == 202


def test_a_full_disk_is_answered_with_503_and_loses_nothing(up: Up) -> None:
    key = up.key()
    up.start()
    before = up.push(key, lines(range(100)))
    up.fates(key, before.receipts)
    assert up.process is not None
    _, most = resource.prlimit(up.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(up.process.pid, resource.RLIMIT_FSIZE, (20_000, most))
    full = up.push(key, lines(range(100, 110)))
    assert (full.status, full.said["code"]) == (503, "unavailable")
    resource.prlimit(up.process.pid, resource.RLIMIT_FSIZE, (most, most))
    after = up.push(key, lines(range(100, 110)))
    assert (after.status, set(after.statuses)) == (202, {"accepted"})
    up.fates(key, after.receipts)
    assert up.balanced()


def test_casework_that_is_killed_is_started_again_and_nobody_notices(up: Up) -> None:
    key = up.key()
    up.start()
    up.fates(key, up.push(key, lines(range(3))).receipts)
    os.kill(casework_of(up), signal.SIGKILL)
    fates = up.fates(key, up.push(key, lines(range(3, 9))).receipts)
    assert {fate["outcome"] for fate in fates.values()} <= KINDS


def test_a_port_that_is_taken_is_a_sentence_and_a_second_owner_is_told_who_is_the_first(up: Up) -> None:
    up.key()
    up.start()
    assert up.run("up", "--port", str(up.port), code=2) == ""
    assert up.run("import", "nothing.csv", "--source", "hotline12345", code=75) == ""
    assert "ok" in up.run("doctor", code=0)


def test_doors_by_themselves_need_kafka(up: Up) -> None:
    assert up.run("doors", code=2) == ""
