"""Spans of the day that rules name (night, quiet hours), and the zone of a place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from reference.precedence import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reference.pack import Reference
    from schemas.clocks import DaySpan


class Place(NamedTuple):
    """Codes of the areas and the grid in which a case lies; empty where it has none."""

    grid: str = ""
    community: str = ""
    street: str = ""
    district: str = ""


class DaySpans:
    """Spans of the day of one centre, in its time zone."""

    def __init__(self, spans: Mapping[str, DaySpan], zone: str) -> None:
        self._spans = spans
        self._zone = ZoneInfo(zone)

    def end(self, name: str, at: datetime) -> datetime | None:
        """When the span ends in which `at` lies; None where `at` lies outside it: a span's end does. Raises KeyError for a span that the pack does not have."""
        span, local = self._spans[name], at.astimezone(self._zone)
        now, day = local.time(), local.date()
        if span.starts < span.ends:
            inside = span.starts <= now < span.ends
        else:
            inside = now >= span.starts or now < span.ends
            day += timedelta(days=now >= span.starts)
        return datetime.combine(day, span.ends, tzinfo=self._zone).astimezone(at.tzinfo) if inside else None


def zone_of(reference: Reference, place: Place) -> str:
    """The zone of a place: of its grid, else community, street, district, else `*`; empty where the pack names none."""
    return next((reference.zones[code] for code in (*place, ANY) if code in reference.zones), "")
