"""The HTTP door as an ASGI app.

    app = door(behind, Limits())

Checks come in this order, each cheaper than the next or needed by it: key (401), source (404, 403), kind of body (415), size (413), rate (429),
whether the centre is behind (503); then the lines are read, made durable, and answered with 202.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
import structlog
from fastapi import Depends, FastAPI, Header, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.http import commands, figures
from connectors.http.body import passed_over
from connectors.http.described import ABOUT, BODY, TITLE, Became, Pushed, Well, completed, problems
from connectors.http.lines import MOST_LINES
from connectors.http.ports import Behind, Fate, Holder, Keys, Person, Way
from connectors.http.problem import ProblemError
from connectors.http.push import Push
from connectors.http.rate import Rates
from schemas import metrics
from schemas.errors import Unavailable, without_words
from schemas.vocabulary import OutcomeKind, Source

logger = structlog.get_logger()
PENDING = "pending"
_SOURCES = {source.value: source for source in Source}
_KEY = HTTPBearer(auto_error=False, description="An API key of one source: `ucc keys create`.")
_SourceName = Annotated[str, Path(description="The source whose key it is.", json_schema_extra={"enum": list(_SOURCES)})]
_Key = Annotated[HTTPAuthorizationCredentials | None, Depends(_KEY)]
_Once = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The same key with the same body gets the same answer, for 24 hours.",
        json_schema_extra={"minLength": 1, "maxLength": 200},
    ),
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the door takes. `requests` and `lines`: a second, each key; `behind`: accepted lines that are not folded yet, beyond which it takes no more."""

    requests: float = 1_000
    lines: float = 10_000
    behind: int = 50_000


def door(keys: Keys, behind: Behind, limits: Limits, figures_of: figures.FiguresOf) -> FastAPI:
    """The app."""
    app = FastAPI(title=TITLE, description=ABOUT, version="1", docs_url=None, redoc_url=None, openapi_url=None)
    push_at, push = Gate(keys, behind), Push(behind, Rates(limits.requests, limits.lines, MOST_LINES), limits.behind)

    @app.post(
        "/v1/reports/{source}",
        status_code=202,
        response_model=Pushed,
        responses=problems(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503),
        openapi_extra=BODY,
        summary="Push reports",
    )
    async def reports(request: Request, source: _SourceName, key: _Key = None, once: _Once = None) -> Response:
        began = time.perf_counter()
        try:
            holder = push_at.opens(key, source)
            answer = await push.answered(request, holder, push_at.way(holder), once)
        except ProblemError as problem:
            if problem.status != 408:  # noqa: PLR2004  who was too slow is not waited for again
                await passed_over(request)
            answer = problem.response()
        metrics.PUSHES.labels(source if source in _SOURCES else "", str(answer.status_code)).inc()
        metrics.PUSH_SECONDS.observe(time.perf_counter() - began)
        return answer

    @app.get("/v1/receipts/{receipt_id}", response_model=Became, responses=problems(401, 404, 500, 503), summary="What became of a line")
    async def receipts(receipt_id: str, key: _Key = None) -> Response:
        holder = push_at.holder(key)
        fate = push_at.way(holder).fate(receipt_id)
        if fate is None or fate.source != holder.source.value:
            raise ProblemError(404, "no line with this receipt came through this source")
        return _json(200, _became(fate))

    @app.get("/healthz", response_model=Well, responses=problems(500, 503), summary="Whether reports are taken")
    async def healthz() -> Response:
        if not behind.well():
            raise ProblemError(503, "reports are not taken now", headers={"Retry-After": "1"})
        return _json(200, {"status": "ok"})

    app.include_router(figures.routes(push_at, figures_of, limits.requests, limits.lines))
    app.include_router(commands.routes(push_at, limits.requests))

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return _json(200, completed(app.openapi()))

    app.add_middleware(Unforeseen)
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(Unavailable, _away)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


