"""`/v1/commands` from outside: verdicts, who may, the same id again, and what the OpenAPI document says; over real logs and a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from connectors.http import commands
from schemas.vocabulary import Mode, Role
from tests.served.up import NDJSON, PROBLEM, Answered
from tests.ucc.commands_door import DESK, UNIT, Served, command

load_all_checks()
CHECKED: Any = CHECKS.get_by_names([name for name in CHECKS.get_all_names() if name != "positive_data_acceptance"])
"""That a command fits the schema makes it nothing that the fold would do."""
few = settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as stack:
        yield Served(tmp_path_factory.mktemp("commands"), stack)


def assert_problem(answer: Answered, status: int, code: str) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, PROBLEM), answer
    assert (answer.said["status"], answer.said["code"]) == (status, code)
    assert answer.said["detail"]


# what is answered


def test_a_command_is_answered_with_the_verdict_of_the_fold_and_the_actor_is_filled_in_from_the_key(served: Served) -> None:
    answer = served.post(command(1), Role.UNIT)
    assert (answer.status, answer.said["verdict"], answer.said["state"]) == (200, "done", "SIGNED")
    assert answer.said["actor"] == f"unit:{UNIT.name}"
    asked = served.ask("GET", "/v1/commands/command-000001", served.keys[Role.UNIT])
    assert (asked.status, asked.said) == (200, answer.said)


def test_what_the_fold_refuses_is_a_conflict_that_says_why_with_the_verdict(served: Served) -> None:
    answer = served.post(command(2, "closed"))
    assert_problem(answer, 409, "not-from-here")
    assert "签收" in answer.said["detail"]
    assert answer.said["verdict"]["verdict"] == "refused"
    asked = served.ask("GET", "/v1/commands/command-000002", served.keys[Role.DESK])
    assert (asked.status, asked.said) == (200, answer.said["verdict"])


def test_a_verdict_that_takes_longer_is_asked_for_where_the_answer_says(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "WAIT_S", 0.2)
    served.fold.stand()
    try:
        answer = served.post(command(3))
        assert (answer.status, answer.said) == (202, {"command_id": "command-000003", "verdict": "pending"})
        asked = served.ask("GET", answer.headers["location"], served.keys[Role.DESK])
        assert (asked.status, asked.said) == (202, answer.said)
        assert served.post(command(3)).status == 202
    finally:
        served.fold.go()
    until = time.monotonic() + 30
    while (asked := served.ask("GET", answer.headers["location"], served.keys[Role.DESK])).status == 202:
        assert time.monotonic() < until
    assert (asked.status, asked.said["verdict"]) == (200, "done")
    assert served.commands().count("command-000003") == 1


def test_the_same_id_again_has_the_same_verdict_and_takes_one_place_in_the_log(served: Served) -> None:
    first = served.post(command(4, reason="一"))
    assert served.post(command(4, reason="一")).said == first.said
    assert served.commands().count("command-000004") == 1


def test_an_id_that_was_used_for_another_command_is_not_taken_for_this_one(served: Served) -> None:
    assert served.post(command(5)).status == 200
    assert_problem(served.post(command(5, "handled")), 422, "other-body")
    assert_problem(served.post(command(5), Role.UNIT), 422, "other-body")
    assert served.commands().count("command-000005") == 1


# who may


def test_a_key_of_a_source_commands_nothing_and_a_key_of_a_person_pushes_nothing(served: Served) -> None:
    body = command(6)
    assert_problem(served.ask("POST", "/v1/commands", "", body), 401, "unauthorized")
    assert_problem(served.ask("POST", "/v1/commands", served.source, body), 403, "forbidden")
    for path in ("/v1/reports/petition", "/v1/readings", "/v1/positions"):
        assert_problem(served.ask("POST", path, served.keys[Role.DESK], {}), 403, "forbidden")
    assert_problem(served.ask("GET", "/v1/receipts/9dbb69eb-7703-5cc3-99e1-880dc52799f9", served.keys[Role.DESK]), 403, "forbidden")
    assert "command-000006" not in served.commands()


@pytest.mark.parametrize(
    "actor",
    [{"role": "desk"}, {"name": "别人"}, {"unit": "street-320111005"}, {"responder": "gridworker-1"}, DESK.model_dump(mode="json")],
)
def test_an_actor_that_the_key_is_not_of_is_forbidden(served: Served, actor: dict[str, str]) -> None:
    assert_problem(served.post(command(7, actor=actor), Role.UNIT), 403, "forbidden")
    assert "command-000007" not in served.commands()


def test_an_actor_that_agrees_with_the_key_may_be_said_in_part_or_whole(served: Served) -> None:
    assert served.post(command(8, actor={"role": "unit"}), Role.UNIT).status == 200
    assert served.post(command(9, actor=UNIT.model_dump(mode="json")), Role.UNIT).status == 200


def test_a_verdict_is_told_to_who_commanded_and_to_the_desk(served: Served) -> None:
    assert served.post(command(10), Role.UNIT).status == 200
    path = "/v1/commands/command-000010"
    assert served.ask("GET", path, served.keys[Role.DESK]).status == 200
    assert_problem(served.ask("GET", path, served.keys[Role.RESPONDER]), 404, "not-found")
    assert_problem(served.ask("GET", path, served.source), 403, "forbidden")
    assert_problem(served.ask("GET", "/v1/commands/nobody-knows", served.keys[Role.DESK]), 404, "not-found")


# what is no command


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        {"action": "signed"},
        {"command_id": "short", "action": "signed"},
        command(11, "flown"),
        command(11, phone="19991234567"),
        command(11, actor="19991234567"),
        command(11, actor={"phone": "19991234567"}),
        command(11, expect_seq="3"),
        command(11, reason="\x00"),
    ],
)
def test_what_is_no_command_is_refused_and_nothing_of_it_is_quoted(served: Served, body: object) -> None:
    answer = served.post(body)
    assert_problem(answer, 400, "unreadable")
    assert "1999" not in json.dumps(answer.said)


def test_a_body_of_another_kind_or_too_large_is_refused(served: Served) -> None:
    assert_problem(served.ask("POST", "/v1/commands", served.keys[Role.DESK], command(12), NDJSON), 415, "unsupported-kind")
    assert_problem(served.post(command(12, reason="长" * 100_000)), 413, "too-large")


# the door in time


def test_a_door_that_starts_again_knows_the_verdicts_and_makes_them_anew_from_the_log(tmp_path: Path) -> None:
    with ExitStack() as stack:
        served = Served(tmp_path, stack)
        assert served.post(command(1), Role.UNIT).status == 200
        with closing(served.known()) as known:
            before = known.known("command-000001")
        assert before is not None
        assert before.verdict
        served.way.close()
        for file in (tmp_path / "home" / "doors" / "1").glob("commands.db*"):
            file.unlink()
        way = served.opened(stack)
        assert way.verdict("command-000001").result(30) == before.verdict
        assert way.commanded("command-000001") == before


def test_in_a_centre_of_the_past_nothing_is_commanded(tmp_path: Path) -> None:
    with ExitStack() as stack:
        served = Served(tmp_path, stack, lambda centre: centre.model_copy(update={"mode": Mode.STREAM}))
        assert_problem(served.post(command(1)), 409, "not-worked-on")
        assert served.commands() == []


# the document


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), [("/v1/commands", "POST"), ("/v1/commands/{command_id}", "GET")])
def test_the_door_does_what_its_document_says(served: Served, path: str, method: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{served.server.port}/openapi.json")

    @few
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {served.keys[Role.DESK]}"}, checks=CHECKED)

    asked()
