"""`python -m tests.faults`: runs under faults, one after the other, until so many faults have hit something; `make faults` runs it.

Each run has an installation, a folder and a seed of its own, and leaves `build/faults/<seed>.json`. Stopped (Ctrl-C), it says what it has so
far. Exit code 1 when a run has a violation: its folder stays, with all logs, and its seed is said with the command that repeats its faults.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.faults.installation import Desk, Shape
from tests.faults.run import Record, Wanted, full_disks, run
from tests.faults.stream import ROOT, Stream, grids, real_stream, sample_week

RECORDS = ROOT / "build/faults"
FULL_DISKS = 2
"""A run, beside its other faults."""


def main(words: Sequence[str] | None = None) -> int:
    """Runs until there were enough faults."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.faults", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the first run; the next ones count up")
    parser.add_argument("--faults", type=int, default=100, help="how many have to hit something, over all runs")
    parser.add_argument("--each", type=int, default=20, help="faults a run")
    parser.add_argument("--nodes", type=int, choices=(1, 3), help="brokers; one and three in turn when not given")
    parser.add_argument("--keep", action="store_true", help="keep the folders of sound runs, too: logs, topics, homes")
    parser.add_argument("--table", nargs="*", type=Path, help="run nothing: the table of these records, or of all in build/faults")
    said = parser.parse_args(words)
    if said.table is not None:
        records = [Record(**json.loads(file.read_text("utf-8"))) for file in said.table or sorted(RECORDS.glob("*.json"))]
        _say(table(records))
        return 0
    records = []
    try:
        while sum(record.counts().total() for record in records) < said.faults:
            seed = said.seed + len(records)
            nodes = said.nodes or (3 if seed % 2 else 1)
            records.append(_one(Wanted(str(seed), Shape(nodes=nodes), _stream(), said.each), keep=said.keep))
    except KeyboardInterrupt:
        _say("stopped")
    _say(table(records))
    return 1 if any(record.violations for record in records) else 0


def _one(wanted: Wanted, *, keep: bool) -> Record:
    folder = Path(tempfile.mkdtemp(prefix=f"ucc-faults-{wanted.seed}-"))
    command = f"python -m tests.faults --seed {wanted.seed} --nodes {wanted.shape.nodes} --each {wanted.faults} --faults 1"
    _say(f"seed {wanted.seed}: {wanted.shape.nodes} brokers, {wanted.faults} faults, in {folder}")
    record = None
    try:
        record = run(wanted, folder, _say)
        record.add(full_disks(wanted.seed, wanted.stream, FULL_DISKS, folder / "full", _say))
    finally:
        if record is not None and not record.violations:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)
        else:
            _say(f"FALLS SHORT: seed {wanted.seed}, logs in {folder}; the same faults again: {command}")
    for sentence in record.violations:
        _say(f"  {sentence}")
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / f"{wanted.seed}.json").write_text(json.dumps(vars(record), indent=1, ensure_ascii=False), "utf-8")
    _say(f"seed {wanted.seed}: {'nothing lost, doubled or changed' if not record.violations else 'FALLS SHORT'}; {record.seconds:.0f} s")
    return record


def _stream() -> Stream:
    """The real stream where it is; its pack is made once, beside the records."""
    shared = Path(os.environ.get("UCC_SHARED", ROOT.parent / "shared"))
    if not grids(shared).exists():
        return sample_week()
    maker = Desk(RECORDS / "pack")
    pack = maker.home / "made" / "tainan"
    if not pack.exists():
        RECORDS.mkdir(parents=True, exist_ok=True)
        maker.must("reference", "import", "--name", "tainan", "--grids", str(grids(shared)), "--mode", "stream")
    return real_stream(shared, pack)


def table(records: Iterable[Record]) -> str:
    """What happened how often, and whether anything came of it, as Markdown."""
    records = list(records)
    counts: Counter[str] = sum((record.counts() for record in records), Counter())
    short: Counter[str] = sum((record.counts() for record in records if record.violations), Counter())
    rows = ["| fault | times | of these in runs that fall short |", "|---|---|---|"]
    rows += [f"| {kind} | {number} | {short[kind]} |" for kind, number in sorted(counts.items(), key=lambda row: (-row[1], row[0]))]
    rows.append(f"| **all** | **{counts.total()}** | **{short.total()}** |")
    lines = sum(sum(record.fed.values()) for record in records)
    seeds = ", ".join(record.seed for record in records)
    fallen = sum(bool(record.violations) for record in records)
    return "\n".join([*rows, "", f"{len(records)} runs (seeds {seeds}), {lines:,} lines fed; runs in which something was lost, doubled or changed: {fallen}."])


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201  a command speaks to people


if __name__ == "__main__":
    sys.exit(main())
