"""The registry of metrics: everything that a part counts or measures, under one name, with help, unit and labels.

Names are `ucc_<noun>_<unit>[_total]`; durations are seconds, instants seconds since 1970 (UTC). A label's values are few and known: centres,
sources, stages, tables. Never an id, an address or a phone number: a metric is read by people who may not read a report.

    REPORTS.labels(centre, Source.HOTLINE12345, OutcomeKind.OPENED).inc()
    EVENT_AGE.labels("casework").observe(age.total_seconds())
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry(auto_describe=True)
"""Ours alone: libraries that count into the client's own registry do not mix with it."""

Stage = Literal["taken", "intake", "casework", "warehouse"]
"""How far an event has come: taken from a department's topic, placed and classified, folded, landed."""
Part = Literal["worker", "sink", "doors", "console"]
"""Which part of an installation."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0)
"""Seconds of age: fine below the half second that is promised, up to the hour of a real outage."""


class Described(NamedTuple):
    """A metric as it is documented; `name` is that of the series (a counter's ends with `_total`, a histogram has `_bucket`, `_sum`, `_count`)."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    unit: str
    labels: tuple[str, ...]


METRICS: dict[str, Described] = {}
"""All metrics, by name, in the order of the way of a report."""
_GAUGES_BY_CENTRE: list[Gauge] = []


def _counter(name: str, meaning: str, unit: str, *labels: str) -> Counter:
    METRICS[name] = Described(name, "counter", meaning, unit, labels)
    return Counter(name, meaning, labels, registry=REGISTRY)


def _gauge(name: str, meaning: str, unit: str, *labels: str) -> Gauge:
    METRICS[name] = Described(name, "gauge", meaning, unit, labels)
    made = Gauge(name, meaning, labels, registry=REGISTRY)
    if "centre" in labels:
        _GAUGES_BY_CENTRE.append(made)
    return made


def _histogram(name: str, meaning: str, unit: str, *labels: str) -> Histogram:
    METRICS[name] = Described(name, "histogram", meaning, unit, labels)
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=BUCKETS)


STARTED = _gauge("ucc_started_timestamp_seconds", "When this part began its work; a worker that starts itself anew begins anew.", "seconds since 1970")
REPORTS = _counter("ucc_reports_total", "Accepted lines by what became of them; each line has exactly one outcome.", "reports", "centre", "source", "outcome")
TAKEN = _counter("ucc_taken_total", "Messages taken from the topics that departments push into, by what became of them.", "messages", "source", "outcome")
PUSHES = _counter("ucc_pushes_total", "Pushes at the HTTP door, by the status that they were answered with.", "requests", "source", "code")
PUSH_LINES = _counter("ucc_push_lines_total", "Lines that came through the HTTP door: accepted, resent or refused.", "lines", "source", "outcome")
FIGURES = _counter("ucc_figures_total", "Readings and positions that came through the HTTP door: accepted or refused.", "lines", "topic", "outcome")
COMMANDS = _counter("ucc_commands_total", "Commands at the HTTP door, by the status that they were answered with.", "requests", "role", "code")
PUSH_SECONDS = _histogram("ucc_push_seconds", "How long a push takes, from its first byte to its answer.", "seconds")
PUSH_REFUSALS = _counter(
    "ucc_push_refusals_total",
    "Pushes that were put off: the fold was behind, or the log could not be written (code: behind, log).",
    "requests",
    "centre",
    "code",
)
EVENT_AGE = _histogram("ucc_event_age_seconds", "Age of events, from their acceptance to the end of a stage.", "seconds", "stage")
LAG_MESSAGES = _gauge("ucc_lag_messages", "Messages of a topic that a reader has not finished with.", "messages", "reader", "topic", "centre")
LAG_SECONDS = _gauge("ucc_lag_seconds", "Age of the oldest message that a reader has not finished with; 0 without lag.", "seconds", "reader", "topic", "centre")
LAST_COMMIT = _gauge("ucc_last_commit_timestamp_seconds", "When a part last made its work for a centre durable.", "seconds since 1970", "part", "centre")
REBALANCES = _counter("ucc_rebalances_total", "Times that partitions were handed out anew.", "rebalances", "part")
DEAD_LETTERS = _counter("ucc_dead_letters_total", "Lines that could not go on, by the stage that failed.", "lines", "centre", "stage")
DEAD_LETTERS_WAITING = _gauge("ucc_dead_letters_waiting", "Dead letters that nobody has replayed.", "lines", "centre")
DEAD_LETTER_OLDEST = _gauge(
    "ucc_dead_letter_oldest_timestamp_seconds", "When the oldest waiting dead letter was written; 0 when none waits.", "seconds since 1970", "centre"
)
DEAD_LETTER_WRITE_FAILURES = _counter("ucc_dead_letter_write_failures_total", "Dead letters that could not be written at the first try.", "failures", "centre")
GAPS = _counter("ucc_gaps_total", "Frames of events that did not follow the one before: a stale worker's, ignored.", "frames", "centre")
INVARIANTS_BROKEN = _counter("ucc_invariants_broken_total", "Times that something was seen which may never be; must be 0.", "times", "invariant")
WAREHOUSE_BATCHES = _counter("ucc_warehouse_batches_total", "Batches that the warehouse has taken.", "batches", "table")
WAREHOUSE_ROWS = _counter("ucc_warehouse_rows_total", "Rows in these batches.", "rows", "table")
WAREHOUSE_RETRIES = _counter("ucc_warehouse_retries_total", "Batches that had to be sent again, by the warehouse's error code.", "batches", "code")
WAREHOUSE_PARTS = _gauge("ucc_warehouse_parts", "Active data parts of a table; too many, and the warehouse refuses inserts.", "parts", "table")
WAREHOUSE_TOKENS = _gauge("ucc_warehouse_tokens_supported", "1 where the warehouse keeps a batch once by its token, 0 where only by its keys.", "0 or 1")
RECONCILE_DIFFERENCE = _gauge("ucc_reconcile_difference_lines", "Lines by which log, fold and warehouse differ; must be 0.", "lines", "centre")
RESULTS_DELIVERED = _counter("ucc_results_delivered_total", "Results that were handed on to their source.", "results", "source")
RESULT_TRIES_FAILED = _counter(
    "ucc_result_tries_failed_total", "Posts of results that failed, by the status or what kept us from having one.", "requests", "source", "code"
)
RESULTS_WAITING = _gauge("ucc_results_waiting", "Results that are to be handed on to their source.", "results", "source")
RESULTS_UNDELIVERED = _gauge("ucc_results_undelivered", "Results that were given up; should be 0.", "results", "source")


def forget(centre: str) -> None:
    """Drops what is said of a centre that this part no longer serves: its new owner says it now. Counters stay, as they must.

    May be called for a centre of which nothing is said, and twice.
    """
    for gauge in _GAUGES_BY_CENTRE:
        gauge.remove_by_labels({"centre": centre})
