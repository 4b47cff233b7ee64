# ruff: noqa: S608  the questions are put together from the tests' own words
from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from schemas.event import ReportEvent
from schemas.vocabulary import Operation
from sinks.chdb_warehouse import ChdbWarehouse
from tests.casework.streams import said
from tests.sinks.asking import VIEWS, number, picture, rows
from tests.sinks.city import latest_text
from tests.sinks.conftest import Landed, MakeCity


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_has_a_row_twice(landed: Landed, view: str) -> None:
    assert number(landed.warehouse, f"SELECT count() - uniqExact({VIEWS[view]}) FROM {view}") == 0
    if view in ("outcomes", "reports", "reports_current", "cases_current", "journal"):
        assert number(landed.warehouse, f"SELECT count() FROM {view}") > 50


def test_every_accepted_line_has_its_outcome(landed: Landed) -> None:
    found = {row["outcome"]: row["n"] for row in rows(landed.warehouse, "SELECT outcome, count() AS n FROM outcomes GROUP BY outcome")}
    assert found == landed.city.state.meta.outcomes
    assert set(found) >= {"opened", "merged", "revised", "resent", "late", "withdrawn", "sealed"}


def test_the_present_of_each_report_is_what_the_fold_remembers(landed: Landed) -> None:
    ids = {case.ordinal: case.case_id for case in landed.city.case_rows()}
    texts = latest_text(landed.city)
    found = {row["source_id"]: row for row in rows(landed.warehouse, "SELECT * FROM reports_current")}
    register = landed.city.register()
    assert set(found) == set(register)
    for name, entry in register.items():
        row = found[name]
        sealed = entry.facts.sealed
        assert (row["standing"], row["revision"], row["case_id"]) == (int(entry.standing), entry.revision, ids.get(entry.case, "")), name
        if entry.revision:
            assert (row["text"], row["address"]) == texts[name]
            assert (row["report_id"], row["sealed"]) == (entry.report_id, int(sealed))
            assert (row["lng"], row["lat"], row["community"], row["matter"]) == (
                entry.facts.lng,
                entry.facts.lat,
                entry.facts.community_name,
                entry.facts.matter,
            )


def test_reports_that_merges_moved_are_shown_in_the_case_that_they_are_in_now(landed: Landed) -> None:
    moved = "SELECT source, source_id FROM journal WHERE action = 'report_moved'"
    assert number(landed.warehouse, f"SELECT count() FROM reports_current WHERE (source, source_id) IN ({moved})") > 20
    assert (
        number(landed.warehouse, "SELECT count() FROM reports_current AS r INNER JOIN cases_current AS c ON c.case_id = r.case_id WHERE c.state = 'MERGED'")
        == 0
    )


def test_cases_hold_each_standing_report_once(landed: Landed) -> None:
    counted = "SELECT case_id, countIf(standing = 1) AS n FROM reports_current WHERE case_id != '' GROUP BY case_id"
    wrong = f"SELECT count() FROM cases_current AS c LEFT JOIN ({counted}) AS r ON r.case_id = c.case_id WHERE c.reports != r.n"
    assert number(landed.warehouse, wrong) == 0
    assert number(landed.warehouse, "SELECT sum(reports) FROM cases_current") == landed.city.state.meta.standing


def test_reports_are_what_was_accepted_and_is_no_repeat(landed: Landed) -> None:
    kinds = {row["outcome"] for row in rows(landed.warehouse, "SELECT DISTINCT outcome FROM reports")}
    assert kinds == {"opened", "merged", "revised", "late", "withdrawn", "sealed"}


def test_a_withdrawal_of_a_report_never_seen_leaves_a_row(landed: Landed) -> None:
    never = [row for row in rows(landed.warehouse, "SELECT * FROM reports_current") if row["revision"] == 0]
    assert never
    assert all((row["standing"], row["text"], row["case_id"], row["lng"]) == (0, "", "", None) for row in never)


