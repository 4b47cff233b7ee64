"""Results in a file: each line there exactly once and in order, wherever a kill falls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.write_back.delivery import Delivery
from connectors.write_back.file_end import FileEnd
from connectors.write_back.kept import Kept, Waiting
from connectors.write_back.ways import Way
from schemas.errors import LogUnavailable
from schemas.vocabulary import Source
from tests.connectors.write_back.results import ResultLog, ids, ways_of

HOTLINE = Source.HOTLINE12345


def delivered(folder: Path, log: ResultLog, source: Source = HOTLINE) -> None:
    """Delivers all that there is."""
    delivery = Delivery(folder, source, Way(file=True), log.readers)
    while delivery.step():
        pass
    delivery.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ResultLog]:
    """A log that nothing was written to."""
    opened = ResultLog(tmp_path / "casework.db")
    yield opened
    opened.close()


def test_each_source_has_its_own_results_in_the_order_of_the_log(tmp_path: Path, log: ResultLog) -> None:
    mine, others = ways_of("a", "b"), ways_of("x", source=Source.POLICE110)
    log.add([*mine[:3], *others])
    log.add(mine[3:])
    for source in (HOTLINE, Source.POLICE110, HOTLINE):
        delivered(tmp_path, log, source)
    assert (tmp_path / "hotline12345.ndjson").read_bytes().splitlines() == mine
    assert (tmp_path / "police110.ndjson").read_bytes().splitlines() == others
    assert (tmp_path / "hotline12345.ndjson").stat().st_mode & 0o777 == 0o600


class Killed(Exception):
    """Ends a step where a kill would."""


class Mortal(Kept):
    """Dies before it has noted what was delivered."""

    dies = False

    def done(self, some: Sequence[Waiting], *, file: str = "", size: int = 0) -> None:
        if self.dies:
            raise Killed
        super().done(some, file=file, size=size)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.integers(0, 400)), min_size=1, max_size=6))
def test_a_line_stands_once_whether_the_kill_came_before_or_after_it_was_noted_or_in_its_middle(steps: list[tuple[int, bool, int]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "hotline12345.ndjson"
        expected: list[bytes] = []
        for number, (count, dies, torn) in enumerate(steps):
            lines = ways_of(*(f"r{number}-{n}" for n in range(count)))
            expected += lines
            kept = Mortal(Path(folder) / "kept.db")
            kept.take("c", number, [(name, name, line) for name, line in zip(ids(lines), lines, strict=True)], 0.0)
            kept.dies = dies
            if dies:
                with pytest.raises(Killed):
                    FileEnd(path, HOTLINE).deliver(kept, 0.0)
                if torn:
                    end = path.stat().st_size
                    with path.open("r+b") as file:
                        file.truncate(max(kept.size(path.name), end - torn))
            else:
                FileEnd(path, HOTLINE).deliver(kept, 0.0)
            kept.close()
        last = Kept(Path(folder) / "kept.db")
        while FileEnd(path, HOTLINE).deliver(last, 0.0):
            pass
        last.close()
        assert path.read_bytes().splitlines() == expected


def test_a_file_that_was_renamed_away_is_begun_anew(tmp_path: Path, log: ResultLog) -> None:
    log.add(ways_of("a"))
    delivered(tmp_path, log)
    (tmp_path / "hotline12345.ndjson").rename(tmp_path / "hotline12345.1.ndjson")
    log.add(ways_of("b"))
    delivered(tmp_path, log)
    assert (tmp_path / "hotline12345.1.ndjson").read_bytes().splitlines() == ways_of("a")
    assert (tmp_path / "hotline12345.ndjson").read_bytes().splitlines() == ways_of("b")


def test_what_cannot_be_written_waits(tmp_path: Path, log: ResultLog) -> None:
    log.add(ways_of("a"))
    (tmp_path / "hotline12345.ndjson").mkdir()
    with pytest.raises(LogUnavailable, match="results cannot be written"):
        delivered(tmp_path, log)
    (tmp_path / "hotline12345.ndjson").rmdir()
    delivered(tmp_path, log)
    assert (tmp_path / "hotline12345.ndjson").read_bytes().splitlines() == ways_of("a")
