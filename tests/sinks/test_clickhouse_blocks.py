"""Lines as native columns mean the same as lines as JSONEachRow: both go into the engine of a current ClickHouse, and the views agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from schemas.errors import Refused
from sinks.clickhouse_columns import Column, Table, rows_of
from sinks.landing import insert_statement
from sinks.migrate import made_before, made_by, migrations
from tests.sinks.asking import picture
from tests.sinks.conftest import Landed
from tests.sinks.engine import Engine, written_by_the_driver
from tests.sinks.test_landing import FULL_OUTCOME, LEAST_OUTCOME, OTHERS

WAYS = ("native", "lines")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("engine")) as started:
        for way in WAYS:
            started.query(f"CREATE DATABASE {way}")
            started.query(f"USE {way}")
            started.all(made_before())
            for migration in migrations():
                started.all(made_by(migration))
        yield started


def described(engine: Engine, name: str) -> Table:
    """A table as our adapter takes it from a server: pretty types on several lines, defaults as expressions."""
    columns = []
    for row in map(orjson.loads, engine.query(f"DESCRIBE TABLE {name}", "JSONEachRow").splitlines()):
        if row["default_type"] in ("", "DEFAULT"):
            expression = row["default_expression"]
            (default,) = orjson.loads(engine.query(f"SELECT {expression or 'NULL'}", "JSONCompactEachRow"))
            columns.append(Column(row["name"], row["type"], default))
    return Table(name, columns)


def insert(engine: Engine, folder: Path, table: str, lines: list[bytes]) -> None:
    """The same lines in both ways, each into its own database."""
    folder.mkdir(exist_ok=True)
    native, json = folder / "block", folder / "lines"
    json.write_bytes(b"\n".join(lines))
    for way in WAYS:
        engine.query(f"USE {way}")
        if way == "native":
            taken = described(engine, table).columns(rows_of(json.read_bytes()))
            native.write_bytes(written_by_the_driver(engine.types(table), taken))
            engine.query(f"INSERT INTO {table} FROM INFILE '{native}' FORMAT Native")
        else:
            engine.query(insert_statement(table, str(json)))


def pictures(engine: Engine) -> list[dict[str, bytes]]:
    found = []
    for way in WAYS:
        engine.query(f"USE {way}")
        found.append(picture(engine))
    return found


def test_views_of_a_lively_city_are_the_same_whichever_way_its_lines_came(engine: Engine, landed: Landed, tmp_path: Path) -> None:
    city = landed.city
    for table, lines in (("outcome_lines", city.outcomes), ("journal_rows", city.journal), ("case_rows", list(city.cases.values()))):
        insert(engine, tmp_path, table, lines)
    native, lines_ = pictures(engine)
    assert native == lines_
    assert native["outcomes"].count(b"\n") == len(city.outcomes)
    assert native["journal"].count(b"\n") == len(city.journal)


def test_every_field_at_its_full_and_at_its_least_lands_the_same(engine: Engine, tmp_path: Path) -> None:
    insert(engine, tmp_path, "outcome_lines", [FULL_OUTCOME.to_json(), LEAST_OUTCOME.to_json()])
    for table, _, full, least in OTHERS:
        insert(engine, tmp_path, table, [full.to_json(), least.to_json()])  # type: ignore[attr-defined]
    native, lines = pictures(engine)
    assert native == lines
    assert b'"full"' in native["outcomes"]


@pytest.mark.parametrize("spot", [b'"event":{', b'"report":{', b'"centre":'])
def test_an_unknown_field_is_refused_however_deep_it_is(engine: Engine, spot: bytes) -> None:
    new = b'"brand_new":1,"centre":' if spot == b'"centre":' else spot + b'"brand_new":1,'
    engine.query("USE native")
    with pytest.raises(Refused, match="brand_new"):
        described(engine, "outcome_lines").columns(rows_of(FULL_OUTCOME.to_json().replace(spot, new)))
