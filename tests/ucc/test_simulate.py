from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.vocabulary import Source
from tests.ucc.conftest import Desk


@pytest.fixture
def nowhere(tmp_path: Path) -> Desk:
    """A home that there is not."""
    return Desk(tmp_path / "none")


def test_lines_are_written_without_any_centre(nowhere: Desk) -> None:
    told = nowhere.run("simulate", "--source", Source.HOTLINE12345.value, "--reports", "30", "--seed", "7")
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert len(lines) == len({line["work_order_no"] for line in lines}) == 30
    assert told.err == ""
    assert not nowhere.home.exists()


def test_the_same_seed_writes_the_same_and_a_start_moves_the_day(nowhere: Desk) -> None:
    words = ("simulate", "--source", Source.JOINT_PATROL.value, "--reports", "5", "--seed", "3")
    first = nowhere.run(*words).out
    assert nowhere.run(*words).out == first
    moved = [json.loads(line) for line in nowhere.run(*words, "--start", "2026-03-02").out.splitlines()]
    assert all(line["report_time"].startswith("2026-03-02T") for line in moved)
    assert nowhere.run(*words[:-1], "4").out != first


def test_what_cannot_be_simulated_is_said_in_a_sentence(nowhere: Desk) -> None:
    words = ("simulate", "--source", Source.DEPARTMENT.value)
    assert "--start" in nowhere.run(*words, "--start", "tomorrow", code=2).err
    assert "known: pukou" in nowhere.run(*words, "--pack", "nowhere", code=2).err
    assert nowhere.run("simulate", "--source", "radio", code=2).out == ""


def test_faults_make_more_lines_of_the_same_reports(nowhere: Desk) -> None:
    words = ("simulate", "--source", Source.POLICE110.value, "--reports", "200", "--seed", "3")
    assert len(nowhere.run(*words, "--faults").out.splitlines()) > 220


def test_help_has_an_example(nowhere: Desk) -> None:
    assert "ucc simulate --source hotline12345" in nowhere.run("simulate", "--help").out
