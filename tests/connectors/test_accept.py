from __future__ import annotations

from datetime import UTC, datetime

from connectors.accept import accept
from schemas.ids import receipt_id
from schemas.report import Report, order_key
from schemas.vocabulary import Source

AT = datetime(2024, 1, 2, 3, 4, tzinfo=UTC)


def report(**more: object) -> Report:
    return Report.model_validate({"source": Source.HOTLINE12345, "source_id": "A", "reported_at": AT, **more})


def test_a_receipt_is_of_the_sources_own_order_where_it_has_one() -> None:
    first, again, other, later = accept(
        [report(order_key=order_key(7), text="a"), report(order_key=order_key(7), text="a"), report(order_key=order_key(8), text="a"), report(text="a")],
        "c",
        AT,
    )
    assert first.receipt_id == again.receipt_id == receipt_id("c", "hotline12345", "A", order_key(7))
    assert len({first.receipt_id, other.receipt_id, later.receipt_id}) == 3
    assert (first.accepted_at, first.report.text) == (AT, "a")


def test_without_an_order_the_content_makes_the_receipt() -> None:
    same, again, other = accept([report(text="a"), report(text="a", arrived_at=AT), report(text="b")], "c", AT)
    assert same.receipt_id == again.receipt_id != other.receipt_id


def test_centres_have_receipts_of_their_own() -> None:
    assert accept([report()], "c", AT)[0].receipt_id != accept([report()], "d", AT)[0].receipt_id
