"""The work that runs on each runtime: the same functions for all, so that runtimes are compared and nothing else.

- `empty`   Nothing is read or decided. The row under the report's key is set to the first 600 bytes of the line, and 400 bytes are written:
            what is left is what the runtime costs.
- `light`   Intake as it is (place, classify, route, digest; `pipeline.intake.intake.Intake`), then of casework what needs one row alone: the
            event is read, its register row (about 600 bytes) is decoded, judged, encoded and kept under the source id, and one journal line is written.
- `real`    Intake and the fold as they are (`pipeline.casework.fold.Fold`, through `benchmarks.whole_fold`): besides the above, reports are compared with
            all that the centre has, merged, moved and withdrawn; cases, their pictures and outcomes with the whole event are written. It needs the
            state of a whole centre, in one order, so on Faust and Quix Streams the centre's rows share one partition and are set one by one.

What a program on Faust or Quix Streams would rather do is the light work: their state stores know one key at a time, so it keeps one row a report and
merges nothing. Ours with the real work against theirs with the light one is therefore compared, too, though ours then does more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from benchmarks.timing import CASEWORK, INTAKE, Timing
from pipeline.casework.register import Verdict, judge, order_of, past_with_present, widened
from pipeline.casework.rows import NO_FACTS, Entry, entry_from, register_key, to_bytes
from pipeline.casework.said import Said, read
from pipeline.intake.intake import Intake
from reference import load
from schemas.ids import report_id, transition_id
from schemas.vocabulary import Mode

KINDS = ("empty", "light", "real")
ROW_BYTES, LINE_BYTES = 600, 400
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a pack takes effect in a centre that lives by its stream."""


class Settled(NamedTuple):
    """What casework gives for one event."""

    row: bytes
    journal: bytes


Heard = tuple[str, Any]
"""The key of an event's row, and the event as it was read."""


class Work(Protocol):
    """What is done. `casework` takes what `read` has read, and the row that stood under its key."""

    def intake(self, lines: Sequence[bytes]) -> Sequence[bytes]:
        """Events of accepted lines."""
        ...

    def read(self, event: bytes) -> Heard:
        """Key of the event's row, and the event."""
        ...

    def casework(self, event: Any, before: bytes | None) -> Settled:  # noqa: ANN401  what `read` gives, whatever that is
        """The row from now on, and a journal line."""
        ...


class Empty:
    """No work."""

    def intake(self, lines: Sequence[bytes]) -> Sequence[bytes]:
        """The lines as they are."""
        return lines

    def read(self, event: bytes) -> tuple[str, bytes]:
        """The receipt's id stands where every accepted line has it."""
        return event[15:51].decode(), event

    def casework(self, event: bytes, before: bytes | None) -> Settled:  # noqa: ARG002  a runtime has read it all the same
        """The first bytes of the line."""
        return Settled(event[:ROW_BYTES], event[:LINE_BYTES])


class Light:
    """Intake, and of casework the register."""

    def __init__(self, pack: Path, centre: str) -> None:
        self._centre = centre
        self._intake = Intake(load.load(pack), Mode.STREAM)

    def intake(self, lines: Sequence[bytes]) -> Sequence[bytes]:
        """Events of a raw frame, or of one line."""
        return self._intake.frame(lines)

    def read(self, event: bytes) -> tuple[str, Said]:
        """Reads an event; the stream holds reports alone."""
        said = read(event)
        if not isinstance(said, Said):
            raise TypeError(f"no report: {event[:80]!r}")
        return register_key(said.source, said.source_id), said

    def casework(self, event: Said, before: bytes | None) -> Settled:
        """What the register makes of a line."""
        entry = None if before is None else entry_from(before)
        order = order_of(event.order_key, 0, event.raw_line)
        verdict = judge(entry, order, event.digest, withdraws=event.withdraws)
        new = self._entry(entry, order, event) if entry is None or verdict not in (Verdict.LATE, Verdict.RESENT) else entry
        if verdict is Verdict.RESENT:
            new = widened(new, order, event.digest, withdraws=event.withdraws)
        return Settled(to_bytes(new), self._journal(new, verdict, event))

    def _entry(self, entry: Entry | None, order: str, said: Said) -> Entry:
        revision = 1 if entry is None else entry.revision + 1
        return Entry(
            key=register_key(said.source, said.source_id),
            since=order,
            order=order,
            digest=said.digest,
            revision=revision,
            standing=not said.withdraws,
            case=0,
            report_id=report_id(self._centre, said.source, said.source_id, str(revision)),
            seen_at=int(said.at.timestamp()),
            reported_at=said.reported_at,
            address_key=said.address_key,
            facts=NO_FACTS if said.withdraws else said.facts,
            past=() if entry is None else past_with_present(entry),
        )

    def _journal(self, entry: Entry, verdict: Verdict, said: Said) -> bytes:
        line = {
            "transition_id": transition_id(self._centre, entry.report_id, entry.revision),
            "centre": self._centre,
            "case_id": entry.report_id,
            "seq": entry.revision,
            "at": said.at,
            "action": verdict.value,
            "to_state": "classified" if entry.standing else "withdrawn",
            "actor": "casework",
            "pack": said.facts.pack,
            "raw_line": said.raw_line,
            "source": said.source,
            "source_id": said.source_id,
            "report_id": entry.report_id,
        }
        return orjson.dumps(line, option=orjson.OPT_UTC_Z)


class Stages(NamedTuple):
    """The stage functions of a work, as contestants call them; timed where there is work."""

    intake: Callable[[Sequence[bytes]], Sequence[bytes]]
    """Lines of a raw frame → its events."""
    heard: Callable[[Sequence[bytes]], list[Heard]]
    """Events → what they say."""
    one: Callable[[bytes], Heard]
    """One raw line → what its event says."""
    casework: Callable[[Any, bytes | None], Settled]
    """What an event says, and the row that stood under its key → row and journal line."""


def stages_of(kind: str, pack: Path, centre: str, folder: Path) -> Stages:
    """The stages of the work of that name; `real` is not among them, because it needs more than one row. Their times stand in `folder`."""
    work: Work = Empty() if kind == "empty" else Light(pack, centre)

    def heard(events: Sequence[bytes]) -> list[Heard]:
        return [work.read(event) for event in events]

    def one(line: bytes) -> Heard:
        return work.read(work.intake((line,))[0])

    if kind == "empty":
        return Stages(work.intake, heard, one, work.casework)
    timing = Timing(folder)
    return Stages(timing.of(INTAKE, work.intake), timing.of(CASEWORK, heard), timing.of(INTAKE, one), timing.of(CASEWORK, work.casework))
