"""What a client of ClickHouse's HTTP interface sends: address, header fields and body, read within bounds and taken apart."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from io import BufferedIOBase
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from schemas.errors import Refused
from sinks.asked import Asked, NotAnswered
from sinks.sql import question

LARGEST_BODY = 1 << 20
MOST_FIELDS = 500
_LONGEST_LINE = 1_024
"""Bytes of a line between the chunks of a body."""
IGNORED = frozenset(
    {
        *("session_id", "session_check", "session_timeout", "query_id", "quota_key", "wait_end_of_query", "buffer_size", "client_protocol_version"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms", "enable_http_compression", "http_zlib_compression_level"),
        *(
            "add_http_cors_header",
            "cancel_http_readonly_queries_on_client_close",
            "stacktrace",
            "log_queries",
            "log_comment",
            "readonly",
            "compress",
            "decompress",
        ),
        *("network_compression_method", "network_zstd_compression_level"),
        *("query", "database", "default_format", "user", "password"),
    }
)
"""Parameters of an address that are no settings of the question: how it travels. Sessions are not kept: each question stands alone."""

_OF_INSERTS = ("async_insert", "wait_for_async_insert", "insert_", "input_format_")
"""How settings begin that matter to inserts alone, which there are none of."""
_PACKED = NotAnswered(89, "UNKNOWN_COMPRESSION_METHOD", "only questions are answered, and they are taken uncompressed")


class Wanted(NamedTuple):
    """A question, and how the answer travels back."""

    asked: Asked
    query_id: str
    encodings: tuple[str, ...]
    """That the client reads, all in lower case."""
    blocks: bool
    """Whether the answer is to come in ClickHouse's own compressed blocks (`compress=1`)."""


class Credentials(NamedTuple):
    """Who asks."""

    user: str
    password: str


def body_of(header: Message, stream: BufferedIOBase) -> bytes | NotAnswered:
    """The body, whole. Where it is not answered, nothing is known of where the next request begins: close the connection."""
    lengths = header.get_all("Content-Length", [])
    if header.get("Transfer-Encoding"):
        if lengths or header["Transfer-Encoding"].strip().lower() != "chunked":
            return _bad("the body's length is said in two ways, or in one that is not known here")
        return _chunks(stream)
    if not lengths:
        return b""
    if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        return _bad("Content-Length is no number")
    if int(lengths[0]) > LARGEST_BODY:
        return _too_large()
    body = stream.read(int(lengths[0]))
    return body if len(body) == int(lengths[0]) else _bad("the body ended early")


def _chunks(stream: BufferedIOBase) -> bytes | NotAnswered:
    body = b""
    while True:
        try:
            size = int(stream.readline(_LONGEST_LINE).partition(b";")[0], 16)
        except ValueError:
            return _bad("a chunk of the body has no length")
        if size < 0 or len(body) + size > LARGEST_BODY:
            return _too_large()
        if size == 0:
            break
        body += stream.read(size)
        if stream.read(2) != b"\r\n":
            return _bad("a chunk of the body ended early")
    for _ in range(MOST_FIELDS):
        if stream.readline(_LONGEST_LINE) in (b"\r\n", b"\n", b""):
            return body
    return _bad("there are too many lines after the body")


def fields_of(address: str, header: Message, body: bytes) -> tuple[dict[str, str], bytes] | NotAnswered:
    """The fields of the address and of a form, and what of the body is no form."""
    try:
        fields = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError:
        return _bad("the address is not readable: it is no UTF-8, or has too many fields")
    if header.get_content_type() != "multipart/form-data":
        return fields, body
    form = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + header["Content-Type"].encode() + b"\r\n\r\n" + body)
    for part in form.iter_parts():
        name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(value, bytes) or len(fields) >= MOST_FIELDS:
            return _bad("the form is not readable")
        if part.get_filename() is not None:
            return NotAnswered(48, "NOT_IMPLEMENTED", "tables sent with a question are not taken here; put their rows into the question")
        try:
            fields[name] = value.decode()
        except UnicodeDecodeError:
            return _bad(f"the field {name!r} of the form is no UTF-8")
    return fields, b""


def credentials(header: Message, fields: dict[str, str]) -> Credentials | None:
    """Who asks, in one of the three ways in which a client may say it; nothing when it does not say."""
    if "X-ClickHouse-User" in header or "X-ClickHouse-Key" in header:
        return Credentials(header.get("X-ClickHouse-User", ""), header.get("X-ClickHouse-Key", ""))
    kind, _, encoded = header.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            user, _, password = b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Credentials("", "")
        return Credentials(user, password)
    if "user" in fields or "password" in fields:
        return Credentials(fields.get("user", ""), fields.get("password", ""))
    return None


def wanted(header: Message, fields: dict[str, str], body: bytes) -> Wanted | NotAnswered:
    """The question; or what about the request cannot be answered here."""
    problem = _unfit(header, fields, body)
    if problem is not None:
        return problem
    before, after = fields.get("query", ""), body.decode()
    asked = Asked(
        f"{before}\n{after}" if before and after else before or after,
        fields.get("default_format") or header.get("X-ClickHouse-Format") or "TabSeparated",
        fields.get("database") or header.get("X-ClickHouse-Database") or "",
        {name.removeprefix("param_"): value for name, value in fields.items() if name.startswith("param_")},
        {name: value for name, value in fields.items() if name not in IGNORED and not name.startswith(("param_", *_OF_INSERTS))},
        int(fields.get("client_protocol_version") or 0),
    )
    return Wanted(asked, fields.get("query_id", ""), _encodings(header), fields.get("compress", "0") not in ("", "0"))


def _unfit(header: Message, fields: dict[str, str], body: bytes) -> NotAnswered | None:
    """Why a request is no question, as far as it can be said without the warehouse."""
    if header.get("Content-Encoding", "identity").lower() != "identity" or fields.get("decompress", "0") not in ("", "0"):
        return _PACKED
    try:
        if fields.get("query"):
            question(fields["query"])
        said = f"{fields.get('query', '')}{body.decode()}"
    except Refused as error:
        return NotAnswered(164, "READONLY", error.detail)
    except UnicodeDecodeError:
        return NotAnswered(6, "CANNOT_PARSE_TEXT", "the question is no UTF-8")
    revision = fields.get("client_protocol_version") or "0"
    problems = (
        (not said.strip(), NotAnswered(62, "SYNTAX_ERROR", "Empty query")),
        (any("\0" in text for text in (said, *fields.values())), NotAnswered(6, "CANNOT_PARSE_TEXT", "there is a NUL character in the question")),
        (not re.fullmatch(r"\d{1,9}", revision, re.ASCII), NotAnswered(72, "CANNOT_PARSE_NUMBER", "client_protocol_version is no number")),
    )
    return next((problem for there, problem in problems if there), None)


def _encodings(header: Message) -> tuple[str, ...]:
    said = [part.partition(";") for part in header.get("Accept-Encoding", "").lower().split(",")]
    return tuple(name.strip() for name, _, weight in said if weight.replace(" ", "") not in ("q=0", "q=0.0"))


def _bad(said: str) -> NotAnswered:
    return NotAnswered(36, "BAD_ARGUMENTS", said)


def _too_large() -> NotAnswered:
    return NotAnswered(214, "QUERY_IS_TOO_LARGE", f"a question has at most {LARGEST_BODY} bytes")
