"""Messages that departments push (through Kafka): JSON lines in the source's own words, or in ours, as reports or as refusals."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import orjson
from pydantic import ValidationError

from connectors.compiled import compiled
from connectors.jsonl_records import JsonCells
from connectors.mapping import Mapping
from connectors.records import KEPT_OF_REFUSED
from schemas.errors import InvalidField, Refused, UnreadableLine
from schemas.frame import MAX_LINE_BYTES
from schemas.report import Report
from schemas.vocabulary import Source

ToReport = Callable[[bytes], Report]


class MessageReader:
    """Reads the messages of one source."""

    def __init__(self, source: Source, mapping: Mapping | None) -> None:
        """`mapping` none: the lines are reports in our words (`schemas.report.Report`; the source need not be said)."""
        self._source, self._mapping = source, mapping
        columns = list(mapping.columns()) if mapping is not None else []
        self._columns, self._cells = columns, JsonCells(columns, "utf-8")

    def read(self, message: bytes) -> Iterator[tuple[bytes, Report | Refused]]:
        """Its lines as they were, each with its report or the reason why there is none. Empty lines are none."""
        to_report = self._mapped(datetime.now(UTC)) if self._mapping is not None else self._ours
        for line in message.splitlines():
            if line.strip():
                yield line[: KEPT_OF_REFUSED * 16], _tried(to_report, line)

    def _mapped(self, now: datetime) -> ToReport:
        assert self._mapping is not None, "asked for where there is one"  # noqa: S101
        build = compiled(self._mapping, self._columns, self._source, now=now, where=f"ucc.in.{self._source.value}").to_report

        def read(line: bytes) -> Report:
            cells = self._cells(line)
            if isinstance(cells, Refused):
                raise cells
            return build(cells)

        return read

    def _ours(self, line: bytes) -> Report:
        cells = self._cells(line)
        if isinstance(cells, Refused):
            raise cells
        try:
            report = Report.model_validate_json(_with_source(line.removeprefix(BOM_UTF8), self._source))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InvalidField(first["msg"], where=".".join(map(str, first["loc"])) or "the report") from error
        if report.source is not self._source:
            raise InvalidField(f"the line says {report.source.value}, and came through ucc.in.{self._source.value}", where="source")
        return report


def _with_source(line: bytes, source: Source) -> bytes:
    """The topic says which source it is; what a line says of it stands when it is the same, and is refused when it is another."""
    if b'"source"' in line and "source" in orjson.loads(line):
        return line
    rest = line.strip().removeprefix(b"{").lstrip()
    return b'{"source":"' + source.value.encode() + (b'"' if rest.startswith(b"}") else b'",') + rest


def _tried(to_report: ToReport, line: bytes) -> Report | Refused:
    if len(line) > MAX_LINE_BYTES:
        return UnreadableLine(f"the line has {len(line):,} bytes; the most is {MAX_LINE_BYTES:,}")
    try:
        return to_report(line)
    except Refused as refusal:
        return refusal
