"""`ucc import`: a file of a source into a centre, resumable, with what became of its lines.

A batch becomes one raw frame; its events and the position in the file are durable with it, in one transaction. After a kill the
import goes on behind the last batch that was; refused lines stand beside the file, each once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic import TypeAdapter

from connectors.accept import accept
from connectors.file import Batch, FileDoor, Position, file_identity
from connectors.mapping import load_mapping
from connectors.refused import RefusedWriter
from pipeline.runtime.collector import look_seldom
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import UnreadableFile
from schemas.ports import Transaction
from schemas.topics import RAW
from schemas.vocabulary import OutcomeKind, Source
from ucc.home import Home
from ucc.installing import centre_for
from ucc.owner import owner_of

IMPORTS = "imports"
"""State table: how far each file has come, under `<source> <mapping> <digest of the file>`."""


class Progress(NamedTuple):
    """How far an import has come; kept with every batch."""

    read: int = 0
    refused: int = 0
    first_raw: int = -1
    last_raw: int = -1
    position: Position | None = None
    ended: bool = False
    broke_off: str = ""
    started_at: str = ""


_PROGRESS = TypeAdapter(Progress)


class Wanted(NamedTuple):
    """What is to be imported. `encoding` empty: found out; `refused` None: refused lines stand beside the file."""

    file: Path
    source: Source
    mapping: str
    centre: str
    encoding: str = ""
    refused: Path | None = None


class FileImport:
    """One file on its way into one centre."""

    def __init__(self, wanted: Wanted, centre: str, log: SqliteLog, intake: EmbeddedIntake) -> None:
        """Raises UnreadableFile, BrokenMapping."""
        self._wanted, self._centre, self._log, self._intake = wanted, centre, log, intake
        self._mapping = load_mapping(wanted.mapping)
        self._key = f"{wanted.source.value} {self._mapping.name} {file_identity(wanted.file)}"
        kept = log.load(IMPORTS, [self._key]).get(self._key)
        self.progress = _PROGRESS.validate_json(kept) if kept else Progress(started_at=datetime.now(UTC).isoformat(timespec="seconds"))
        self.said: list[str] = []

    def run(self, moved: Callable[[float, Progress], None]) -> None:
        """Reads the file to its end; `moved` is told the share of the file that is in, and the progress.

        Raises UnreadableFile when the file cannot be opened. One that breaks off in the middle has its lines before the break
        taken; `progress.broke_off` says why.
        """
        if self.progress.ended:
            self.said = [f"{self._wanted.file.name} was imported before, begun {self.progress.started_at}: nothing was read again; these were its counts"]
            return
        door = FileDoor(self._wanted.file, self._mapping, self._wanted.source, encoding=self._wanted.encoding or None, start=self.progress.position)
        self.said = door.said
        broke_off = ""
        refused = RefusedWriter(self._wanted.file, start=self.progress.position, folder=self._wanted.refused)
        try:
            for batch in door:
                refused.write(batch.lines)
                self._keep(batch)
                moved(batch.done, self.progress)
        except UnreadableFile as error:
            broke_off = str(error)
            refused.write_file(error, self.progress.position.number if self.progress.position else 0)
        finally:
            refused.close()
        if self.progress.refused:
            self.said.append(f"{self.progress.refused:,} lines refused, each with its reason: {refused.path}")
        self.progress = self.progress._replace(ended=True, broke_off=broke_off)
        with self._log.transaction() as transaction:
            self._put(transaction)

    def _keep(self, batch: Batch) -> None:
        reports = [line.report for line in batch.lines if line.report is not None]
        before = self.progress
        moved = before._replace(read=before.read + len(batch.lines), refused=before.refused + len(batch.lines) - len(reports), position=batch.position)
        if not reports:
            self.progress = moved
            with self._log.transaction() as transaction:
                self._put(transaction)
            return
        raw = self._log.end(RAW.name) + 1
        self.progress = moved._replace(first_raw=raw if before.first_raw < 0 else before.first_raw, last_raw=raw)
        try:
            self._intake.take(accept(reports, self._centre, datetime.now(UTC)), self._wanted.source.value, also=self._put)
        except BaseException:
            self.progress = before
            raise

    def _put(self, transaction: Transaction) -> None:
        transaction.put(IMPORTS, [(self._key, _PROGRESS.dump_json(self.progress))])


class Moved(Protocol):
    """Is told how far an import has come."""

    def __call__(self, share: float, lines: int, /) -> None:
        """`share` of the file has been taken, `lines` lines."""


def run(home: Home, wanted: Wanted, reading: Moved, landing: Callable[[int, int], None]) -> tuple[dict[str, Any], FileImport]:
    """Imports a file into a home that is owned for the time; returns what became of its lines, all of which have landed.

    Raises HomeBusy, NotFound (no such centre), UnreadableFile, BrokenMapping, LogUnavailable.
    """
    with owner_of(home, f"import {wanted.file.name}") as owner:
        whose = centre_for(home, wanted.centre, owner).centre
        importing = FileImport(wanted, whose, owner.log(whose), owner.intake(whose))
        look_seldom()

        def moved(share: float, done: Progress) -> None:
            owner.nudge(whose)
            reading(share, done.read)

        importing.run(moved)
        owner.drain(whose, landing)
        done = importing.progress
        outcomes = owner.outcomes_between(whose, done.first_raw, done.last_raw)
    resent = outcomes.get(OutcomeKind.RESENT.value, 0)
    return {
        "centre": whose,
        "read": done.read,
        "accepted": done.read - done.refused - resent,
        "resent": resent,
        "refused": done.refused,
        "outcomes": outcomes,
    }, importing
