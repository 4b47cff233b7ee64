from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from pydantic import ValidationError

from schemas.event import EVENT, RefusedEvent, ReportEvent, RuleEvent, TickEvent
from tests.schemas.strategies import COVERED, REPORT_EVENTS

AT = "2024-01-02T03:04:05Z"


@given(REPORT_EVENTS)
def test_an_event_comes_back_from_its_line(event: ReportEvent) -> None:
    line = event.to_json()
    assert b"\n" not in line
    assert line.startswith(b'{"kind":"report"'), "the fold knows a report's line by how it begins"
    assert EVENT.validate_json(line) == event


@given(REPORT_EVENTS)
def test_a_line_is_the_same_however_often_it_is_read_and_written(event: ReportEvent) -> None:
    line = event.to_json()
    assert ReportEvent.model_validate_json(line).to_json() == line


def test_the_strategy_fills_every_field_of_an_event() -> None:
    assert set(ReportEvent.model_fields) == COVERED


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"kind": "refused", "at": AT, "raw_line": 3, "code": "c", "detail": "d"}, RefusedEvent),
        ({"kind": "rule", "at": AT, "pack": "p", "pack_name": "n"}, RuleEvent),
        ({"kind": "tick", "at": AT}, TickEvent),
    ],
)
def test_the_kind_says_which_event_a_line_is(line: dict[str, object], kind: type) -> None:
    event = EVENT.validate_json(orjson.dumps(line))
    assert type(event) is kind
    assert EVENT.validate_json(event.to_json()) == event


@pytest.mark.parametrize("line", [{"kind": "party", "at": AT}, {"at": AT}, {"kind": "tick"}, {"kind": "tick", "at": AT, "more": 1}])
def test_a_line_of_no_known_kind_or_with_unknown_fields_is_none(line: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EVENT.validate_json(orjson.dumps(line))
