"""How the door is described in its OpenAPI document, where FastAPI cannot see it for itself."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from connectors.http.problem import CODES, KIND, LineReceipt, Problem
from schemas.command import Command, Verdict
from schemas.vocabulary import OutcomeKind

TITLE = "Unified command centre: doors for departments"
ABOUT = """Push what your source reports, in its own words, and ask what became of each line. docs/departments.md explains how, with examples.
Who works on cases commands here, too (docs/dispatchers.md).

A push is answered with 202 once its lines are durable. A line sent again has the same receipt, changes nothing and is never dropped; so whoever
got no answer sends again."""


class Pushed(BaseModel):
    """What became durable."""

    receipts: list[LineReceipt] = Field(description="One for each line that was not empty, in their order.")


class Became(BaseModel):
    """What became of a receipt."""

    receipt_id: str
    outcome: str = Field(json_schema_extra={"enum": ["pending", *OutcomeKind]}, description="Of the first line with this receipt; pending: not folded yet.")
    at: str | None = Field(default=None, json_schema_extra={"format": "date-time"}, description="When it was decided, by the centre's clock.")
    report_id: str | None = None
    case_id: str | None = None
    revision: int | None = None
    code: str | None = Field(default=None, description="Where it was refused or is a dead letter: why.")


class Well(BaseModel):
    """Reports are taken."""

    status: str = Field(json_schema_extra={"enum": ["ok"]})


class Refusal(Problem):
    """Why a command was not done."""

    verdict: Verdict | None = Field(default=None, description="The fold's, where it was the fold that refused.")


class Waits(BaseModel):
    """A command that is durable and has no verdict yet."""

    command_id: str
    verdict: str = Field(json_schema_extra={"enum": ["pending"]})


REF = "#/components/schemas/{model}"
_SAID = {
    400: "Nothing in the body can be read; `receipts` tells of each line why.",
    401: "No key, or one that is unknown, expired or revoked.",
    403: "The key is of another source.",
    404: "There is no such thing, or not for this key.",
    408: "The body took too long.",
    409: "A request with this Idempotency-Key is being answered just now.",
    413: "The body is too large, or has too many lines.",
    415: "The body is of a kind that the door does not read.",
    422: "This Idempotency-Key was used with another body.",
    429: "More than the key may send; `Retry-After` says when there is room.",
    500: "A mistake of the program.",
    503: "The centre is behind, or its log cannot be written; nothing was accepted that has no receipt. `Retry-After` says when to try again.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers with these statuses, for a route."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        assert status in CODES, "a status that the door does not know"  # noqa: S101  a mistake of ours, seen at the start
        found[status] = {"description": _SAID[status], "content": {KIND: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}}
        if status in (429, 503):
            found[status]["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
        if status == 401:  # noqa: PLR2004  an HTTP status
            found[status]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return found


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "In the source's own words (docs/departments.md), or reports in ours (`ucc schema export`). May be packed with gzip.",
        "content": {
            "application/json": {"schema": {"type": "object", "description": "One report."}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "Reports, one a line, at most 5,000."}},
        },
    }
}


def without_patterns(schema: Any) -> Any:  # noqa: ANN401  whatever JSON takes
    """A schema that says nothing of which characters a text may hold: JSON Schema's regular expressions cannot say all that ours do."""
    if isinstance(schema, dict):
        return {name: without_patterns(part) for name, part in schema.items() if name != "pattern"}
    return [without_patterns(part) for part in schema] if isinstance(schema, list) else schema


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's document without its own idea of a 422, and with our problems."""
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for model in (Problem, Refusal, Command):
        described = model.model_json_schema(ref_template=REF)
        schemas.update({name: without_patterns(part) for name, part in described.pop("$defs", {}).items() if name not in schemas})
        if model is not Command:  # the body's schema stands at its route
            schemas[model.__name__] = described
    for path in document["paths"].values():
        for operation in path.values():
            answer = operation["responses"].get("422", {})
            if "HTTPValidationError" in str(answer):
                del operation["responses"]["422"]
    return document