def test_sealed_reports_leave_neither_text_nor_place_in_any_view(landed: Landed) -> None:
    sealed = "(centre, source, source_id) IN (SELECT centre, source, source_id FROM outcomes WHERE outcome = 'sealed')"
    assert number(landed.warehouse, f"SELECT countIf(outcome != 'sealed') FROM reports WHERE {sealed}") > 0, "some were open before they were sealed"
    said_or_placed = "text != '' OR address != '' OR text_plain != '' OR address_plain != '' OR address_key != '' OR digest != '' OR lng IS NOT NULL OR lat IS NOT NULL OR received_lng IS NOT NULL OR grid != '' OR community != '' OR street != '' OR district != ''"
    for view in ("outcomes", "reports"):
        assert number(landed.warehouse, f"SELECT count() FROM {view} WHERE {sealed} AND ({said_or_placed})") == 0
    assert (
        number(
            landed.warehouse,
            f"SELECT count() FROM reports_current WHERE {sealed} AND (sealed = 0 OR text != '' OR address != '' OR lng IS NOT NULL OR community != '')",
        )
        == 0
    )
    assert number(landed.warehouse, f"SELECT count() FROM journal WHERE {sealed} AND why != ''") == 0
    assert number(landed.warehouse, f"SELECT count() FROM outcome_rows WHERE {sealed} AND text != ''") == 0, "not even below the views"


def test_lines_landed_again_change_no_view(tmp_path: Path, make_city: MakeCity) -> None:
    city = make_city("city").live(seed=5, frames=6)
    tables = {"outcome_lines": city.outcomes, "journal_rows": city.journal, "case_rows": list(city.cases.values())}
    with ChdbWarehouse(tmp_path / "warehouse") as warehouse:
        for table, lines in tables.items():
            warehouse.insert(table, b"\n".join(lines), rows=len(lines), token="once")
        before = picture(warehouse)
        for table, lines in tables.items():
            half = lines[len(lines) // 2 :]
            warehouse.insert(table, b"\n".join(half), rows=len(half), token="again")
            warehouse.insert(table, b"\n".join(lines), rows=len(lines), token="all again")
        assert picture(warehouse) == before
        assert all(before[view] for view in ("reports_current", "cases_current", "journal"))


def test_a_late_revision_and_an_older_snapshot_never_become_the_present(tmp_path: Path, make_city: MakeCity) -> None:
    city = make_city("city").take(said("a", "first", order=10)).take(said("a", "second", order=20, minutes=1)).take(said("a", "late", order=15, minutes=2))
    with ChdbWarehouse(tmp_path / "warehouse") as warehouse:
        warehouse.insert("outcome_lines", b"\n".join(reversed(city.outcomes)), rows=3, token="backwards")
        found = rows(warehouse, "SELECT text, revision, standing FROM reports_current")
        assert found == [{"text": "second", "revision": 2, "standing": 1}]
        assert number(warehouse, "SELECT count() FROM reports WHERE outcome = 'late' AND text = 'late'") == 1


def test_withdrawn_on_the_line_before_and_revived_on_the_next_stands(tmp_path: Path, make_city: MakeCity) -> None:
    city = make_city("city").take(said("a", order=1), said("a", operation=Operation.WITHDRAW, order=2, minutes=1), said("a", "again", order=3, minutes=2))
    with ChdbWarehouse(tmp_path / "warehouse") as warehouse:
        warehouse.insert("outcome_lines", b"\n".join(city.outcomes), rows=3, token="t")
        assert rows(warehouse, "SELECT standing, revision, text FROM reports_current") == [{"standing": 1, "revision": 2, "text": "again"}]
        withdrawn = make_city("other").take(said("a", "x", order=1), said("a", operation=Operation.WITHDRAW, order=2, minutes=1))
        other = b"\n".join(line.replace(b'"centre":"c"', b'"centre":"d"') for line in withdrawn.outcomes)
        warehouse.insert("outcome_lines", other, rows=2, token="u")
        assert rows(warehouse, "SELECT centre, standing, text FROM reports_current WHERE centre = 'd'") == [{"centre": "d", "standing": 0, "text": "x"}]


def test_text_is_kept_as_it_was_received(tmp_path: Path, make_city: MakeCity) -> None:
    text = "'; DROP TABLE reports; --\n\t<script>\\u0000\\ \"“”\u2028 路灯 \U0001f4a1 "
    event: ReportEvent = said("a", text, address="\\'\t")
    city = make_city("city").take(event)
    with ChdbWarehouse(tmp_path / "warehouse") as warehouse:
        warehouse.insert("outcome_lines", city.outcomes[0], rows=1, token="t")
        assert [(r["text"], r["address"]) for r in rows(warehouse, "SELECT text, address FROM reports_current")] == [(text, "\\'\t")]
        assert orjson.loads(rows(warehouse, "SELECT extra FROM reports")[0]["extra"]) == {}