class Gate:
    """Who may come in, and to where."""

    def __init__(self, keys: Keys, behind: Behind) -> None:
        self._keys, self._behind = keys, behind

    def holder(self, key: HTTPAuthorizationCredentials | None) -> Holder:
        """Which source a key lets in. Raises ProblemError 401, or 403 for a key of a person."""
        found = self._known(key)
        if isinstance(found, Person):
            raise ProblemError(403, "this key is of who commands, and opens /v1/commands alone; each source has its own")
        return found

    def person(self, key: HTTPAuthorizationCredentials | None) -> Person:
        """Whom a key lets command. Raises ProblemError 401, or 403 for a key of a source."""
        found = self._known(key)
        if isinstance(found, Holder):
            raise ProblemError(403, "this key is of a source; who commands has one of their own: `ucc keys create --role`")
        return found

    def _known(self, key: HTTPAuthorizationCredentials | None) -> Holder | Person:
        found = self._keys.holder(key.credentials) if key is not None else None
        if found is None:
            said = "this key is unknown, expired or revoked" if key is not None else "say who you are: Authorization: Bearer KEY"
            raise ProblemError(401, said, headers={"WWW-Authenticate": "Bearer"})
        return found

    def opens(self, key: HTTPAuthorizationCredentials | None, source: str) -> Holder:
        """Whom a key lets into a source. Raises ProblemError 401, 404 or 403."""
        found = self.holder(key)
        if source not in _SOURCES:
            raise ProblemError(404, f"there is no such source; there are {', '.join(_SOURCES)}")
        if found.source is not _SOURCES[source]:
            raise ProblemError(403, f"this key is of {found.source.value}; each source has its own")
        return found

    def way(self, holder: Holder | Person) -> Way:
        """The way into the centre of a key. Raises ProblemError 503."""
        found = self._behind.way(holder.centre)
        if found is None:
            raise ProblemError(503, "the centre of this key is not served here", headers={"Retry-After": "30"})
        return found


class Unforeseen:
    """Whatever nobody foresaw is answered as a problem, and noted without its words: they may be somebody's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except asyncio.CancelledError:  # the server ends, and waits no longer
            if not begun:
                await ProblemError(
                    503, "the door is being closed; send this again: what was accepted keeps its receipt", headers={"Retry-After": "5"}
                ).response()(scope, receive, send)
            raise
        except Exception as error:  # noqa: BLE001  it costs this request alone
            logger.error("a request failed", why=without_words(error))  # noqa: TRY400  without its words
            metrics.INVARIANTS_BROKEN.labels("request failed").inc()
            if not begun:
                await ProblemError(500, "this is a mistake of the program; the operator finds it in the log").response()(scope, receive, send)


def _problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)  # noqa: S101  as it is registered
    return problem.response()


def _away(_: Request, __: Exception) -> Response:
    """A local file of the door's cannot be read or written now."""
    return ProblemError(503, "this cannot be answered now; ask again", headers={"Retry-After": "5"}).response()


def _of_the_framework(_: Request, error: Exception) -> Response:
    """404 and 405 of paths that there are not."""
    assert isinstance(error, HTTPException)  # noqa: S101  as it is registered
    said = {404: "there is nothing at this address; /openapi.json says what there is", 405: "this address does not do that"}
    return ProblemError(error.status_code, said.get(error.status_code, "the request cannot be read"), headers=error.headers).response()


def _invalid(_: Request, __: Exception) -> Response:
    return ProblemError(400, "the request cannot be read").response()


def _became(fate: Fate) -> dict[str, Any]:
    """As it is shown: of what is sealed that alone."""
    said: dict[str, Any] = {"receipt_id": fate.receipt_id, "outcome": fate.outcome or PENDING}
    if fate.outcome and fate.outcome != OutcomeKind.SEALED.value:
        said |= {name: value for name in ("at", "report_id", "case_id", "revision", "code") if (value := getattr(fate, name))}
    return said


def _json(status: int, said: object) -> Response:
    return Response(orjson.dumps(said), status, media_type="application/json")
