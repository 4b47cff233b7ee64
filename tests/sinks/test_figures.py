"""Readings and positions in the warehouse: one row a key, the latest of each, and where somebody was is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.runtime.sqlite_log import SqliteLog
from schemas.fields import Model
from schemas.frame import frame_of
from schemas.reading import Position, Reading
from schemas.topics import POSITIONS, READINGS
from sinks.analysts_views import VIEWS
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.ranges import Ranges
from sinks.writer import Writer
from tests.sinks.asking import number, rows

NOW = datetime.now(UTC).replace(microsecond=0)


def reading(value: float, minutes: int = 0, metric: str = "air.pm25", object_id: str = "", **also: str) -> Reading:
    return Reading(centre="c", metric=metric, object_id=object_id, at=NOW - timedelta(minutes=minutes), value=value, unit="ug/m3", **also)


def fix(responder: str, lng: float, minutes: int = 0) -> Position:
    return Position(centre="c", responder=responder, at=NOW - timedelta(minutes=minutes), lng=lng, lat=32.0, accuracy_m=5)


def insert(warehouse: ChdbWarehouse, table: str, *lines: Model) -> None:
    warehouse.insert(table, b"\n".join(line.to_json() for line in lines), rows=len(lines), token="t")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[ChdbWarehouse]:
    with ChdbWarehouse(tmp_path / "warehouse") as opened:
        yield opened


def test_a_reading_that_comes_again_is_the_same_row_and_a_correction_takes_its_place(warehouse: ChdbWarehouse) -> None:
    insert(warehouse, "reading_rows", reading(30, 5), reading(31, 0), reading(9, 0, object_id="S-1", area="320111", quality="raw"))
    insert(warehouse, "reading_rows", reading(30, 5), reading(33, 0))
    assert [(row["object_id"], row["value"]) for row in rows(warehouse, "SELECT * FROM readings ORDER BY object_id, at")] == [("", 30), ("", 33), ("S-1", 9)]
    latest = rows(warehouse, "SELECT *, dateDiff('second', at, now()) AS age FROM readings_latest ORDER BY object_id")
    assert [(row["value"], row["unit"], row["area"], row["quality"]) for row in latest] == [(33, "ug/m3", "", ""), (9, "ug/m3", "320111", "raw")]
    assert all(0 <= int(row["age"]) < 3_600 for row in latest)


def test_there_is_one_row_a_responder_and_a_late_fix_is_not_it(warehouse: ChdbWarehouse) -> None:
    insert(warehouse, "position_rows", fix("a", 118.6, 2), fix("b", 118.7, 1))
    insert(warehouse, "position_rows", fix("a", 118.5, 9), fix("a", 118.61, 1))
    found = rows(warehouse, "SELECT responder, lng FROM positions_latest ORDER BY responder")
    assert found == [{"responder": "a", "lng": 118.61}, {"responder": "b", "lng": 118.7}]


def test_fixes_are_forgotten_after_90_days_and_analysts_see_none(warehouse: ChdbWarehouse) -> None:
    table = "SELECT create_table_query FROM system.tables WHERE name = 'position_rows' AND database = currentDatabase()"
    assert b"toIntervalDay(90)" in warehouse.query(table, "TSVRaw")
    assert {"readings", "readings_latest"} <= set(VIEWS)
    assert not [view for view in (*VIEWS, *VIEWS.values()) if "position" in view]


def test_what_the_log_forgot_before_it_landed_does_not_keep_the_rest_from_landing(warehouse: ChdbWarehouse, tmp_path: Path) -> None:
    log, ranges = SqliteLog(tmp_path / "figures.db", writer=True), Ranges(tmp_path / "ranges.db")
    for minutes in range(6):
        with log.transaction() as transaction:
            transaction.append(READINGS.name, frame_of("c", "reading", [reading(minutes, minutes).to_json()]))
            transaction.append(POSITIONS.name, frame_of("c", "position", [fix(f"r{minutes}", 118.6).to_json()]))
    ranges.begin("c", "figures", READINGS.name, 3)
    ranges.begin("c", "figures", POSITIONS.name, 3)
    log.trim(READINGS.name, 2)
    log.trim(POSITIONS.name, 5)
    writer = Writer(warehouse, lambda: {"c": {"figures": log}}, ranges)
    while writer.round():
        pass
    assert number(warehouse, "SELECT count() FROM readings") == 4
    assert rows(warehouse, "SELECT responder FROM positions_latest") == [{"responder": "r5"}]
    assert {writer.progress().done["c", "figures", topic.name] for topic in (READINGS, POSITIONS)} == {5}
    ranges.close()
    log.close()
