"""One push: a body becomes durable lines with receipts, or is refused with reasons."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor

import orjson
from fastapi import Request, Response

from connectors.http import body as bodies
from connectors.http import lines as reading
from connectors.http.ports import Answer, Behind, Holder, Noted, Way
from connectors.http.problem import CODES, KIND, ProblemError
from connectors.http.rate import Rates
from connectors.message import MessageReader
from schemas import metrics
from schemas.errors import Refused, Unavailable
from schemas.masking import masked
from schemas.report import Report
from schemas.vocabulary import Source

AT_ONCE = 16
"""Bodies that are being read at the same time: of 8 MiB each, 128 MiB."""
SMALL_BYTES = 16 << 10
"""What is read at once costs the loop a millisecond; more is read beside it, so that others need not wait."""
LONGEST_NAME = 200
"""Characters of an Idempotency-Key."""
LONGEST_DETAIL = 300
PATIENCE_S = 10.0
"""How long a push waits for the log; whether its lines were accepted is then known when it is sent again."""
RETRY_S = "2"
"""When to try again where the centre is behind: it folds thousands of lines a second."""


class Push:
    """Answers pushes. Lives in the server's event loop."""

    def __init__(self, behind: Behind, rates: Rates, most_behind: int) -> None:
        self._behind, self._rates, self._most_behind = behind, rates, most_behind
        self._places = asyncio.Semaphore(AT_ONCE)
        self._readers: dict[tuple[str, Source, bool], MessageReader] = {}
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="lines")
        self._being_answered: set[str] = set()

    async def answered(self, request: Request, holder: Holder, way: Way, once: str | None) -> Response:
        """The answer to a push. Raises ProblemError."""
        is_many = bodies.has_many_lines(request)
        bodies.check_length(request)
        if once is not None and not (1 <= len(once) <= LONGEST_NAME and once.isprintable()):
            raise ProblemError(400, f"an Idempotency-Key has 1 to {LONGEST_NAME} printable characters")
        _wait(self._rates.requests(holder.key_id), "requests")
        if way.behind() > self._most_behind:
            metrics.PUSH_REFUSALS.labels(holder.centre, "behind").inc()
            raise ProblemError(503, "the centre is behind with what it has accepted; send this again later", headers={"Retry-After": RETRY_S})
        async with self._places:
            body = await bodies.read(request)
            if once is None:
                return await self._taken(body, is_many, holder, way)
            return await self._once(once, body, is_many, holder, way)

    async def _once(self, once: str, body: bytes, is_many: bool, holder: Holder, way: Way) -> Response:  # noqa: FBT001  as it is known by then
        """As `_taken`, with the answer that was given before where there was one."""
        name = hashlib.sha256(f"{holder.source.value}\n{once}".encode()).hexdigest()
        body_hash = hashlib.sha256(body).digest()
        if name in self._being_answered:
            raise ProblemError(409, "a request with this Idempotency-Key is being answered just now", headers={"Retry-After": "1"})
        self._being_answered.add(name)
        try:
            before = way.answered(name)
            if before is not None and before.body_hash != body_hash:
                raise ProblemError(422, "this Idempotency-Key was used with another body: a new body needs a new key")
            if before is not None:
                return Response(before.body, before.status, media_type=KIND if before.status >= 400 else "application/json")  # noqa: PLR2004  an HTTP status
            try:
                answer = await self._taken(body, is_many, holder, way)
            except ProblemError as problem:
                if problem.status != 400:  # noqa: PLR2004  what may be otherwise the next time is not kept
                    raise
                answer = problem.response()
            try:
                await asyncio.to_thread(way.keep, name, Answer(body_hash, answer.status_code, bytes(answer.body)))
            except Unavailable as error:
                raise _unavailable(holder.centre) from error
            return answer
        finally:
            self._being_answered.discard(name)

    async def _taken(self, body: bytes, is_many: bool, holder: Holder, way: Way) -> Response:  # noqa: FBT001  as above
        lines = reading.many(body) if is_many else reading.one(body)
        if not lines:
            raise ProblemError(400, "there is no report in the body")
        if len(lines) > reading.MOST_LINES:
            raise ProblemError(413, f"a request has at most {reading.MOST_LINES:,} lines: send them in several")
        _wait(self._rates.lines(holder.key_id, len(lines)), "lines")
        heard = await self._heard(holder, lines, small=len(body) <= SMALL_BYTES)
        reports = [line.said for line in heard if isinstance(line.said, Report)]
        noted = iter(await self._noted(reports, holder, way))
        receipts = [_receipt(line.number, line.said if isinstance(line.said, Refused) else next(noted)) for line in heard]
        for receipt in receipts:
            metrics.PUSH_LINES.labels(holder.source.value, str(receipt["status"])).inc()
        if not reports:
            raise ProblemError(400, "none of the lines can be read; each has its reason" if is_many else _reason(heard[0].said), receipts=receipts)
        return Response(orjson.dumps({"receipts": receipts}), 202, media_type="application/json")

    async def _heard(self, holder: Holder, lines: list[tuple[int, bytes]], *, small: bool) -> list[reading.Heard]:
        reader = self._reader(holder.centre, holder.source, small=small)
        if small:
            return reading.heard(reader, lines)
        return await asyncio.get_running_loop().run_in_executor(self._beside, reading.heard, reader, lines)

    def _reader(self, centre: str, source: Source, *, small: bool) -> MessageReader:
        """One for the loop and one for the thread beside it."""
        name = (centre, source, small)
        if name not in self._readers:
            self._readers[name] = self._behind.reader(centre, source)
        return self._readers[name]

    async def _noted(self, reports: list[Report], holder: Holder, way: Way) -> list[Noted]:
        if not reports:
            return []
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.wrap_future(way.take(holder.source, reports))
        except (Unavailable, TimeoutError) as error:
            raise _unavailable(holder.centre) from error


def _unavailable(centre: str) -> ProblemError:
    metrics.PUSH_REFUSALS.labels(centre, "log").inc()
    return ProblemError(503, "the log cannot be written now; send this again: what was accepted keeps its receipt", headers={"Retry-After": "5"})


def _wait(seconds: int, what: str) -> None:
    if seconds:
        raise ProblemError(429, f"more {what} than this key may send; wait {seconds} s", headers={"Retry-After": str(seconds)})


def _receipt(number: int, said: Noted | Refused) -> dict[str, object]:
    if isinstance(said, Refused):
        return {"line": number, "status": "refused", "error": {"code": said.code, "detail": _reason(said)}}
    return {"line": number, "status": "resent" if said.resent else "accepted", "receipt_id": said.receipt_id}


def _reason(said: object) -> str:
    """The sentence of a refusal, short, and without numbers that may be a person's, should it quote what somebody wrote."""
    return masked(str(said))[:LONGEST_DETAIL] or CODES[400]
