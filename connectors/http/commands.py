"""The HTTP door for who works on cases: `POST /v1/commands`, and `GET /v1/commands/{command_id}` for what became of one.

A command takes its place in the one order of its centre, and the fold answers it. Who sent one and heard nothing sends it again under the same
command_id: it has one verdict, and is done once.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Protocol

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError

from connectors.figures import refusal
from connectors.http import body as bodies
from connectors.http.described import REF, Refusal, Waits, problems, without_patterns
from connectors.http.ports import Commanded, Person, Way
from connectors.http.problem import KIND, ProblemError
from connectors.http.rate import Rates
from connectors.jsonl_records import object_in
from connectors.payload import codec_of
from schemas import metrics
from schemas.command import Actor, Command, Verdict
from schemas.errors import Refused, Unavailable
from schemas.masking import masked
from schemas.vocabulary import Role, VerdictKind

AT_ONCE = 16
"""Bodies that are being read at the same time."""
MOST_BYTES = 256 << 10
"""Of a command: a hundred reports to be split off, and what is to be said of them."""
WAIT_S = 2.0
"""How long an answer waits for the verdict."""
PATIENCE_S = 10.0
"""How long it waits for the log."""
LONGEST_DETAIL = 300
PENDING = "pending"
NOT_WORKED_ON = "not-worked-on"
"""Code where cases of a centre are only looked at."""
_KEY = HTTPBearer(auto_error=False, description="A key of who commands: `ucc keys create --role`.")
_Key = Annotated[HTTPAuthorizationCredentials | None, Depends(_KEY)]


class People(Protocol):
    """As `connectors.http.app.Gate`."""

    def person(self, key: HTTPAuthorizationCredentials | None) -> Person:
        """Whom a key lets command. Raises ProblemError 401, 403."""
        ...

    def way(self, holder: Person) -> Way:
        """The way into the centre of a key. Raises ProblemError 503."""
        ...


def routes(gate: People, requests: float) -> APIRouter:
    """The two routes. `requests`: a second, each key."""
    router, door = APIRouter(), Door(Rates(requests, requests, 1))

    @router.post(
        "/v1/commands",
        response_model=Verdict,
        responses=_answers(400, 401, 403, 408, 413, 415, 422, 429, 500, 503, conflict=True),
        openapi_extra=_body(),
        summary="Command",
    )
    async def command(request: Request, key: _Key = None) -> Response:
        role = ""
        try:
            person = gate.person(key)
            role = person.actor.role.value
            answer = await door.answered(request, person, gate.way(person))
        except ProblemError as problem:
            if problem.status != 408:  # noqa: PLR2004  who was too slow is not waited for again
                await bodies.passed_over(request)
            answer = problem.response()
        metrics.COMMANDS.labels(role, str(answer.status_code)).inc()
        return answer

    @router.get("/v1/commands/{command_id}", response_model=Verdict, responses=_answers(401, 403, 404, 500, 503), summary="What became of a command")
    async def verdict(command_id: str, key: _Key = None) -> Response:
        person = gate.person(key)
        said = gate.way(person).commanded(command_id)
        if said is None or (person.actor.role is not Role.DESK and said.actor != whose(person.actor)):
            raise ProblemError(404, "no command of this id came from you; sent again under the same id it is done once")
        return _told(Verdict.model_validate_json(said.verdict)) if said.verdict else _pending(command_id)

    return router


class Door:
    """Takes commands. Lives in the server's event loop."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._places = asyncio.Semaphore(AT_ONCE)

    async def answered(self, request: Request, person: Person, way: Way) -> Response:
        """The answer to a command. Raises ProblemError."""
        if bodies.has_many_lines(request):
            raise ProblemError(415, "a command is sent by itself, as application/json")
        bodies.check_length(request)
        if seconds := self._rates.requests(person.key_id):
            raise ProblemError(429, f"more requests than this key may send; wait {seconds} s", headers={"Retry-After": str(seconds)})
        async with self._places:
            command = command_from(await bodies.read(request), person.actor)
        said = await _durable(way, command)
        if (said.actor, said.action) != (whose(command.actor), command.action.value):
            raise ProblemError(422, "this command_id was used for another command: a new command needs a new id")
        line = said.verdict or await _verdict(way, command.command_id)
        if not line:
            return _pending(command.command_id)
        verdict = Verdict.model_validate_json(line)
        if verdict.verdict is VerdictKind.REFUSED:
            raise ProblemError(409, verdict.detail or "this is not possible as the case stands", code=verdict.code, verdict=verdict.model_dump(mode="json"))
        return _told(verdict)


