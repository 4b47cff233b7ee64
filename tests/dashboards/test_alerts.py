"""Alert rules: Debian's promtool runs their unit tests; what they name exists; each says what it means and what to do, in two languages."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dashboards.promql import wrong_with
from tests.docs.test_words import anchors
from tests.served.needed import needed

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "dashboards/prometheus"
RULES: list[dict[str, Any]] = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]]
TESTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts_test.yml").read_text("utf-8"))["tests"]
SCRAPED: list[dict[str, Any]] = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])

WANTED = {
    "LagGrowing": "lag grows",
    "NoCommitWhileLag": "there is lag, and no commit",
    "EventsOld": "age of events",
    "DeadLettersWaiting": "dead letters wait",
    "DeadLetterOld": "the oldest of them",
    "DeadLetterWriteFailing": "they cannot be written",
    "WarehouseRetrying": "the warehouse is away or refuses",
    "WarehouseParts": "merges do not keep up",
    "ReconcileDifference": "accepted = outcomes = warehouse",
    "InvariantBroken": "must be 0",
    "PartDown": "a part does not answer",
    "PartRestarting": "a part starts again and again",
    "RebalanceStorm": "workers come and go",
    "ResultsUndelivered": "a source does not hear what became of its reports",
}


def promtool(*words: str) -> str:
    """Runs Debian's promtool in the folder of the rules and expects it to find nothing wrong."""
    found = shutil.which("promtool")
    needed("promtool", found is not None, "install it: apt-get install prometheus (it need not run)")
    done = subprocess.run([str(found), *words], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_rules_and_the_configuration() -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", "alerts.yml")
    assert "SUCCESS" in promtool("check", "config", "prometheus.yml")


def test_the_unit_tests_of_the_rules_pass() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")


def test_there_is_an_alert_for_each_thing_that_an_operator_must_know() -> None:
    assert sorted(rule["alert"] for rule in RULES) == sorted(WANTED)


@every_rule
def test_each_alert_is_tested_to_fire_and_to_be_silent(rule: dict[str, Any]) -> None:
    said = [bool(check["exp_alerts"]) for test in TESTS for check in test["alert_rule_test"] if check["alertname"] == rule["alert"]]
    assert True in said
    assert False in said


@every_rule
def test_each_alert_asks_for_series_and_labels_that_exist(rule: dict[str, Any]) -> None:
    assert wrong_with(rule["expr"]) == []


def test_what_does_not_exist_would_be_noticed() -> None:
    assert wrong_with('rate(ucc_flights_total{centre="c"}[5m]) > 0') == ["there is no series ucc_flights_total"]
    assert wrong_with('sum by (phone) (ucc_reports_total{caller=~"1.*"})') == ["ucc_reports_total has no label caller", "nothing in it has the label phone"]
    assert wrong_with("ucc_event_age_seconds") == ["there is no series ucc_event_age_seconds"]
    assert wrong_with("histogram_quantile(0.9, sum by (le, stage) (rate(ucc_event_age_seconds_bucket[$__rate_interval])))") == []
    assert wrong_with("(ucc_gaps_total unless ucc_gap_total offset 10m) > 0") == ["there is no series ucc_gap_total"]


@every_rule
def test_each_alert_says_in_chinese_and_english_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    chinese, english = rule["annotations"]["summary"], rule["annotations"]["summary_en"]
    assert len(re.findall(r"[\u4e00-\u9fff]", chinese)) > 20
    assert chinese.endswith("。")
    assert english.endswith(".")
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert rule["labels"]["severity"] in ("critical", "warning")


@every_rule
def test_each_alert_leads_to_a_section_of_its_own_in_the_operators_guide(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor == f"alert-{rule['alert'].lower()}"
    assert anchor in anchors(ROOT / page)


@every_rule
def test_what_an_alert_says_is_filled_from_labels_that_it_has(rule: dict[str, Any]) -> None:
    used = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    given = {
        label
        for test in TESTS
        for check in test["alert_rule_test"]
        if check["alertname"] == rule["alert"]
        for alert in check["exp_alerts"]
        for label in alert["exp_labels"]
    }
    assert used <= given


def test_every_job_that_a_rule_names_is_scraped() -> None:
    scraped = {job["job_name"] for job in SCRAPED}
    named = {job for rule in RULES for jobs in re.findall(r'job=~?"([^"]*)"', rule["expr"]) for job in jobs.split("|")}
    assert named == scraped
