"""Records of CSV: split at line feeds as bytes, decoded, read in batches; one by one where something is wrong.

A record that cannot be read costs itself alone: a broken character its record, an open quote its first physical line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from connectors.opening import Opened
from connectors.records import KEPT_OF_REFUSED, MAX_RECORD_BYTES, MAX_RECORD_LINES, Lines, LongLine, Position, Raw, fingerprint
from schemas.errors import Refused, UnreadableFile, UnreadableLine

_DELIMITERS = ",;\t|"
_MARK = "\ufeff"


class CsvRecords:
    """The records of one CSV file; implements the port `Records`."""

    def __init__(self, opened: Opened, encoding: str, *, delimiter: str | None, wanted: Sequence[str]) -> None:
        """Reads the header. `wanted` are columns by which an unnamed `delimiter` is told. Raises UnreadableFile."""
        csv.field_size_limit(MAX_RECORD_BYTES)
        self.encoding, self.said = encoding, list[str]()
        self._opened = opened
        self._lines = Lines(iter(opened))
        self._delimiter = delimiter or ","
        header = self._header()
        if delimiter is None:
            self._delimiter = max(_DELIMITERS, key=lambda sign: _matches(header, sign, wanted))
            if self._delimiter != ",":
                self.said.append(f"columns are separated by {self._delimiter!r}")
        self.columns = _columns(header, self._delimiter, opened.where)
        self._fingerprint = fingerprint(self.columns)

    def resume(self, start: Position, opened: Opened) -> None:
        """Goes on at `start`, in a file that was opened there anew. Raises UnreadableFile when the position is of another file."""
        if start.header != self._fingerprint:
            opened.close()
            raise UnreadableFile("the columns are not those of the file whose import began: start it anew", where=opened.where)
        self._opened.close()
        self._opened = opened
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
        """The next records."""
        records: list[Raw] = []
        while not records and (block := self._lines.ahead(most)):
            while block:
                block = block[self._read_well_formed(block, records) :]
                if block and not self._read_one(records):
                    break
                block = block[1:] if len(block) > 1 and self._lines.ahead(1)[:1] == block[1:2] and block[1] is self._lines.ahead(1)[0] else []
        if not records and self._lines.broken:
            raise self._lines.broken
        return records
