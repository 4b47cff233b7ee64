"""Readings and positions pushed at a real door, to the views of the warehouse."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from reference.load import load
from reference.tables import PACKS
from tests.connectors.http.conftest import Open
from tests.connectors.http.test_app import assert_problem
from tests.served.up import NDJSON, Answered, Up

load_all_checks()
CHECKED: Any = CHECKS.get_by_names([name for name in CHECKS.get_all_names() if name != "positive_data_acceptance"])
"""That a line fits the schema makes its metric none that there is."""
few = settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
RESPONDERS = [responder.responder for responder in load(PACKS / "pukou").responders]
NOW = datetime.now(UTC).replace(microsecond=0)


class Keyed(NamedTuple):
    up: Up
    department: str
    patrol: str


@pytest.fixture(scope="module")
def keyed(opened: Open) -> Keyed:
    return Keyed(opened.up, opened.up.key("department"), opened.up.key("joint_patrol"))


def body(*lines: dict[str, Any] | bytes) -> bytes:
    return b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)


def reading(value: float, minutes: int = 0, **also: object) -> dict[str, Any]:
    return {"metric": "air.pm25", "object_id": "S-1", "at": (NOW - timedelta(minutes=minutes)).isoformat(), "value": value, **also}


def fix(responder: str, seconds: float = 0, **also: object) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    return {"responder": responder, "at": at.isoformat(), "lng": 118.6, "lat": 32.0, "accuracy_m": 5, **also}


def push(keyed: Keyed, path: str, key: str, sent: bytes, kind: str = NDJSON, **headers: str) -> Answered:
    return keyed.up.ask("POST", path, key, sent, kind, **headers)


def eventually(keyed: Keyed, query: str, expected: list[dict[str, Any]]) -> None:
    until = time.monotonic() + 120
    while (found := keyed.up.rows(query)) != expected and time.monotonic() < until:
        time.sleep(0.2)
    assert found == expected


def test_readings_come_into_the_view_a_bad_line_costs_itself_and_again_is_the_same_row(keyed: Keyed) -> None:
    sent = body(reading(31, 5, unit="ug/m3"), reading(32, 0, unit="mg/m3"), b"", b"{", reading(33))
    for _ in range(2):
        answer = push(keyed, "/v1/readings", keyed.department, sent)
        assert answer.status == 202
        assert [(line["line"], line["status"]) for line in answer.said["lines"]] == [(1, "accepted"), (2, "refused"), (4, "refused"), (5, "accepted")]
        assert answer.said["lines"][1]["error"] == {"code": "invalid-field", "detail": "unit: is not the unit of this metric, which is ug/m3"}
    eventually(keyed, "SELECT value FROM readings WHERE object_id = 'S-1' ORDER BY at", [{"value": 31}, {"value": 33}])
    eventually(keyed, "SELECT value, unit FROM readings_latest WHERE object_id = 'S-1'", [{"value": 33, "unit": "ug/m3"}])


def test_one_reading_and_a_packed_body_are_taken(keyed: Keyed) -> None:
    assert push(keyed, "/v1/readings", keyed.department, body(reading(1, object_id="S-2")), "application/json").status == 202
    packed = gzip.compress(body(*(reading(n, n, object_id="S-3") for n in range(600))))
    assert push(keyed, "/v1/readings", keyed.department, packed, Content_Encoding="gzip").status == 202
    eventually(keyed, "SELECT object_id, count() AS n FROM readings WHERE object_id IN ('S-2', 'S-3') GROUP BY object_id ORDER BY object_id", [
        {"object_id": "S-2", "n": 1}, {"object_id": "S-3", "n": 600},
    ])  # fmt: skip


def test_positions_come_into_the_view_one_row_a_responder(keyed: Keyed) -> None:
    first, second = RESPONDERS[:2]
    answer = push(keyed, "/v1/positions", keyed.patrol, body(fix(first, 4), fix(second, 3), fix("nobody"), fix(first, 1, lng=118.7), fix(first, 2)))
    assert [line["status"] for line in answer.said["lines"]] == ["accepted", "accepted", "refused", "accepted", "accepted"]
    eventually(keyed, f"SELECT responder, lng FROM positions_latest WHERE responder IN ('{first}', '{second}') ORDER BY lng", [  # noqa: S608  our own names
        {"responder": second, "lng": 118.6}, {"responder": first, "lng": 118.7},
    ])  # fmt: skip


def test_a_key_opens_its_own_door_and_what_is_no_figure_is_a_problem(keyed: Keyed) -> None:
    assert_problem(push(keyed, "/v1/readings", keyed.patrol, body(reading(1))), 403)
    assert_problem(push(keyed, "/v1/positions", keyed.department, body(fix(RESPONDERS[0]))), 403)
    assert_problem(push(keyed, "/v1/readings", "", body(reading(1))), 401)
    assert_problem(push(keyed, "/v1/readings", keyed.department, body(reading(1)), "text/csv"), 415)
    assert_problem(push(keyed, "/v1/readings", keyed.department, b""), 400)
    assert_problem(push(keyed, "/v1/readings", keyed.department, b"\n".join([b"{}"] * 5_001)), 413)
    refused = push(keyed, "/v1/readings", keyed.department, body(reading(-1), {"phone": "19991234567"}))
    assert_problem(refused, 400)
    assert [line["status"] for line in refused.said["lines"]] == ["refused", "refused"]
    assert "1999" not in json.dumps(refused.said)


@pytest.mark.parametrize("path", ["/v1/readings", "/v1/positions"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_door_does_what_its_document_says(keyed: Keyed, path: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{keyed.up.port}/openapi.json")
    key = keyed.department if path == "/v1/readings" else keyed.patrol

    @few
    @given(case=schema[path]["POST"].as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKED)

    asked()
