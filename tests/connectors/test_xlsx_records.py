from __future__ import annotations

import tracemalloc
import zipfile
from contextlib import closing, suppress
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from connectors.records import Position, Raw
from connectors.xlsx_records import XlsxRecords
from schemas.errors import Refused, UnreadableFile

HEADER: list[object] = ["id", "at", "text"]


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def read(path: Path, *, sheet: str | None = None, start: Position | None = None, most: int = 2) -> tuple[list[Raw], list[Position], list[str]]:
    records = XlsxRecords(path, sheet=sheet, start=start)
    with closing(records):
        found, positions = [], [records.position]
        while batch := records.take(most):
            found += batch
            positions.append(records.position)
        return found, positions, records.said


def test_rows_become_cells_of_text(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [],
        HEADER,
        ["a", datetime(2015, 4, 15, 0, 22), "x"],  # noqa: DTZ001  a sheet has no zones
        [7, date(2015, 4, 15), True],
        [7.0, 42109.5, None],
        [None, None, None],
        ["b", "2015-04-15", "=1+1"],
        ["c", "", "", "beyond"],
        ["d"],
    ]
    found, _, said = read(workbook(tmp_path / "f.xlsx", {"S": rows}))
    assert [(number, cells) for number, cells, _ in found if isinstance(cells, list)] == [
        (3, ["a", "2015-04-15 00:22:00", "x"]),
        (4, ["7", "2015-04-15 00:00:00", "TRUE"]),
        (5, ["7", "42109.5", ""]),
        (7, ["b", "2015-04-15", ""]),
        (9, ["d", "", ""]),
    ]
    assert [number for number, cells, _ in found if isinstance(cells, Refused)] == [8]
    assert said == []


def test_from_any_position_the_rest_is_the_same(tmp_path: Path) -> None:
    rows = [HEADER]
    rows.extend([str(n), "", ""] if n % 5 else [] for n in range(20))
    path = workbook(tmp_path / "f.xlsx", {"S": rows})
    found, positions, _ = read(path, most=3)
    for position in positions:
        assert read(path, start=position)[0] == [raw for raw in found if raw[0] >= position.number]
    with pytest.raises(UnreadableFile, match="start it anew"):
        read(path, start=Position(1, 2, "xlsx", "other"))


def test_the_first_sheet_is_taken_and_said_unless_one_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", {"一": [HEADER, ["1"]], "二": [HEADER, ["2"]]})
    found, _, said = read(path)
    assert found[0][1] == ["1", "", ""]
    assert "sheet 一 of 一, 二" in said[0]
    assert read(path, sheet="二")[0][0][1] == ["2", "", ""]
    with pytest.raises(UnreadableFile, match="no sheet 三; the workbook has 一, 二"):
        read(path, sheet="三")


def replaced(path: Path, part: str, old: str, new: str) -> Path:
    """The same workbook with something else in one of its parts."""
    bent = path.with_name("bent.xlsx")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(bent, "w") as other:
        for info in archive.infolist():
            data = archive.read(info)
            other.writestr(info.filename, data.replace(old.encode(), new.encode()) if info.filename == part else data)
    return bent


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('r="A2"', 'r="A999999999"'),
        ('<row r="2"', '<row r="999999999"'),
        ("</sheetData>", ""),
        ('t="inlineStr"', 't="s"'),
        ("<sheetData>", "<sheetData><row r='x'/>"),
        ("<sheetData>", "<!ENTITY a 'b'>"),
    ],
)
def test_a_bent_sheet_is_refused_or_read_but_never_hangs_or_crashes(tmp_path: Path, old: str, new: str) -> None:
    path = workbook(tmp_path / "f.xlsx", {"S": [HEADER, ["a", "b", "c"]]})
    bent = replaced(path, "xl/worksheets/sheet1.xml", old, new)
    assert bent.read_bytes() != path.read_bytes()
    found: list[Raw] = []
    with suppress(UnreadableFile):
        found, _, _ = read(bent)
    assert len(found) <= 1


def test_a_size_that_the_sheet_lies_about_is_not_believed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", {"S": [HEADER, ["a", "b", "c"]]})
    bent = replaced(path, "xl/worksheets/sheet1.xml", "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    assert read(bent)[0][0][1] == ["a", "b", "c"]


def test_half_characters_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", {"S": [HEADER, ["a", "b", "HERE"], ["x", "y", "z"]]})
    found, _, _ = read(replaced(path, "xl/worksheets/sheet1.xml", "HERE", "_xD800_"))
    assert found[1][1] == ["x", "y", "z"]
    assert isinstance(found[0][1], Refused) or found[0][1] == ["a", "b", "_xD800_"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"text"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        read(path)


@pytest.mark.parametrize("filling", [b"<c/>", b"     "])
def test_a_sheet_that_unpacks_to_one_huge_row_is_refused_before_it_is_held(tmp_path: Path, filling: bytes) -> None:
    path = workbook(tmp_path / "f.xlsx", {"S": [HEADER, ["a", "b", "c"]]})
    bent = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(bent, "w", zipfile.ZIP_DEFLATED) as other:
        for info in archive.infolist():
            data = archive.read(info)
            other.writestr(info.filename, data.replace(b"</row>", filling * 3_000_000 + b"</row>", 1) if "sheet1" in info.filename else data)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile, match="a row of more than 4 MiB"):
            read(bent)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20, f"{peak >> 20} MiB"


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="S is empty"):
        read(workbook(tmp_path / "f.xlsx", {"S": []}))
