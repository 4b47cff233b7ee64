from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Broken, Refused
from schemas.event import RunnerUp, Why
from sinks.clickhouse_columns import Column, Table, rows_of
from sinks.clickhouse_types import kind_of
from tests.sinks.test_landing import LEAST_OUTCOME

RUNNERS_UP = st.lists(st.builds(RunnerUp, choice=st.text(), score=st.none() | st.floats(-1e6, 1e6), because=st.text()), max_size=3).map(tuple)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def taken(kind: str, *values: Any) -> list[Any]:
    return kind_of(kind).taken(list(values), "field")


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("String", ["a", "", "多"], ["a", "", "多"]),
        ("String", ["a", {"b": [1, "多"]}, ["c"]], ["a", '{"b":[1,"多"]}', '["c"]']),
        ("LowCardinality(String)", ["a", None], ["a", ""]),
        ("LowCardinality(Nullable(String))", ["a", None], ["a", None]),
        ("UInt8", [0, 255, None, True], [0, 255, 0, 1]),
        ("Int64", [-(2**63), 2**63 - 1], [-(2**63), 2**63 - 1]),
        ("Bool", [True, False, 1, 0, None], [True, False, 1, 0, False]),
        ("Nullable(Float64)", [1, 2.5, None], [1, 2.5, None]),
        ("DateTime64(6, 'UTC')", ["1970-01-01T00:00:01.5Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T08:00:00+08:00"], [1_500_000, -1, 0]),
        ("DateTime64(3)", ["1970-01-01T00:00:00.123456Z"], [123]),
        ("DateTime('UTC')", ["1970-01-01T00:01:00.9Z"], [60]),
        ("DateTime", ["1970-01-01T00:01:00Z"], [60]),
        ("Array(String)", [["a", "b"], [], None, ["c"]], [["a", "b"], [], [], ["c"]]),
        ("Array(Nullable(UInt8))", [[1, None]], [[1, None]]),
        ("Tuple(\n    a String,\n    `b c` Tuple(d UInt8))", [{"a": "x"}, None, {"b c": {"d": 3}}], [("x", (0,)), ("", (0,)), ("", (3,))]),
    ],
)
def test_values_become_what_the_column_holds(kind: str, values: list[Any], expected: list[Any]) -> None:
    assert taken(kind, *values) == expected


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("String", 1, "a text is wanted"),
        ("UInt8", 256, "lies outside 0 to 255"),
        ("UInt8", -1, "lies outside"),
        ("Int8", "1", "a whole number"),
        ("UInt32", 1.0, "a whole number"),
        ("Bool", 2, "true or false"),
        ("Bool", "true", "true or false"),
        ("Float64", "1", "a number"),
        ("Float64", True, "a number"),
        ("DateTime64(6)", 1_514_764_800_000, "as a text"),
        ("DateTime64(6)", "2018-01-05T08:30:00", "with its time zone"),
        ("DateTime64(6)", "yesterday", "no instant"),
        ("DateTime64(6)", "1899-12-31T23:59:59Z", "outside 1900 to 2299"),
        ("DateTime64(6)", "2299-12-31T00:00:00Z", "outside 1900 to 2299"),
        ("DateTime", "1969-12-31T23:59:59Z", "outside 1970 to 2106"),
        ("Array(String)", "a", "a list"),
        ("Array(String)", [1], "a text"),
        ("Tuple(a String)", "a", "an object"),
        ("Tuple(a String)", {"b": 1}, r"no column takes the field field\.b"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_not_repeated(kind: str, value: Any, said: str) -> None:
    with pytest.raises(Refused, match=said) as caught:
        taken(kind, value)
    assert "field" in str(caught.value)
    assert "yesterday" not in str(caught.value)


@pytest.mark.parametrize("kind", ["UUID", "Enum8('a' = 1)", "Map(String, String)", "String String", "Array(String", "Tuple()", ""])
def test_a_type_that_is_not_written_here_is_an_error(kind: str) -> None:
    with pytest.raises(Broken):
        kind_of(kind)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2299, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001  the strategy adds the zone
def test_every_instant_keeps_its_microseconds(at: datetime) -> None:
    (ticks,) = taken("DateTime64(6, 'UTC')", at.isoformat())
    assert EPOCH + timedelta(microseconds=ticks) == at


@given(st.dictionaries(st.sampled_from(["place", "unit"]), st.builds(Why, rule=st.text(), because=st.text(), runners_up=RUNNERS_UP)))
def test_a_reason_lands_as_the_very_text_that_the_line_has(why: dict[str, Why]) -> None:
    assert LEAST_OUTCOME.event is not None
    line = LEAST_OUTCOME.event.model_copy(update={"why": why}).to_json()
    (row,) = rows_of(line)
    if why:
        (text,) = taken("String", row["why"])
        assert b'"why":' + text.encode() in line


def test_what_a_line_leaves_out_is_at_the_default_of_its_column() -> None:
    table = Table(
        "t", [Column("a", "String"), Column("b", "String", "OTHR"), Column("c", "UInt16", 1), Column("d", "Array(String)"), Column("e", "String", "x")]
    )
    rows = rows_of(b'{"a":"1"}\n{"b":"2","c":null}\n\n{"c":0,"d":["y"],"b":""}')
    assert table.columns(rows) == [["1", "", ""], ["OTHR", "2", ""], [1, 1, 0], [[], [], ["y"]], ["x", "x", "x"]]
    assert table.statement == "INSERT INTO t (`a`, `b`, `c`, `d`, `e`) VALUES"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (b'{"a":1}\n{"a":', "line 2 is no JSON"),
        (b'{"a":1}\n\n[2]', "line 2 is no JSON object"),
        (b'{"a":1},{"a":2}', "line 1 is no JSON"),
        (b'{"a":[{}\n{}]}', "line 1 is no JSON"),
        (b'{"a":"\xff"}', "line 1 is no JSON"),
    ],
)
def test_a_line_that_is_no_object_is_refused(lines: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        rows_of(lines)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.one_of(st.none(), st.text())), min_size=1))
def test_columns_are_the_rows_turned_over(rows: list[dict[str, Any]]) -> None:
    table = Table("t", [Column(name, "Nullable(String)") for name in "abc"])
    columns = table.columns(rows_of(b"\n".join(orjson.dumps(row) for row in rows)))
    assert list(zip(*columns, strict=True)) == [tuple(row.get(name) for name in "abc") for row in rows]
