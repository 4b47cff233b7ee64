"""The figures of the demo's table: each is one question to the warehouse, which `ucc sql` answers alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

QUESTIONS: Final[Mapping[str, str]] = {
    "outcomes": "SELECT source, outcome, count() AS number FROM outcomes GROUP BY source, outcome ORDER BY source, outcome",
    "cases": "SELECT urgency, count() AS number, sum(reports) AS told, max(reports) AS largest FROM cases_current WHERE state = 'CLASSIFIED' GROUP BY urgency ORDER BY urgency",
    "busiest": "SELECT matter, count() AS number, sum(reports) AS told FROM cases_current WHERE state = 'CLASSIFIED' AND sealed = 0"
    " GROUP BY matter ORDER BY told DESC, matter LIMIT 5",
    "at_the_desk": "SELECT count() AS number FROM cases_current WHERE state = 'CLASSIFIED' AND unit = ''",
    "readings": "SELECT count() AS number, uniqExact(metric) AS metrics FROM readings",
    "responders": "SELECT count() AS number FROM positions_latest",
    "dead_letters": "SELECT count() AS number FROM dead_letters",
}
"""Name → SQL. Names of columns are those of the table."""
Ask = Callable[[str, str], bytes]
Rows = list[dict[str, Any]]


def figures(ask: Ask) -> dict[str, Rows]:
    """All of them, as they are now. Raises WarehouseUnavailable."""
    return {name: rows(ask, sql) for name, sql in QUESTIONS.items()}


def rows(ask: Ask, sql: str) -> Rows:
    """The rows of an answer."""
    return [orjson.loads(line) for line in ask(sql, "JSONEachRow").splitlines()]


def lines(found: Mapping[str, Rows]) -> int:
    """Lines that have an outcome."""
    return sum(int(row["number"]) for row in found["outcomes"])
