"""What it costs to bring lines to a ClickHouse server as native columns, and what it would cost the server to read them as JSON.

    python -m benchmarks.clickhouse_rows

Lines of a small city (`tests/sinks/city.py`); the engine of a current server (chDB) takes the blocks that the driver writes, and the lines.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sinks.clickhouse_columns import rows_of
from sinks.landing import insert_statement
from sinks.migrate import every_statement
from tests.sinks.city import City
from tests.sinks.engine import Engine, written_by_the_driver
from tests.sinks.test_clickhouse_blocks import described

ROWS = 10_000
STEPS = ("read JSON", "columns", "driver", "engine, columns", "engine, lines")
"""Ours, the driver's, and what the engine then needs for the block, or would need for the lines."""
_Made = TypeVar("_Made")


def timed(what: Callable[[], _Made]) -> tuple[_Made, float]:
    """What it makes, and the µs a row of the fastest of three."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        made = what()
        best = min(best, time.perf_counter() - began)
    return made, best / ROWS * 1e6


def lap(engine: Engine, folder: Path, table: str, lines: list[bytes]) -> list[float]:
    """µs a row of each step, for one table."""
    data = b"\n".join((lines * (ROWS // len(lines) + 1))[:ROWS])
    taking, types = described(engine, table), engine.types(table)
    block, text = folder / "block", folder / "lines"
    text.write_bytes(data)
    rows, read = timed(lambda: rows_of(data))
    columns, turned = timed(lambda: taking.columns(rows))
    written, driver = timed(lambda: written_by_the_driver(types, columns))
    block.write_bytes(written)
    _, native = timed(lambda: engine.query(f"INSERT INTO {table} FROM INFILE '{block}' FORMAT Native"))
    _, json = timed(lambda: engine.query(insert_statement(table, str(text))))
    return [read, turned, driver, native, json]


def main() -> None:
    """Prints µs a row, by table and step."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        city = City(folder / "city").live(seed=11, frames=25)
        told: dict[str, list[bytes]] = {"outcome_lines": city.outcomes, "journal_rows": city.journal, "case_rows": list(city.cases.values())}
        with Engine(folder / "engine") as engine:
            engine.query("CREATE DATABASE ucc")
            engine.query("USE ucc")
            engine.all(every_statement())
            sys.stdout.write(f"{'µs a row':<16}" + "".join(f"{step:>17}" for step in STEPS) + "\n")
            for table, lines in told.items():
                sys.stdout.write(f"{table:<16}" + "".join(f"{cost:>17.1f}" for cost in lap(engine, folder, table, lines)) + "\n")
        city.log.close()


if __name__ == "__main__":
    main()
