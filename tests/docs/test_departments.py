"""What the guide for departments shows of each source is what its module reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from connectors.channels import CHANNELS
from connectors.profiles.profile import profiles
from schemas.vocabulary import Source

PAGE = (Path(__file__).parents[2] / "docs/departments.md").read_text("utf-8")
_SECTION = re.compile(r"^### [^\n]*\(`(\w+)`\)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
_JSON = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINES = re.compile(r"^```jsonl\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections() -> dict[str, str]:
    """What is said under the heading of each source."""
    return dict(_SECTION.findall(PAGE))


@pytest.mark.parametrize("source", Source)
def test_the_guide_shows_the_example_that_is_read(source: Source) -> None:
    shown: list[Any] = [json.loads(block) for block in _JSON.findall(sections()[source.value])]
    assert shown == [dict(CHANNELS[source].example)]


def test_the_guide_shows_the_example_of_every_departments_profile() -> None:
    (block,) = _LINES.findall(sections()[Source.DEPARTMENT.value])
    assert [json.loads(line) for line in block.splitlines()] == [dict(profile.example) for profile in profiles().values()]
