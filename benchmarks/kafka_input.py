"""What goes in: the accepted lines of the real stream, or of a made-up one where that is not at hand; and the pack that places them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.whole_path import GRIDS, STREAM
from connectors.accept import accept
from connectors.file import FileDoor
from connectors.mapping import load_mapping
from reference import fill
from reference.tables import PACKS
from schemas.report import Report
from schemas.vocabulary import Mode, Source
from tests.runtime import streams


class Input(NamedTuple):
    """Lines of `ucc.raw` with the keys of their reports, in order; the centre whose they are, and its pack."""

    name: str
    centre: str
    pack: Path
    lines: list[bytes]
    keys: list[bytes]

    @property
    def line_bytes(self) -> int:
        """How long a line is, on the average."""
        return round(sum(map(len, self.lines)) / len(self.lines))


def take(count: int, scratch: Path, centre: str = "") -> Input:
    """The first `count` lines of the real stream, accepted by a centre; where it is missing, so many of the made-up one."""
    if STREAM.exists() and GRIDS.exists():
        folder = scratch / "made" / "tainan"
        pack = folder if folder.exists() else fill.import_centre("tainan", GRIDS, folder, options=fill.Options(mode=Mode.STREAM)).folder
        return _input(STREAM.name, centre or "tainan", pack, _first(count))
    reports = [line.report for line in streams.stream(count)]
    return _input("made up (tests/runtime/streams.py)", centre or streams.CENTRE, PACKS / streams.CENTRE, reports)


def _first(count: int) -> list[Report]:
    door = FileDoor(STREAM, load_mapping("tainan-1999"), Source.HOTLINE12345)
    taken = list(islice((line.report for batch in door for line in batch.lines if line.report is not None), count))
    door.close()
    return taken


def _input(name: str, centre: str, pack: Path, reports: list[Report]) -> Input:
    keys = [f"{report.source.value} {report.source_id}".encode() for report in reports]
    return Input(name, centre, pack, [line.to_json() for line in accept(reports, centre, datetime.now(UTC))], keys)
