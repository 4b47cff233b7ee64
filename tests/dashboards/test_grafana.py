"""What Grafana shows exists: every query of every dashboard names a series and labels that there are, or is answered by the warehouse."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from schemas.metrics import METRICS
from schemas.vocabulary import Action, OutcomeKind, Precision, Source, Urgency
from tests.dashboards.promql import selectors, wrong_with
from tests.dashboards.test_alerts import RULES, promtool
from tests.sinks.asking import rows
from tests.sinks.conftest import Landed

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "dashboards/grafana"
DASHBOARDS: dict[str, dict[str, Any]] = {path.name: json.loads(path.read_text("utf-8")) for path in sorted((FOLDER / "dashboards").glob("*.json"))}
SOURCES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "datasources/ucc.yaml").read_text("utf-8"))["datasources"]
PROMETHEUS, CLICKHOUSE = "prometheus", "grafana-clickhouse-datasource"
NO_ROWS_IN_THE_CITY = ("死信，按原因",)
"""Panels that are empty where nothing failed."""
every_dashboard = pytest.mark.parametrize("name", DASHBOARDS)


class Query(NamedTuple):
    """One question of a panel or a variable."""

    dashboard: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.dashboard}:{self.title}"


def queries(kind: str, field: str) -> Iterator[Query]:
    """All questions to one kind of data source."""
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                if target["datasource"]["type"] == kind:
                    yield Query(name, panel["title"], target[field])


PROMQL, SQL = list(queries(PROMETHEUS, "expr")), list(queries(CLICKHOUSE, "rawSql"))
VARIABLES = [(name, variable) for name, dashboard in DASHBOARDS.items() for variable in dashboard["templating"]["list"]]


def as_prometheus_gets_it(query: str) -> str:
    """With the variables filled in, as Grafana does."""
    return query.replace("$__rate_interval", "1m").replace("$centre", ".*")


def as_clickhouse_gets_it(query: str, *, centres: str) -> str:
    """With the macros of the data source expanded; `centres` none: all."""
    chosen = centres or "$__all"
    text = query.replace("${centre:singlequote}", ", ".join(f"'{name}'" for name in chosen.split(",")))
    text = re.sub(r"\$__conditionalAll\((.+?), \$centre\)", r"\1" if centres else "1=1", text)
    text = re.sub(r"\$__timeFilter\(([\w.]+)\)", r"\1 >= toDateTime(0) AND \1 <= toDateTime(4102444800)", text)
    assert "$" not in text, text
    return text


def test_there_is_a_dashboard_for_operators_and_one_for_analysts() -> None:
    assert {name: dashboard["title"] for name, dashboard in DASHBOARDS.items()} == {"pipeline-health.json": "流水线健康", "today.json": "今日情况"}
    assert len(PROMQL) > 20
    assert len(SQL) > 12


@pytest.mark.parametrize("query", PROMQL, ids=str)
def test_every_query_of_prometheus_names_series_and_labels_that_exist(query: Query) -> None:
    assert wrong_with(as_prometheus_gets_it(query.text)) == []


def test_prometheus_itself_understands_every_query(tmp_path: Path) -> None:
    rules = [{"record": f"ucc:query_{number}", "expr": as_prometheus_gets_it(query.text)} for number, query in enumerate(PROMQL)]
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}), "utf-8")
    assert f"{len(PROMQL)} rules found" in promtool("check", "rules", str(file))


def test_every_metric_is_shown_somewhere() -> None:
    shown = {re.sub(r"_(bucket|sum|count)$", "", chosen.metric) for query in PROMQL for chosen in selectors(as_prometheus_gets_it(query.text))}
    assert set(METRICS) - shown == set()


def test_every_alert_has_a_panel_that_names_it() -> None:
    said = " ".join(panel["description"] for panel in DASHBOARDS["pipeline-health.json"]["panels"])
    assert [rule["alert"] for rule in RULES if rule["alert"] not in said] == []


@pytest.mark.parametrize("centres", ["", "c", "c,elsewhere"])
@pytest.mark.parametrize("query", SQL, ids=str)
def test_every_query_of_clickhouse_is_answered(landed: Landed, query: Query, centres: str) -> None:
    found = rows(landed.warehouse, as_clickhouse_gets_it(query.text, centres=centres))
    assert found or query.title in NO_ROWS_IN_THE_CITY


@pytest.mark.parametrize("query", SQL, ids=str)
def test_a_centre_that_was_not_chosen_is_not_counted(landed: Landed, query: Query) -> None:
    found = rows(landed.warehouse, as_clickhouse_gets_it(query.text, centres="elsewhere"))
    assert all(number in (0, "0") for row in found for number in row.values())


@pytest.mark.parametrize("query", SQL, ids=str)
def test_no_panel_shows_what_people_wrote_or_where_they_live(landed: Landed, query: Query) -> None:
    personal = {
        "text",
        "text_plain",
        "address",
        "address_plain",
        "address_key",
        "area_hint",
        "original",
        "detail",
        "extra",
        "lng",
        "lat",
        "source_id",
        "receipt_id",
    }
    columns = {column for row in rows(landed.warehouse, as_clickhouse_gets_it(query.text, centres="")) for column in row}
    assert columns & personal == set()


@pytest.mark.parametrize(("name", "variable"), VARIABLES, ids=[name for name, _ in VARIABLES])
def test_the_centres_to_choose_from_come_from_a_query_that_is_answered(landed: Landed, name: str, variable: dict[str, Any]) -> None:
    asked = variable["query"]
    if variable["datasource"]["type"] == CLICKHOUSE:
        assert rows(landed.warehouse, asked) == [{"centre": "c"}]
    else:
        found = re.fullmatch(r"label_values\((\w+), (\w+)\)", asked["query"])
        assert found is not None, name
        assert wrong_with(f"sum by ({found.group(2)}) ({found.group(1)})") == []


@every_dashboard
def test_titles_are_chinese_and_descriptions_english(name: str) -> None:
    dashboard = DASHBOARDS[name]
    for shown in (dashboard, *dashboard["panels"]):
        assert re.search(r"[\u4e00-\u9fff]", shown["title"])
        assert re.fullmatch(r"[ -~]{20,}", shown["description"])


@every_dashboard
def test_panels_have_their_own_id_and_place(name: str) -> None:
    panels = DASHBOARDS[name]["panels"]
    assert [number for number, times in Counter(panel["id"] for panel in panels).items() if times > 1] == []
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart = (
            one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"] or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    assert max(panel["gridPos"]["x"] + panel["gridPos"]["w"] for panel in panels) <= 24


@every_dashboard
def test_every_panel_asks_a_data_source_that_is_provisioned(name: str) -> None:
    provisioned = {(source["type"], source["uid"]) for source in SOURCES}
    asked = [part["datasource"] for panel in DASHBOARDS[name]["panels"] for part in (panel, *panel["targets"])]
    asked += [variable["datasource"] for variable in DASHBOARDS[name]["templating"]["list"]]
    assert {(source["type"], source["uid"]) for source in asked} <= provisioned
    assert DASHBOARDS[name]["timezone"] == "Asia/Shanghai"


def mapped(field: str) -> Iterator[dict[str, str]]:
    """Chinese names that dashboards give to the values of a column."""
    for dashboard in DASHBOARDS.values():
        for panel in dashboard["panels"]:
            for override in panel["fieldConfig"]["overrides"]:
                for change in override["properties"]:
                    if override["matcher"]["options"] == field and change["id"] == "mappings":
                        yield {code: shown["text"] for mapping in change["value"] if mapping["type"] == "value" for code, shown in mapping["options"].items()}


@pytest.mark.parametrize(("field", "kind"), [("outcome", OutcomeKind), ("urgency", Urgency), ("action", Action), ("precision", Precision)])
def test_codes_are_shown_by_the_names_of_the_vocabulary(field: str, kind: type[OutcomeKind | Urgency | Action | Precision]) -> None:
    found = list(mapped(field))
    assert found
    assert all(names == {word.value: word.zh for word in kind} for names in found)


def test_matters_are_shown_by_the_names_of_the_taxonomy() -> None:
    with (ROOT / "reference/packs/base/matters.csv").open(encoding="utf-8") as file:
        names = {row["code"]: row["name"] for row in csv.DictReader(file)}
    found = list(mapped("matter"))
    assert found
    assert all(shown == names for shown in found)


def test_sources_are_shown_by_the_names_of_the_vocabulary() -> None:
    panel = next(panel for panel in DASHBOARDS["today.json"]["panels"] if panel["type"] == "timeseries")
    shown = {override["matcher"]["options"].strip(".*"): override["properties"][0]["value"] for override in panel["fieldConfig"]["overrides"]}
    assert shown == {source.value: source.zh for source in Source}


def test_no_secret_and_no_address_outside_stands_in_what_is_provisioned() -> None:
    for path in FOLDER.rglob("*.*"):
        text = path.read_text("utf-8")
        assert not re.search(r"https?://(?!prometheus:)", text), path
    assert all(re.fullmatch(r"\$__file\{/secrets/[a-z-]+\}", secret) for source in SOURCES for secret in source.get("secureJsonData", {}).values())


def test_promtool_would_notice_a_query_that_it_does_not_understand(tmp_path: Path) -> None:
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": [{"record": "ucc:query", "expr": "sum by centre (ucc_gaps_total)"}]}]}), "utf-8")
    with pytest.raises(AssertionError, match="parse error"):
        promtool("check", "rules", str(file))
