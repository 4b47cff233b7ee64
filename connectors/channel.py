"""What each source's own module gives: from a line in the source's words to a report, and to what it says of the person who reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from schemas.personal import Personal
from schemas.report import Report
from schemas.vocabulary import Source


class Said(NamedTuple):
    """What one line says. `personal` goes to the key ring at once and no further."""

    report: Report
    personal: Personal | None


class Channel(NamedTuple):
    """One source: its module exports one as `CHANNEL`."""

    source: Source
    read: Callable[[bytes, datetime], Said]
    """One line (JSON in UTF-8 or GB18030, with or without a byte order mark) and the time now (UTC) → what it says. Raises Refused, whose sentence
    names the source's own field and quotes nobody's text, name or number."""
    schema: Callable[[], dict[str, Any]]
    """JSON Schema of a line, with titles and descriptions of the source's own fields."""
    example: Mapping[str, Any]
    """A synthetic payload: what the documentation shows and a test reads."""
