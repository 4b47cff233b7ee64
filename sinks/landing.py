"""Which topic lands in which table, and what the warehouse is told about the lines."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.topics import ALERTS, CASES, DEAD_LETTERS, JOURNAL, OUTCOMES, POSITIONS, READINGS, RESULTS, VERDICTS

TABLES: Mapping[str, str] = {
    OUTCOMES.name: "outcome_lines",
    CASES.name: "case_rows",
    JOURNAL.name: "journal_rows",
    ALERTS.name: "alert_rows",
    VERDICTS.name: "verdict_rows",
    RESULTS.name: "result_rows",
    DEAD_LETTERS.name: "dead_letter_rows",
    READINGS.name: "reading_rows",
    POSITIONS.name: "position_rows",
}
"""By topic, in the order in which they are landed: cases before what is told of them, so that a sealed one is known as such."""

FLEETING = frozenset({READINGS.name, POSITIONS.name})
"""Topics that the log may have forgotten before they landed, when the warehouse was away for longer than they are kept: the rest lands."""

SEALS = b'"sealed"'
"""Stands in a line whose report is sealed: as outcome or as a fact of the event."""

LEFT_OUT: Mapping[str, str] = {
    "event.kind": "always `report` in an outcome",
    "event.raw_line": "equal to the outcome's raw_line",
    "event.receipt_id": "equal to the outcome's receipt_id",
    "event.masked": "the views of analysts act on it",
    "event.replays": "empty in an outcome, which says it itself",
    "event.first_place": "empty in an outcome; the dead letter that the line replays tells it",
    "replays": "lands in a table of its own; the view `dead_letters` tells what replayed a letter",
    "event.report.reporter.home": "no view needs it; it stands below them, for who may open it",
    "event.report.reporter.token": "tells callers apart; below the views, for merging and counting alone",
    "event.report.reporter.key": "which key opens the box; below the views",
    "event.report.reporter.box": "encrypted; below the views, where `ucc open` reads it",
    "event.report.source": "equal to the outcome's source",
    "event.report.source_id": "equal to the outcome's source_id",
}
"""Fields of the lines that no view has, and why. Any other field that no column takes makes the insert fail."""

SETTINGS: Mapping[str, str | int] = {
    "date_time_input_format": "best_effort",  # ISO instants with Z; never numbers: epoch milliseconds would become the year 2299
    "input_format_skip_unknown_fields": 0,  # a field that no column takes is an error, never dropped in silence
    "input_format_json_ignore_unknown_keys_in_named_tuple": 0,
    "input_format_json_read_objects_as_strings": 1,  # `why` and `extra` land as JSON
    "input_format_json_read_bools_as_numbers": 1,
    "input_format_null_as_default": 1,
    "input_format_parallel_parsing": 0,  # a second parser costs memory, and saves nothing: the sink is not what limits
    "max_insert_threads": 1,
    "materialized_views_ignore_errors": 0,
}
"""Settings of every insert."""


def insert_statement(table: str, path: str) -> str:
    """The statement that takes the NDJSON lines of a file into `table`. Both are our own names."""
    settings = ", ".join(f"{name} = {value!r}" for name, value in SETTINGS.items())
    return f"INSERT INTO {table} FROM INFILE '{path}' SETTINGS {settings} FORMAT JSONEachRow"
