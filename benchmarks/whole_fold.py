"""The real work: intake and the fold of one centre, over rows that somebody else keeps.

    events = work.intake(lines)
    lines = work.fold(events)          what the fold writes
    work.keep(work.changed())          the rows that it changed: encoded, then kept

`Memory` keeps them in a dict and nowhere else; what Faust and Quix Streams keep them in stands with those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from benchmarks.timing import CASEWORK, ENCODE, INTAKE, Timing
from benchmarks.work import BEGINNING
from pipeline.casework.fold import Fold
from pipeline.casework.state import State
from pipeline.intake.intake import Intake
from reference import load
from schemas.event import RuleEvent
from schemas.frame import Placed, frame_of
from schemas.ports import StateKey, StateReader
from schemas.vocabulary import Mode


class Changed(NamedTuple):
    """A row that changed; None: it is gone."""

    table: str
    key: StateKey
    row: bytes | None


class Rows(StateReader, Protocol):
    """Where the rows are kept."""

    def put(self, table: str, key: StateKey, row: bytes | None) -> None:
        """Keeps a row; None forgets it."""
        ...


class Memory:
    """Rows in a dict."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, StateKey], bytes] = {}

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """Rows under `keys`."""
        return {key: self._rows[table, key] for key in keys if (table, key) in self._rows}

    def scan(self, table: str) -> Iterable[tuple[StateKey, bytes]]:
        """All rows of a table."""
        return [(key, row) for (name, key), row in self._rows.items() if name == table]

    def put(self, table: str, key: StateKey, row: bytes | None) -> None:
        """Keeps a row; None forgets it."""
        if row is None:
            self._rows.pop((table, key), None)
        else:
            self._rows[table, key] = row


class WholeFold:
    """Intake and the fold of one centre, whose lines come in order. Timed, as the other works are."""

    def __init__(self, pack: Path, centre: str, rows: Rows, folder: Path) -> None:
        """Nothing is read from `rows` or kept there yet; the times stand in `folder`."""
        timing = Timing(folder)
        self._centre, self._rows, self._frames = centre, rows, 0
        self._reference = load.load(pack)
        self._begun: tuple[State, Fold] | None = None
        self.intake = timing.of(INTAKE, Intake(self._reference, Mode.STREAM).frame)
        self.fold = timing.of(CASEWORK, self._fold)
        self.changed = timing.of(ENCODE, self._changed)

    def keep(self, changed: Sequence[Changed]) -> None:
        """Keeps rows, and lets go of what is cold."""
        for table, key, row in changed:
            self._rows.put(table, key, row)
        self._begin()[0].settle()

    def _begin(self) -> tuple[State, Fold]:
        """State and fold, read back when they are first needed; the pack takes effect."""
        if self._begun is None:
            state = State(self._centre, self._rows)
            fold = Fold(state, lambda _: self._reference.merge_rules, self._reference.time_zone)
            self._begun = state, fold
            rule = RuleEvent(kind="rule", at=BEGINNING, pack=self._reference.hash, pack_name=self._centre).to_json()
            self._folded([rule], "rule", fold)
        return self._begun

    def _folded(self, events: Sequence[bytes], kind: str, fold: Fold) -> list[bytes]:
        written = fold.frame(Placed(self._frames, frame_of(self._centre, kind, events, raw_offset=self._frames, previous=self._frames - 1)))
        self._frames += 1
        return [*written.journal, *written.outcomes, *written.cases]

    def _fold(self, events: Sequence[bytes]) -> list[bytes]:
        """Journal lines, outcomes and pictures of cases of a frame of events."""
        return self._folded(events, "report", self._begin()[1])

    def _changed(self) -> list[Changed]:
        return [Changed(table, key, row) for table, rows in self._begin()[0].changes() for key, row in rows]
