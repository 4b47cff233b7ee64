"""A new user's way: the shipped sample into the shipped district, as the README says it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.ucc.conftest import Desk

ROOT = Path(__file__).parents[2]


def test_the_readmes_first_command_shows_what_became_of_every_line(tmp_path: Path) -> None:
    words = re.search(r"ucc --home \$\(HOME_FOLDER\) (import .*)", (ROOT / "Makefile").read_text())
    assert words is not None
    command = words.group(1).split()
    file = tmp_path / Path(command[1]).name
    file.write_bytes((ROOT / command[1]).read_bytes())
    desk = Desk(tmp_path / "home")
    done = desk.run("import", str(file), *command[2:], "--json")
    counts = json.loads(done.out.splitlines()[-1])
    outcomes = counts["outcomes"]
    assert counts["read"] == counts["refused"] + sum(outcomes.values())
    assert {"opened", "merged", "revised", "withdrawn", "resent", "sealed"} <= set(outcomes)
    assert counts["refused"] == len(Path(f"{file}.refused.jsonl").read_bytes().splitlines()) > 0
    assert json.loads(desk.run("reconcile", "--json").out)["balanced"] is True
    hidden = desk.rows("SELECT count() AS n, countIf(text != '' OR address != '' OR lng IS NOT NULL OR community != '') AS said FROM reports WHERE sealed = 1")
    assert int(str(hidden[0]["n"])) >= outcomes["sealed"] > 0  # a late revision of a sealed report is sealed, too
    assert hidden[0]["said"] == 0
    biggest = desk.rows("SELECT number FROM cases_current ORDER BY reports DESC LIMIT 1")[0]["number"]
    assert "because" in desk.run("explain", str(biggest), "--lang", "en").out
