"""It must show 4: ten thousand bad lines and files cost themselves only."""

from __future__ import annotations

import gzip
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.file import FileDoor, Line
from connectors.mapping import load_mapping
from schemas.errors import Refused, UnreadableFile
from schemas.vocabulary import Source
from tests.connectors.hostile import HEADER, HostileFile, bomb, good_lines, hostile_files, hostile_lines

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEED = 20260101
_MIB = 1 << 20


def read(path: Path, most: int = 500) -> tuple[list[Line], UnreadableFile | None]:
    """All lines of a file, and why it could not be read on."""
    lines: list[Line] = []
    try:
        for batch in FileDoor(path, load_mapping("tainan-1999"), Source.HOTLINE12345, now=NOW, max_lines=most):
            assert 1 <= len(batch.lines) <= most
            lines += batch.lines
    except UnreadableFile as error:
        return lines, error
    return lines, None


def test_each_of_ten_thousand_bad_lines_costs_itself_and_says_why(tmp_path: Path) -> None:
    bad, good = hostile_lines(SEED, 10_000), good_lines(10_000)
    path = tmp_path / "lines.csv"
    path.write_bytes(b"\n".join([HEADER, *(line for pair in zip((h.data for h in bad), good, strict=True) for line in pair)]))
    lines, broken = read(path)
    assert broken is None
    found = {line.number: line for line in lines}
    assert len(found) == len(lines) == 20_000
    for n, hostile in enumerate(bad):
        line = found[2 + 2 * n]
        assert (line.refusal.code if line.refusal else None) == hostile.code, (hostile.kind, hostile.data[:200], str(line.refusal))
        if line.refusal:
            assert line.refusal.detail
            assert line.refusal.where.startswith(f"lines.csv:{line.number}")
            assert line.original == hostile.data[:4096]
        beside = found[3 + 2 * n]
        assert beside.report is not None, (hostile.kind, hostile.data[:200], str(beside.refusal))


def test_what_is_only_strange_is_kept_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "strange.csv"
    lines = [h for h in hostile_lines(SEED, 3_000) if h.code is None]
    path.write_bytes(b"\n".join([HEADER, *(h.data for h in lines)]))
    kept = Counter(line.report.text for line in read(path)[0] if line.report)
    assert kept["'; DROP TABLE reports; --"]
    assert kept["<script>alert(1)</script>"]
    assert kept["a\x07b\x1b[31mc"]
    assert kept['he said "no"']


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[HostileFile]:
    return hostile_files(tmp_path_factory.mktemp("hostile"), SEED)


def test_each_bad_file_is_read_as_far_as_it_can_be_and_says_why_not_further(files: list[HostileFile]) -> None:
    assert len(files) > 300
    for file in files:
        lines, broken = read(file.path)
        refused = [line for line in lines if line.refusal]
        said = (file.kind, file.path.name, str(broken), [str(line.refusal) for line in refused[:3]])
        assert (broken is not None) == file.broken, said
        if file.good is not None:
            assert len(lines) - len(refused) == file.good, said
        if file.refused is not None:
            assert len(refused) == file.refused, said
        if broken is not None:
            assert broken.detail
            assert str(file.path) in broken.where, said


PIECES = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b'""', b"\r\n", b'",', b',"', b"\xe6", b"{", b"\xef\xbb\xbf", b"\x81\x30", b"PK\x03\x04", b"\x1f\x8b"]
) | st.binary(max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 3), PIECES), max_size=8), st.integers(1, 12), st.booleans())
@example(bends=[(69, 0, b"\r\n"), (69, 1, b"\r\n")], most=1, pack=False)
def test_wherever_a_file_is_bent_its_lines_meet_the_same_fate_in_any_batches(
    tmp_path: Path, bends: list[tuple[int, int, bytes]], most: int, pack: bool
) -> None:
    data = b"\n".join([HEADER, *good_lines(12)])
    for at, cut, piece in bends:
        data = data[:at] + piece + data[at + cut :]
    path = tmp_path / "f"
    path.write_bytes(gzip.compress(data) if pack else data)
    whole, broken = read(path)
    parts, broken_in_parts = read(path, most)
    assert [(line.number, line.report, str(line.refusal), line.original) for line in parts] == [
        (line.number, line.report, str(line.refusal), line.original) for line in whole
    ]
    assert str(broken) == str(broken_in_parts)
    numbers = [line.number for line in whole]
    assert numbers == sorted(set(numbers))


def test_bad_files_do_not_grow_in_memory(tmp_path: Path) -> None:
    huge, packed = tmp_path / "huge.csv", tmp_path / "bomb.csv.gz"
    with huge.open("wb") as file:
        file.write(HEADER + b"\n")
        for _ in range(64):
            file.write(b"x" * _MIB)
        file.write(b"\n" + good_lines(1)[0])
    bomb(packed, 512)
    read(huge)
    for path in (huge, packed):
        tracemalloc.start()
        try:
            lines, broken = read(path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (len(lines), broken) == (2, None)
        assert isinstance(lines[0].refusal, Refused)
        assert len(lines[0].original) == 4096
        assert lines[1].report is not None
        assert peak < 12 * _MIB, f"{path.name}: {peak / _MIB:.1f} MiB"


def test_lines_that_all_open_a_quote_stay_cheap_in_memory_and_cost_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_bytes(b"\n".join([HEADER, *[b'1,2,+,"X'] * 1_000, *good_lines(2)]))
    lines, broken = read(path)
    assert broken is None
    assert [line.refusal is None for line in lines] == [False] * 1_000 + [True] * 2
