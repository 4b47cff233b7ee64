"""Pushes lines at an HTTP door as a department's system does: one connection, again when it is told to wait."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import orjson

from schemas.errors import UccError, Unavailable

MOST_LINES = 1_000
"""Of a request; the door takes five times as many."""
TOO_MANY, AWAY = 429, 503
LONGEST_S = 120.0


class Receipt(NamedTuple):
    """What the door said of one line: accepted, resent or refused; `receipt_id` empty where it was refused."""

    status: str
    receipt_id: str


class Pusher:
    """One client of a door. Used by one thread."""

    def __init__(self, address: str) -> None:
        """`address`: http://host:port."""
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def reports(self, source: str, key: str, lines: Sequence[bytes]) -> list[Receipt]:
        """Pushes reports, in their order. Raises Unavailable when the door does not take them for two minutes."""
        found: list[Receipt] = []
        for first in range(0, len(lines), MOST_LINES):
            answer = self._sent(f"/v1/reports/{source}", key, lines[first : first + MOST_LINES])
            found += [Receipt(one["status"], one.get("receipt_id", "")) for one in answer.get("receipts", [])]
        return found

    def figures(self, what: str, key: str, lines: Sequence[bytes]) -> tuple[int, int]:
        """Pushes `readings` or `positions`; how many were accepted, how many refused."""
        said = [
            one["status"] for first in range(0, len(lines), MOST_LINES) for one in self._sent(f"/v1/{what}", key, lines[first : first + MOST_LINES])["lines"]
        ]
        return said.count("accepted"), said.count("refused")

    def _sent(self, path: str, key: str, lines: Sequence[bytes]) -> dict[str, Any]:
        body, until = b"\n".join(lines), time.monotonic() + LONGEST_S
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
        while True:
            try:
                self._connection.request("POST", path, body, headers)
                answer = self._connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                self._connection.close()  # what was on its way is sent again: it has the same receipts
                wait = 0.2
            else:
                if answer.status not in (TOO_MANY, AWAY):
                    return self._read(answer.status, said)
                wait = float(answer.headers.get("Retry-After", "1"))
            if time.monotonic() + wait > until:
                raise Unavailable("the door takes nothing more", where=path)
            time.sleep(wait)

    def _read(self, status: int, said: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = orjson.loads(said)
        if "receipts" in answer or "lines" in answer:  # 400 with a reason for each line is an answer, too
            return answer
        raise UccError(f"the door answered {status}: {answer.get('detail', '')}")
