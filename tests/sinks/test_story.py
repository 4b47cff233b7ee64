from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from schemas.errors import NotFound
from schemas.event import RunnerUp, Why
from schemas.vocabulary import Operation
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.story import Known, Story, settled, story, told
from tests.casework.lifecycle.centre import Worked, pukou
from tests.casework.streams import said
from tests.sinks.asking import rows
from tests.sinks.conftest import Landed, MakeCity
from tests.sinks.stories import DATA, STORIES, golden, land, one_case_from_its_report_to_its_closing


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
        text = told(kept, "en", known=Known(matters={"0701": "违章停车"}, units={"u1": "城管局"}))
        for words in (
            "Case C-20180105-00001  CLASSIFIED",
            "违章停车 0701",
            "城管局 u1",
            "2018-01-05 08:00:00",
            "opened hotline 12345 a → CLASSIFIED, by hotline 12345",
            "report moved hotline 12345 b (from C-20180105-00002)",
            "because 违规停车 [source_codes:12]",
            "also considered: 0203, score 0.25 (占道)",
            "because 道路交通安全法 [duties:D0701]",
            "车挡住了 路口",
        ):
            assert words in text, text
        gone = told(story(warehouse, "C-20180105-00002"))
        assert "案件 C-20180105-00002  已并入 MERGED" in gone
        assert "  并入      C-20180105-00001\n" in gone
        assert "并入他案（并入 C-20180105-00001）" in gone


def test_every_case_can_be_told(landed: Landed) -> None:
    cases = rows(landed.warehouse, "SELECT number, reports FROM cases_current ORDER BY number LIMIT 20")
    for case in cases:
        found = story(landed.warehouse, case["number"])
        assert [step.seq for step in found.steps] == list(range(1, len(found.steps) + 1))
        assert sum(report.standing for report in found.reports) == found.standing == case["reports"]
        assert told(found).startswith(f"案件 {case['number']}")
        assert told(found, "en").startswith(f"Case {case['number']}")


def test_a_sealed_case_is_told_without_what_was_said_or_where(landed: Landed) -> None:
    (case,) = rows(landed.warehouse, "SELECT number FROM cases_current WHERE sealed AND reports = 1 LIMIT 1")
    found = story(landed.warehouse, case["number"])
    assert "内容和地点不显示" in told(found)
    assert "what it says and where is not shown" in told(found, "en")
    for text in (told(found), told(found, "en"), found.model_dump_json()):
        assert "路灯" not in text
        assert "中山路" not in text


@pytest.mark.parametrize("name", ["", "C-20180105-99999", "' OR 1=1 --", "\\"])
def test_a_case_that_does_not_exist_is_not_found(landed: Landed, name: str) -> None:
    with pytest.raises(NotFound):
        story(landed.warehouse, name)


@cache
def names() -> Known:
    """Of the shipped pack."""
    return Known.of(pukou())


def test_the_whole_way_of_a_case_reads_like_this(tmp_path: Path) -> None:
    with ChdbWarehouse(tmp_path / "w") as warehouse:
        for language, text in golden(warehouse).items():
            assert text == (DATA / f"story.{language}.txt").read_text(encoding="utf-8"), "`python -m tests.sinks.stories` makes it anew"


@pytest.mark.parametrize("happened", STORIES)
def test_whatever_happens_to_a_case_is_told_in_chinese_without_a_word_of_english(tmp_path: Path, happened: Callable[[], Worked]) -> None:
    centre = happened()
    with ChdbWarehouse(tmp_path / "w") as warehouse:
        land(centre, warehouse)
        for case in centre.cases.values():
            found = settled(story(warehouse, case.number), pukou().transitions)
            assert not english_in(told(found, "zh", known=names())), told(found, "zh", known=names())
            assert not re.search(r"\dT\d", told(found, "en", known=names())), "an instant that is not in the centre's zone"
            assert_complete(found, centre, case.case_id)
            assert_reached(found, centre)


def english_in(text: str) -> list[str]:
    """Words in Latin letters that are no code: without a digit or a sign in them, not all capitals, no name of a unit or a skill; rules stand in brackets."""
    codes = {*pukou().units, *(skill for one in pukou().responders for skill in one.skills), *(rule.group for rule in pukou().incident_rules), "nobody"}
    found = re.findall(r"[A-Za-z][A-Za-z0-9_/:.|*+@-]*", re.sub(r"\[[^\]]*\]", "", text))
    return [word for word in found if not (word in codes or word.isupper() or re.search(r"[-_/:|0-9]", word) or word.endswith(".csv"))]


def assert_complete(found: Story, centre: Worked, case_id: str) -> None:
    """The story has all that was written of the case."""
    assert [step.seq for step in found.steps] == [line.seq for line in centre.journal if line.case_id == case_id]
    assert {alert.alert_id for alert in found.alerts} == {alert.alert_id for alert in centre.alerts if alert.case_id == case_id}
    assert [one.said for one in found.results] == [
        result.said for result in sorted(centre.results, key=lambda one: (one.seq, one.source, one.source_id)) if result.case_id == case_id
    ]
    assert [one.command_id for one in found.refused] == [one.command_id for one in centre.verdicts if one.case_id == case_id and one.verdict == "refused"]
    text = told(found, "en", known=names())
    assert all(f"[{one.code}]" in text for one in found.refused)
    assert all(result.said in text for result in found.results)


def assert_reached(found: Story, centre: Worked) -> None:
    """The deadlines are those of the fold, and were reached when the fold says so; of a case that gave its reports away neither is told any more."""
    work = centre.work(found.number)
    if not work.gave:
        reached = {plan.milestone.value: work.reached.get(plan.milestone.value) for plan in work.plans}
        assert {one.milestone: one.reached_at for one in found.deadlines} == reached, found.number


def test_deadlines_are_told_as_they_stand_at_the_instant_of_asking(tmp_path: Path) -> None:
    centre = Worked()
    case = centre.report("路面井盖缺失")
    with ChdbWarehouse(tmp_path / "w") as warehouse:
        land(centre, warehouse)
        found = settled(story(warehouse, case), pukou().transitions)
    assert "    签收      2026-03-02 09:41:00前，sign-u1，还有1分\n" in told(found)
    assert "    办结      2026-03-02 11:40:00前，matter:0203，还有2小时\n" in told(found)
    later = told(found, now=centre.later(days=1, hours=2, minutes=3).at)
    assert "    签收      2026-03-02 09:41:00前，sign-u1，已超期1天2小时\n" in later
    assert "    退单      2026-03-02 09:50:00截止，return-u1，已截止\n" in later
    assert "    close     due 2026-03-02 11:40:00, matter:0203, overdue by 1 d\n" in told(found, "en", now=centre.at)


def test_without_its_pack_a_story_is_told_by_codes_and_says_not_what_was_reached(tmp_path: Path) -> None:
    centre = one_case_from_its_report_to_its_closing()
    with ChdbWarehouse(tmp_path / "w") as warehouse:
        land(centre, warehouse)
        found = story(warehouse, "PUKOU-20260302-00001")
    assert {deadline.reached_at for deadline in found.deadlines} == {None}
    assert "  主办      shuiwu\n" in told(found)
