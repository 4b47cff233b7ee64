"""`ucc demo` as a person starts it: a day through the real doors, at full speed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from schemas.vocabulary import OutcomeKind

UCC = [str(Path(sys.executable).parent / "ucc")]


def ucc(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*UCC, "--home", str(home), *args], capture_output=True, text=True, check=False)


def demo(home: Path, *args: str) -> dict[str, Any]:
    done = ucc(home, "demo", "--speed", "max", "--reports", "300", "--responders", "300", "--hours", "10", "--json", *args)
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
    assert 150 < said["figures"]["responders"][0]["number"] <= 300


def test_the_whole_loop_is_gone_through(said: dict[str, Any]) -> None:
    figures = said["figures"]
    orders, states, alerts = ({row[name]: row for row in figures[of]} for of, name in (("orders", "state"), ("states", "state"), ("alerts", "kind")))
    assert orders["done"]["number"] > 10
    assert states["CLOSED"]["number"] > 0
    assert "overdue" in alerts
    assert {row["role"] for row in figures["commands"]} == {"desk", "unit", "responder"}
    assert sum(row["number"] for row in figures["commands"]) == said["commanded"] > 100


def test_sources_are_told_of_every_result_in_files_and_over_http(home: Path, said: dict[str, Any]) -> None:
    results = {row["source"]: row["number"] for row in said["figures"]["results"]}
    assert said["results_by_http"] == results["hotline12345"] > 0
    in_files = [json.loads(line) for path in (home / "results").glob("*.ndjson") for line in path.read_bytes().splitlines()]
    assert len({one["result_id"] for one in in_files}) == len(in_files) == said["results_in_files"] == sum(results.values()) - results["hotline12345"]
    assert said["results_unsigned"] == 0


def test_nobody_is_forgotten(said: dict[str, Any]) -> None:
    assert said["differences"] == []
    for name in ("nobodys", "unfinal", "unalerted"):
        assert said["figures"][name] == [{"number": 0}], name


def test_what_two_channels_tell_of_one_matter_is_one_case(said: dict[str, Any]) -> None:
    assert said["told_by_two_channels"] >= said["of_these_alike"] > 0
    assert said["of_these_in_one_case"] == said["of_these_alike"]


def told(said: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Lines by source and outcome. Whether a case still stood when another report of it came hangs on people, and they on how fast this machine is."""
    found: Counter[tuple[str, str]] = Counter()
    for row in said["figures"]["outcomes"]:
        found[row["source"], "opened" if row["outcome"] == "merged" else row["outcome"]] += row["number"]
    return found


def test_the_same_seed_is_the_same_day_and_the_home_begins_anew(home: Path, said: dict[str, Any]) -> None:
    again = demo(home, "--seed", "1")
    assert again["balanced"]
    assert (again["pushed"], again["accepted"], told(again)) == (said["pushed"], said["accepted"], told(said))


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
