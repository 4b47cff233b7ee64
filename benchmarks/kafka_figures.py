"""What our Kafka runtime gives in running: catching up after an outage, latency, take-over after kill -9, growth over workers.

    python -m benchmarks.kafka_figures                            all four; make bench-served does it
    python -m benchmarks.kafka_figures --only latency take-over

On a broker of its own, with `ucc worker` and `ucc sink` as an operator runs them. Writes benchmarks/results/kafka_figures.json, where a figure that
did not run this time stays as it was, with its own date.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.figures.catch_up import catch_up
from benchmarks.figures.growth import WARM, growth
from benchmarks.figures.latency import RATE, WARM_S, latency
from benchmarks.figures.take_over import RATE as RATE_OF_KILLS
from benchmarks.figures.take_over import STANDS_S, take_over
from benchmarks.kafka_broker import broker, versions
from benchmarks.kafka_input import take
from benchmarks.observer import Observer
from benchmarks.whole_path import RESULTS, machine

RESULT = RESULTS / "kafka_figures.json"
CENTRES = 8
WORKERS = (1, 2, 4)
GREATEST_GAP_S = 30.0
"""For which the flow of the kills has lines enough."""


class Asked(argparse.Namespace):
    """The command line."""

    only: list[str]
    lines: int
    before: int
    seconds: float
    kills: int
    seed: int
    growth_lines: int
    result: Path


async def _catch_up(observer: Observer, scratch: Path, asked: Asked, node: int) -> dict[str, Any]:
    return await catch_up(observer, scratch, take(asked.lines, scratch), min(asked.before, asked.lines // 2), node)


async def _latency(observer: Observer, scratch: Path, asked: Asked, _: int) -> dict[str, Any]:
    return await latency(observer, scratch, take(int(RATE * (asked.seconds + 2 * WARM_S)), scratch), asked.seconds)


async def _take_over(observer: Observer, scratch: Path, asked: Asked, _: int) -> dict[str, Any]:
    lines = int(RATE_OF_KILLS * asked.kills * (2 * STANDS_S + GREATEST_GAP_S))
    return await take_over(observer, scratch, take(lines, scratch), asked.kills, asked.seed)


async def _growth(observer: Observer, scratch: Path, asked: Asked, node: int) -> dict[str, Any]:
    given = [take(asked.growth_lines + WARM, scratch, f"tainan-{number}") for number in range(1, CENTRES + 1)]
    runs = [await growth(observer, scratch, given, workers, node) for workers in WORKERS]
    return {
        "centres": CENTRES,
        "lines_a_centre": asked.growth_lines,
        "identical_cases": all(run["cases_digest"] == runs[0]["cases_digest"] for run in runs),
        "growth": {str(run["workers"]): run["reports_per_s"] / runs[0]["reports_per_s"] for run in runs},
        "runs": runs,
    }


FIGURES: Mapping[str, Callable[[Observer, Path, Asked, int], Awaitable[dict[str, Any]]]] = {
    "catch-up": _catch_up,
    "latency": _latency,
    "take-over": _take_over,
    "growth": _growth,
}


async def run(asked: Asked, scratch: Path) -> dict[str, Any]:
    """The figures that are asked for, each on a fresh broker."""
    found = {}
    for name in asked.only:
        folder = scratch / name
        folder.mkdir()
        with broker(folder / "broker") as node:
            async with Observer(node.address) as observer:
                figure = await FIGURES[name](observer, folder, asked, node.pid)
        found[name] = {"at": datetime.now().astimezone().isoformat(timespec="seconds"), **figure}
        print(json.dumps({name: found[name]}, indent=1, ensure_ascii=False), flush=True)
    return found


def main() -> None:
    """Runs it, writes and prints the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(FIGURES), choices=list(FIGURES))
    parser.add_argument("--lines", type=int, default=112_504, help="catch-up: of the stream, the backlog and what was before")
    parser.add_argument("--before", type=int, default=20_000, help="catch-up: lines that were folded before the outage")
    parser.add_argument("--seconds", type=float, default=60.0, help="latency: how long the flow is measured")
    parser.add_argument("--kills", type=int, default=10, help="take-over: how often")
    parser.add_argument("--seed", type=int, default=1, help="take-over: of when the kills come")
    parser.add_argument("--growth-lines", type=int, default=10_000, help="growth: lines a centre")
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args(namespace=Asked())
    with tempfile.TemporaryDirectory(prefix="ucc-served-") as scratch:
        found = asyncio.run(run(asked, Path(scratch)))
    before = json.loads(asked.result.read_text(encoding="utf-8"))["figures"] if asked.result.exists() else {}
    said = {"machine": {**machine("faust-streaming", "aiokafka"), **versions()}, "figures": {**before, **found}}
    asked.result.parent.mkdir(parents=True, exist_ok=True)
    asked.result.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
