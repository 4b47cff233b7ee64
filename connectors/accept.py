"""Acceptance: a report with its receipt. Pure; a receipt counts once the line is durable (promise 1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from schemas.digest import digest
from schemas.ids import receipt_id
from schemas.report import Accepted, Report


def accept(reports: Iterable[Report], centre: str, accepted_at: datetime) -> list[Accepted]:
    """Receipts for `reports`, in their order. The same line sent again has the same receipt id.

    `accepted_at` is aware. The id is of centre, source, source id, and the source's order key or, without one, the content.
    """
    return [
        Accepted(receipt_id=receipt_id(centre, report.source, report.source_id, report.order_key or digest(report)), accepted_at=accepted_at, report=report)
        for report in reports
    ]
