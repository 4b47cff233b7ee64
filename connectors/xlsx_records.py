"""Records of an Excel workbook (.xlsx), row by row. Cells become text: dates as ISO, whole numbers without a fraction.

Of a formula the value counts that Excel last worked out; where there is none the cell is empty.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import orjson

from connectors.compiled import label
from connectors.records import MAX_RECORD_BYTES, Position, Raw, fingerprint
from schemas.errors import Refused, UnreadableFile, UnreadableLine

_MAX_UNPACKED = 1 << 30
_MAX_TEXTS = 64 << 20
"""Excel keeps all texts of a workbook in one table that has to be in memory: six hundred thousand cells of a hundred characters."""
_MAX_OTHER = 8 << 20
_MAX_ROW = 4 << 20
_MAX_ROWS = 1_048_576
_SHEETS = "xl/worksheets/"
_ROW = re.compile(rb"<(?:\w{1,20}:)?row[\s/>]")
_LONGEST_TAG = 32
_MAX_PARTS = 2_000


class XlsxRecords:
    """The rows of one sheet; implements the port `Records`."""

    encoding = "xlsx"

    def __init__(self, path: Path, *, sheet: str | None, start: Position | None) -> None:
        """Reads the header; goes on at `start`. Raises UnreadableFile."""
        self.said: list[str] = []
        self._where = str(path)
        _check_zip(path)
        self._file = path.open("rb")  # openpyxl would judge the file by its name
        try:
            self._book = self._guarded(lambda: openpyxl.load_workbook(self._file, read_only=True, data_only=True, keep_links=False))
            self._sheet = self._chosen(sheet)
            self._all = max(1, min(_MAX_ROWS, self._guarded(lambda: self._sheet.max_row) or 1))
            self._rows = self._numbered()
            self.columns = self._header()
            self._fingerprint = fingerprint(self.columns)
            self._behind = self._header_row
            if start is not None:
                self._resume(start)
        except UnreadableFile:
            self.close()
            raise

    @property
    def position(self) -> Position:
        """After the last row that was taken."""
        return Position(self._behind, self._behind + 1, self.encoding, self._fingerprint)

    @property
    def done(self) -> float:
        """Share of the rows that the sheet says it has."""
        return min(1.0, self._behind / self._all)

    def close(self) -> None:
        """Lets the file go."""
        self._file.close()

    def take(self, most: int) -> list[Raw]:
        """The next rows; see the port. Rows without any value are none."""
        records: list[Raw] = []
        try:
            while len(records) < most and (found := next(self._rows, None)) is not None:
                number, row = found
                self._behind = number
                if any(row):
                    records.append(self._record(number, row))
        except UnreadableFile:
            if not records:
                raise
        return records

    def _record(self, number: int, row: list[str]) -> Raw:
        original = orjson.dumps(row) if _writable(row) else repr(row).encode()
        cells: list[str] | Refused
        width = len(self.columns)
        if not _writable(row):
            cells = UnreadableLine("the row holds half a character (a lone surrogate)")
        elif len(original) > MAX_RECORD_BYTES:
            cells = UnreadableLine(f"the row has {len(original):,} bytes; the most is {MAX_RECORD_BYTES:,}")
        elif any(row[width:]):
            cells = UnreadableLine(f"the row has {len(row)} columns where the header has {width}")
        else:
            cells = row[:width] + [""] * (width - len(row))
        return number, cells, original

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Rows with their numbers. The sheet's own word about its size is not believed."""
        self._sheet.reset_dimensions()
        rows = self._guarded(lambda: self._sheet.iter_rows(values_only=True))
        for number in range(1, _MAX_ROWS + 2):
            row = self._guarded(lambda: next(rows, None))
            if row is None:
                return
            if number > _MAX_ROWS:
                raise UnreadableFile(f"the sheet has more than {_MAX_ROWS:,} rows, which Excel does not allow", where=self._where)
            yield number, [_cell(value) for value in row]

    def _header(self) -> list[str]:
        for number, row in self._rows:
            if any(row):
                self._header_row = number
                while not row[-1]:
                    row.pop()
                return [label(cell.strip()) for cell in row]
        raise UnreadableFile(f"the sheet {self._sheet.title} is empty", where=self._where)

    def _resume(self, start: Position) -> None:
        if start.header != self._fingerprint:
            raise UnreadableFile("the columns are not those of the file whose import began: start it anew", where=self._where)
        while self._behind < start.offset and (found := next(self._rows, None)) is not None:
            self._behind = found[0]

    def _chosen(self, sheet: str | None) -> Any:  # noqa: ANN401  openpyxl's types of sheets read only are not complete
        names = [found.title for found in self._book.worksheets]
        if not names:
            raise UnreadableFile("the workbook has no sheet with cells", where=self._where)
        if sheet is None:
            if len(names) > 1:
                self.said.append(f"sheet {names[0]} of {', '.join(names)} (name another in the mapping: sheet)")
            return self._book.worksheets[0]
        if sheet not in names:
            raise UnreadableFile(f"there is no sheet {sheet}; the workbook has {', '.join(names)}", where=self._where)
        return self._book[sheet]

    def _guarded(self, step: Any) -> Any:  # noqa: ANN401  passes on whatever openpyxl gives
        """A step of openpyxl. On files that are no workbooks it fails in many ways, none of them documented."""
        try:
            return step()
        except Exception as error:  # whatever it is, the file is at fault and the sentence says so
            raise UnreadableFile(
                f"the workbook cannot be read (on): {type(error).__name__}: {str(error)[:200]}. Save it again as .xlsx, or as CSV UTF-8", where=self._where
            ) from error


