"""Speed of the whole path in bulk: a file of a real hotline, through placed, classified, routed and merged cases, into the warehouse.

    python -m benchmarks.whole_path                 1×: the whole path, its stages, its memory
    python -m benchmarks.whole_path --growth 1 4 16 the stream laid end to end so many times, shifted in time

Everything is durable, every decision explained, as `ucc import` does it; a fresh home each time. Needs the real stream
(`UCC_SHARED`). Writes benchmarks/results/*.json. Figures of one run are comparable with each other, not with another machine's.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.stages import stages

SHARED = Path(os.environ.get("UCC_SHARED", "../shared"))
STREAM = SHARED / "data/tainan_hotline/changelog_2016_2018.csv.gz"
GRIDS = SHARED / "data/tainan_hotline/villages.geojson.gz"
RESULTS = Path(__file__).parent / "results"
UCC = [str(Path(sys.executable).parent / "ucc")]
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def machine(*more: str) -> dict[str, Any]:
    """What the figures were taken on; `more` names further packages."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.processor()
    )
    packages = {name: version(name) for name in ("chdb", "pydantic", "orjson", "shapely", "ahocorasick-rs", *more)}
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **packages,
    }


def watched(command: list[str], home: Path) -> dict[str, Any]:
    """Runs a command; wall and CPU seconds, and the highest sum of resident memory of it and its children, sampled ten times a second."""
    began = time.monotonic()
    process = subprocess.Popen(
        [*UCC, *command], env={**os.environ, "UCC_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    peak, by_part, cpu = 0, {}, {}
    while process.poll() is None:
        now: dict[str, int] = {}
        for pid, name, ticks, pages in _group(process.pid):
            now[name] = now.get(name, 0) + pages * _PAGE
            cpu[pid, name] = ticks
        if sum(now.values()) > peak:
            peak, by_part = sum(now.values()), now
        time.sleep(0.1)
    said = json.loads(process.communicate()[0].splitlines()[-1])
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    seconds: dict[str, float] = {}
    for (_, name), ticks in cpu.items():
        seconds[name] = seconds.get(name, 0) + ticks / _TICK
    mib = {name: round(size / 2**20) for name, size in by_part.items()}
    return {"wall_s": time.monotonic() - began, "cpu_s": seconds, "peak_mib": round(peak / 2**20), "peak_mib_by_part": mib, "summary": said}


def _group(session: int) -> list[tuple[int, str, int, int]]:
    """Processes of a session: pid, which part it is, CPU ticks, resident pages."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                words = (folder / "cmdline").read_text()
                if not words:
                    continue  # it has ended, or has not begun
                part = (
                    "warehouse (chDB)"
                    if "chdb_child" in words
                    else "casework"
                    if "spawn_main" in words
                    else "doors and intake"
                    if "import" in words
                    else "other"
                )
                found.append((int(folder.name), part, int(fields[11]) + int(fields[12]), int(fields[21])))
        except (OSError, IndexError):
            continue
    return found


def laid_end_to_end(times: int, into: Path) -> Path:
    """The stream so many times, each copy later than the one before it, under other ids."""
    if times == 1:
        return STREAM
    with gzip.open(STREAM, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first, last = int(rows[0]["commit_ts"]), int(rows[-1]["commit_ts"])
    path = into / f"stream-{times}.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="", compresslevel=1) as file:
        out = csv.DictWriter(file, fieldnames=list(rows[0]))
        out.writeheader()
        for copy in range(times):
            # All copies end before now: the door does not take what is reported in the future.
            shift = timedelta(seconds=(copy - times + 1) * (last - first) // 8)
            for row in rows:
                created = datetime.fromisoformat(row["created"]) + shift
                out.writerow(
                    {
                        **row,
                        "id": f"{copy:02d}{row['id']}",
                        "seq": int(row["seq"]) + copy * len(rows),
                        "commit_ts": int(row["commit_ts"]) + int(shift.total_seconds()),
                        "created": created.isoformat(sep=" "),
                    }
                )
    return path


def whole(times: int, scratch: Path) -> dict[str, Any]:
    """One import into a fresh home."""
    home = scratch / f"home-{times}"
    file = laid_end_to_end(times, scratch)
    subprocess.run(
        [*UCC, "reference", "import", "--name", "tainan", "--grids", str(GRIDS)], env={**os.environ, "UCC_HOME": str(home)}, check=True, capture_output=True
    )
    found = watched(["import", str(file), "--source", "hotline12345", "--mapping", "tainan-1999", "--json"], home)
    lines = found["summary"]["read"]
    size = sum(f.stat().st_size for f in home.rglob("*") if f.is_file())
    shutil.rmtree(home)
    return {
        "times": times,
        "lines": lines,
        "lines_per_s": round(lines / found["wall_s"]),
        "us_per_line": found["wall_s"] / lines * 1e6,
        "home_mib": round(size / 2**20),
        **found,
    }


def table(result: dict[str, Any]) -> str:
    """The result as people read it."""
    out = [f"{'stage':<44}{'µs a line':>10}"]
    out += [f"{name:<44}{us:>10.1f}" for name, us in result["stages_us"].items()]
    run = result["whole"]
    cpu = sum(run["cpu_s"].values()) / run["lines"] * 1e6
    out += ["", f"{'Σ stages':<44}{result['sum_us']:>10.1f}", f"{'whole, wall':<44}{run['us_per_line']:>10.1f}", f"{'whole, CPU of all parts':<44}{cpu:>10.1f}"]
    out += [f"Σ stages ÷ whole (CPU) {result['stages_to_whole_cpu']:.2f}; ÷ whole (wall) {result['sum_us'] / run['us_per_line']:.2f}"]
    out += [
        f"{run['lines_per_s']:,} lines/s; {run['lines_per_s'] / result['floor_lines_per_s']:.3f} of what reading the CSV and appending it to SQLite takes; peak {run['peak_mib']} MiB {run['peak_mib_by_part']}"
    ]
    return "\n".join(out)


def floor() -> float:
    """Lines a second of the least that any durable import does: read the CSV, append frames of 500 lines to SQLite, synchronous=FULL."""
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        with sqlite3.connect(Path(scratch) / "log.db", isolation_level=None) as db, gzip.open(STREAM, "rt", encoding="utf-8", newline="") as file:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("CREATE TABLE log (n INTEGER PRIMARY KEY, body TEXT)")
            rows = list(csv.DictReader(file))
            for first in range(0, len(rows), 500):
                db.execute("INSERT INTO log (body) VALUES (?)", ("\n".join(json.dumps(r) for r in rows[first : first + 500]),))
        return len(rows) / (time.perf_counter() - began)


def main() -> None:
    """Runs what was asked for, and writes and prints the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--growth", type=int, nargs="*", default=[], metavar="TIMES")
    asked = parser.parse_args()
    if not STREAM.exists():
        raise SystemExit(f"the real stream is not at {STREAM}; set UCC_SHARED to the folder that holds data/")
    RESULTS.mkdir(exist_ok=True)
    about = {"at": datetime.now().astimezone().isoformat(timespec="seconds"), "machine": machine(), "stream": f"{STREAM.name}, {STREAM.stat().st_size} bytes"}
    with tempfile.TemporaryDirectory(prefix="ucc-bench-") as scratch:
        if asked.growth:
            runs = [whole(times, Path(scratch)) for times in asked.growth]
            for run in runs:
                print(
                    f"{run['times']:>3}×  {run['lines']:>9,} lines  {run['us_per_line']:>7.1f} µs a line  {run['lines_per_s']:>6,} lines/s  peak {run['peak_mib']:,} MiB  home {run['home_mib']:,} MiB"
                )
            (RESULTS / "growth.json").write_text(json.dumps({**about, "runs": runs}, indent=1, ensure_ascii=False) + "\n")
            return
        run = whole(1, Path(scratch))
        found = stages(STREAM, GRIDS, Path(scratch))
        total = sum(found.values())
        cpu = sum(run["cpu_s"].values()) / run["lines"] * 1e6
        result = {**about, "whole": run, "stages_us": found, "sum_us": total, "stages_to_whole_cpu": total / cpu, "floor_lines_per_s": floor()}
    (RESULTS / "whole_path.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    print(table(result))


if __name__ == "__main__":
    main()
