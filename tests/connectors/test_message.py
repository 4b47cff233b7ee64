from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.channels import CHANNELS
from connectors.mapping import load_mapping
from connectors.message import MessageReader
from connectors.records import KEPT_OF_REFUSED
from schemas.errors import InvalidField, Refused, UnreadableLine
from schemas.frame import MAX_LINE_BYTES
from schemas.personal import Personal, Reporter
from schemas.report import Report
from schemas.vocabulary import Source

SAID = {"source_id": "A-1", "reported_at": "2026-03-02T08:00:00Z", "text": "路灯不亮"}


def line(**more: object) -> bytes:
    """A line in our words."""
    return json.dumps(SAID | more, ensure_ascii=False).encode()


def read(message: bytes, mapping: Path | None = None) -> list[tuple[bytes, Report | Refused]]:
    """What a department's message says."""
    return list(MessageReader(Source.DEPARTMENT, load_mapping(str(mapping)) if mapping else None).read(message))


def reports(message: bytes, mapping: Path | None = None) -> list[Report]:
    """Its reports; there has to be nothing else."""
    found = [said for _, said in read(message, mapping)]
    assert all(isinstance(said, Report) for said in found), found
    return [said for said in found if isinstance(said, Report)]


@pytest.mark.parametrize(
    "told",
    [
        line(),
        line(source="department"),
        b"\xef\xbb\xbf" + line(),
        b"  " + line() + b"\r",
        line(extra={"source": "whoever"}),
        line(extra={'"source"': "x"}, text='路灯"source"不亮'),
    ],
)
def test_the_topic_says_which_source_it_is_whether_the_line_does_or_not(told: bytes) -> None:
    (report,) = reports(told)
    assert (report.source, report.source_id, report.reported_at) == (Source.DEPARTMENT, "A-1", datetime(2026, 3, 2, 8, tzinfo=UTC))


def test_the_lines_of_a_message_are_taken_in_their_order_and_empty_ones_are_none() -> None:
    message = b"\n".join([line(source_id="1"), b"", b"   ", line(source_id="2"), line(source_id="3"), b""])
    assert [report.source_id for report in reports(message)] == ["1", "2", "3"]
    assert reports(b"") == reports(b"\n\n \r\n") == []


@pytest.mark.parametrize(
    ("told", "kind", "sentence"),
    [
        (b"{", UnreadableLine, "the line is no JSON object"),
        (b"\xff{}", UnreadableLine, "the line is neither UTF-8 (byte 0) nor GB18030"),
        (b"[1]", UnreadableLine, "the line is a list where an object is wanted"),
        (b'{"text":"a","text":"b"}', UnreadableLine, "the key 'text' is there twice"),
        (b" { } ", InvalidField, "system"),
        (b'{"source_id":"1"}', InvalidField, "reported_at: Field required"),
        (line(reporter={"name": "测试甲"}), InvalidField, "reporter: is not taken in our words"),
        (line(source="petition"), InvalidField, "the line says petition, and came through ucc.in.department"),
        (line(reported_at="yesterday"), InvalidField, "reported_at"),
        (line(source_id=""), InvalidField, "source_id"),
        (line(phone="13800000000"), InvalidField, "phone"),
        (line(lng=float("inf")), UnreadableLine, "the line is no JSON object"),
        (b'{"text":"' + b"x" * MAX_LINE_BYTES + b'"}', UnreadableLine, "bytes; the most is 1,048,576"),
    ],
)
def test_a_line_that_cannot_be_read_costs_itself_alone_and_says_why(told: bytes, kind: type[Refused], sentence: str) -> None:
    (_, before), (original, refusal), (_, after) = read(b"\n".join([line(source_id="1"), told, line(source_id="2")]))
    assert isinstance(before, Report)
    assert isinstance(after, Report)
    assert type(refusal) is kind
    assert sentence in str(refusal)
    assert original == told[: KEPT_OF_REFUSED * 16]


def test_no_value_of_a_refused_line_stands_in_the_sentence_about_it() -> None:
    (_, refusal), *_ = read(line(reported_at="张三 13800000000"))
    assert isinstance(refusal, Refused)
    assert "13800000000" not in str(refusal)


# --- in the source's own words


