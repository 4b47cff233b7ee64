"""Names, labels and buckets of the metrics keep to the rules (`STYLE.md` §9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

import schemas.metrics
from schemas.metrics import BUCKETS, LAG_MESSAGES, LAG_SECONDS, METRICS, REGISTRY, REPORTS, Described, forget

LABELS = {"centre", "source", "outcome", "stage", "reader", "topic", "part", "table", "code", "invariant", "role"}
"""All that a metric may be parted by: each has few values, none of them is about a person or a place."""
KINDS = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


def constants() -> dict[str, Counter | Gauge | Histogram]:
    return {name: value for name, value in vars(schemas.metrics).items() if isinstance(value, Counter | Gauge | Histogram)}


@every_metric
def test_a_name_says_ours_and_a_counter_ends_with_total(metric: Described) -> None:
    assert re.fullmatch(r"ucc(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")


@every_metric
def test_what_is_in_seconds_says_so_in_its_name(metric: Described) -> None:
    assert metric.unit.startswith("seconds") == metric.name.endswith("_seconds")
    assert (metric.unit == "seconds since 1970") == metric.name.endswith("_timestamp_seconds")
    assert not re.search(r"_(ms|milliseconds|minutes|kb|mb)(_|$)", metric.name)


@every_metric
def test_no_label_can_hold_an_id_an_address_or_a_phone_number(metric: Described) -> None:
    assert set(metric.labels) <= LABELS
    assert len(set(metric.labels)) == len(metric.labels)


@every_metric
def test_help_is_a_sentence_and_there_is_a_unit(metric: Described) -> None:
    assert re.fullmatch(r"[A-Z0-9].{20,}\.", metric.help)
    assert metric.unit


def test_the_registry_holds_exactly_the_documented_metrics() -> None:
    held = {f"{family.name}_total" if family.type == "counter" else family.name: family for family in REGISTRY.collect()}
    assert list(held) == list(METRICS)
    for name, family in held.items():
        assert (family.type, family.documentation) == (METRICS[name].kind, METRICS[name].help)


def test_every_metric_has_one_constant_of_its_kind_that_takes_its_labels() -> None:
    assert len(constants()) == len(METRICS)
    for metric in constants().values():
        described = next(d for d in METRICS.values() if d.name.removesuffix("_total") == next(iter(metric.describe())).name)
        assert isinstance(metric, KINDS[described.kind])
        if described.labels:
            metric.labels(**dict.fromkeys(described.labels, "for the test"))
            metric.remove(*("for the test" for _ in described.labels))


def test_age_is_measured_to_an_hour_and_finely_around_what_is_promised() -> None:
    assert BUCKETS[-1] == 3_600
    assert 0.5 in BUCKETS
    assert list(BUCKETS) == sorted(set(BUCKETS))


@pytest.fixture
def centres() -> Iterator[tuple[str, str]]:
    names = ("left", "kept")
    for centre, gauge in product(names, (LAG_MESSAGES, LAG_SECONDS)):
        gauge.labels("casework", "ucc.events", centre).set(7)
    REPORTS.labels("left", "hotline12345", "opened").inc()
    yield names
    for centre in names:
        forget(centre)
    REPORTS.remove("left", "hotline12345", "opened")


def test_a_centre_that_went_to_another_part_is_forgotten_but_what_was_counted_stays(centres: tuple[str, str]) -> None:
    left, kept = centres
    forget(left)
    forget(left)
    said = generate_latest(REGISTRY).decode()
    assert f'ucc_lag_seconds{{centre="{kept}",reader="casework",topic="ucc.events"}} 7.0' in said
    assert f'ucc_lag_messages{{centre="{left}"' not in said
    assert f'ucc_reports_total{{centre="{left}",outcome="opened",source="hotline12345"}} 1.0' in said


def test_a_metric_cannot_be_registered_twice() -> None:
    assert isinstance(REGISTRY, CollectorRegistry)
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        Counter("ucc_reports_total", "Another one of that name.", registry=REGISTRY)


def test_every_metric_is_told_by_some_part() -> None:
    root = Path(__file__).parents[2]
    told = " ".join(file.read_text("utf-8") for folder in ("connectors", "pipeline", "sinks", "ucc") for file in (root / folder).rglob("*.py"))
    assert [name for name in constants() if not re.search(rf"\b{name}\.(labels|set|inc|observe)", told)] == []
