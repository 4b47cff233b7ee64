"""The real work with the centre's state in memory and nowhere else: what the fold costs where nothing is durable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.work import BEGINNING
from pipeline.casework.fold import Fold
from pipeline.casework.state import State
from pipeline.casework.written import Written
from pipeline.intake.intake import Intake
from reference import load
from schemas.event import RuleEvent
from schemas.frame import Placed, frame_of
from schemas.ports import StateKey
from schemas.vocabulary import Mode


class Memory:
    """A state port that keeps rows in a dict."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, StateKey], bytes] = {}

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """Rows under `keys`."""
        return {key: self._rows[table, key] for key in keys if (table, key) in self._rows}

    def scan(self, table: str) -> Iterable[tuple[StateKey, bytes]]:
        """All rows of a table."""
        return [(key, row) for (name, key), row in self._rows.items() if name == table]

    def put(self, table: str, rows: Iterable[tuple[StateKey, bytes | None]]) -> None:
        """Keeps rows; None forgets."""
        for key, row in rows:
            if row is None:
                self._rows.pop((table, key), None)
            else:
                self._rows[table, key] = row


class WholeFold:
    """Intake and the fold of one centre; frames come in order, numbered from 0."""

    def __init__(self, pack: Path, centre: str) -> None:
        reference = load.load(pack)
        self._centre, self._memory, self._frames = centre, Memory(), 0
        self._intake = Intake(reference, Mode.STREAM)
        self._state = State(centre, self._memory)
        self._fold = Fold(self._state, lambda _: reference.merge_rules, reference.time_zone)
        rule = RuleEvent(kind="rule", at=BEGINNING, pack=reference.hash, pack_name=centre).to_json()
        self.fold([rule], "rule")

    def intake(self, lines: Sequence[bytes]) -> list[bytes]:
        """Events of a raw frame."""
        return self._intake.frame(lines)

    def fold(self, events: Sequence[bytes], kind: str = "report") -> Written:
        """What the fold writes for a frame of events."""
        written = self._fold.frame(Placed(self._frames, frame_of(self._centre, kind, events, raw_offset=self._frames, previous=self._frames - 1)))
        self._frames += 1
        return written

    def keep(self) -> None:
        """Encodes the rows that changed, and keeps them."""
        for table, rows in self._state.changes():
            self._memory.put(table, rows)
        self._state.settle()
