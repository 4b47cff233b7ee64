"""What the operators' guide says of metrics and containers is so."""

from __future__ import annotations

import re
from pathlib import Path

from schemas.metrics import METRICS

GUIDE = (Path(__file__).parents[2] / "docs/operators.md").read_text("utf-8")


def test_the_guide_lists_every_metric_as_the_registry_has_it() -> None:
    section = GUIDE.split("## Metrics\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", section, re.MULTILINE)
    assert rows == [(m.name, m.kind, ", ".join(m.labels) or "–", m.unit, m.help) for m in METRICS.values()]


def test_the_guide_says_that_no_image_was_run() -> None:
    assert "No image was run where this was written" in GUIDE.split("## Docker Compose\n")[1].split("\n## ")[0]
