"""The page of the lifecycle is what the shipped pack gives, and every test that it names is there."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.casework.lifecycle import test_guards, test_transitions
from tests.casework.lifecycle.centre import pukou

MADE = Path(__file__).parents[2] / "docs/made/lifecycle.py"
_ROW = re.compile(r"^\| \*\*.*$", re.MULTILINE)
_NAMED = re.compile(r"`(\w+-[\w-]+)`")


def maker() -> ModuleType:
    spec = spec_from_file_location("lifecycle_page", MADE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ids(test: Any) -> list[str]:
    """Of a parametrised test."""
    (mark,) = test.pytestmark
    return [mark.kwargs["ids"](value) for value in mark.args[1]]


def test_page_and_picture_are_what_the_data_gives() -> None:
    made = maker()
    assert made.PAGE.read_text("utf-8") == made.page(), "run python -m docs.made.lifecycle"
    assert made.PICTURE.read_text("utf-8") == made.picture(), "run python -m docs.made.lifecycle"


def test_the_page_names_every_test_of_a_transition_and_of_a_guard_and_no_other() -> None:
    named = [name for row in _ROW.findall(maker().PAGE.read_text("utf-8")) for name in _NAMED.findall(row)]
    there = [
        *ids(test_transitions.test_a_transition_does_what_its_row_says),
        *ids(test_guards.test_a_guard_that_does_not_hold_refuses_and_says_what_to_do),
    ]
    assert len(set(there)) == len(there)
    assert sorted(named) == sorted(there)


def test_the_page_has_every_row_of_the_table() -> None:
    assert len(_ROW.findall(maker().PAGE.read_text("utf-8"))) == len(pukou().transitions)
