"""A small home of a centre made from a few polygons, and the command line as people use it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.sinks.conftest import landed, make_city  # noqa: F401  fixtures are found by their names

COLUMNS = ["seq", "commit_ts", "op", "id", "created", "district", "category", "subcategory", "description", "address", "lat", "lng"]
ARRIVED = 1_452_105_631


class Done(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


class Desk:
    """The command line on one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {**{k: v for k, v in os.environ.items() if not k.startswith("UCC_")}, "UCC_HOME": str(home)}
        self.command = [str(Path(sys.executable).parent / "ucc")]

    def run(self, *words: str, code: int | None = 0) -> Done:
        """Runs a command and expects its exit code."""
        done = subprocess.run([*self.command, *words], env=self.env, capture_output=True, text=True, check=False)
        assert code is None or done.returncode == code, f"{words} → {done.returncode}\n{done.stdout}\n{done.stderr}"
        return Done(done.returncode, done.stdout, done.stderr)

    def rows(self, query: str) -> list[dict[str, object]]:
        """Answers of the warehouse."""
        return [json.loads(line) for line in self.run("sql", query, "--format", "JSONEachRow").out.splitlines()]

    def take(self, file: Path, *words: str, code: int | None = 0) -> dict[str, object]:
        """Imports a file; the counts."""
        done = self.run("import", str(file), "--source", "hotline12345", "--mapping", "tainan-1999", "--json", *words, code=code)
        return dict(json.loads(done.out.splitlines()[-1])) if done.out.strip() else {}


def village(code: str, name: str, west: float, south: float) -> dict[str, object]:
    """A square village of a hundredth of a degree."""
    ring = [[west, south], [west + 0.01, south], [west + 0.01, south + 0.01], [west, south + 0.01], [west, south]]
    return {
        "type": "Feature",
        "properties": {"VILLCODE": code, "VILLNAME": name, "TOWNCODE": "67000280", "TOWNNAME": "永康區", "COUNTYNAME": "台南市"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def lines_of(numbers: Sequence[int], *, text: str = "違停", op: str = "+", seq: int = 0) -> list[dict[str, object]]:
    """Rows of the stream: report `n` lies 100 m east of report `n - 1`, all in the first village but the last few."""
    return [
        {
            "seq": seq + n,
            "commit_ts": ARRIVED + 60 * n,
            "op": op,
            "id": f"R{n:05d}",
            "created": "2016-01-06 08:00:00",
            "district": "永康區",
            "category": "違規停車",
            "subcategory": "違規停車",
            "description": f"{text} {n}",
            "address": f"臺南市永康區永大路{2 * n + 1}號",
            "lat": "23.005",
            "lng": f"{120.2005 + (n % 19) * 0.001:.6f}",
        }
        for n in numbers
    ]


def written(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    """Rows as a file of the stream."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, fieldnames=COLUMNS)
        out.writeheader()
        out.writerows(rows)
    return path


@pytest.fixture
def polygons(tmp_path: Path) -> Path:
    """Two villages."""
    path = tmp_path / "villages.geojson"
    features = [village("67000280001", "南灣里", 120.2, 23.0), village("67000280002", "六甲里", 120.21, 23.0)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def desk(tmp_path: Path, polygons: Path) -> Desk:
    """A home with the centre `tainan` in use."""
    desk = Desk(tmp_path / "home")
    desk.run("reference", "import", "--name", "tainan", "--grids", str(polygons))
    return desk