def whose(actor: Actor) -> str:
    """An actor as verdicts name it."""
    return f"{actor.role.value}:{actor.name}"


def command_from(body: bytes, actor: Actor) -> Command:
    """A body as a command of whom the key is of. What it leaves out of its actor is the key's. Raises ProblemError 400, 403, 413."""
    if len(body) > MOST_BYTES:
        raise ProblemError(413, f"a command has at most {MOST_BYTES >> 10} KiB")
    found = _object(body)
    of_key, given = actor.model_dump(mode="json"), found.get("actor", {})
    found["actor"] = of_key | given if isinstance(given, dict) else given
    try:
        command = Command.model_validate_json(orjson.dumps(found), strict=True)
    except ValidationError as error:
        raise _unreadable(refusal(error, Command)) from None
    if command.actor != actor:
        raise ProblemError(403, "the actor is not who this key is of; leave it out, and it is filled in")
    return command


def _object(body: bytes) -> dict[str, object]:
    try:
        found = object_in(body, codec_of(body))
    except Refused as refused:  # in no encoding that is known
        raise _unreadable(refused) from None
    if isinstance(found, Refused):
        raise _unreadable(found)
    return found


def _unreadable(refused: Refused) -> ProblemError:
    return ProblemError(400, masked(str(refused))[:LONGEST_DETAIL])


async def _durable(way: Way, command: Command) -> Commanded:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await asyncio.wrap_future(way.command(command))
    except (Unavailable, TimeoutError) as error:
        raise ProblemError(503, "the log cannot be written now; send this again under the same command_id", headers={"Retry-After": "5"}) from error
    except Refused as refused:
        raise ProblemError(409, refused.detail, code=NOT_WORKED_ON) from refused


async def _verdict(way: Way, command_id: str) -> bytes:
    """The line of the verdict; empty when it takes longer."""
    try:
        async with asyncio.timeout(WAIT_S):
            return await asyncio.wrap_future(way.verdict(command_id))
    except TimeoutError:
        return b""


def _told(verdict: Verdict) -> Response:
    return Response(orjson.dumps(verdict.model_dump(mode="json")), 200, media_type="application/json")


def _pending(command_id: str) -> Response:
    said = {"command_id": command_id, "verdict": PENDING}
    return Response(orjson.dumps(said), 202, {"Location": f"/v1/commands/{command_id}"}, "application/json")


def _answers(*statuses: int, conflict: bool = False) -> dict[int | str, dict[str, Any]]:
    """The answers of a route beside the verdict."""
    location = {"Location": {"description": "Where to ask for the verdict.", "schema": {"type": "string"}}}
    found = problems(*statuses) | {202: {"model": Waits, "description": "Durable; the verdict takes longer.", "headers": location}}
    if conflict:
        schema = {"$ref": REF.format(model=Refusal.__name__)}
        found[409] = {"description": "The fold refused it; `code` and `detail` say why.", "content": {KIND: {"schema": schema}}}
    return found


def _body() -> dict[str, Any]:
    """How the body is described."""
    schema = without_patterns(Command.model_json_schema(ref_template=REF))
    schema.pop("$defs")
    schema["required"] = [name for name in schema["required"] if name != "actor"]
    schema["properties"]["actor"] = {"$ref": REF.format(model=Actor.__name__), "description": "Who the key is of; filled in where it is left out."}
    return {"requestBody": {"required": True, "description": "docs/dispatchers.md has examples.", "content": {"application/json": {"schema": schema}}}}
