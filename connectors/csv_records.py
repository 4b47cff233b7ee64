"""Records of CSV: split at line feeds as bytes, decoded, read in batches; one by one where something is wrong.

A record that cannot be read costs itself alone: a broken character its record, an open quote its first physical line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Container, Iterator

from connectors.compiled import label
from connectors.encoding import read_as
from connectors.opening import Opened
from connectors.records import MAX_RECORD_BYTES, MAX_RECORD_LINES, Lines, LongLine, Position, Raw, fingerprint
from schemas.errors import Refused, UnreadableFile, UnreadableLine

_DELIMITERS = ",;\t|"
_MARK = "\ufeff"


class CsvRecords:
    """The records of one CSV file; implements the port `Records`."""

    def __init__(self, opened: Opened, encoding: str, *, delimiter: str | None, wanted: Container[str]) -> None:
        """Reads the header. An unnamed `delimiter` is the one by which it has most of the columns `wanted`. Raises UnreadableFile."""
        csv.field_size_limit(MAX_RECORD_BYTES)
        self.encoding, self.said = encoding, list[str]()
        self._opened, self._lines, self._codec = opened, Lines(iter(opened)), read_as(encoding)
        self._delimiter, self.columns = self._header(delimiter, wanted)
        self._fingerprint = fingerprint(self.columns)
        if self._delimiter != ",":
            self.said.append(f"columns are separated by {self._delimiter!r}")

    def resume(self, start: Position, opened: Opened) -> None:
        """Goes on at `start` in the same file, which was `opened` there anew. Raises UnreadableFile when the position is of another."""
        self._opened.close()
        self._opened = opened
        if start.header != self._fingerprint:
            raise UnreadableFile("the columns are not those of the file whose import began: start it anew", where=opened.where)
        self._lines = Lines(iter(opened), offset=start.offset, number=start.number)

    @property
    def position(self) -> Position:
        """After the last record that was taken."""
        return Position(self._lines.offset, self._lines.number, self.encoding, self._fingerprint)

    @property
    def done(self) -> float:
        """Share of the file read so far."""
        return self._opened.done

    def close(self) -> None:
        """Lets the file go."""
        self._opened.close()

    def take(self, most: int) -> list[Raw]:
        """The next records; see the port. Rows without any value are none."""
        records: list[Raw] = []
        while len(records) < most and (block := self._lines.ahead(most - len(records))):
            if self._take_well_formed(block, records) == len(block):
                continue
            record = self._record(self._delimiter, len(self.columns))
            if record is None:
                break
            count, cells = record
            original = b"\n".join(self._lines.ahead(count))
            if isinstance(cells, Refused) or any(cells):
                records.append((self._lines.number, cells, original))
            self._lines.pass_over(count)
        if not records and self._lines.broken:
            raise self._lines.broken
        return records

    def _take_well_formed(self, block: list[bytes], records: list[Raw]) -> int:
        """Takes records from the beginning of `block` until one is not well formed; returns how many lines it passed over."""
        if self._lines.has_long:
            return 0
        text = self._decoded(b"\n".join(block))
        reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=self._delimiter, strict=True)
        first, width, at = self._lines.number, len(self.columns), 0
        try:
            for row in reader:
                end = reader.line_num
                if end - at == 1:
                    original = block[at]
                else:
                    original = b"\n".join(block[at:end])
                    if len(row) != width or end - at > MAX_RECORD_LINES or len(original) > MAX_RECORD_BYTES:
                        break
                if len(row) == width:
                    if any(row):
                        records.append((first + at, row, original))
                elif any(row):
                    records.append((first + at, _fitted(row, width), original))
                at = end
        except csv.Error:
            pass  # the record at `at` is read by itself, and says what is wrong with it
        self._lines.pass_over(at)
        return at

    def _decoded(self, chunk: bytes) -> str:
        """The text of whole lines up to the first that holds NUL or cannot be decoded."""
        if (nul := chunk.find(b"\x00")) >= 0:
            chunk = chunk[: chunk.rfind(b"\n", 0, nul) + 1]
        try:
            return chunk.decode(self._codec)
        except UnicodeDecodeError as error:
            return chunk[: chunk.rfind(b"\n", 0, error.start) + 1].decode(self._codec)

    def _record(self, delimiter: str, width: int | None) -> tuple[int, list[str] | Refused] | None:  # noqa: PLR0911  one line a thing that may be wrong
        """The next record, read by itself: of how many lines it is, and its cells or what is wrong with it.

        None where the stream broke within it. Reads ahead, passes over nothing. `width` none: any number of columns;
        a row without any value may have any number, too: it is no record, whichever way it is read.
        """
        first = self._lines.ahead(1)[0]
        if isinstance(first, LongLine):
            return 1, UnreadableLine(f"the line has {first.length:,} bytes; the most is {MAX_RECORD_BYTES:,}")
        spelled = _Spelled(self._lines, self._codec)
        reader = csv.reader(spelled, delimiter=delimiter, strict=True)
        try:
            row = next(reader)
        except csv.Error as error:
            if spelled.exhausted and self._lines.broken:
                return None
            return 1, UnreadableLine(_reason(error, within=spelled.exhausted))
        count = reader.line_num
        if width is not None and len(row) != width and count > 1:
            return 1, UnreadableLine(
                f"a quote opens that closes on line {self._lines.number + count - 1} only, and makes {len(row)} columns where the header has {width}"
            )
        original = b"\n".join(self._lines.ahead(count))
        if (nul := original.find(b"\x00")) >= 0:
            return count, UnreadableLine(f"the line holds the character NUL at byte {nul}, which no source may send")
        try:
            original.decode(self._codec)
        except UnicodeDecodeError as error:
            return count, UnreadableLine(f"the line is no {self._codec} at its byte {error.start}")
        return count, row if width is None or not any(row) else _fitted(row, width)

    def _header(self, delimiter: str | None, wanted: Container[str]) -> tuple[str, list[str]]:
        """The first row that holds anything, and what separates its columns."""
        where = self._opened.where
        while True:
            if not self._lines.ahead(1):
                raise self._lines.broken or UnreadableFile("the file holds nothing but empty lines", where=where)
            readings = [(sign, self._record(sign, None)) for sign in (delimiter or _DELIMITERS)]
            sign, record = max(readings, key=lambda reading: _matches(reading[1], wanted))
            if record is None:
                raise self._lines.broken or UnreadableFile("the header cannot be read", where=where)
            count, cells = record
            if isinstance(cells, Refused):
                raise UnreadableFile(f"the header cannot be read: {cells.detail}", where=where)
            self._lines.pass_over(count)
            names = [label(cell.removeprefix(_MARK).strip()) for cell in cells]
            if any(names):
                return sign, names


class _Spelled:
    """The lines of one record, as far as a record may reach; what cannot be decoded is replaced, so that quotes are seen."""

    def __init__(self, lines: Lines, encoding: str) -> None:
        self._lines, self._encoding = lines, encoding
        self._count = self._bytes = 0
        self.exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        ready = self._lines.ahead(self._count + 1) if self._count < MAX_RECORD_LINES else []
        if len(ready) <= self._count:
            self.exhausted = True
            raise StopIteration
        line = ready[self._count]
        self._count += 1
        self._bytes += len(line) + 1
        if self._bytes > MAX_RECORD_BYTES + 1 or isinstance(line, LongLine):
            self.exhausted = True
            raise StopIteration
        return line.decode(self._encoding, "replace") + "\n"


def _matches(reading: tuple[int, list[str] | Refused] | None, wanted: Container[str]) -> int:
    if reading is None or isinstance(reading[1], Refused):
        return -1
    return sum(cell.removeprefix(_MARK).strip() in wanted for cell in reading[1])


def _fitted(row: list[str], width: int) -> list[str] | Refused:
    """A row of as many cells as the header; empty cells beyond it do no harm."""
    if len(row) == width:
        return row
    if len(row) > width and not any(row[width:]):
        return row[:width]
    return UnreadableLine(f"the line has {len(row)} columns where the header has {width}")


def _reason(error: csv.Error, *, within: bool) -> str:
    """Python's words for a broken record as a sentence for the person who mends it."""
    if within:
        return f"a quote opens that does not close within {MAX_RECORD_LINES} lines or 1 MiB; a quote within a quoted cell is written twice"
    words = str(error)
    if "expected after" in words:
        return "there is text behind a closing quote; a quote within a quoted cell is written twice"
    if "new-line" in words:
        return "there is a carriage return outside quotes"
    return f"the quotes of the line cannot be read: {words}"
