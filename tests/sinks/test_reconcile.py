from __future__ import annotations

from pathlib import Path

from sinks.chdb_warehouse import ChdbWarehouse
from sinks.reconcile import Difference, difference, figures
from tests.casework.streams import Desk
from tests.sinks.city import CENTRE
from tests.sinks.conftest import Landed, MakeCity


def _of_the_fold(desk: Desk) -> dict[str, int]:
    meta = desk.state.meta
    expected = {f"outcome {kind}": count for kind, count in meta.outcomes.items()}
    return expected | {
        "lines": sum(meta.outcomes.values()),
        "standing": meta.standing,
        "standing in cases": meta.standing,
        "transitions": meta.transitions,
        "dead letters": len(desk.dead),
    }


def test_log_fold_and_warehouse_agree(landed: Landed) -> None:
    expected = _of_the_fold(landed.city) | {"cases": len(landed.city.case_rows()), "reports": len(landed.city.register())}
    found = figures(landed.warehouse, CENTRE)
    assert difference(expected, found) == []
    assert found["lines"] == 1000


def test_of_a_centre_that_has_nothing_all_figures_are_none(landed: Landed) -> None:
    assert difference({"lines": 0, "cases": 0, "standing": 0}, figures(landed.warehouse, "elsewhere")) == []


def test_a_missing_line_and_a_case_too_many_are_found(tmp_path: Path, make_city: MakeCity) -> None:
    city = make_city("city").live(seed=2, frames=3)
    lines = [line for line in city.outcomes if b'"outcome":"opened"' not in line] + [line for line in city.outcomes if b'"outcome":"opened"' in line][1:]
    with ChdbWarehouse(tmp_path / "w") as warehouse:
        warehouse.insert("outcome_lines", b"\n".join(lines), rows=len(lines), token="t")
        warehouse.insert("journal_rows", b"\n".join(city.journal), rows=len(city.journal), token="t")
        cases = [*city.cases.values(), next(iter(city.cases.values())).replace(b'"case_id":"', b'"case_id":"x')]
        warehouse.insert("case_rows", b"\n".join(cases), rows=len(cases), token="t")
        found = {d.name: d.found - d.expected for d in difference(_of_the_fold(city) | {"cases": len(city.cases)}, figures(warehouse, CENTRE))}
    assert found["lines"] == -1
    assert found["outcome opened"] == -1
    assert found["cases"] == 1
    assert "transitions" not in found


def test_an_outcome_that_the_log_does_not_know_and_rows_twice_are_differences() -> None:
    expected = {"lines": 3, "outcome opened": 3}
    assert difference(expected, {"lines": 3, "outcome opened": 3, "twice": 0, "cases": 9}) == []
    assert difference(expected, {"lines": 3, "outcome opened": 2, "outcome dead": 1, "twice": 1}) == [
        Difference("outcome dead", 0, 1),
        Difference("outcome opened", 3, 2),
        Difference("twice", 0, 1),
    ]
    assert str(Difference("lines", 3, 2)) == "lines: 3 expected, 2 in the warehouse (-1)"
