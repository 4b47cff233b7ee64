"""What is left of a sealed report outside the sealed store: that there is one (`domain/domain.md`, Decisions, Sealed)."""

from __future__ import annotations

from schemas.event import ReportEvent, Why
from schemas.report import Report
from schemas.vocabulary import Precision, Urgency


def blank(event: ReportEvent) -> ReportEvent:
    """The event without text, place, codes, attachments, who reported and how, or the words that sealed it."""
    report = event.report
    left = Report(
        source=report.source,
        source_id=report.source_id,
        operation=report.operation,
        order_key=report.order_key,
        reported_at=report.reported_at,
        arrived_at=report.arrived_at,
    )
    return event.model_copy(
        update={
            "report": left,
            "digest": "",
            "text_plain": "",
            "address_plain": "",
            "address_key": "",
            "lng": None,
            "lat": None,
            "precision": Precision.NONE,
            "grid": "",
            "community": "",
            "community_name": "",
            "street": "",
            "street_name": "",
            "district": "",
            "against": (),
            "urgency": Urgency.SEALED,
            "sealed": True,
            "why": {"sealed": Why(rule="sealed")},
            "shown": None,
            "replays": "",
            "first_place": "",
        }
    )
