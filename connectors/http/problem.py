"""What the door says when it does not do what was asked: problem details (RFC 9457) with a stable `code` and a sentence. What people wrote is never in it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel, Field

KIND = "application/problem+json"
CODES: dict[int, str] = {
    400: "unreadable",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "too-slow",
    409: "being-answered",
    413: "too-large",
    415: "unsupported-kind",
    422: "other-body",
    429: "too-many",
    500: "unforeseen",
    503: "unavailable",
}
"""By status: each means one thing here."""


class LineError(BaseModel):
    """Why a line was refused."""

    code: str = Field(description="Stable, for programs; docs/connectors.md says how each is mended.")
    detail: str = Field(description="A sentence for the person who can mend it. It names the field, and never quotes what stands in it.")


class LineReceipt(BaseModel):
    """What the door did with one line."""

    line: int = Field(ge=1, description="Its number in the body, from 1; empty lines are counted, and have no receipt.")
    status: str = Field(json_schema_extra={"enum": ["accepted", "resent", "refused"]}, description="`resent`: this receipt was known before.")
    receipt_id: str | None = Field(default=None, description="Ask for it at /v1/receipts/{receipt_id}. A line sent again has the same one.")
    error: LineError | None = None


class Problem(BaseModel):
    """RFC 9457, with a code."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    receipts: list[LineReceipt] | None = Field(default=None, description="Where every line was refused: each with its reason.")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **also: Any) -> None:  # noqa: ANN401  whatever JSON takes
        super().__init__(detail)
        self.status, self.detail, self.headers, self.also = status, detail, dict(headers or {}), also

    def response(self) -> Response:
        """As it is answered."""
        said = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": CODES.get(self.status, "error"),
            "detail": self.detail,
            **self.also,
        }
        return Response(orjson.dumps(said), self.status, self.headers, KIND)
