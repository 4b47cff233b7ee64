"""`ucc migrate`, on a home and on a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.errors import BrokenSetting
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.clickhouse_warehouse import ClickHouseWarehouse
from sinks.migrate import migrations
from sinks.sql import statements
from tests.served.clickhouse import CLUSTER, ClickHouse
from tests.served.process import free_port
from tests.ucc.conftest import Desk
from ucc.settings import Settings
from ucc.warehouse import served, warehouse_at


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty home."""
    return Desk(tmp_path / "home")


def test_what_is_missing_is_applied_and_named_and_the_second_time_there_is_nothing(desk: Desk) -> None:
    names = [migration.name for migration in migrations()]
    assert desk.run("migrate").out.splitlines() == [f"applied {name}" for name in names]
    assert desk.run("migrate").out == "nothing was missing\n"
    assert json.loads(desk.run("migrate", "--json").out) == {"applied": []}


def test_a_server_that_is_too_old_is_named_in_one_sentence(desk: Desk, clickhouse: ClickHouse) -> None:
    clickhouse.start()
    desk.env |= clickhouse.env()
    done = desk.run("migrate", code=2)
    assert done.err == f"ucc: 127.0.0.1:{clickhouse.port}: the ClickHouse server has version 18.16.1, which is too old: 24.8 or newer is needed [broken]\n"


def test_a_wrong_password_is_something_to_mend_and_a_server_that_is_away_something_to_try_again(desk: Desk, clickhouse: ClickHouse, tmp_path: Path) -> None:
    clickhouse.start()
    (tmp_path / "password").write_text("wrong")
    desk.env |= clickhouse.env() | {"UCC_WAREHOUSE_PASSWORD_FILE": str(tmp_path / "password")}
    assert "Wrong password for user ucc" in desk.run("migrate", code=2).err
    assert "Wrong password for user ucc" in desk.run("sql", "SELECT 1", code=2).err
    desk.env["UCC_WAREHOUSE"] = f"clickhouse://127.0.0.1:{free_port()}"
    assert desk.run("migrate", code=75).err.count("\n") == 1
    assert desk.run("sql", "SELECT 1", code=75).err.count("\n") == 1


def test_a_question_goes_to_the_server_that_the_settings_name(desk: Desk, clickhouse: ClickHouse) -> None:
    clickhouse.start()
    desk.env |= clickhouse.env()
    assert desk.run("sql", "SELECT version() AS v, currentDatabase() AS d", "--format", "CSVWithNames").out == '"v","d"\n"18.16.1","ucc"\n'
    assert "Syntax error" in desk.run("sql", "SELECT (", code=2).err


def test_what_a_cluster_would_be_told_is_printed_and_nothing_is_done(desk: Desk, clickhouse: ClickHouse) -> None:
    clickhouse.start()
    desk.env |= clickhouse.env("a") | {"UCC_CLUSTER": CLUSTER}
    said = statements(desk.run("migrate", "--print").out)
    assert said[:2] == ["CREATE DATABASE IF NOT EXISTS `a_ucc` ON CLUSTER 'north'", "USE `a_ucc`"]
    assert sum("ENGINE = ReplicatedReplacingMergeTree" in one for one in said) > 5
    assert sum("cityHash64(centre) % 2)" in one for one in said) > 5
    assert "a_ucc" not in clickhouse.ask("SHOW DATABASES")


def test_what_one_server_would_be_told_is_printed_without_one(desk: Desk) -> None:
    assert [one for one in statements(desk.run("migrate", "--print").out) if "ENGINE" in one]
    assert not (desk.home / "warehouse").exists()


def test_a_cluster_that_the_server_does_not_know_is_an_error_that_names_those_that_it_knows(desk: Desk, clickhouse: ClickHouse) -> None:
    clickhouse.start()
    desk.env |= clickhouse.env() | {"UCC_CLUSTER": "south"}
    assert "knows no cluster 'south'; it knows north" in desk.run("migrate", "--print", code=2).err


def test_the_settings_say_which_warehouse_it_is(tmp_path: Path) -> None:
    assert served(Settings(home=tmp_path)) is None
    assert served(Settings(home=tmp_path, warehouse=f"chdb:///{tmp_path}/w")) is None
    with warehouse_at(Settings(home=tmp_path)) as embedded:
        assert isinstance(embedded, ChdbWarehouse)
    with warehouse_at(Settings(home=tmp_path, warehouse="clickhouse://ucc@localhost/ucc", namespace="north")) as at_a_server:
        assert isinstance(at_a_server, ClickHouseWarehouse)
    with pytest.raises(BrokenSetting, match="no name of a database"):
        served(Settings(home=tmp_path, warehouse="clickhouse://localhost/a-b"))
