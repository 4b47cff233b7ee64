"""Draws docs/pictures/kafka_peers.svg from the result of `benchmarks.kafka_peers`: `python -m benchmarks.kafka_picture`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.kafka_contestants import BARE, FAUST, OURS, QUIX, QUIX_ONCE
from benchmarks.whole_path import RESULTS

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "kafka_peers.svg"
INK, SOFT, PAPER, OWN, OTHER, WORK = "#2d2a26", "#7a7269", "#fbf6ec", "#b8432f", "#2f5273", "#d8cbb4"
"""The colours of docs/house."""
ORDER = (BARE, OURS, QUIX, QUIX_ONCE, FAUST)
TITLES = {
    "empty": "No work: what the runtime costs, one row and one line a report",
    "light": "Light work: intake, one register row, one journal line a report",
    "real": "Real work: intake and the whole fold (merging, cases, outcomes)",
}
Row = Mapping[str, Any]


def draw(result: Path, picture: Path) -> None:
    """Reads a result file, writes the picture: the same bytes from the same file."""
    said = json.loads(result.read_text(encoding="utf-8"))
    rows: dict[tuple[str, str], Row] = {(row["contestant"], row["work"]): row for row in said["figures"]}
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ucc", "font.family": "sans-serif", "text.color": INK, "axes.edgecolor": WORK}):
        figure = Figure(figsize=(11, 7.6), facecolor=PAPER, layout="constrained")
        panels = figure.subplots(len(TITLES), 1)
        for axes, (work, title) in zip(panels, TITLES.items(), strict=True):
            _bars(axes, title, [rows[one.name, work] for one in ORDER])
        panels[-1].set_xlabel("processor time a report, µs (median of the rounds; lines: least and greatest)", color=SOFT)
        given = said["input"]
        figure.suptitle(f"{given['lines']:,} reports of {given['name']}, {said['machine']['cores']} cores of {said['machine']['processor']}", fontsize=11)
        picture.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": None})


def _bars(axes: Axes, title: str, rows: Sequence[Row]) -> None:
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_facecolor(PAPER)
    for place, row in enumerate(reversed(rows)):
        total, stages = row["cpu_us"], min(row["stages_us"]["median"], row["cpu_us"]["median"])
        own = row["contestant"] == OURS.name
        axes.barh(place, stages, color=WORK)
        axes.barh(place, total["median"] - stages, left=stages, color=OWN if own else OTHER)
        axes.plot([total["min"], total["max"]], [place, place], color=INK, linewidth=1)
        words = f"  {total['median']:.0f} µs = {row['reports_per_s_per_core']['median']:,.0f} reports/s and core"
        axes.text(total["max"], place, words, va="center", fontsize=9)
    axes.set_yticks(range(len(rows)), [row["contestant"] for row in reversed(rows)])
    axes.set_xlim(0, 1.35 * max(row["cpu_us"]["max"] for row in rows))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, length=0)


if __name__ == "__main__":
    draw(RESULTS / "kafka_peers.json", PICTURE)
