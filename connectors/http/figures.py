"""The HTTP door for figures: `POST /v1/readings` by departments, `POST /v1/positions` by the phones' platform of the joint patrol.

Beside the door for reports (`connectors.http.app`), with the same keys, bodies and bounds; there are no receipts, because nothing becomes of a figure:
a reading that comes again is the same row, and a fix is followed by the next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, Protocol

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from connectors.figures import Contract
from connectors.http import body as bodies
from connectors.http import lines as reading
from connectors.http.described import problems
from connectors.http.ports import Holder
from connectors.http.problem import LineError, ProblemError
from connectors.http.rate import Rates
from schemas import metrics
from schemas.errors import NotFound, Refused, Unavailable
from schemas.fields import Model
from schemas.masking import masked
from schemas.reading import Position, Reading
from schemas.topics import POSITIONS, READINGS, Topic
from schemas.vocabulary import Source

SMALL_BYTES = 16 << 10
"""What is read at once costs the loop a millisecond or two; more is read in a thread beside it."""
AT_ONCE = 8
"""Bodies that are being read at the same time: of 8 MiB each, 64 MiB."""
LONGEST_DETAIL = 300
_KEY = HTTPBearer(auto_error=False, description="An API key of one source: `ucc keys create`.")
_Key = Annotated[HTTPAuthorizationCredentials | None, Depends(_KEY)]


class Figures(Protocol):
    """Where the figures of one centre go. All methods may be called from any thread."""

    def contract(self) -> Contract:
        """What the centre takes now. May read the pack from the disk, so not in a loop of events. Raises NotFound (no pack yet), LogUnavailable."""
        ...

    def take_readings(self, readings: Sequence[Reading]) -> Future[None]:
        """Makes readings durable; the future is done when they are, and raises LogUnavailable. Idempotent. Does not block."""
        ...

    def take_positions(self, fixes: Sequence[Position]) -> None:
        """Takes fixes, which are durable within a second or two. Idempotent. Does not block. Raises LogUnavailable while they cannot be written."""
        ...


FiguresOf = Callable[[str], Figures | None]
"""The figures of a centre; none where the centre is not served here."""


class KeyHolders(Protocol):
    """As `connectors.http.app.Gate`."""

    def holder(self, key: HTTPAuthorizationCredentials | None) -> Holder:
        """Whom a key lets in. Raises ProblemError 401."""
        ...


class TakenLine(BaseModel):
    """What the door did with one line."""

    line: int = Field(ge=1, description="Its number in the body, from 1; empty lines are counted, and not told of.")
    status: str = Field(json_schema_extra={"enum": ["accepted", "refused"]})
    error: LineError | None = None


class Taken(BaseModel):
    """What was taken."""

    lines: list[TakenLine] = Field(description="One for each line that was not empty, in their order.")


class Kind(NamedTuple):
    """One kind of figures."""

    topic: Topic
    source: Source
    model: type[Model]
    words: str


READING = Kind(READINGS, Source.DEPARTMENT, Reading, "readings")
FIX = Kind(POSITIONS, Source.JOINT_PATROL, Position, "positions")
Said = list[tuple[int, Reading | Position | Refused]]


def routes(gate: KeyHolders, figures_of: FiguresOf, requests: float, lines: float) -> APIRouter:
    """The two routes. `requests` and `lines`: a second, each key."""
    router, door = APIRouter(), Door(gate, figures_of, Rates(requests, lines, reading.MOST_LINES))
    answers = problems(400, 401, 403, 408, 413, 415, 429, 500, 503)

    @router.post(f"/v1/{READING.words}", status_code=202, response_model=Taken, responses=answers, openapi_extra=_body(READING), summary="Push readings")
    async def readings(request: Request, key: _Key = None) -> Response:
        return await door.answered(request, key, READING)

    @router.post(f"/v1/{FIX.words}", status_code=202, response_model=Taken, responses=answers, openapi_extra=_body(FIX), summary="Push positions")
    async def positions(request: Request, key: _Key = None) -> Response:
        return await door.answered(request, key, FIX)

    return router


class Door:
    """Answers pushes of figures. Lives in the server's event loop."""

    def __init__(self, gate: KeyHolders, figures_of: FiguresOf, rates: Rates) -> None:
        self._gate, self._figures_of, self._rates = gate, figures_of, rates
        self._places = asyncio.Semaphore(AT_ONCE)

    async def answered(self, request: Request, key: HTTPAuthorizationCredentials | None, kind: Kind) -> Response:
        """The answer to a push, a problem included."""
        began = time.perf_counter()
        try:
            answer = await self._answered(request, key, kind)
        except ProblemError as problem:
            answer = problem.response()
        metrics.PUSHES.labels(kind.source.value, str(answer.status_code)).inc()
        metrics.PUSH_SECONDS.observe(time.perf_counter() - began)
        return answer

    async def _answered(self, request: Request, key: HTTPAuthorizationCredentials | None, kind: Kind) -> Response:
        holder = self._gate.holder(key)
        if holder.source is not kind.source:
            raise ProblemError(403, f"this key is of {holder.source.value}; {kind.words} are pushed with one of {kind.source.value}")
        figures = self._figures_of(holder.centre)
        if figures is None:
            raise ProblemError(503, "the centre of this key is not served here", headers={"Retry-After": "30"})
        is_many = bodies.has_many_lines(request)
        bodies.check_length(request)
        _wait(self._rates.requests(holder.key_id), "requests")
        async with self._places:
            body = await bodies.read(request)
            lines = reading.many(body) if is_many else reading.one(body)
            if not lines:
                raise ProblemError(400, "there is nothing in the body")
            if len(lines) > reading.MOST_LINES:
                raise ProblemError(413, f"a request has at most {reading.MOST_LINES:,} lines: send them in several")
            _wait(self._rates.lines(holder.key_id, len(lines)), "lines")
            said = await _said(figures, kind, lines, small=len(body) <= SMALL_BYTES)
            await _taken(figures, kind, said)
        return _response(kind, said, is_many=is_many)


