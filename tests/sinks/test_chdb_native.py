"""Native for clients of a protocol: read back by another implementation than ours, clickhouse-driver's."""
# ruff: noqa: S608  the questions are put together from the tests' own words

from __future__ import annotations

import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from clickhouse_driver.streams.native import BlockInputStream

from schemas.errors import Refused
from sinks.asked import Asked, NotAnswered
from sinks.chdb_native import in_revision
from sinks.chdb_warehouse import ChdbWarehouse
from tests.sinks.asking import VIEWS
from tests.sinks.conftest import Landed

REVISIONS = (1, 54_405, 54_454, 54_515)
OPENING = b"\x01\x00\x02\xff\xff\xff\xff\x00"
COLUMNS = (
    *("1::UInt8", "-5::Int16", "7::UInt32", "number", "1.5::Float32", "toInt128(5)", "toInt256(-5)", "true", "toDecimal32(1.25, 2)", "toDecimal128(1.5, 10)"),
    *("'x'", "repeat('长', 100)", "''", "toFixedString('abc', 5)", "toUUID('00000000-0000-0000-0000-000000000001')", "toIPv4('1.2.3.4')", "toIPv6('::1')"),
    *("toDate('2018-01-05')", "toDate32('2018-01-05')", "toDateTime(0, 'UTC')", "toDateTime64('2018-01-05 00:00:00.5', 6, 'UTC')"),
    *("CAST('a', 'Enum8(\\'a\\' = 1, \\'b,(\\' = 2)')", "NULL::Nullable(Int32)", "toNullable('x')", "toIntervalDay(1)", "NULL"),
    *("[1, 2]::Array(UInt16)", "[]::Array(String)", "[['a'], [], ['b', 'c']]", "[(1, 'a'), (2, 'b')]", "map('a', 1, 'b', 2)", "map('a', [1])"),
    *("(1, 'x')", "CAST((1, 'x'), 'Tuple(a UInt8, `b c` Nullable(String))')", "toLowCardinality('a')", "toLowCardinality(toNullable('q'))"),
    *(
        "[toLowCardinality('a'), 'b']",
        "CAST([], 'Array(LowCardinality(String))')",
        "CAST([map('a', 1)], 'Array(Map(LowCardinality(String), Nullable(UInt8)))')",
    ),
    *("toLowCardinality(toString(number % 300))", "arrayMap(x -> toString(x), range(number % 7))", "if(number % 3 = 0, NULL, number)"),
)


def native(warehouse: ChdbWarehouse, sql: str, revision: int = 0) -> bytes:
    into = io.BytesIO()
    answered = warehouse.answer(Asked(sql, "Native", native_revision=revision), into)
    assert not isinstance(answered, NotAnswered), answered
    return into.getvalue()


def read(data: bytes, revision: int) -> Iterator[Any]:
    """The blocks as clickhouse-driver reads them."""
    settings = SimpleNamespace(get=lambda _name, default=None: default)
    server = SimpleNamespace(used_revision=revision, get_timezone=lambda: "UTC")
    context = SimpleNamespace(
        server_info=server, client_settings={"strings_as_bytes": False, "use_numpy": False, "namedtuple_as_json": False}, settings=settings
    )
    stream = io.BytesIO(data)
    fin = SimpleNamespace(read=stream.read, read_one=lambda: stream.read(1)[0], read_strings=lambda n, **_: _strings(stream, n))
    while stream.tell() < len(data):
        yield BlockInputStream(fin, context).read()


def _strings(stream: io.BytesIO, count: int) -> tuple[str, ...]:
    def one() -> str:
        length = shift = 0
        while (byte := stream.read(1)[0]) >= 0x80:
            length, shift = length | (byte & 0x7F) << shift, shift + 7
        return stream.read(length | byte << shift).decode()

    return tuple(one() for _ in range(count))


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_of_each_type_is_whole_in_every_revision(landed: Landed, column: str) -> None:
    for rows in (1, 3, 20_000):
        sql = f"SELECT {column} AS c, number AS n, {column} AS d FROM numbers({rows})"
        plain = native(landed.warehouse, sql)
        for revision in REVISIONS:
            told = native(landed.warehouse, sql, revision)
            assert told.startswith(OPENING)
            extra = told.count(OPENING) * (len(OPENING) + 3 * (revision >= 54_454))
            assert len(told) == len(plain) + extra


@pytest.mark.parametrize("revision", [54_405, 54_454])
@pytest.mark.parametrize("view", VIEWS)
def test_another_reader_finds_the_same_rows_in_each_view(landed: Landed, view: str, revision: int) -> None:
    sql = f"SELECT * FROM {view} ORDER BY {VIEWS[view]}"
    blocks = list(read(native(landed.warehouse, sql, revision), revision))
    count = int(landed.warehouse.query(f"SELECT count() FROM {view}", "TSV"))
    assert sum(block.num_rows for block in blocks) == count
    if count:
        keys = [row[0] for block in blocks for row in block.get_rows()]
        first = blocks[0].columns_with_types[0][0]
        asked = landed.warehouse.query(f"SELECT {first} FROM ({sql})", "TSVRaw").decode().split()
        assert [str(key) for key in keys] == asked


def test_a_column_of_a_type_that_is_not_known_here_is_refused_with_what_to_do(landed: Landed) -> None:
    into = io.BytesIO()
    answered = landed.warehouse.answer(Asked("SELECT sumState(number) FROM numbers(3)", "Native", native_revision=54_460), into)
    assert isinstance(answered, NotAnswered)
    assert (answered.number, answered.name) == (48, "NOT_IMPLEMENTED")
    assert "toString" in answered.said


def test_no_blocks_are_no_blocks() -> None:
    assert in_revision(b"", 54_460) == b""


def test_a_type_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="Strange"):
        in_revision(b"\x01\x01\x01a\x07Strange\x00", 1)
