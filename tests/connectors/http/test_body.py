from __future__ import annotations

import asyncio
import gzip
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.types import Message

from connectors.http import body
from connectors.http.body import MOST_BYTES
from connectors.http.problem import ProblemError


def asked(pieces: Sequence[bytes], **headers: str) -> Request:
    """A request whose body arrives in these pieces."""
    waiting = list(pieces)

    async def receive() -> Message:
        return {"type": "http.request", "body": waiting.pop(0) if waiting else b"", "more_body": bool(waiting)}

    found = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": found}, receive)


def read(*pieces: bytes, **headers: str) -> bytes:
    return asyncio.run(body.read(asked(pieces, **headers)))


def status(*pieces: bytes, **headers: str) -> int:
    with pytest.raises(ProblemError) as problem:
        read(*pieces, **headers)
    return problem.value.status


def test_a_body_is_read_as_it_comes_up_to_its_most() -> None:
    assert read(b"ab", b"", b"c") == b"abc"
    assert len(read(*[b"x" * (1 << 20)] * 8)) == MOST_BYTES
    assert status(*[b"x" * (1 << 20)] * 8, b"x") == 413


def test_gzip_is_unpacked_whatever_the_pieces_and_the_members() -> None:
    packed = gzip.compress(b"one\n") + gzip.compress(b"two\n")
    assert read(*(packed[n : n + 1] for n in range(len(packed))), content_encoding="gzip") == b"one\ntwo\n"
    assert read(packed, content_encoding="GZIP") == b"one\ntwo\n"


def test_a_bomb_is_not_unpacked_beyond_the_most() -> None:
    assert status(gzip.compress(b"\0" * (MOST_BYTES + 1)), content_encoding="gzip") == 413
    assert len(read(gzip.compress(b"\0" * MOST_BYTES), content_encoding="gzip")) == MOST_BYTES


@pytest.mark.parametrize("packed", [b"", b"no gzip", gzip.compress(b"cut off", mtime=0)[:-3], gzip.compress(b"x", mtime=0) + b"rest"])
def test_what_says_that_it_is_packed_and_is_not_is_refused(packed: bytes) -> None:
    assert status(packed, content_encoding="gzip") == 400


def test_kinds_that_are_read_and_those_that_are_not() -> None:
    assert body.has_many_lines(asked([], content_type="application/x-ndjson"))
    assert not body.has_many_lines(asked([], content_type='Application/JSON; charset="UTF-8"'))
    for headers in (
        {},
        {"content_type": "text/plain"},
        {"content_type": "application/json; charset=gbk"},
        {"content_type": "application/json", "content_encoding": "br"},
    ):
        with pytest.raises(ProblemError) as problem:
            body.has_many_lines(asked([], **headers))
        assert problem.value.status == 415


def test_a_length_that_is_too_great_is_refused_before_anything_is_read() -> None:
    body.check_length(asked([], content_length=str(MOST_BYTES)))
    body.check_length(asked([], content_length="nonsense"))
    with pytest.raises(ProblemError):
        body.check_length(asked([], content_length=str(MOST_BYTES + 1)))


def test_who_sends_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PATIENCE_S", 0.01)

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    request = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)
    with pytest.raises(ProblemError) as problem:
        asyncio.run(body.read(request))
    assert problem.value.status == 408
