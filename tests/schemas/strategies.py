"""Strategies for whole models: every field anything that it may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from schemas.event import ReportEvent, Shown
from schemas.personal import Reporter
from schemas.report import Accepted, CallFacts, Report, place_of
from schemas.vocabulary import Crs, Intent, Operation, Precision, Source, Urgency

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(2299, 12, 29), timezones=st.just(UTC) | ZONES)  # noqa: DTZ001  the zone is given beside
SAYABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
PRINTABLE = st.characters(categories=["L", "N", "P", "S", "Zs"], max_codepoint=0xFFFF)
DEGREES = st.none() | st.floats(-400, 400)
POSITIVE = st.floats(0, 1e9)
SECONDS = st.none() | st.integers(0, 86_400)


def text(most: int = 30) -> st.SearchStrategy[str]:
    """What people write."""
    return st.text(SAYABLE, max_size=most)


def token(least: int = 0, most: int = 12) -> st.SearchStrategy[str]:
    """An identifier or code."""
    return st.text(PRINTABLE, min_size=least, max_size=most)


REPORT_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "operation": st.sampled_from(Operation),
    "order_key": token(),
    "arrived_at": st.none() | INSTANTS,
    "text": text(),
    "address": text(),
    "area_hint": token(),
    "lng": DEGREES,
    "lat": DEGREES,
    "crs": st.sampled_from(Crs),
    "accuracy_m": st.none() | POSITIVE,
    "code_standard": token(),
    "code": token(),
    "intent": st.none() | st.sampled_from(Intent),
    "urgency_hint": st.none() | st.sampled_from(Urgency),
    "part_owner": token(),
    "persons": st.none() | st.integers(1, 1_000_000),
    "attachments": st.lists(token(), max_size=3).map(tuple),
    "extra": st.dictionaries(token(), text(), max_size=3),
    "call": st.none() | st.builds(CallFacts, waited_s=SECONDS, lasted_s=SECONDS, answered=st.booleans()),
}
REPORTERS = st.builds(Reporter, name=text(), phone=text(), id_number=text(), home=text(), token=token(), key=token(), box=token())
REPORT_FIELDS["reporter"] = st.none() | REPORTERS
REPORTS = st.fixed_dictionaries({"source": st.sampled_from(Source), "source_id": token(1), "reported_at": INSTANTS}, optional=REPORT_FIELDS).map(
    Report.model_validate
)
FIRST_PLACES = st.just("") | st.builds(place_of, st.integers(0, 10**15), st.integers(0, 499))
ACCEPTED = st.builds(Accepted, receipt_id=token(1), accepted_at=INSTANTS, report=REPORTS, replays=token(), first_place=FIRST_PLACES)
_WHY = st.fixed_dictionaries(
    {"rule": token(1)},
    optional={
        "because": text(),
        "runners_up": st.lists(st.fixed_dictionaries({"choice": token()}, optional={"score": st.none() | st.floats(-1e9, 1e9), "because": text()}), max_size=3),
    },
)
_EVENT_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "replays": token(),
    "first_place": FIRST_PLACES,
    "history": st.booleans(),
    "text_plain": text(),
    "address_plain": text(),
    "address_key": text(),
    "lng": DEGREES,
    "lat": DEGREES,
    "precision": st.sampled_from(Precision),
    "grid": token(),
    "community": token(),
    "community_name": token(),
    "street": token(),
    "street_name": token(),
    "district": token(),
    "matter": token(),
    "intent": st.sampled_from(Intent),
    "urgency": st.sampled_from(Urgency),
    "sealed": st.booleans(),
    "unit": token(),
    "co_units": st.lists(token(), max_size=3),
    "against": st.lists(token(), max_size=3),
    "masked": st.booleans(),
    "shown": st.none() | st.builds(Shown, text=text(), address=text(), extra=st.dictionaries(token(), text(), max_size=3)),
    "why": st.dictionaries(st.sampled_from(["place", "matter", "intent", "urgency", "sealed", "unit"]), _WHY),
}
REPORT_EVENTS = st.fixed_dictionaries(
    {
        "kind": st.just("report"),
        "at": INSTANTS,
        "raw_line": st.integers(0, 499),
        "receipt_id": token(1),
        "accepted_at": INSTANTS,
        "pack": token(),
        "digest": token(),
        "report": REPORTS,
    },
    optional=_EVENT_FIELDS,
).map(ReportEvent.model_validate)
COVERED = set(_EVENT_FIELDS) | {"kind", "at", "raw_line", "receipt_id", "accepted_at", "pack", "digest", "report"}
"""The fields of an event that `REPORT_EVENTS` fills."""
