"""Our Kafka runtime beside others: the same input, the same stage functions, one run, in turns.

    python -m benchmarks.kafka_peers                       20,000 lines, three rounds; make bench-kafka does it in its own environment
    python -m benchmarks.kafka_peers --lines 112504        the whole real stream
    python -m benchmarks.kafka_peers --only ours 'Quix Streams' --rounds 1

What is done with a report is said in `benchmarks.work`, how each does it in `benchmarks.peers`. In short: all read from one partition and write to
a topic, one process each. Ours and the bare loop read frames of 500 lines; Faust and Quix Streams read one line a message, as their programs do, and keep
rows in their state store with its changelog. Ours has two stages with a topic between them, transactions, read_committed, and rows in SQLite and a
compacted topic: it is the only one beside Quix Streams' exactly once that loses and doubles nothing. The bare loop keeps nothing and is the limit.

Compared is processor time (user and system, all processes of the contestant, the broker's apart), because two shared cores say little by wall clock:
reports a second and core, as ratios within a round, with their spread over the rounds. Writes benchmarks/results/kafka_peers.json and the picture.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.kafka_broker import broker, versions
from benchmarks.kafka_contestants import ALL, FAUST, OURS, QUIX_ONCE, Contestant
from benchmarks.kafka_input import Input, take
from benchmarks.kafka_lap import Lap, lap
from benchmarks.kafka_picture import PICTURE, draw
from benchmarks.observer import Observer
from benchmarks.spread import spread
from benchmarks.whole_path import RESULTS, machine
from benchmarks.work import KINDS

PACKAGES = ("faust-streaming", "aiokafka", "quixstreams", "confluent-kafka", "rocksdict", "uvloop")
RESULT = RESULTS / "kafka_peers.json"
Round = dict[tuple[str, str], Lap]
"""Laps by contestant and work."""


class Target(NamedTuple):
    """What was asked for. `least`: the figure has to be at least the bound, else at most."""

    name: str
    bound: float
    least: bool
    values: Sequence[float]

    def said(self) -> dict[str, Any]:
        """For the result file; it holds when the median does."""
        middle = statistics.median(self.values)
        return {"target": self.name, "bound": self.bound, **spread(self.values), "holds": middle >= self.bound if self.least else middle <= self.bound}


async def run(given: Input, warm: int, rounds: int, chosen: Sequence[Contestant], scratch: Path) -> list[Round]:
    """All rounds; each begins with another contestant."""
    done = []
    with broker(scratch / "broker") as node:
        async with Observer(node.address) as observer:
            for number in range(rounds):
                turn = [(one, work) for one in chosen for work in KINDS]
                first = number * len(turn) // rounds
                laps: Round = {}
                for one, work in turn[first:] + turn[:first]:
                    name = f"r{number}-{list(ALL).index(one.name)}-{work}"
                    runner = await one.prepare(work, given, name, observer, scratch)
                    bulk = one.messages(work, given, warm, len(given.lines))
                    took = await lap(observer, runner, one.messages(work, given, 0, warm), warm, bulk, len(given.lines) - warm, node.pid)
                    laps[one.name, work] = took
                    print(
                        f"round {number + 1}  {one.name:<28}{work:<7}{took.us:>8.1f} µs a report  {took.reports / took.cpu_s:>9,.0f} reports/s and core",
                        flush=True,
                    )
                done.append(laps)
    return done


def figures(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """By contestant and work: processor time, what the stages take of it, what the runtime adds."""
    found = []
    for name, work in rounds[0]:
        laps = [done[name, work] for done in rounds]
        found.append(
            {
                "contestant": name,
                "work": work,
                "reports_per_s_per_core": spread([one.reports / one.cpu_s for one in laps]),
                "reports_per_s": spread([one.reports / one.wall_s for one in laps]),
                "cpu_us": spread([one.us for one in laps]),
                "stages_us": spread([one.stages_us for one in laps]),
                "runtime_adds_us": spread([one.us - one.stages_us for one in laps]),
                "broker_cpu_us": spread([one.broker_cpu_s / one.reports * 1e6 for one in laps]),
            }
        )
    return found


def ratios(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """Ours to each other's reports/s and core: with the same work, and also with our real work against their light one, which merges nothing."""
    pairs = (*((work, work) for work in KINDS), ("real", "light"))
    return [
        {"ours": ours, "contestant": name, "work": theirs, **spread(_ratio(rounds, ours, name, theirs))}
        for ours, theirs in pairs
        for name in ALL
        if name != OURS.name and all((OURS.name, ours) in done and (name, theirs) in done for done in rounds)
    ]


