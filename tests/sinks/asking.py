"""Questions of the tests, and the picture of all views that must not depend on kills, repeats or batches."""
# ruff: noqa: S608  the questions are put together from the tests' own words

from __future__ import annotations

from typing import Any

import orjson

from schemas.ports import Questions

VIEWS = {
    "outcomes": "raw_offset, raw_line",
    "reports": "report_id",
    "reports_current": "source, source_id",
    "cases_current": "case_id",
    "journal": "transition_id",
    "orders": "centre, case_id, need, order_number",
    "dispatches": "centre, case_id, seq",
    "returns": "centre, case_id, seq",
    "routing_accuracy": "centre, rule",
    "deadlines": "centre, case_id, milestone",
    "alerts": "alert_id",
    "commands": "centre, command_id",
    "results": "result_id",
    "dead_letters": "dead_letter_id",
    "readings": "centre, metric, area, object_id, at",
    "readings_latest": "centre, metric, area, object_id",
}
"""The views, and what identifies a row of each."""


def rows(warehouse: Questions, sql: str) -> list[dict[str, Any]]:
    """The answer as one mapping a row."""
    return [orjson.loads(line) for line in warehouse.query(sql, "JSONEachRow").splitlines()]


def number(warehouse: Questions, sql: str) -> int:
    """An answer that is one number."""
    return int(warehouse.query(sql, "TSV"))


def picture(warehouse: Questions) -> dict[str, bytes]:
    """All rows of all views, in order."""
    return {view: warehouse.query(f"SELECT * FROM {view} AS v ORDER BY {key}, toString(tuple(v.*))", "JSONEachRow") for view, key in VIEWS.items()}
