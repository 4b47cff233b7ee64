"""The guide for analysts is true: its questions are answered, and it describes each column of each view."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sinks.asking import VIEWS, rows
from tests.sinks.conftest import Landed

GUIDE = (Path(__file__).parents[2] / "docs" / "analysts.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
SHELL = re.findall(r'ucc sql "(.*?)"', GUIDE)
AT_WORK = ("orders", "dispatches", "returns", "routing_accuracy", "deadlines", "alerts", "commands", "results")
MAY_BE_EMPTY = ("dead_letters", "street != ''", "FROM readings", *(f"FROM {view}" for view in AT_WORK))
"""The city has neither dead letters, nor names of streets, nor readings, and nobody works on its cases."""


def _described(view: str) -> set[str]:
    section = next((part for part in re.split(r"^## ", GUIDE, flags=re.MULTILINE) if part.startswith(f"`{view}`")), "")
    cells = re.findall(r"^\| ([a-z_, ]+) \|", section, re.MULTILINE)
    return {name.strip() for cell in cells for name in cell.split(",")} - {"column"}


@pytest.mark.parametrize("question", [*QUESTIONS, *SHELL])
def test_every_question_of_the_guide_is_answered(landed: Landed, question: str) -> None:
    found = rows(landed.warehouse, question)
    assert found or any(words in question for words in MAY_BE_EMPTY)


@pytest.mark.parametrize("view", VIEWS)
def test_the_guide_describes_each_column_of_each_view(landed: Landed, view: str) -> None:
    columns = {row["name"] for row in rows(landed.warehouse, f"DESCRIBE {view}")}
    described = _described(view) | (_described("reports") if view == "outcomes" else set())
    assert columns == described


def test_the_guide_has_a_section_for_each_view_and_enough_questions() -> None:
    assert all(_described(view) for view in VIEWS)
    assert len(QUESTIONS) >= 12
