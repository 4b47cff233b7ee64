"""`ucc demo` as a person starts it: a day through the real doors, at full speed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.vocabulary import OutcomeKind

UCC = [str(Path(sys.executable).parent / "ucc")]


def ucc(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*UCC, "--home", str(home), *args], capture_output=True, text=True, check=False)


def demo(home: Path, *args: str) -> dict[str, Any]:
    done = ucc(home, "demo", "--speed", "max", "--reports", "200", "--responders", "5", "--hours", "13", "--json", *args)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "home"


@pytest.fixture(scope="module")
def said(home: Path) -> dict[str, Any]:
    return demo(home)


def test_every_line_that_was_accepted_has_one_outcome_and_nothing_is_missing(home: Path, said: dict[str, Any]) -> None:
    assert said["balanced"]
    assert said["pushed"] == said["accepted"] + said["refused_at_the_door"]
    assert sum(row["number"] for row in said["figures"]["outcomes"]) == said["accepted"] > 50
    assert {row["outcome"] for row in said["figures"]["outcomes"]} <= {kind.value for kind in OutcomeKind}
    compared = ucc(home, "reconcile", "--json")
    assert compared.returncode == 0
    assert json.loads(compared.stdout.splitlines()[-1])["balanced"]


def test_every_figure_of_the_table_is_what_ucc_sql_says(home: Path, said: dict[str, Any]) -> None:
    for name, question in said["questions"].items():
        answered = ucc(home, "sql", question, "--format", "JSONEachRow")
        assert [json.loads(line) for line in answered.stdout.splitlines()] == said["figures"][name], name
    assert said["figures"]["readings"][0]["number"] > 0
    assert said["figures"]["responders"][0]["number"] >= 5


def test_what_two_channels_tell_of_one_matter_is_one_case(said: dict[str, Any]) -> None:
    assert said["told_by_two_channels"] >= said["of_these_alike"] > 0
    assert said["of_these_in_one_case"] == said["of_these_alike"]


def test_the_same_seed_is_the_same_day_and_the_home_begins_anew(home: Path, said: dict[str, Any]) -> None:
    again = demo(home, "--seed", "1")
    assert again["balanced"]
    assert (again["pushed"], again["accepted"], again["figures"]["outcomes"]) == (said["pushed"], said["accepted"], said["figures"]["outcomes"])


def test_a_home_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    assert ucc(tmp_path, "keys", "create", "--source", "petition").returncode == 0
    before = sorted(path.name for path in tmp_path.iterdir())
    refused = ucc(tmp_path, "demo", "--speed", "max")
    assert refused.returncode == 2
    assert re.search(r"this home holds an installation.*--home", refused.stderr.replace("\n", " "))
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "owner.lock") == [name for name in before if name != "owner.lock"]


def test_the_table_is_shown_at_the_end_with_how_to_ask_on(tmp_path: Path) -> None:
    done = ucc(tmp_path, "demo", "--speed", "max", "--reports", "20", "--responders", "0", "--hours", "1")
    assert done.returncode == 0, done.stderr
    assert "balanced:" in done.stdout
    assert "来源 × 结果" in done.stdout
    assert f"ucc --home {tmp_path} reconcile" in done.stdout
