"""The doctor where the warehouse is a ClickHouse server: Debian's, which is too old for our tables, and so lacks them for good."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.served.clickhouse import ClickHouse
from ucc.checks.finding import Finding, State
from ucc.doctor import examined

Look = Callable[[ClickHouse], dict[str, Finding]]


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """What is found of a warehouse, by check."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)

    def looked(server: ClickHouse) -> dict[str, Finding]:
        for name in [name for name in os.environ if name.startswith("UCC_")]:
            monkeypatch.delenv(name)
        for name, value in {**server.env(), "UCC_HOME": str(home)}.items():
            monkeypatch.setenv(name, value)
        return {one.check: one for one in examined()}

    return looked


def test_a_server_without_our_tables_answers_and_is_told_what_makes_them(look: Look, clickhouse: ClickHouse) -> None:
    found = look(clickhouse)
    assert (found["warehouse"].state, found["warehouse"].said) == (State.OK, "ClickHouse 18.16.1 answers")
    assert (found["migrations"].state, found["migrations"].todo) == (State.WRONG, "`ucc migrate` makes them")
    assert "kept once by their keys" in found["tokens"].said
    assert found["clocks"].state is State.OK


def test_a_server_that_is_away_is_named(look: Look, tmp_path: Path) -> None:
    away = ClickHouse(tmp_path / "away")
    found = look(away)["warehouse"]
    assert found.state is State.WRONG
    assert f"127.0.0.1:{away.port}" in found.said
    assert "what was accepted is safe meanwhile" in found.todo


def test_a_password_that_is_not_the_server_s_is_named_and_not_shown(look: Look, clickhouse: ClickHouse, tmp_path: Path) -> None:
    stranger = ClickHouse(tmp_path / "stranger")
    stranger.port, stranger.http_port = clickhouse.port, clickhouse.http_port
    stranger.password_file().write_text("not the secret", "utf-8")
    found = look(stranger)["warehouse"]
    assert found.state is State.WRONG
    assert "not the secret" not in str(found)
