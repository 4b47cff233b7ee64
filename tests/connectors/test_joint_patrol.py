from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from connectors.joint_patrol import CHANNEL, EXAMPLE
from schemas.errors import InvalidField
from schemas.report import Report
from schemas.vocabulary import Crs, Operation, Source, Urgency
from tests.connectors.any_field import changes, read_or_refused
from tests.connectors.pushed import NOW, line_of, reader_of

read = reader_of(CHANNEL)


def test_an_event_becomes_a_report_and_nothing_is_known_of_a_person() -> None:
    said = read()
    assert said.report == Report(
        source=Source.JOINT_PATROL,
        source_id="DLQ-20260302-00087",
        order_key="2026-03-02T00:46:31.000000Z",
        reported_at=datetime(2026, 3, 2, 0, 46, 31, tzinfo=UTC),
        text=EXAMPLE["content"],
        address="江浦街道新河社区3栋",
        area_hint="江浦街道",
        lng=118.6249,
        lat=32.0591,
        crs=Crs.WGS84,
        accuracy_m=12,
        code_standard="joint-patrol",
        code="公共安全/消防通道堵塞",
        urgency_hint=Urgency.U2,
        persons=2,
        attachments=("dlq/2026/03/02/87-1.jpg",),
        extra={
            "grid_code": "320111004001003",
            "collector_no": "WGY-20117",
            "happen_time": "2026-03-02T00:40:00Z",
            "event_level": "较大",
            "handling": "passed on",
        },
    )
    assert said.personal is None


@pytest.mark.parametrize(
    ("level", "urgency"),
    [
        ("G1", Urgency.U1),
        ("重大", Urgency.U1),
        ("Ｇ２", Urgency.U2),
        ("較大", Urgency.U2),
        ("G3", None),
        ("一般", None),
        ("G4", None),
        ("", None),
        ("五级", None),
    ],
)
def test_the_level_raises_the_urgency_or_says_nothing(level: str, urgency: Urgency | None) -> None:
    assert read(event_level=level).report.urgency_hint is urgency


@pytest.mark.parametrize("status", ["作废", "误报", "誤報", "已撤销"])
def test_an_event_that_was_taken_back_withdraws_its_report(status: str) -> None:
    assert read(status=status).report.operation is Operation.WITHDRAW


def test_an_event_settled_on_the_spot_is_a_report_like_any_other() -> None:
    report = read(handling="自办", status="已办结").report
    assert (report.operation, report.extra["handling"]) == (Operation.SET, "settled on the spot")


def test_an_accuracy_that_cannot_be_is_none() -> None:
    assert read(accuracy_m=-1).report.accuracy_m is None
    assert read(accuracy_m=None).report.accuracy_m is None
    assert read(accuracy_m="１２").report.accuracy_m == 12


def test_whom_an_event_concerns_is_not_taken() -> None:
    line = line_of({**EXAMPLE, "party_name": "测试甲", "party_id": "000000190001010011"})
    assert "000000190001010011" not in CHANNEL.read(line, NOW).report.model_dump_json()


@pytest.mark.parametrize("key", ["event_no", "report_time"])
def test_what_every_line_needs_is_named_when_it_is_missing(key: str) -> None:
    for blank in (..., "", None):
        with pytest.raises(InvalidField) as refused:
            read(**{key: blank})
        assert refused.value.where == key


@given(changed=changes(EXAMPLE))
def test_any_value_in_any_field_gives_a_report_or_a_reason(changed: dict[str, Any]) -> None:
    said = read_or_refused(CHANNEL, EXAMPLE, changed)
    assert said is None or said.report.source is Source.JOINT_PATROL


def test_the_schema_names_every_field_of_the_example_in_chinese() -> None:
    properties = CHANNEL.schema()["properties"]
    assert EXAMPLE.keys() <= properties.keys()
    assert all(not told["title"].isascii() for told in properties.values())
