"""How a command ends: carried out, carried out before, or refused with a code and a sentence."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.casework.lifecycle.doing import who_of
from pipeline.casework.state import State
from pipeline.casework.written import Where
from schemas.command import Command, CommandEvent, Verdict
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


def not_followed(event: CommandEvent, where: Where) -> bytes:
    """The verdict where nothing is worked on: the centre looks at a stream of the past, or its pack has no transitions."""
    return _refused(event.command, where, "not-followed", "this centre does not work on cases: its mode is stream, or its pack has no transitions.csv")


def failed(event: CommandEvent, raw_offset: int, state: State, why: str) -> bytes:
    """The verdict of a command that failed inside: it changed nothing, and the sentence is for whoever mends it."""
    where = Where(state.meta.centre, raw_offset, event.raw_line, state.meta.clock, state.meta.pack)
    verdict = _refused(event.command, where, "failed", f"it failed inside and changed nothing; an operator has to look: {why}")
    state.kept.verdicts.put(event.command.command_id, verdict)
    return verdict


def _refused(command: Command, where: Where, code: str, detail: str) -> bytes:
    return Verdict(
        centre=where.centre,
        command_id=command.command_id,
        at=where.at,
        verdict=VerdictKind.REFUSED,
        code=code,
        detail=detail,
        action=command.action,
        actor=who_of(command),
        raw_offset=where.raw_offset,
        raw_line=where.raw_line,
    ).to_json()
