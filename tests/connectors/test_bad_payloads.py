"""Whatever a source sends is a report or a refusal with a sentence: nothing else, and nobody's words in the sentence."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel import Channel
from connectors.channels import CHANNELS
from schemas.errors import Refused
from schemas.report import Report
from tests.connectors.bad_payloads import VALUES, bad_lines
from tests.connectors.pushed import NOW
from tests.connectors.simulated import happenings, payload_of

COUNT = 10_000
SEED = 20260302
ALL = pytest.mark.parametrize("channel", [pytest.param(channel, id=channel.source.value) for channel in CHANNELS.values()])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def heard(channel: Channel, line: bytes) -> Report | Refused:
    """The report of a line, or its refusal; anything else that a reader raises is its fault, and the test's end."""
    said: Report | Refused
    try:
        said = channel.read(line, NOW).report
    except Refused as refused:
        said = refused
    if isinstance(said, Refused):
        assert 0 < len(said.detail) < 500
        assert len(said.where) < 500
    return said


@ALL
def test_ten_thousand_bad_payloads_are_each_a_report_or_a_refusal_with_a_sentence(channel: Channel) -> None:
    dice = Random(f"{SEED}/{channel.source.value}")
    payloads = [dict(channel.example), *(payload_of(channel.source, one, dice) for one in happenings(20))]
    said = [heard(channel, line) for line in bad_lines(payloads, COUNT, dice)]
    kinds = Counter(type(one).__name__ for one in said)
    assert kinds.total() == COUNT
    assert min(kinds["Report"], kinds["InvalidField"], kinds["UnreadableLine"]) > COUNT / 20, kinds
    sentences = "\n".join({str(one) for one in said if isinstance(one, Refused)})
    assert [private for private in ("测试甲", "某甲", "19990", "00000019") if private in sentences] == []


@ALL
@given(data=st.data())
def test_any_value_in_any_field_is_read_or_refused(channel: Channel, data: st.DataObject) -> None:
    fields: dict[str, Any] = dict(channel.example)
    for key in data.draw(st.lists(st.sampled_from(list(fields)), min_size=1, max_size=3, unique=True)):
        fields[key] = data.draw(JSON)
    said = heard(channel, json.dumps(fields).encode())
    assert isinstance(said, Refused) or Report.model_validate_json(said.to_json()) == said, "what is taken can be kept, and read back"


@ALL
@given(line=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(channel: Channel, line: bytes) -> None:
    assert isinstance(heard(channel, line), Refused)
