"""What is fed: lines of a real or a shipped stream, in order, and the pack and mapping that they need."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = "hotline12345"


@dataclass(frozen=True)
class Stream:
    """Lines with their columns. `pack` is a shipped pack's name or a folder."""

    name: str
    columns: tuple[str, ...]
    lines: Sequence[dict[str, str]]
    mapping: str
    pack: str

    def write(self, file: Path, lines: Sequence[dict[str, str]]) -> None:
        """Some lines as CSV."""
        with file.open("w", encoding="utf-8", newline="") as opened:
            rows = csv.DictWriter(opened, fieldnames=self.columns)
            rows.writeheader()
            rows.writerows(lines)

    def message(self, lines: Sequence[dict[str, str]]) -> bytes:
        """Some lines as a department would push them: one JSON object a line."""
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()


def sample_week() -> Stream:
    """The synthetic week that is shipped."""
    return Stream("sample week", *_read(ROOT / "connectors/samples/pukou_week.csv"), mapping="pukou-sample", pack="pukou")


def real_stream(shared: Path, pack: Path) -> Stream:
    """The real hotline's changes. `pack`: a folder in which its pack was made."""
    return Stream("tainan hotline", *_read(shared / "data/tainan_hotline/changelog_2016_2018.csv.gz"), mapping="tainan-1999", pack=str(pack))


def grids(shared: Path) -> Path:
    """The polygons of the real stream's pack."""
    return shared / "data/tainan_hotline/villages.geojson.gz"


def _read(file: Path) -> tuple[tuple[str, ...], Sequence[dict[str, str]]]:
    read = file.read_bytes()
    text = (gzip.decompress(read) if file.suffix == ".gz" else read).decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    lines = [row for row in rows if None not in row and None not in row.values()]  # broken ones are refused at the door: no matter of faults
    return tuple(rows.fieldnames or ()), lines
