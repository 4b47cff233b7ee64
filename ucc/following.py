"""Following the log: what was accepted, by whichever door, and what became of it, into the receipts and the commands of one door."""

from __future__ import annotations

import threading
from collections.abc import Callable

import orjson
import structlog

from schemas.errors import UccError, Unavailable
from schemas.frame import Placed
from schemas.topics import OUTCOMES, RAW, VERDICTS
from ucc.commands_known import CommandsKnown, commanded
from ucc.receipts import Receipts, ended

logger = structlog.get_logger()
Read = Callable[[str, int, int], list[Placed]]
"""Topic, offset and limit → frames behind the offset, as `schemas.ports.FrameReader.read` says."""
FRAMES_AT_ONCE = 64
SOON_S, LOOK_S = 0.003, 0.1
"""How long an outcome or a verdict may lie before it is seen here, where nobody says that there is one: shortly after something was taken, and else."""
AWAY_S = 2.0


class Follower:
    """Reads on in a centre's log, in a thread of its own."""

    def __init__(self, receipts: Receipts, commands: CommandsKnown, read: Read, moved: Callable[[], None]) -> None:
        """`read` is called by one thread at a time; `moved` when there were new outcomes or verdicts, and must not block."""
        self._receipts, self._commands, self._frames, self._moved = receipts, commands, read, moved
        self.folded = -1
        """Offset of the last frame of `ucc.raw` that has its outcomes here."""
        self.behind = 0
        """Lines that have been accepted and have no outcome here."""
        self.error: UccError | None = None
        """Why it has ended for good."""
        self._ended, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="receipts", daemon=True)

    def catch_up(self) -> int:
        """Takes over what was accepted and is not here yet; returns how many frames. Before `start`. Raises LogUnavailable, BrokenFrame."""
        made = 0
        while frames := self._read(RAW.name):
            self._note(frames)
            made += len(frames)
        return made

    def start(self) -> None:
        """Begins to follow."""
        self._thread.start()

    def nudge(self) -> None:
        """Says that there may be something new."""
        self._woken.set()

    def close(self) -> None:
        """Ends, and waits."""
        self._ended.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def step(self) -> bool:
        """Takes over what there is, a few frames at most; whether there was something."""
        raw, outcomes = self._read(RAW.name), self._read(OUTCOMES.name)
        if raw:
            self._note(raw)
        if outcomes:
            lines = [found for placed in outcomes for line in placed.frame.lines() if (found := ended(line, placed.frame.header.source)) is not None]
            self._receipts.end(lines, outcomes[-1].offset)
            self.folded = max(self.folded, *(placed.frame.header.raw_offset or -1 for placed in outcomes))
            self._moved()
        verdicts = self._frames(VERDICTS.name, self._commands.followed(), FRAMES_AT_ONCE)
        if verdicts:
            self._commands.answer([line for placed in verdicts for line in placed.frame.lines()], verdicts[-1].offset)
            self._moved()
        self.behind = self._receipts.pending(self.folded)
        return bool(raw or outcomes or verdicts)

    def _run(self) -> None:
        pause = LOOK_S
        while not self._ended.is_set():
            try:
                if self.step():
                    pause = SOON_S
                    continue
            except Unavailable as error:
                logger.warning("receipts wait for the log", why=error.code)
                self._ended.wait(AWAY_S)
                continue
            except UccError as error:
                self.error = error
                return
            pause = SOON_S if self._woken.wait(pause) else min(LOOK_S, 2 * pause)
            self._woken.clear()

    def _read(self, topic: str) -> list[Placed]:
        return self._frames(topic, self._receipts.followed(topic), FRAMES_AT_ONCE)

    def _note(self, frames: list[Placed]) -> None:
        lines: list[tuple[str, str, int]] = []
        for offset, frame in frames:
            if frame.header.kind == "report":
                lines += (_said(line, frame.header.source, offset) for line in frame.lines())
            elif frame.header.kind == "command":
                self._commands.note([found for line in frame.lines() if (found := commanded(line)) is not None])
        self._receipts.note(lines, frames[-1].offset)


def _said(line: bytes, source: str, offset: int) -> tuple[str, str, int]:
    """Receipt, source and place of a line of `ucc.raw`; without a receipt where it is none."""
    try:
        said = orjson.loads(line)
        return str(said["receipt_id"]), source or str(said["report"]["source"]), offset
    except (ValueError, KeyError, TypeError):
        return "", source, offset
