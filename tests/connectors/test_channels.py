from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest

from connectors.channel import Channel
from connectors.channels import CHANNELS
from schemas.errors import Refused
from schemas.fields import Model
from schemas.report import Report
from schemas.vocabulary import Operation, Source
from tests.connectors.pushed import NOW, line_of

PERSONAL = ("name", "phone", "id_number", "home")
ALL = pytest.mark.parametrize("channel", [pytest.param(channel, id=channel.source.value) for channel in CHANNELS.values()])


def test_every_source_has_its_own_module() -> None:
    assert set(CHANNELS) == set(Source)


@ALL
def test_an_example_is_read_and_says_something(channel: Channel) -> None:
    report = channel.read(line_of(channel.example), NOW).report
    assert (report.source, report.operation) == (channel.source, Operation.SET)
    assert all((report.source_id, report.order_key, report.text, report.address, report.code, report.code_standard))
    assert datetime(2026, 2, 28, tzinfo=UTC) < report.reported_at < NOW


@ALL
def test_an_example_says_the_same_in_every_encoding_and_order(channel: Channel) -> None:
    plain, backwards = line_of(channel.example), dict(reversed(list(channel.example.items())))
    ways = [
        b"\xef\xbb\xbf" + plain,
        plain.decode().encode("gb18030"),
        b"\x84\x31\x95\x33" + plain.decode().encode("gb18030"),
        json.dumps(channel.example).encode(),
        line_of(backwards),
        b"  " + plain + b"\r",
    ]
    said = channel.read(plain, NOW)
    assert [channel.read(line, NOW) == said for line in ways] == [True] * len(ways)


@ALL
def test_what_a_source_sends_beyond_its_fields_is_dropped(channel: Channel) -> None:
    more = {**channel.example, "坐席姓名": "测试戊", "whatever": {"deep": ["测试戊"]}, "source": "nobody"}
    assert channel.read(line_of(more), NOW) == channel.read(line_of(channel.example), NOW)


@ALL
def test_nothing_of_the_person_who_reports_is_in_the_report(channel: Channel) -> None:
    said = channel.read(line_of(channel.example), NOW)
    line = said.report.to_json().decode()
    known = [value for name in PERSONAL if said.personal is not None and (value := getattr(said.personal, name))]
    assert [value for value in known if value in line] == []


@ALL
def test_an_example_is_as_its_schema_says_and_every_field_is_titled(channel: Channel) -> None:
    schema = channel.schema()
    jsonschema_rs.validate(schema, dict(channel.example))
    lines = schema.get("oneOf", [schema])
    assert [name for line in lines for name, field in line["properties"].items() if not field.get("title")] == []
    assert "source_id" not in {name for line in lines for name in line["properties"]}, "by it a line in our words is told"


@ALL
def test_a_line_that_the_schema_refuses_for_what_it_lacks_is_refused(channel: Channel) -> None:
    schema = channel.schema()
    for key in schema.get("required", []):
        fields = {name: value for name, value in channel.example.items() if name != key}
        assert not jsonschema_rs.is_valid(schema, fields)
        with pytest.raises(Refused) as refused:
            channel.read(line_of(fields), NOW)
        assert refused.value.where == key


@ALL
def test_a_report_of_a_source_goes_through_json_as_it_is(channel: Channel) -> None:
    report: Model = channel.read(line_of(channel.example), NOW).report
    assert Report.model_validate_json(report.to_json()) == report


def test_every_word_of_police_and_hotline_leads_to_a_matter() -> None:
    from connectors.simulation.codes import codes_of  # noqa: PLC0415  the table, read the other way round

    told: dict[str, Any] = {
        standard: {code for codes in codes_of(standard).values() for code in codes} for standard in ("hotline12345", "police110", "xinfang")
    }
    assert CHANNELS[Source.HOTLINE12345].example["category_1"] + "/" + CHANNELS[Source.HOTLINE12345].example["category_2"] in told["hotline12345"]
    assert CHANNELS[Source.POLICE110].example["BJLBMC"] + "/" + CHANNELS[Source.POLICE110].example["BJLXMC"] in told["police110"]
    assert CHANNELS[Source.PETITION].example["内容分类"] in told["xinfang"]