async def _said(figures: Figures, kind: Kind, lines: list[tuple[int, bytes]], *, small: bool) -> Said:
    try:
        contract = await asyncio.to_thread(figures.contract)
    except (NotFound, Unavailable) as error:
        raise ProblemError(503, "what this centre takes is not known yet; send this again later", headers={"Retry-After": "30"}) from error
    return _read(contract, kind, lines) if small else await asyncio.to_thread(_read, contract, kind, lines)


def _read(contract: Contract, kind: Kind, lines: list[tuple[int, bytes]]) -> Said:
    """What each line says, or why it is refused."""
    read = contract.reading if kind is READING else contract.position
    now, said = datetime.now(UTC), Said()
    for number, line in lines:
        try:
            said.append((number, read(line, now)))
        except Refused as refusal:
            said.append((number, refusal))
    return said


async def _taken(figures: Figures, kind: Kind, said: Said) -> None:
    """Hands over what is sound. Raises ProblemError 503."""
    try:
        if kind is READING:
            await asyncio.wrap_future(figures.take_readings([one for _, one in said if isinstance(one, Reading)]))
        else:
            figures.take_positions([one for _, one in said if isinstance(one, Position)])
    except Unavailable as error:
        raise ProblemError(503, "the log cannot be written now; send this again", headers={"Retry-After": "5"}) from error


def _response(kind: Kind, said: Said, *, is_many: bool) -> Response:
    refusals = [one for _, one in said if isinstance(one, Refused)]
    metrics.FIGURES.labels(kind.topic.name, "refused").inc(len(refusals))
    metrics.FIGURES.labels(kind.topic.name, "accepted").inc(len(said) - len(refusals))
    lines = [_line(number, one) for number, one in said]
    if len(refusals) == len(said):
        why = "none of the lines can be taken; each has its reason" if is_many else _reason(refusals[0])
        raise ProblemError(400, why, lines=lines)
    return Response(orjson.dumps({"lines": lines}), 202, media_type="application/json")


def _line(number: int, said: Reading | Position | Refused) -> dict[str, object]:
    if isinstance(said, Refused):
        return {"line": number, "status": "refused", "error": {"code": said.code, "detail": _reason(said)}}
    return {"line": number, "status": "accepted"}


def _reason(refusal: Refused) -> str:
    """The sentence, short, and without numbers that may be a person's."""
    return masked(str(refusal))[:LONGEST_DETAIL]


def _wait(seconds: int, what: str) -> None:
    if seconds:
        raise ProblemError(429, f"more {what} than this key may send; wait {seconds} s", headers={"Retry-After": str(seconds)})


def _body(kind: Kind) -> dict[str, Any]:
    """How the body is described. Patterns are left out: which characters a name may not hold, JSON Schema's regular expressions cannot all say."""
    schema = kind.model.json_schema()
    schema["properties"] = {
        name: {word: said for word, said in part.items() if word != "pattern"} for name, part in schema["properties"].items() if name != "centre"
    }
    content = {
        "application/json": {"schema": schema},
        "application/x-ndjson": {"schema": {"type": "string", "description": f"The same, one a line, at most {reading.MOST_LINES:,}."}},
    }
    return {"requestBody": {"required": True, "description": "May be packed with gzip. docs/departments.md has an example.", "content": content}}
