from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.csv_records import CsvRecords
from connectors.encoding import read_as
from connectors.opening import Opened
from connectors.records import MAX_RECORD_BYTES, Position, Raw
from schemas.errors import Refused, UnreadableFile

COLUMNS = ["id", "text", "more"]
CODECS = ["utf-8", "gb18030", "cp950", "utf-16-le", "utf-16-be"]
INTERESTING = st.sampled_from(
    [",", '"', "\n", "\r\n", '""', '",', ',"', "|", "\\", "臺", "許功蓋", "𠮷", "é", ";", "\t", " ", "\x1f", "\u2028", "\x85", "\x0b", "\x0c", "\x1c", "\ufeff"]
)


def texts(codec: str) -> st.SearchStrategy[str]:
    def fits(text: str) -> bool:
        try:
            return text.encode(codec).decode(codec) == text
        except UnicodeError:
            return False

    pieces = st.one_of(INTERESTING, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=5))
    return st.lists(pieces.filter(fits), max_size=6).map("".join).filter(fits)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[list[str]], str, int]:
    codec = draw(st.sampled_from(CODECS))
    row = st.tuples(st.just("x"), texts(codec), texts(codec)).map(list)
    return codec, draw(st.lists(row, max_size=25)), draw(st.sampled_from(["\n", "\r\n"])), draw(st.integers(1, 9))


def written(rows: list[list[str]], codec: str, ending: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=ending, quoting=csv.QUOTE_ALL if any("\r" in cell for row in rows for cell in row) else csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return out.getvalue().encode(codec)


def opened(path: Path, codec: str, offset: int = 0) -> Opened:
    return Opened(path, transcode="" if read_as(codec) == codec else codec, offset=offset)


def taken(records: CsvRecords, most: int, each: Callable[[Position], None] = lambda _: None) -> list[Raw]:
    found: list[Raw] = []
    while batch := records.take(most):
        assert len(batch) <= most
        found += batch
        each(records.position)
    records.close()
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200)
@given(files())
@example(("gb18030", [["x", "𠮷\n野", "許功蓋"]], "\r\n", 1))
@example(("cp950", [["x", "許功蓋", "|\\"]], "\n", 1))
def test_what_was_written_reads_back_in_any_batches_and_from_any_position(tmp_path: Path, file: tuple[str, list[list[str]], str, int]) -> None:
    codec, rows, ending, most = file
    path = tmp_path / "f.csv"
    path.write_bytes(written(rows, codec, ending))
    positions: list[Position] = []
    records = CsvRecords(opened(path, codec), codec, delimiter=",", wanted=COLUMNS)
    positions.append(records.position)
    found = taken(records, most, positions.append)
    assert [cells for _, cells, _ in found] == rows
    for n, position in enumerate(positions):
        again = CsvRecords(opened(path, codec), codec, delimiter=",", wanted=COLUMNS)
        again.resume(position, opened(path, codec, position.offset))
        assert taken(again, most) == found[n * most :]


def read(tmp_path: Path, data: bytes, *, delimiter: str | None = None) -> tuple[CsvRecords, list[Raw]]:
    path = tmp_path / "f.csv"
    path.write_bytes(data)
    records = CsvRecords(Opened(path), "utf-8", delimiter=delimiter, wanted=COLUMNS)
    return records, taken(records, 500)


def fates(found: list[Raw]) -> dict[int, str]:
    return {number: "refused" if isinstance(cells, Refused) else "".join(cells) for number, cells, _ in found}


