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
from schemas.brokers import Brokers
from schemas.errors import UnreadableFile
from schemas.vocabulary import OutcomeKind, Source
from ucc import on_kafka
from ucc.acceptance import Acceptance, EmbeddedAcceptance, KafkaAcceptance
from ucc.home import Home
from ucc.installing import centre_for
from ucc.owner import owner_of

MOST_SAID = 500
"""Characters that are kept of why a file broke off."""


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

    def __init__(self, wanted: Wanted, centre: str, acceptance: Callable[[str], Acceptance]) -> None:
        """`acceptance` by the name of this door. Raises UnreadableFile, BrokenMapping."""
        self._wanted, self.centre = wanted, centre
        self._mapping = load_mapping(wanted.mapping)
        self.acceptance = acceptance(f"{wanted.source.value} {self._mapping.name} {file_identity(wanted.file)}")
        kept = self.acceptance.noted()
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
        self.progress = self.progress._replace(ended=True, broke_off=broke_off[:MOST_SAID])
        self.acceptance.note(_PROGRESS.dump_json(self.progress))

    def _keep(self, batch: Batch) -> None:
        reports = [line.report for line in batch.lines if line.report is not None]
        before = self.progress
        moved = before._replace(read=before.read + len(batch.lines), refused=before.refused + len(batch.lines) - len(reports), position=batch.position)

        def note(first: int, last: int) -> bytes:
            self.progress = moved._replace(first_raw=first if before.first_raw < 0 else before.first_raw, last_raw=last)
            return _PROGRESS.dump_json(self.progress)

        try:
            if reports:
                self.acceptance.take(accept(reports, self.centre, datetime.now(UTC)), self._wanted.source.value, note)
            else:
                self.progress = moved
                self.acceptance.note(_PROGRESS.dump_json(moved))
        except BaseException:
            self.progress = before
            raise


class Moved(Protocol):
    """Is told how far an import has come."""

    def __call__(self, share: float, lines: int, /) -> None:
        """`share` of the file has been taken, `lines` lines."""


def run(home: Home, brokers: Brokers | None, wanted: Wanted, reading: Moved, landing: Callable[[int, int], None]) -> tuple[dict[str, Any], FileImport]:
    """Imports a file; returns what became of its lines, all of which have landed.

    The embedded runtime's home is owned for the time. On Kafka the workers and the sink do the rest: where nothing more lands for a
    while, what is still on its way is counted under `waiting`. Raises HomeBusy, NotFound (no such centre), UnreadableFile,
    BrokenMapping, LogUnavailable.
    """
    importing, outcomes = _embedded(home, wanted, reading, landing) if brokers is None else _on_kafka(home, brokers, wanted, reading, landing)
    done = importing.progress
    resent = outcomes.get(OutcomeKind.RESENT.value, 0)
    waiting = done.read - done.refused - sum(outcomes.values())
    return {
        "centre": importing.centre,
        "read": done.read,
        "accepted": done.read - done.refused - resent,
        "resent": resent,
        "refused": done.refused,
        "outcomes": outcomes,
        **({"waiting": waiting} if waiting else {}),
    }, importing


def _on_kafka(home: Home, brokers: Brokers, wanted: Wanted, reading: Moved, landing: Callable[[int, int], None]) -> tuple[FileImport, dict[str, int]]:
    centre = on_kafka.centre_for(home, brokers, wanted.centre)
    acceptances: list[KafkaAcceptance] = []

    def acceptance(door: str) -> Acceptance:
        acceptances.append(KafkaAcceptance(brokers, centre, door))
        return acceptances[-1]

    try:
        importing = FileImport(wanted, centre.centre, acceptance)
        importing.run(lambda share, done: reading(share, done.read))
        done = importing.progress
        landed = on_kafka.Landed(home, brokers, centre, acceptances[0].hop, done.first_raw, done.last_raw, done.read - done.refused)
        return importing, landed.wait(landing)
    finally:
        for made in acceptances:
            made.close()


def _embedded(home: Home, wanted: Wanted, reading: Moved, landing: Callable[[int, int], None]) -> tuple[FileImport, dict[str, int]]:
    with owner_of(home, f"import {wanted.file.name}") as owner:
        whose = centre_for(home, wanted.centre, owner).centre
        importing = FileImport(wanted, whose, lambda door: EmbeddedAcceptance(owner.log(whose), owner.intake(whose), door))
        look_seldom()

        def moved(share: float, done: Progress) -> None:
            owner.nudge(whose)
            reading(share, done.read)

        importing.run(moved)
        owner.drain(whose, landing)
        done = importing.progress
        return importing, owner.outcomes_between(whose, done.first_raw, done.last_raw)