def _check_zip(path: Path) -> None:
    """Looks at a workbook's parts before they are taken into memory; zipfile never unpacks more of a part than its list says."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if "[Content_Types].xml" not in {part.filename for part in parts}:
                raise UnreadableFile("this is a ZIP archive, but no Excel workbook: unpack it first", where=str(path))
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED or any(part.file_size > _most_of(part) for part in parts):
                raise UnreadableFile(
                    "the workbook unpacks to more than we can hold (1 GiB, 64 MiB of texts, 8 MiB of styles): save it as CSV UTF-8", where=str(path)
                )
            for part in parts:
                if part.filename.startswith(_SHEETS) and part.file_size > _MAX_ROW and _longest_row(archive, part) > _MAX_ROW:
                    raise UnreadableFile("a sheet of the workbook has a row of more than 4 MiB: save it as CSV UTF-8", where=str(path))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(f"this is no Excel workbook that can be read: {error}", where=str(path)) from error


def _most_of(part: zipfile.ZipInfo) -> int:
    """Bytes that a part may have. Sheets are read row by row, pictures not at all."""
    name = part.filename.lower()
    if name.startswith(_SHEETS) or not name.endswith((".xml", ".rels")):
        return _MAX_UNPACKED
    return _MAX_TEXTS if name.endswith("sharedstrings.xml") else _MAX_OTHER


def _longest_row(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Bytes between two beginnings of rows, at most; what openpyxl has to hold at once."""
    longest = begun = position = 0
    tail = b""
    with archive.open(part) as file:
        while chunk := file.read(1 << 18):
            text = tail + chunk
            for found in _ROW.finditer(text):
                at = position - len(tail) + found.start()
                longest, begun = max(longest, at - begun), at
            position += len(chunk)
            if position - begun > _MAX_ROW:
                return position - begun
            tail = text[-_LONGEST_TAG:]
    return max(longest, position - begun)


def _writable(row: Sequence[str]) -> bool:
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return False
    return True


def _cell(value: object) -> str:  # noqa: PLR0911  one line a kind of cell
    """A cell as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1 << 53 else repr(value)
    if isinstance(value, datetime):
        return (value.replace(microsecond=0) if value.microsecond in (0, 999_999, 1) else value).isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
