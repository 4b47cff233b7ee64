"""The page of the clocks is what the shipped pack gives."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

MADE = Path(__file__).parents[2] / "docs/made/clocks.py"


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("clocks_page", MADE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_clocks_is_what_the_data_gives() -> None:
    made = maker()
    assert made.PAGE.read_text("utf-8") == made.page(), "run python -m docs.made.clocks"


def test_the_page_shows_the_vectors_of_the_decisions() -> None:
    page = maker().PAGE.read_text("utf-8")
    for shown in ("2024-02-02 18:00", "2025-02-10 18:00", "2026-02-03 18:00", "2026-05-06 24:00, rolled from 2026-05-01", "rolled from 2026-05-31", "14:55"):
        assert shown in page
