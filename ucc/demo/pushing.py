"""A client of the HTTP door, as departments' systems and people's screens are: one connection, again when it is told to wait."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import orjson

from schemas.errors import UccError, Unavailable

MOST_LINES = 1_000
"""Of a request; the door takes five times as many."""
TOO_MANY, AWAY = 429, 503
ANSWERS = (200, 202, 409)
"""Of the door to a command: done, safe and not done yet, refused by the fold."""
LONGEST_S = 120.0
NDJSON, JSON = "application/x-ndjson", "application/json"


class EndedError(UccError):
    """The demo was told to end."""


class Receipt(NamedTuple):
    """What the door said of one line: accepted, resent or refused; `receipt_id` empty where it was refused."""

    status: str
    receipt_id: str


class Pusher:
    """One client of a door. Used by one thread."""

    def __init__(self, address: str, ended: threading.Event) -> None:
        """`address`: http://host:port. Once `ended` is set nothing is tried again."""
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
        self._ended = ended

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def reports(self, source: str, key: str, lines: Sequence[bytes]) -> list[Receipt]:
        """Pushes reports, in their order. Raises Unavailable when the door does not take them for two minutes, EndedError."""
        found: list[Receipt] = []
        for first in range(0, len(lines), MOST_LINES):
            answer = self._lines(f"/v1/reports/{source}", key, lines[first : first + MOST_LINES])
            found += [Receipt(one["status"], one.get("receipt_id", "")) for one in answer.get("receipts", [])]
        return found

    def figures(self, what: str, key: str, lines: Sequence[bytes]) -> tuple[int, int]:
        """Pushes `readings` or `positions`; how many were accepted, how many refused. Raises as `reports`."""
        said = [
            one["status"] for first in range(0, len(lines), MOST_LINES) for one in self._lines(f"/v1/{what}", key, lines[first : first + MOST_LINES])["lines"]
        ]
        return said.count("accepted"), said.count("refused")

    def command(self, key: str, line: bytes) -> None:
        """Commands, and waits for the answer; what came of it stands among the verdicts. Raises as `reports`, and UccError where the door knows no such command."""
        status, said = self._sent("/v1/commands", key, line, JSON)
        if status not in ANSWERS:
            raise _strange(status, said)

    def _lines(self, path: str, key: str, lines: Sequence[bytes]) -> dict[str, Any]:
        status, said = self._sent(path, key, b"\n".join(lines), NDJSON)
        answer: dict[str, Any] = orjson.loads(said)
        if "receipts" in answer or "lines" in answer:  # 400 with a reason for each line is an answer, too
            return answer
        raise _strange(status, said)

    def _sent(self, path: str, key: str, body: bytes, kind: str) -> tuple[int, bytes]:
        until = time.monotonic() + LONGEST_S
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
        while True:
            try:
                self._connection.request("POST", path, body, headers)
                answer = self._connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                self._connection.close()  # what was on its way is sent again: it has the same receipts, and the same command_id
                wait = 0.2
            else:
                if answer.status not in (TOO_MANY, AWAY):
                    return answer.status, said
                wait = float(answer.headers.get("Retry-After", "1"))
            if time.monotonic() + wait > until:
                raise Unavailable("the door takes nothing more", where=path)
            if self._ended.wait(wait):
                raise EndedError("the demo was ended before its day was over")


def _strange(status: int, said: bytes) -> UccError:
    return UccError(f"the door answered {status}: {orjson.loads(said).get('detail', '')}")
