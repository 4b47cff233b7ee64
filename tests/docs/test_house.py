from __future__ import annotations

import importlib
import importlib.util
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from reference.pack import Reference
from schemas.topics import TOPICS

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "docs/house"
DATA: dict[str, Any] = yaml.safe_load((HOUSE / "way.yaml").read_text(encoding="utf-8"))
STEPS = [step for room in DATA["rooms"] for step in room.get("steps", [])] + [DATA["refused"]]
IN_A_FOLDER = [room for room in DATA["rooms"] if "steps" in room]


def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw", HOUSE / "draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step['where']}.{step['what']}")
def test_what_the_picture_names_is_in_the_code(step: dict[str, str]) -> None:
    assert callable(reduce(getattr, step["what"].split("."), importlib.import_module(step["where"])))


@pytest.mark.parametrize("room", IN_A_FOLDER, ids=lambda room: room["id"])
def test_the_steps_of_a_room_are_done_in_its_folder(room: dict[str, Any]) -> None:
    for step in room["steps"]:
        module = ROOT / f"{step['where'].replace('.', '/')}.py"
        assert module.is_file()
        assert module.is_relative_to(ROOT / room["folder"])


def test_the_topics_in_the_picture_are_in_the_registry() -> None:
    drawn = [topic for room in DATA["rooms"] for topic in room.get("topics", [])] + [flow["along"] for flow in DATA["flows"] if "along" in flow]
    assert drawn
    assert set(drawn) <= set(TOPICS)


def test_the_logs_in_the_picture_are_the_homes() -> None:
    for room in DATA["rooms"]:
        if "log" in room:
            assert getattr(importlib.import_module(room["log"]["where"]), room["log"]["what"]) == room["folder"]


def test_the_books_in_the_attic_are_tables_of_a_pack() -> None:
    assert {book["table"] for book in DATA["attic"]["books"]} <= set(Reference.__dataclass_fields__)


def test_the_stones_of_the_foundation_are_modules() -> None:
    for part in (*DATA["cellar"], DATA["ground"]):
        for stone in part["stones"]:
            assert (ROOT / part["folder"] / f"{stone}.py").is_file(), f"{part['folder']}{stone}.py"


def test_every_flow_joins_rooms_that_are_drawn() -> None:
    places = {room["id"] for room in DATA["rooms"]} | {"outside", "people"}
    assert {end for flow in DATA["flows"] for end in (flow["from"], flow["to"])} == places


def test_the_committed_picture_is_what_the_program_draws() -> None:
    assert (HOUSE / "way.svg").read_text(encoding="utf-8") == drawing().drawn(), "run `python docs/house/draw.py` and commit the picture"
