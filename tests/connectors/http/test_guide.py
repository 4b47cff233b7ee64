"""What docs/departments.md tells departments to type works, word for word."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connectors.channels import CHANNELS
from schemas.vocabulary import Source
from tests.connectors.http.conftest import Open

GUIDE = (Path(__file__).parents[3] / "docs" / "departments.md").read_text("utf-8")
SECTION = GUIDE.split("\n## Through HTTP\n")[1].split("\n## ")[0]
COMMANDS = [re.sub(r"\n +", "\n", block) for block in re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL) if "curl" in block]


def typed(command: str, folder: Path, opened: Open, receipt: str = "") -> dict[str, Any]:
    """What a command of the guide answers."""
    env = {**os.environ, "DOOR": f"http://127.0.0.1:{opened.up.port}", "KEY": opened.hotline, "RECEIPT": receipt, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(["bash", "-euc", command], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that the guide speaks of."""
    example = CHANNELS[Source.HOTLINE12345].example
    one = json.dumps(example, ensure_ascii=False)
    (tmp_path / "one.json").write_text(json.dumps(example, ensure_ascii=False, indent=2), "utf-8")
    (tmp_path / "day.jsonl").write_text(f"{one}\n{one}\n", "utf-8")
    return tmp_path


def test_the_commands_of_the_guide_do_what_it_says(opened: Open, folder: Path) -> None:
    one, many, became = COMMANDS
    (first,) = typed(one, folder, opened)["receipts"]
    assert first["status"] == "accepted"
    again = typed(many, folder, opened)["receipts"]
    assert [line["receipt_id"] for line in again] == [first["receipt_id"]] * 2
    assert typed(became, folder, opened, first["receipt_id"])["outcome"] in {"pending", "opened", "merged"}


def test_the_guide_names_every_status_that_the_document_has(opened: Open) -> None:
    push = opened.up.ask("GET", "/openapi.json").said["paths"]["/v1/reports/{source}"]["post"]
    named = {number for row in re.findall(r"^\| ([\d, ]+) \|", SECTION, re.MULTILINE) for number in row.split(", ")}
    assert set(push["responses"]) - {"202", "408", "500"} == named
