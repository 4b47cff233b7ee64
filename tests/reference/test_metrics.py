"""The readings' contract: every indicator that is fed by readings has its metrics, and a bad row says where it is."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from reference.load import load
from reference.tables import PACKS
from schemas.centre import Metric
from schemas.errors import BrokenReference
from schemas.vocabulary import Feed

METRICS = load(PACKS / "pukou").metrics
SECONDS = {"30s": 30, "60s": 60, "1min": 60, "5min": 300, "15min": 900, "1h": 3_600, "4h": 14_400, "1d": 86_400}
HEADER = "code,name,unit,least,most,freshness_s,feed,indicators"


@pytest.fixture(scope="module")
def fed(shared: Path) -> dict[str, dict[str, str]]:
    """The indicators that are fed by readings."""
    with (shared / "domain" / "indicators.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file) if row["source_kind"] == "reading"}


def test_every_indicator_that_is_fed_by_readings_has_metrics_and_no_other(fed: dict[str, dict[str, str]]) -> None:
    assert len(fed) == 129
    assert {indicator for metric in METRICS.values() for indicator in metric.indicators} == set(fed)


def test_metrics_have_the_names_of_the_catalogue(fed: dict[str, dict[str, str]]) -> None:
    for indicator, row in fed.items():
        for name in re.findall(r"rd\[([^\]]+)\]", row["source_stream_table"]):
            of_it = {code for code, metric in METRICS.items() if indicator in metric.indicators}
            begins = name.removesuffix("*")
            assert any(code == name or (begins != name and code.startswith(begins)) for code in of_it), (indicator, name)


def test_a_metric_is_as_fresh_as_the_most_impatient_of_its_indicators(fed: dict[str, dict[str, str]]) -> None:
    for code, metric in METRICS.items():
        assert metric.freshness_s == min(SECONDS[fed[indicator]["freshness"]] for indicator in metric.indicators), code


def test_all_eleven_departments_feed_something() -> None:
    assert {metric.feed for metric in METRICS.values()} == set(Feed)
    assert all(metric.least == 0 and metric.most == 1 for metric in METRICS.values() if metric.unit == "0/1")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a.b,压力,MPa,2.5,2.5,300,water,A1", "small/metrics.csv:2 most: value '2.5' is not above least 2.5"),
        ("a.b,压力,MPa,0,nan,300,water,A1", "small/metrics.csv:2 most: value 'nan'"),
        ("a.b,压力,MPa,0,1,0,water,A1", "small/metrics.csv:2 freshness_s: value '0'"),
        ("a.b,压力,MPa,0,1,300,steam,A1", "small/metrics.csv:2 feed: value 'steam'"),
        ("A B,压力,MPa,0,1,300,water,A1", "small/metrics.csv:2 code: value 'A B'"),
        ("a.b,压力,,0,1,300,water,A1", "small/metrics.csv:2 unit"),
        ("a.b,压力,MPa,0,1,300,water,", "small/metrics.csv:2 indicators"),
        ("a.b,压力,MPa,0,1,300,water,A1\na.b,压力,MPa,0,2,300,water,A1", "small/metrics.csv:3 code: value 'a.b'"),
    ],
)
def test_a_bad_row_names_its_file_row_and_field(small: Any, row: str, said: str) -> None:
    (small.folder / "metrics.csv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    with pytest.raises(BrokenReference) as broken:
        load(small.folder, base=small.base)
    assert said in str(broken.value)


def test_a_pack_may_have_none_and_may_have_its_own(small: Any) -> None:
    assert load(small.folder, base=small.base).metrics == {}
    (small.folder / "metrics.csv").write_text(f"{HEADER}\na.b,压力,MPa,0,1,300,water,A1|A2\n", encoding="utf-8")
    (metric,) = load(small.folder, base=small.base).metrics.values()
    assert metric == Metric(code="a.b", name="压力", unit="MPa", least=0, most=1, freshness_s=300, feed=Feed.WATER, indicators=("A1", "A2"))