@pytest.mark.parametrize("source", Source)
def test_a_line_in_a_sources_own_words_is_read_as_they_mean_it_with_or_without_a_line_in_ours_beside_it(source: Source) -> None:
    own = json.dumps(CHANNELS[source].example, ensure_ascii=False).encode()
    found = [said for _, said in MessageReader(source, None).read(b"\n".join([own, line(), own]))]
    assert found[0] == found[2] == CHANNELS[source].read(own, datetime.now(UTC)).report
    assert isinstance(found[1], Report)
    assert found[1].source_id == "A-1"


def sealed(_report: Report, personal: Personal) -> Reporter:
    """A key ring of one key that everybody has."""
    return Reporter(name=f"{personal.name[:1]}*", key="1", box=personal.phone[::-1])


def test_what_is_said_of_a_person_goes_through_the_seal_and_without_one_nowhere() -> None:
    own = json.dumps(CHANNELS[Source.HOTLINE12345].example, ensure_ascii=False).encode()
    ((_, with_keys),) = MessageReader(Source.HOTLINE12345, None, sealed).read(own)
    ((_, without),) = MessageReader(Source.HOTLINE12345, None).read(own)
    assert isinstance(with_keys, Report)
    assert isinstance(without, Report)
    assert with_keys.reporter == Reporter(name="测*", key="1", box="10000009991")
    assert without.reporter is None
    assert not any(secret in with_keys.to_json().decode() for secret in ("测试甲", "19990000001", "000000190001010018", "测试花园"))


def test_lines_are_read_one_by_one_as_they_are_asked_for() -> None:
    reader = MessageReader(Source.DEPARTMENT, None)
    found = reader.read(b"x\n" * 1_000_000)
    assert isinstance(next(found)[1], UnreadableLine), "and not a million of them at once"


# --- by a mapping


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """A department's own words."""
    path = tmp_path / "department.yaml"
    path.write_text(
        """
name: parks
description: What the parks department pushes.
time: {zone: Asia/Shanghai}
fields:
  source_id: {column: 编号}
  operation: {column: 状态, values: {撤销: withdraw}, default: set, optional: true}
  reported_at: {column: 时间}
  text: {column: 内容.描述}
""",
        "utf-8",
    )
    return path


def test_a_departments_own_words_are_read_by_its_mapping(mapping: Path) -> None:
    own = [
        {"编号": "P7", "时间": "2026-03-02 16:00", "内容": {"描述": "树倒了"}, "电话": "13800000000"},
        {"编号": "P8", "状态": "撤销", "时间": "2026-03-02 16:05"},
    ]
    found = reports("\n".join(json.dumps(one, ensure_ascii=False) for one in own).encode(), mapping)
    assert [(one.source_id, one.text, one.operation.value, one.reported_at.hour) for one in found] == [("P7", "树倒了", "set", 8), ("P8", "", "withdraw", 8)]
    assert "13800000000" not in found[0].to_json().decode(), "what no rule asks for is not taken"


@pytest.mark.parametrize("broken", [lambda own: own | {"时间": "bald"}, lambda own: own | {"编号": ""}, lambda own: own | {"内容": {"描述": {"a": 1}}}])
def test_what_a_mapping_cannot_read_is_refused(mapping: Path, broken: Callable[[dict[str, object]], dict[str, object]]) -> None:
    own: dict[str, object] = {"编号": "P7", "时间": "2026-03-02 16:00", "内容": {"描述": "树倒了"}}
    ((original, refusal),) = read(json.dumps(broken(own)).encode(), mapping)
    assert isinstance(refusal, Refused)
    assert json.loads(original) == broken(own)


def test_no_sentence_about_a_line_tells_a_number_of_a_person() -> None:
    lines = [
        b'{"source_id": "A", "reported_at": "2024-01-01T00:00:00Z", "19990001234": 1}',
        b'{"source_id": "A", "reported_at": "19990001234"}',
        b'{"source_id": "A", "19990001234": 1, "19990001234": 2}',
        b'{"source_id": "A", "reported_at": "2024-01-01T00:00:00Z", "code": "19990001234\\u200b"}',
    ]
    refused = [found for _, found in MessageReader(Source.PETITION, None).read(b"\n".join(lines))]
    assert len(refused) == len(lines)
    assert all(isinstance(found, Refused) and "19990001234" not in str(found) for found in refused), refused
