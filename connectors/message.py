"""Messages that sources push (through Kafka, over HTTP): JSON lines in the source's own words, or in ours, as reports or as refusals."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from pydantic import ValidationError

from connectors.channel import Channel, Said
from connectors.channels import CHANNELS
from connectors.compiled import compiled
from connectors.encoding import UTF8
from connectors.jsonl_records import JsonCells, object_in
from connectors.mapping import Mapping
from connectors.records import KEPT_OF_REFUSED
from schemas.errors import InvalidField, Refused, UnreadableLine
from schemas.frame import MAX_LINE_BYTES
from schemas.masking import masked
from schemas.personal import Personal, Reporter
from schemas.report import Report
from schemas.vocabulary import Source

ToReport = Callable[[bytes], Report]
Seal = Callable[[Report, Personal], Reporter]
"""Turns what a report tells of a person into what may flow: masked, and whole for the installation's keys and this report alone (`connectors.keyring`)."""
_OURS = "source_id"
"""The key by which a line in our words is told: no source's own line has it."""


class MessageReader:
    """Reads the messages of one source."""

    def __init__(self, source: Source, mapping: Mapping | None, seal: Seal | None = None) -> None:
        """`mapping`, where the installation keeps one, reads every line.

        Without one a line with the key `source_id` is a report in our words (`schemas.report.Report`; the source need not be said), any other is in the
        source's own (`connectors.channels`). `seal` none: what a line says of persons is dropped.
        """
        self._source, self._mapping, self._seal = source, mapping, seal
        self._channel: Channel = CHANNELS[source]
        columns = list(mapping.columns()) if mapping is not None else []
        self._columns, self._cells = columns, JsonCells(columns, UTF8)

    def read(self, message: bytes) -> Iterator[tuple[bytes, Report | Refused]]:
        """Its lines as they were, each with its report or the reason why there is none. Empty lines are none."""
        now = datetime.now(UTC)
        to_report = self._mapped(now) if self._mapping is not None else self._said(now)
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

    def _said(self, now: datetime) -> ToReport:
        def read(line: bytes) -> Report:
            found = object_in(line, UTF8) if _OURS.encode() in line else None
            if isinstance(found, dict) and _OURS in found:
                return self._ours(line.removeprefix(BOM_UTF8), found)
            return self._sealed(self._channel.read(line, now))

        return read

    def _sealed(self, said: Said) -> Report:
        if said.personal is None or self._seal is None:
            return said.report
        return said.report.model_copy(update={"reporter": self._seal(said.report, said.personal)})

    def _ours(self, line: bytes, found: dict[str, object]) -> Report:
        if "reporter" in found:
            raise InvalidField("is not taken in our words: who reports is read, masked and encrypted from the source's own fields alone", where="reporter")
        try:
            report = Report.model_validate_json(line if "source" in found else _with_source(line, self._source))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InvalidField(first["msg"], where=masked(".".join(map(str, first["loc"]))) or "the report") from error
        if report.source is not self._source:
            raise InvalidField(f"the line says {report.source.value}, and came through ucc.in.{self._source.value}", where="source")
        return report


def _with_source(line: bytes, source: Source) -> bytes:
    """The line with the source by whose door it came."""
    rest = line.strip().removeprefix(b"{").lstrip()
    return b'{"source":"' + source.value.encode() + (b'"' if rest.startswith(b"}") else b'",') + rest


def _tried(to_report: ToReport, line: bytes) -> Report | Refused:
    if len(line) > MAX_LINE_BYTES:
        return UnreadableLine(f"the line has {len(line):,} bytes; the most is {MAX_LINE_BYTES:,}")
    try:
        return to_report(line)
    except Refused as refusal:
        return refusal
