"""The door at which a part says how it is."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.errors import BrokenSetting
from schemas.metrics import METRICS, WAREHOUSE_TOKENS
from ucc.health import HealthDoor
from ucc.settings import settings

STARTED = "ucc_started_timestamp_seconds"


class Part:
    """A part that says how it is."""

    def __init__(self) -> None:
        self.well = True
        self.fails = False

    def alive(self) -> tuple[bool, dict[str, Any]]:
        if self.fails:
            raise RuntimeError("王小明 0912345678")
        return self.well, {"part": "worker", "last_commit_age_seconds": 1.5}


@pytest.fixture
def part() -> Part:
    return Part()


@pytest.fixture
def door(part: Part) -> Iterator[HealthDoor]:
    with HealthDoor("127.0.0.1:0", part.alive) as opened:
        yield opened


def asked(door: HealthDoor, path: str, method: str = "GET", **headers: str) -> tuple[int, str, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{door.port}{path}", method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  our own door
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_metrics_are_ours_and_the_process_s_as_prometheus_reads_them(door: HealthDoor) -> None:
    WAREHOUSE_TOKENS.set(1)
    status, kind, text = asked(door, "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert status == 200
    assert kind.startswith("text/plain; version=")
    assert set(families) >= {name.removesuffix("_total") for name in METRICS} | {"process_resident_memory_bytes", "process_open_fds", "python_info"}
    assert families["ucc_warehouse_tokens_supported"].samples[0].value == 1


def test_metrics_are_read_as_openmetrics_too(door: HealthDoor) -> None:
    status, kind, text = asked(door, "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert status == 200
    assert kind.startswith("application/openmetrics-text")
    assert text.count("# EOF") == 1


def test_a_part_says_when_it_began_also_when_it_starts_itself_anew_in_the_same_process(door: HealthDoor, part: Part) -> None:
    def began() -> float:
        return next(family.samples[0].value for family in text_string_to_metric_families(asked(door, "/metrics")[2]) if family.name == STARTED)

    first = began()
    assert first > 0
    with HealthDoor("0", part.alive):
        assert began() > first


def test_no_series_says_when_another_began(door: HealthDoor) -> None:
    assert "_created" not in asked(door, "/metrics")[2]


def test_a_part_that_gets_on_is_healthy(door: HealthDoor) -> None:
    status, kind, text = asked(door, "/health")
    assert (status, kind) == (200, "application/json")
    assert json.loads(text) == {"alive": True, "part": "worker", "last_commit_age_seconds": 1.5}


def test_a_part_that_is_stuck_is_not(door: HealthDoor, part: Part) -> None:
    part.well = False
    status, _, text = asked(door, "/health")
    assert (status, json.loads(text)["alive"]) == (503, False)


def test_a_part_that_cannot_say_how_it_is_is_not_healthy_and_repeats_nobody_s_words(door: HealthDoor, part: Part) -> None:
    part.fails = True
    status, _, text = asked(door, "/health")
    assert status == 503
    assert json.loads(text)["error"].startswith("RuntimeError in alive (test_health.py:")
    assert "王小明" not in text


def test_there_is_nothing_else_behind_the_door(door: HealthDoor) -> None:
    assert asked(door, "/")[0] == 404
    assert asked(door, "/metrics/../health")[0] == 404
    assert asked(door, "/health", "POST")[0] == 501
    assert asked(door, "/health", "HEAD")[0] == 200


def test_a_caller_that_says_nothing_keeps_nobody_waiting(door: HealthDoor) -> None:
    with socket.create_connection(("127.0.0.1", door.port or 0)):
        assert asked(door, "/health")[0] == 200


def test_without_an_address_there_is_no_door(part: Part) -> None:
    before = threading.active_count()
    with HealthDoor("", part.alive) as none:
        assert none.port is None
        assert threading.active_count() == before


def test_a_port_alone_is_on_loopback_and_no_two_parts_can_have_it(door: HealthDoor, part: Part) -> None:
    with HealthDoor("0", part.alive) as other:
        assert asked(other, "/health")[0] == 200
    with pytest.raises(BrokenSetting, match="give each part one of its own"):
        HealthDoor(str(door.port), part.alive)


def test_it_listens_where_it_is_told(part: Part) -> None:
    with HealthDoor("[::1]:0", part.alive) as door, urllib.request.urlopen(f"http://[::1]:{door.port}/health", timeout=20) as answer:
        assert answer.status == 200


def test_a_closed_door_lets_the_port_go(part: Part) -> None:
    door = HealthDoor("127.0.0.1:0", part.alive)
    port = door.port
    door.close()
    door.close()
    with HealthDoor(f"127.0.0.1:{port}", part.alive) as again:
        assert again.port == port


@pytest.mark.parametrize("address", ["", "9101", "127.0.0.1:9101", "0.0.0.0:9101", "[::1]:9101", "worker:9101"])
def test_the_setting_takes_a_host_and_port(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UCC_METRICS", address)
    assert settings().metrics == address


@pytest.mark.parametrize("address", ["http://127.0.0.1:9101", "127.0.0.1", "a b:1", "127.0.0.1:port"])
def test_what_is_no_host_and_port_is_a_broken_setting(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UCC_METRICS", address)
    with pytest.raises(BrokenSetting, match="UCC_METRICS"):
        settings()
