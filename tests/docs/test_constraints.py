from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINS = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_constraints_are_exact_and_name_no_host() -> None:
    for pin in PINS:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!]+", pin), pin


def test_every_dependency_and_tool_is_pinned_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {plain(re.split(r"[^\w.-]", name)[0]) for name in (*project["project"]["dependencies"], *project["dependency-groups"]["dev"])}
    pinned = [plain(pin.partition("==")[0]) for pin in PINS]
    assert wanted <= set(pinned)
    assert len(pinned) == len(set(pinned))
