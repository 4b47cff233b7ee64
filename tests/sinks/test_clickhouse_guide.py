"""What the guide for operators shows of ClickHouse is understood by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sinks.sql import literal, statements
from tests.sinks.engine import Engine

GUIDE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")
SECTION = next(part for part in re.split(r"^## ", GUIDE, flags=re.MULTILINE) if part.startswith("ClickHouse\n"))
(CONFIGURATION,) = re.findall(r"```xml\n(.*?)```", SECTION, re.DOTALL)
SAID = [statement for block in re.findall(r"```sql\n(.*?)```", SECTION, re.DOTALL) for statement in statements(block)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("engine"), CONFIGURATION) as started:
        yield started


def test_the_configuration_makes_one_shard_of_three_replicas(engine: Engine) -> None:
    told = engine.query("SELECT cluster, shard_num, groupArray(host_name) FROM system.clusters GROUP BY cluster, shard_num").decode()
    assert told == "north\t1\t['ch-1','ch-2','ch-3']\n"
    assert engine.query("SELECT macro FROM system.macros ORDER BY macro") == b"replica\nshard\n"


@pytest.mark.parametrize("statement", [*SAID, "DROP DATABASE ucc ON CLUSTER north SYNC"])
def test_every_statement_is_understood(engine: Engine, statement: str) -> None:
    assert engine.query(f"SELECT formatQuery({literal(statement)})")


def test_there_are_statements_for_the_sink_and_for_analysts() -> None:
    assert len(SAID) > 10
    assert "DROP DATABASE ucc ON CLUSTER north SYNC" in SECTION
