"""How an answer, or why there is none, looks in ClickHouse's HTTP interface: status, header fields, compression."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import lz4.block
import zstandard
from clickhouse_cityhash.cityhash import CityHash128

from sinks.asked import Answered, NotAnswered

DISPLAY_NAME = "ucc"
_PIECE = 1 << 20
_BLOCK = 1 << 20
"""Bytes in each of ClickHouse's own compressed blocks."""
_SMALL = 512
"""Bytes of an answer that is not worth compressing."""
_LZ4 = b"\x82"
_STATUS = {
    **dict.fromkeys(("UNKNOWN_USER", "WRONG_PASSWORD", "AUTHENTICATION_FAILED", "ACCESS_DENIED"), 403),
    **dict.fromkeys(("BAD_ARGUMENTS", "CANNOT_COMPILE_REGEXP", "CANNOT_PARSE_TEXT", "CANNOT_PARSE_ESCAPE_SEQUENCE", "CANNOT_PARSE_QUOTED_STRING"), 400),
    **dict.fromkeys(("CANNOT_PARSE_DATE", "CANNOT_PARSE_DATETIME", "CANNOT_PARSE_NUMBER", "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING"), 400),
    **dict.fromkeys(("CANNOT_PARSE_IPV4", "CANNOT_PARSE_IPV6", "CANNOT_PARSE_INPUT_ASSERTION_FAILED", "CANNOT_PARSE_UUID", "DUPLICATE_COLUMN"), 400),
    **dict.fromkeys(("ILLEGAL_COLUMN", "UNKNOWN_ELEMENT_IN_AST", "UNKNOWN_TYPE_OF_AST_NODE", "THERE_IS_NO_COLUMN", "TOO_DEEP_AST", "TOO_BIG_AST"), 400),
    **dict.fromkeys(("UNEXPECTED_AST_STRUCTURE", "SYNTAX_ERROR", "INCORRECT_DATA", "TYPE_MISMATCH", "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE"), 400),
    **dict.fromkeys(("UNKNOWN_TABLE", "UNKNOWN_FUNCTION", "UNKNOWN_IDENTIFIER", "UNKNOWN_TYPE", "UNKNOWN_STORAGE", "UNKNOWN_DATABASE"), 404),
    **dict.fromkeys(("UNKNOWN_SETTING", "UNKNOWN_DIRECTION_OF_SORTING", "UNKNOWN_AGGREGATE_FUNCTION", "UNKNOWN_FORMAT", "UNKNOWN_DATABASE_ENGINE"), 404),
    **dict.fromkeys(("UNKNOWN_TYPE_OF_QUERY", "UNKNOWN_ROLE"), 404),
    **dict.fromkeys(("SOCKET_TIMEOUT", "CANNOT_OPEN_FILE", "CANNOT_SCHEDULE_TASK", "TOO_MANY_SIMULTANEOUS_QUERIES"), 503),
    "REQUIRED_PASSWORD": 401,
    "QUERY_IS_TOO_LARGE": 413,
    "NOT_IMPLEMENTED": 501,
    "TIMEOUT_EXCEEDED": 408,
}
"""Of errors by name, as ClickHouse has them (and 503 where too many ask at once); any other is 500."""
_MEANT = {"tsv": "text/tab-separated-values", "tabseparated": "text/tab-separated-values", "csv": "text/csv", "json": "application/json"}
_LINES = ("jsoneachrow", "jsonlines", "ndjson", "jsoncompacteachrow", "jsonstringseachrow", "jsoncompactstringseachrow")
_BYTES = ("native", "rowbinary", "arrow", "parquet", "orc", "avro", "msgpack", "protobuf", "bson", "npy", "rawblob")


def status_of(problem: NotAnswered) -> int:
    """The HTTP status of an error."""
    return _STATUS.get(problem.name, 500)


def error_text(problem: NotAnswered) -> bytes:
    """The body that clients take apart."""
    return f"Code: {problem.number}. DB::Exception: {problem.said.rstrip('.')}. ({problem.name})\n".encode()


def summary(answered: Answered, size: int) -> str:
    """The header field `X-ClickHouse-Summary`: figures are texts in it."""
    figures = {
        "read_rows": answered.read_rows,
        "read_bytes": answered.read_bytes,
        "written_rows": 0,
        "written_bytes": 0,
        "total_rows_to_read": answered.read_rows,
        "result_rows": answered.rows,
        "result_bytes": size,
        "elapsed_ns": round(answered.seconds * 1e9),
    }
    return json.dumps({name: str(figure) for name, figure in figures.items()})


def content_type(output_format: str) -> str:
    """What a format is to HTTP."""
    name = output_format.lower()
    if name.startswith(_BYTES):
        return "application/octet-stream"
    if name in _LINES:
        return "application/x-ndjson; charset=UTF-8"
    return next((f"{kind}; charset=UTF-8" for start, kind in _MEANT.items() if name.startswith(start)), "text/plain; charset=UTF-8")


def encoding_for(encodings: tuple[str, ...], size: int) -> str:
    """In which of the encodings that a client reads an answer of `size` bytes is sent; empty: as it is."""
    return next((name for name in ("zstd", "gzip", "deflate") if name in encodings), "") if size >= _SMALL else ""


def encoded(answer: IO[bytes], encoding: str) -> Iterator[bytes]:
    """The answer from its beginning, piece by piece."""
    squeezer: Any = None
    if encoding == "zstd":
        squeezer = zstandard.ZstdCompressor(level=1).compressobj()
    elif encoding:
        squeezer = zlib.compressobj(1, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    if squeezer is None:
        yield from pieces(answer)
        return
    for piece in pieces(answer):
        yield squeezer.compress(piece)
    yield squeezer.flush()


def pieces(answer: IO[bytes], size: int = _PIECE) -> Iterator[bytes]:
    """The answer from its beginning, as it is."""
    answer.seek(0)
    while piece := answer.read(size):
        yield piece


def blocks(answer: IO[bytes]) -> Iterator[bytes]:
    """The answer in ClickHouse's own compressed blocks: checksum, method, both sizes, data."""
    for piece in pieces(answer, _BLOCK):
        yield block(piece, lz4.block.compress)


def block(data: bytes, compress: Callable[..., bytes]) -> bytes:
    """One compressed block."""
    body = compress(data, store_size=False)
    head = _LZ4 + (len(body) + 9).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    checksum: int = CityHash128(head + body)
    # The library puts the half that ClickHouse writes first into the higher bits.
    return (checksum >> 64).to_bytes(8, "little") + (checksum & (1 << 64) - 1).to_bytes(8, "little") + head + body
