from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.intake.intake import Intake
from pipeline.intake.shown import shown
from schemas.event import ReportEvent, Shown
from schemas.report import Accepted, Report
from schemas.vocabulary import Mode, Source
from tests.intake.centres import pukou
from tests.schemas.adversarial import ADVERSARIAL, Hidden, tells

AT = datetime(2026, 3, 4, tzinfo=UTC)


def event_of(**fields: Any) -> ReportEvent:
    report = Report(source=Source.HOTLINE12345, source_id="A", reported_at=AT, **fields)
    (event,) = Intake(pukou(), Mode.LIVE).events([Accepted(receipt_id="r", accepted_at=AT, report=report)])
    return event


def test_where_nothing_needs_masking_the_event_says_so_and_no_more() -> None:
    event = event_of(text="2025年7月8日路灯不亮，3人受影响", address="文德路12号", extra={"备注": "急"}, attachments=("a.jpg",))
    assert (event.masked, event.shown) == (True, None)


def test_what_was_said_stays_and_what_is_shown_stands_beside_it() -> None:
    said = {"text": "请打１９９９０００１２３４", "address": "文德路12号3栋502室", "area_hint": "江浦19990001234", "extra": {"19990001234": "苏A12345"}}
    event = event_of(**said, attachments=("ok.jpg", "19990001234.jpg"))
    assert {name: getattr(event.report, name) for name in said} == said
    assert event.shown == Shown(
        text="请打１９９****１２３４",
        address="文德路12号3栋***室",
        area_hint="江浦199****1234",
        attachments=("ok.jpg", "199****1234.jpg"),
        extra={"199****1234": "苏A12**5"},
        text_plain="请打199****1234",
        address_plain="文德路12号3栋***室",
    )


def test_what_makes_two_addresses_the_same_is_masked_too() -> None:
    assert "19990001234" not in shown(Report(source=Source.PETITION, source_id="A", reported_at=AT), "", "", "文德路19990001234号")["address_key"]


@pytest.mark.parametrize("hidden", ADVERSARIAL[::11], ids=lambda hidden: hidden.number)
def test_no_form_of_a_text_tells_a_number_of_the_adversarial_set(hidden: Hidden) -> None:
    event = event_of(text=hidden.text, address=hidden.text)
    assert event.shown is not None
    forms = (event.shown.text, event.shown.address, event.shown.text_plain, event.shown.address_plain, event.shown.address_key or event.address_key)
    assert not [form for form in forms if tells(form, hidden)]
