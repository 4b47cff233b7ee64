from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import NotFound
from schemas.event import RunnerUp, Why
from schemas.vocabulary import Operation
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.story import story, told
from tests.casework.streams import said
from tests.sinks.asking import rows
from tests.sinks.conftest import Landed, MakeCity


def test_a_case_is_told_from_its_first_report_to_its_last_with_all_reasons(tmp_path: Path, make_city: MakeCity) -> None:
    whys: dict[str, Why] = {
        "place": Why(rule="point", because="in the polygon of g1"),
        "matter": Why(rule="source_codes:12", because="违规停车", runners_up=(RunnerUp(choice="0203", score=0.25, because="占道"),)),
        "unit": Why(rule="duties:D0701", because="道路交通安全法"),
    }
    city = make_city("city")
    city.take(said("a", "车挡住了\n路口", address="中山路1号", east_m=0).model_copy(update={"why": whys}))
    city.take(said("b", "又停", address="中山路9号", east_m=80, minutes=1))
    city.take(said("bridge", "一排车", address="中山路5号", east_m=40, minutes=2))
    city.take(said("b", operation=Operation.WITHDRAW, minutes=3))
    with ChdbWarehouse(tmp_path / "w") as warehouse:
        for table, lines in {"outcome_lines": city.outcomes, "journal_rows": city.journal, "case_rows": list(city.cases.values())}.items():
            warehouse.insert(table, b"\n".join(lines), rows=len(lines), token="t")
        kept = story(warehouse, "c-20180105-00001")
        assert story(warehouse, kept.case_id) == kept
        assert [(step.seq, step.action) for step in kept.steps] == [(1, "opened"), (2, "joined"), (3, "report_moved"), (4, "report_withdrawn")]
        assert [(r.source_id, r.standing) for r in kept.reports] == [("a", True), ("b", False), ("bridge", True)]
        assert [case.number for case in kept.absorbed] == ["C-20180105-00002"]
        assert kept.reports[0].why == whys
        text = told(kept, matters={"0701": "违章停车"}, units={"u1": "城管局"})
        for words in (
            "Case C-20180105-00001  已分类待派 CLASSIFIED",
            "违章停车 0701",
            "城管局 u1",
            "2018-01-05 08:00:00",
            "立案 opened hotline12345 a → 已分类待派 CLASSIFIED, by source:hotline12345",
            "诉求转案 report_moved hotline12345 b (from C-20180105-00002)",
            "because 违规停车 [source_codes:12]",
            "also considered: 0203, score 0.25 (占道)",
            "because 道路交通安全法 [duties:D0701]",
            "车挡住了 路口",
        ):
            assert words in text, text
        gone = told(story(warehouse, "C-20180105-00002"))
        assert "已并入 MERGED C-20180105-00001" in gone
        assert "absorbed (into C-20180105-00001)" in gone


def test_every_case_can_be_told(landed: Landed) -> None:
    cases = rows(landed.warehouse, "SELECT number, reports FROM cases_current ORDER BY number LIMIT 20")
    for case in cases:
        found = story(landed.warehouse, case["number"])
        assert [step.seq for step in found.steps] == list(range(1, len(found.steps) + 1))
        assert sum(report.standing for report in found.reports) == found.standing == case["reports"]
        assert told(found).startswith(f"Case {case['number']}")


def test_a_sealed_case_is_told_without_what_was_said_or_where(landed: Landed) -> None:
    (case,) = rows(landed.warehouse, "SELECT number FROM cases_current WHERE sealed AND reports = 1 LIMIT 1")
    text = told(story(landed.warehouse, case["number"]))
    assert "密件" in text
    assert "路灯" not in text
    assert "中山路" not in text


@pytest.mark.parametrize("name", ["", "C-20180105-99999", "' OR 1=1 --", "\\"])
def test_a_case_that_does_not_exist_is_not_found(landed: Landed, name: str) -> None:
    with pytest.raises(NotFound):
        story(landed.warehouse, name)
