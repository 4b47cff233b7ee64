from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.lines import DEEPEST, heard, many, one
from connectors.http.problem import ProblemError
from connectors.message import MessageReader
from schemas.errors import Refused, UnreadableLine
from schemas.metrics import REGISTRY
from schemas.report import Report
from schemas.vocabulary import Source

SOUND = '{"source_id": "1", "reported_at": "2026-03-02T09:00:00+08:00", "text": "路灯"}'


@pytest.fixture
def reader() -> MessageReader:
    return MessageReader(Source.PETITION, None)


def kinds(found: list[Report | Refused]) -> list[type]:
    return [Report if isinstance(said, Report) else Refused for said in found]


def test_one_bad_line_costs_only_itself_and_empty_ones_are_counted_but_have_no_receipt(reader: MessageReader) -> None:
    found = heard(reader, many(f"{SOUND}\r\n\n{{nope\n{SOUND}\n".encode()))
    assert [line.number for line in found] == [1, 3, 4]
    assert kinds([line.said for line in found]) == [Report, Refused, Report]


def test_one_report_may_be_spread_over_lines_between_its_tokens_but_not_within_a_text(reader: MessageReader) -> None:
    (line,) = heard(reader, one(SOUND.replace(", ", ",\r\n ").encode()))
    assert isinstance(line.said, Report)
    with pytest.raises(ProblemError, match="x-ndjson"):
        one(SOUND.replace("路灯", "路\n灯").encode())
    with pytest.raises(ProblemError, match="x-ndjson"):
        one(f"{SOUND}\n{SOUND}".encode())


def nested(deep: int, text: str = "") -> bytes:
    return b'{"extra": ' + b"[" * (deep - 1) + f'"{text}"'.encode() + b"]" * (deep - 1) + b"}"


def test_what_is_nested_too_deeply_is_not_even_read(reader: MessageReader) -> None:
    for deep in (DEEPEST + 1, 100_000):
        (line,) = heard(reader, [(1, nested(deep))])
        assert isinstance(line.said, UnreadableLine)
        assert str(DEEPEST) in str(line.said)
    (line,) = heard(reader, [(1, nested(DEEPEST))])
    assert str(DEEPEST) not in str(line.said)


def test_brackets_within_texts_do_not_count(reader: MessageReader) -> None:
    (line,) = heard(reader, one(SOUND.replace("路灯", r"\"[[{\\" * 40).encode()))
    assert isinstance(line.said, Report)


def test_a_line_of_more_than_a_mebibyte_is_refused_without_being_repeated(reader: MessageReader) -> None:
    (line,) = heard(reader, [(1, b'{"text": "' + b"x" * (1 << 20) + b'"}')])
    assert isinstance(line.said, Refused)
    assert len(str(line.said)) < 100


def fallen() -> float:
    return REGISTRY.get_sample_value("ucc_invariants_broken_total", {"invariant": "reader fell over a line"}) or 0


class Falls(MessageReader):
    """Falls over a line that says so."""

    def read(self, message: bytes) -> Iterator[tuple[bytes, Report | Refused]]:
        for line, said in super().read(message):
            if b"fall" in line:
                raise ZeroDivisionError("what somebody wrote")
            yield line, said


def test_a_line_that_the_reader_falls_over_costs_only_itself_and_is_counted() -> None:
    before = fallen()
    found = heard(Falls(Source.PETITION, None), many(f'{SOUND}\n{{"fall": 1}}\n{SOUND}'.encode()))
    assert kinds([line.said for line in found]) == [Report, Refused, Report]
    assert "wrote" not in str(found[1].said)
    assert fallen() == before + 1


@given(st.lists(st.binary(max_size=60) | st.sampled_from([SOUND.encode(), b"{}", b"null", b"\r", b" ", b"[", b'"', b"\xef\xbb\xbf{}"]), max_size=12))
def test_whatever_comes_each_line_that_is_not_empty_has_its_answer_in_its_order(lines: list[bytes]) -> None:
    body = b"\n".join(lines)
    found = heard(MessageReader(Source.PETITION, None), many(body))
    assert [line.number for line in found] == [number for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
