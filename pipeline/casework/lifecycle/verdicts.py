"""How a command ends: carried out, carried out before, or refused with a code and a sentence."""

from __future__ import annotations

from typing import NamedTuple

from schemas.vocabulary import VerdictKind


class Said(NamedTuple):
    """The answer to a command."""

    verdict: VerdictKind
    code: str = ""
    detail: str = ""


class Refusal(Exception):
    """A command that is not carried out. `code` is stable; `detail` says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