@pytest.mark.parametrize(
    ("middle", "fate"),
    [
        (b'x,"open,b', {2: "1ab", 3: "refused", 4: "2ab"}),
        (b'x,a,"open', {2: "1ab", 3: "refused", 4: "2ab"}),
        (b'x,"a"b,c', {2: "1ab", 3: "refused", 4: "2ab"}),
        (b'x,5" pipe,c', {2: "1ab", 3: 'x5" pipec', 4: "2ab"}),
        (b'x,"two\nlines",c', {2: "1ab", 3: "xtwo\nlinesc", 5: "2ab"}),
        (b'x,"two\n\xff",c', {2: "1ab", 3: "refused", 5: "2ab"}),
        (b'x,"two\n\x00",c', {2: "1ab", 3: "refused", 5: "2ab"}),
        (b'x,"two\n",c,d,e', {2: "1ab", 3: "refused", 4: "refused", 5: "2ab"}),
        (b"x,\xff,c", {2: "1ab", 3: "refused", 4: "2ab"}),
        (b"x,c", {2: "1ab", 3: "refused", 4: "2ab"}),
        (b"x,a,b,c", {2: "1ab", 3: "refused", 4: "2ab"}),
        (b"x,a,b,,,", {2: "1ab", 3: "xab", 4: "2ab"}),
        (b",,", {2: "1ab", 4: "2ab"}),
        (b"", {2: "1ab", 4: "2ab"}),
        (b"\r", {2: "1ab", 4: "2ab"}),
        (b"x,a\rb,c", {2: "1ab", 3: "refused", 4: "2ab"}),
        (b'x,"' + b"a\n" * 250 + b'",c', None),
    ],
)
def test_a_bad_line_never_swallows_its_neighbours(tmp_path: Path, middle: bytes, fate: dict[int, str] | None) -> None:
    _, found = read(tmp_path, b"id,text,more\n1,a,b\n" + middle + b"\n2,a,b\n")
    assert fate is None or fates(found) == fate
    assert fates(found)[2] == "1ab"
    assert list(fates(found).values())[-1] == "2ab"


@pytest.mark.parametrize("empty", [b"", b"\r", b",,", b",", b",,,,\r", b'""'])
@pytest.mark.parametrize("before", [b"1,a,b", b'x,"open,b', b"x,\xff,c", b"x,\x00,c", b"x" * (MAX_RECORD_BYTES + 1)])
@pytest.mark.parametrize("most", [1, 2, 500])
def test_a_row_without_any_value_is_none_in_any_batches_and_beside_any_line(tmp_path: Path, empty: bytes, before: bytes, most: int) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"\n".join([b"id,text,more", empty, before, empty, empty, b"2,a,b", empty]))
    records = CsvRecords(Opened(path), "utf-8", delimiter=",", wanted=COLUMNS)
    assert [number for number, _, _ in taken(records, most)] == [3, 6]


def test_a_quoted_cell_may_have_as_many_lines_as_a_record_and_no_more(tmp_path: Path) -> None:
    for lines, whole in ((200, True), (201, False)):
        _, found = read(tmp_path, b'id,text,more\n1,"' + b"a\n" * (lines - 1) + b'",b\n2,a,b\n')
        assert isinstance(found[0][1], list) == whole
        assert found[-1][1] == ["2", "a", "b"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_separators_are_seen_in_the_header_and_said(tmp_path: Path, delimiter: str) -> None:
    records, found = read(tmp_path, delimiter.join(COLUMNS).encode() + b"\n" + delimiter.join("abc").encode())
    assert found[0][1] == ["a", "b", "c"]
    assert repr(delimiter) in records.said[0]


def test_the_header_may_have_a_mark_spaces_and_quotes(tmp_path: Path) -> None:
    records, found = read(tmp_path, b'\xef\xbb\xbf\n" id ",text,\xe3\x80\x80more\n1,2,3')
    assert records.columns == COLUMNS
    assert found == [(3, ["1", "2", "3"], b"1,2,3")]


def test_a_position_of_another_header_is_refused(tmp_path: Path) -> None:
    records, _ = read(tmp_path, b"id,text,more\n1,2,3\n")
    position = records.position
    path = tmp_path / "f.csv"
    path.write_bytes(b"id,text,other\n1,2,3\n")
    other = CsvRecords(Opened(path), "utf-8", delimiter=",", wanted=COLUMNS)
    with pytest.raises(UnreadableFile, match="start it anew"):
        other.resume(position, Opened(path))
    other.close()
