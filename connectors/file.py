"""The file door: a file of a source, line by line, as reports or as refusals. CSV, XLSX, JSON lines; plain or gzip; resumable.

It reads alone: who appends what it gives to the log, and keeps its position with that, is the runtime.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from connectors.compiled import compiled
from connectors.csv_records import CsvRecords
from connectors.encoding import Detected, detected, named, read_as
from connectors.jsonl_records import JsonlRecords
from connectors.mapping import Mapping
from connectors.opening import Opened, file_identity
from connectors.records import KEPT_OF_REFUSED, Position, Raw, Records
from connectors.xlsx_records import XlsxRecords
from schemas.errors import Refused, UnreadableFile
from schemas.frame import MAX_LINES
from schemas.report import Report
from schemas.vocabulary import Source

__all__ = ["Batch", "FileDoor", "Line", "Position", "file_identity"]

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the file: a report, or the reason why there is none."""

    number: int
    """Line from 1, the header counted, of a record's first line; or row of a sheet."""
    report: Report | None
    refusal: Refused | None
    original: bytes
    """The record as it was (of a sheet: its cells as JSON); of a refused one 4 KiB at most."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some lines, and where to read on once they are safe."""

    lines: list[Line]
    position: Position
    done: float


class FileDoor:
    """Iterates over the batches of one file, once."""

    encoding: str
    """Codec by which the file is read (utf-8, gb18030, cp950, utf-16-le, utf-16-be), or xlsx."""
    said: list[str]
    """Sentences for the person: the encoding and how it was found, columns that are missing or dropped."""

    def __init__(
        self,
        path: Path | str,
        mapping: Mapping,
        source: Source,
        *,
        encoding: str | None = None,
        start: Position | None = None,
        max_lines: int = MAX_LINES,
        now: datetime | None = None,
    ) -> None:
        """Opens the file and reads its header.

        `encoding` none: found out. `start`: the position of the last batch that is safe; the file must be the same
        (`file_identity`). `now` (aware; none: the clock) bounds what is believed of times.

        Raises UnreadableFile (not there, of no kind that we read, columns missing) and BrokenSetting (no such encoding).
        """
        self._path, self._max_lines = Path(path), max_lines
        self._records = self._opened(mapping, encoding, start)
        try:
            found = compiled(mapping, self._records.columns, source, now=now or datetime.now(UTC), where=str(path))
        except UnreadableFile:
            self._records.close()
            raise
        self._to_report = found.to_report
        self.said += [*self._records.said, *found.said]

    def __iter__(self) -> Iterator[Batch]:
        """The batches. Raises UnreadableFile when the file breaks, after all lines before the break were given."""
        try:
            while raws := self._records.take(self._max_lines):
                yield Batch([self._line(raw) for raw in raws], self._records.position, self._records.done)
        finally:
            self._records.close()

    def close(self) -> None:
        """Lets the file go before its end."""
        self._records.close()

    def _line(self, raw: Raw) -> Line:
        number, cells, original = raw
        refusal: Refused
        if isinstance(cells, list):
            try:
                return Line(number, self._to_report(cells), None, original)
            except Refused as error:
                refusal = error
        else:
            refusal = cells
        refusal.where = f"{self._path.name}:{number}{f' {refusal.where}' if refusal.where else ''}"
        refusal.__traceback__ = refusal.__context__ = None  # they would keep every cell of the row
        return Line(number, None, refusal, bytes(original[:KEPT_OF_REFUSED]))

    def _opened(self, mapping: Mapping, encoding: str | None, start: Position | None) -> Records:
        look = Opened(self._path)
        chunks = iter(look)
        try:
            head = next(chunks, b"")
            kind = _kind(head, mapping, look)
            if kind == "xlsx":
                self.encoding, self.said = "xlsx", []
                return XlsxRecords(self._path, sheet=mapping.sheet, start=start)
            if start is not None:
                found = Detected(start.encoding, f"going on at line {start.number}, encoding {start.encoding}")
            else:
                found = named(encoding) if encoding else detected(chain((head,), _until_the_break(chunks)))
        finally:
            look.close()
        self.encoding, self.said = found.codec, [found.said]
        return self._text(mapping, kind, start, carriage_returns=b"\r" in head and b"\n" not in head)

    def _text(self, mapping: Mapping, kind: str, start: Position | None, *, carriage_returns: bool) -> Records:
        transcode = "" if self.encoding == read_as(self.encoding) else self.encoding

        with ExitStack() as files:  # closes what was opened when the header or the position does not fit

            def opened(offset: int) -> Opened:
                return files.enter_context(closing(Opened(self._path, transcode=transcode, carriage_returns=carriage_returns and not transcode, offset=offset)))

            records: CsvRecords | JsonlRecords
            if kind == "jsonl":
                records = JsonlRecords(opened(0), self.encoding, columns=list(mapping.columns()))
            else:
                records = CsvRecords(opened(0), self.encoding, delimiter=mapping.delimiter, wanted=mapping.columns())
            if start is not None:
                records.resume(start, opened(start.offset))
            files.pop_all()
            return records


def _kind(head: bytes, mapping: Mapping, look: Opened) -> str:
    """csv, xlsx or jsonl: by the content where that says it, else by the mapping."""
    if not head:
        raise UnreadableFile("the file is empty once unpacked", where=look.where)
    if head.startswith(_ZIP):
        if look.gzip:
            raise UnreadableFile("there is a ZIP archive within the gzip file: unpack it first", where=look.where)
        return "xlsx"
    if mapping.format == "xlsx":
        raise UnreadableFile(f"the mapping {mapping.name} is for Excel workbooks (.xlsx), and this is none", where=look.where)
    begins = head[:256].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if mapping.format != "csv" and begins.startswith(b"[") and begins[1:].lstrip().startswith(b"{"):
        raise UnreadableFile("this is one JSON list; write one object a line (jq -c '.[]')", where=look.where)
    return mapping.format or ("jsonl" if begins.startswith(b"{") else "csv")


def _until_the_break(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What can be read; the break itself is met when the lines are."""
    try:
        yield from chunks
    except UnreadableFile:
        return
