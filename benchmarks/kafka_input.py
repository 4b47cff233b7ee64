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
from schemas.report import Accepted
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


def real_is_there() -> bool:
    """Whether the real stream and its polygons are at hand."""
    return STREAM.exists() and GRIDS.exists()


def take(count: int, scratch: Path) -> Input:
    """The first `count` lines of the real stream; where it is missing, so many of the made-up one."""
    if real_is_there():
        centre = "tainan"
        pack = fill.import_centre(centre, GRIDS, scratch / "made" / centre, options=fill.Options(mode=Mode.STREAM)).folder
        return _input(STREAM.name, centre, pack, _first(count))
    return _input("made up (tests/runtime/streams.py)", streams.CENTRE, PACKS / streams.CENTRE, streams.stream(count))


def _first(count: int) -> list[Accepted]:
    door = FileDoor(STREAM, load_mapping("tainan-1999"), Source.HOTLINE12345)
    reports = islice((line.report for batch in door for line in batch.lines if line.report is not None), count)
    taken = accept(reports, "tainan", datetime.now(UTC))
    door.close()
    return taken


def _input(name: str, centre: str, pack: Path, accepted: list[Accepted]) -> Input:
    keys = [f"{line.report.source.value} {line.report.source_id}".encode() for line in accepted]
    return Input(name, centre, pack, [line.to_json() for line in accepted], keys)