def _ratio(rounds: Iterable[Round], ours: str, name: str, work: str) -> list[float]:
    return [done[name, work].us / done[OURS.name, ours].us for done in rounds]


def targets(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """What issue 4 asks for; only where all that it needs has run."""
    if not all({(one.name, work) for one in (OURS, FAUST, QUIX_ONCE) for work in KINDS} <= done.keys() for done in rounds):
        return []
    adds = {work: [done[OURS.name, work].us - done[OURS.name, work].stages_us for done in rounds] for work in KINDS}
    return [
        Target("µs a report that the runtime adds, no work (as a Table's 540 and Quix Streams' 25 were measured)", 40.0, False, adds["empty"]).said(),
        Target("µs a report that the runtime adds to the sum of the light stages", 40.0, False, adds["light"]).said(),
        Target("µs a report that the runtime adds to the sum of the real stages", 40.0, False, adds["real"]).said(),
        Target("times idiomatic Faust, the same light stages", 4.0, True, _ratio(rounds, "light", FAUST.name, "light")).said(),
        Target("times idiomatic Faust, the same real stages", 4.0, True, _ratio(rounds, "real", FAUST.name, "real")).said(),
        Target("times Quix Streams with exactly once, the same light stages", 1.0, True, _ratio(rounds, "light", QUIX_ONCE.name, "light")).said(),
        Target("times Quix Streams with exactly once, the same real stages", 1.0, True, _ratio(rounds, "real", QUIX_ONCE.name, "real")).said(),
    ]


def table(result: Mapping[str, Any]) -> str:
    """The result as people read it."""
    out = [f"{'contestant':<28}{'work':<7}{'µs a report':>12}{'stages':>9}{'adds':>9}{'/s and core':>13}{'broker µs':>11}"]
    for row in result["figures"]:
        middle = {name: row[name]["median"] for name in ("cpu_us", "stages_us", "runtime_adds_us", "reports_per_s_per_core", "broker_cpu_us")}
        out.append(
            f"{row['contestant']:<28}{row['work']:<7}{middle['cpu_us']:>12.1f}{middle['stages_us']:>9.1f}{middle['runtime_adds_us']:>9.1f}"
            f"{middle['reports_per_s_per_core']:>13,.0f}{middle['broker_cpu_us']:>11.1f}"
        )
    out += ["", "ours, times the reports/s and core of"]
    out += [
        f"  {row['contestant']:<28} ours {row['ours']:<6} its {row['work']:<6}{row['median']:>6.2f}  ({row['min']:.2f} … {row['max']:.2f})"
        for row in result["ratios"]
    ]
    out += [""] + [
        f"{'holds' if row['holds'] else 'DOES NOT HOLD':<14} {row['target']}: {row['median']:.2f} ({row['min']:.2f} … {row['max']:.2f}), asked {row['bound']:g}"
        for row in result["targets"]
    ]
    return "\n".join(out)


def main() -> None:
    """Runs it, writes and prints the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=20_000, help="of the stream, without those that warm up")
    parser.add_argument("--warm", type=int, default=1_000, help="lines that warm up before each lap")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(ALL), choices=list(ALL), metavar="CONTESTANT", help=f"of {', '.join(ALL)}")
    parser.add_argument("--result", type=Path, default=RESULT, help="where the result is written; the picture is drawn only from the whole one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ucc-peers-") as scratch:
        given = take(asked.lines + asked.warm, Path(scratch))
        rounds = asyncio.run(run(given, asked.warm, asked.rounds, [ALL[name] for name in asked.only], Path(scratch)))
        result = {
            "at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "machine": {**machine(*PACKAGES), **versions()},
            "input": {"name": given.name, "lines": len(given.lines) - asked.warm, "warmed_up_with": asked.warm, "bytes_a_line": given.line_bytes},
            "figures": figures(rounds),
            "ratios": ratios(rounds),
            "targets": targets(rounds),
            "rounds": [_said(done) for done in rounds],
        }
    asked.result.parent.mkdir(parents=True, exist_ok=True)
    asked.result.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if result["targets"] and asked.result == RESULT:
        draw(asked.result, PICTURE)
    print(table(result))


def _said(done: Round) -> list[dict[str, Any]]:
    return [{"contestant": name, "work": work, **took.said()} for (name, work), took in done.items()]


if __name__ == "__main__":
    main()
