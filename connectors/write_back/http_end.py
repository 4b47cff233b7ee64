"""Results to a source's own address: one POST each, signed, tried again while there is hope, given up where all can see it."""

from __future__ import annotations

import hashlib
import hmac
import os
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import orjson
import structlog

from connectors.write_back.ways import secret_of
from schemas.errors import LogUnavailable
from schemas.metrics import RESULT_TRIES_FAILED, RESULTS_DELIVERED

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.write_back.kept import Kept, Waiting
    from connectors.write_back.ways import Way

logger = structlog.get_logger()
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
AGAIN = frozenset({408, 425, 429})
"""Answers that ask for another try, beside 5xx; any other that is not 2xx will not change by being asked again."""
_LIST = Lock()
"""The list of the undelivered is of all sources."""


class Answer(NamedTuple):
    """What came of one POST."""

    code: str
    """The status, or what kept us from having one: connection, timeout, certificate, secret."""
    delivered: bool = False
    again: bool = True
    after_s: float = 0.0
    """How long the receiver asks us to wait."""


class HttpEnd:
    """Posts to one address, one at a time. While it does not answer, the pauses between tries double, up to five minutes."""

    def __init__(self, way: Way, source: str, undelivered: Path) -> None:
        """`undelivered`: the file that lists what was given up."""
        self._way, self._source, self._undelivered = way, source, undelivered
        self._failed = 0
        self._next_at = 0.0

    def deliver(self, kept: Kept, now: float) -> bool:
        """Tries one that is due; whether there was one. Raises LogUnavailable when what came of it cannot be noted: it is then tried again."""
        if now < self._next_at:
            return False
        one = kept.due(now)
        if one is None:
            return False
        answer = post(self._way, one, int(now))
        if answer.delivered:
            self._failed, self._next_at = 0, 0.0
            kept.done([one])
            RESULTS_DELIVERED.labels(self._source).inc()
            return True
        RESULT_TRIES_FAILED.labels(self._source, answer.code).inc()
        if not answer.again or now - one.since > self._way.give_up_hours * 3600:
            self._give_up(kept, one, answer, now)
            return True
        pause = min(LONGEST_PAUSE_S, max(answer.after_s, FIRST_PAUSE_S * 2 ** min(self._failed, 16)))
        self._failed += 1
        self._next_at = now + pause
        kept.put_off(one, self._next_at)
        return True

    def _give_up(self, kept: Kept, one: Waiting, answer: Answer, now: float) -> None:
        logger.error("a result was given up; mend the cause, then `ucc write-back --again`", source=self._source, code=answer.code, result_id=one.result_id)
        line = orjson.dumps({"at": int(now), "source": self._source, "code": answer.code, "tries": one.tries + 1, "result": orjson.Fragment(one.line)})
        try:
            with _LIST, self._undelivered.open("ab") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise LogUnavailable(f"the list of the undelivered cannot be written: {error.strerror}", where=str(self._undelivered)) from error
        self._undelivered.chmod(0o600)
        kept.give_up(one)


def post(way: Way, one: Waiting, timestamp: int) -> Answer:
    """Posts one result, signed over `<timestamp>.<body>`. Redirects are not followed: the words are for this address alone."""
    try:
        secret = secret_of(way)
    except (OSError, ValueError):
        return Answer("secret")
    parts = urlsplit(way.url)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "ucc",
        "Connection": "close",
        "Idempotency-Key": one.result_id,
        "X-UCC-Timestamp": str(timestamp),
        "X-UCC-Signature": signature(secret, timestamp, one.line),
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection: HTTPConnection | None = None
    try:
        connection = _connection(way)
        connection.request("POST", target, body=one.line, headers=headers)
        response = connection.getresponse()
        return _answer(response.status, response.getheader("Retry-After", ""))
    except TimeoutError:
        return Answer("timeout")
    except ssl.SSLError:
        return Answer("certificate")
    except (OSError, HTTPException):
        return Answer("connection")
    finally:
        if connection is not None:
            connection.close()


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """`sha256=` and the HMAC of `<timestamp>.<body>` in hexadecimal digits."""
    return "sha256=" + hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _connection(way: Way) -> HTTPConnection:
    parts = urlsplit(way.url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return HTTPConnection(host, parts.port, timeout=way.timeout_s)
    return HTTPSConnection(host, parts.port, timeout=way.timeout_s, context=ssl.create_default_context(cafile=way.ca_file))


def _answer(status: int, retry_after: str) -> Answer:
    delivered, again = 200 <= status < 300, status in AGAIN or status >= 500  # noqa: PLR2004  the classes of HTTP
    return Answer(str(status), delivered, again, float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 0.0)  # noqa: PLR2004  a day
