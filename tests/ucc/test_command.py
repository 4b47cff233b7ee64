"""`ucc command` as a dispatcher and a unit type it: beside `ucc up`, and where nothing runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.http.commands import command_from
from schemas.command import Actor
from schemas.vocabulary import Role
from tests.served.up import UCC, Up, lines
from tests.ucc.test_up import casework_of
from ucc.home import Home
from ucc.owner import owner_of

DOCS = Path(__file__).parents[2] / "docs"
BLOCKS = [
    block.replace("\\\n", " ")
    for name in ("dispatchers.md", "departments.md")
    for block in re.findall(r"```sh\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)
]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path)
    yield up
    up.close()


def a_case(up: Up, number: int = 1) -> str:
    """A report is pushed; the id of its case."""
    key = up.key()
    receipts = up.push(key, lines([number])).receipts
    return str(up.fates(key, receipts)[receipts[0]]["case_id"])


def verdict(up: Up, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command says."""
    return dict(json.loads(up.run("command", *words, "--json", code=code)))


def test_beside_ucc_up_a_command_is_answered_and_sent_again_it_is_done_once(up: Up) -> None:
    up.start()
    case = a_case(up)
    words = ("supervised", case, "--reason", "领导批示", "--as", "desk:值班一席", "--id", "desk-0000001")
    first = verdict(up, *words)
    assert (first["verdict"], first["actor"], first["case_id"]) == ("done", "desk:值班一席", case)
    assert verdict(up, *words) == first
    said = up.run("command", *words)
    assert "已执行 done · 督办 supervised" in said
    refused = verdict(up, "archived", case, code=1)
    assert (refused["verdict"], bool(refused["code"]), bool(refused["detail"])) == ("refused", True, True)


def test_where_nothing_runs_it_owns_the_home_for_the_time_and_another_owner_finds_it_done(up: Up) -> None:
    up.start()
    case = a_case(up)
    assert up.end() == 0
    words = ("督办", case, "--reason", "领导批示", "--id", "desk-0000002")
    first = verdict(up, *words)
    assert first["verdict"] == "done"
    assert verdict(up, *words) == first
    up.start()
    assert verdict(up, *words) == first
    assert json.loads(up.run("reconcile", "--json").splitlines()[-1])["balanced"]


def test_while_the_fold_stands_still_it_is_told_to_ask_again_and_then_it_was_done_once(up: Up) -> None:
    up.start()
    case = a_case(up)
    words = ("supervised", case, "--reason", "领导批示", "--id", "desk-0000004")
    worker = casework_of(up)
    os.kill(worker, signal.SIGSTOP)
    try:
        assert up.run("command", *words, "--timeout", "0.5", code=75) == ""
    finally:
        os.kill(worker, signal.SIGCONT)
    assert verdict(up, *words, "--timeout", "60")["verdict"] == "done"


def test_beside_an_owner_that_takes_no_commands_it_is_told_who_that_is(up: Up) -> None:
    up.key()  # the shipped centre is made
    with owner_of(Home(up.home), "import a.csv"):
        done = subprocess.run([str(UCC), "command", "supervised", "c", "--timeout", "0.1"], env=up.env, capture_output=True, text=True, check=False)
    assert done.returncode == 75
    assert "import a.csv" in done.stderr


def test_a_person_with_a_key_commands_over_http_and_the_case_has_moved_on(up: Up) -> None:
    up.start()
    case = a_case(up)
    made = json.loads(up.run("keys", "create", "--role", "desk", "--name", "值班二席", "--json").splitlines()[-1])
    body = json.dumps({"command_id": "desk-0000003", "action": "supervised", "case": case, "reason": "领导批示"}).encode()
    answer = up.ask("POST", "/v1/commands", made["key"], body)
    assert (answer.status, answer.said["verdict"], answer.said["actor"]) == (200, "done", "desk:值班二席")
    listed = {row["id"]: row for row in map(json.loads, up.run("keys", "list", "--json").splitlines())}
    assert (listed[made["id"]]["role"], listed[made["id"]]["source"]) == ("desk", "")


@pytest.mark.parametrize(
    "words",
    [
        ("flown", "c"),
        ("signed", "c", "--as", "clock:x"),
        ("signed", "c", "--as", "unit:x"),
        ("signed", "c", "--as", "desk:"),
        ("signed", "c", "--as", "desk:x@street-320111004"),
        ("signed", "c", "--id", "short"),
        ("split", "c", "--report", "nowhere:1"),
        ("extended", "c", "--limit", "soon"),
    ],
)
def test_what_is_no_command_is_a_sentence(up: Up, words: tuple[str, ...]) -> None:
    assert up.run("command", *words, code=2) == ""


def test_a_key_is_of_a_source_or_of_a_person_who_is_named(up: Up) -> None:
    for words in (
        (),
        ("--role", "desk"),
        ("--role", "clock", "--name", "x"),
        ("--role", "unit", "--name", "x"),
        ("--role", "desk", "--source", "petition", "--name", "x"),
    ):
        assert up.run("keys", "create", *words, code=2) == ""


def test_a_centre_of_the_past_is_not_worked_on(up: Up) -> None:
    up.run("reference", "use", "pukou", "--mode", "stream")
    assert up.run("command", "supervised", "c", "--reason", "x", code=2) == ""


def test_what_the_guides_send_over_http_are_commands() -> None:
    bodies = [body for block in BLOCKS for body in re.findall(r"'(\{\"command_id.*?\})'", block)]
    assert len(bodies) >= 5
    for body in bodies:
        command = command_from(body.encode(), Actor(role=Role.DESK, name="x"))
        assert command.case.startswith("PUKOU-")


def test_what_the_guide_has_dispatchers_type_is_understood_and_answered(up: Up) -> None:
    typed = [shlex.split(line, comments=True) for block in BLOCKS for line in block.splitlines() if line.startswith("ucc command ")]
    assert len(typed) >= 4
    up.start()
    a_case(up)
    for words in typed:
        said = verdict(up, *words[2:], code=1)
        assert said["verdict"] == "refused", "there is no such case here"
