"""What was sent, read within bounds: of size, of time, and of what it becomes when it is unpacked."""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request

from connectors.http.problem import ProblemError

MOST_BYTES = 8 << 20
"""Of a body, packed and unpacked: 5,000 lines of 1,600 bytes."""
PATIENCE_S = 30.0
"""For all of it to arrive."""
MOST_PASSED_OVER, PASSED_OVER_S = 128 << 20, 10.0
"""Bytes and seconds of a refused body that are read only so that its sender hears why."""
KINDS = {"application/json": False, "application/x-ndjson": True}
"""Whether a kind of body has many lines."""


def has_many_lines(request: Request) -> bool:
    """By its Content-Type. Raises ProblemError 415."""
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    many = KINDS.get(kind.strip().lower())
    if many is None:
        raise ProblemError(415, "send one report as application/json, or several, one a line, as application/x-ndjson")
    charset = rest.strip().lower().replace('"', "")
    if charset.startswith("charset=") and charset != "charset=utf-8":
        raise ProblemError(415, "JSON is sent in UTF-8")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("identity", "gzip", "x-gzip"):
        raise ProblemError(415, "a body may be packed with gzip, and with nothing else")
    return many


def check_length(request: Request) -> None:
    """By what the request says of itself. Raises ProblemError 413."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > MOST_BYTES:
        raise too_large()


async def read(request: Request) -> bytes:
    """The body, unpacked. Raises ProblemError 413 (too large), 408 (too slow), 400 (what says that it is packed and is not)."""
    packed = request.headers.get("content-encoding", "identity").strip().lower() != "identity"
    taken = _Unpacked() if packed else _Plain()
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for piece in request.stream():
                taken.add(piece)
    except TimeoutError as error:
        raise ProblemError(408, f"the body did not arrive within {PATIENCE_S:g} seconds", headers={"Connection": "close"}) from error
    return taken.whole()


async def passed_over(request: Request) -> None:
    """Reads what is left of a body that is refused, and drops it: a client that is still sending would not hear the answer. Within bounds."""
    left = MOST_PASSED_OVER
    with suppress(ClientDisconnect, RuntimeError, TimeoutError):  # it has gone; all was read; it is too slow
        async with asyncio.timeout(PASSED_OVER_S):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    return


def too_large() -> ProblemError:
    """More than a body may have."""
    return ProblemError(413, f"a body has at most {MOST_BYTES >> 20} MiB, packed and unpacked: send it in several requests")


class _Plain:
    """A body as it comes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Takes a piece."""
        self._size += len(piece)
        if self._size > MOST_BYTES:
            raise too_large()
        self._pieces.append(piece)

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces)


class _Unpacked(_Plain):
    """A body packed with gzip; it may have several members, as gzip allows."""

    def __init__(self) -> None:
        super().__init__()
        self._member = zlib.decompressobj(31)
        self._arrived = 0

    def add(self, piece: bytes) -> None:
        """Unpacks a piece, never more of it than a body may have."""
        self._arrived += len(piece)
        if self._arrived > MOST_BYTES:
            raise too_large()
        try:
            while piece:
                if self._member.eof:
                    self._member = zlib.decompressobj(31)
                super().add(self._member.decompress(piece, MOST_BYTES + 1 - self._size))
                piece = self._member.unconsumed_tail or self._member.unused_data
        except zlib.error as error:
            raise ProblemError(400, "the body says that it is packed with gzip, and is not") from error

    def whole(self) -> bytes:
        """All of it, if its end came."""
        if not self._member.eof:
            raise ProblemError(400, "the packed body ends too early")
        return super().whole()
