"""Dead letters that stand: lines that could not go on and have not been replayed yet, by report, in the order in which they were accepted.

While a letter of a report stands, whatever comes of that report waits behind it, so the lines of a report are applied in the order of
their acceptance, whatever failed in between. All are in memory (few), and each is a row of its own in the state: a source that sends a
poisoned report again every minute makes many letters, never a large row.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

import orjson

from schemas.errors import BrokenFrame
from schemas.ids import SEPARATOR
from schemas.ports import StateKey, StateReader

LETTERS = "letters"
"""State table: a row a standing letter, under register key, separator, first place."""
UNKNOWN = ""
"""Place and id of what stands for letters of the release before, which noted the report alone: any replay of it is taken."""


class Letter(NamedTuple):
    """A dead letter that stands."""

    dead_letter_id: str
    failed: int
    """How often the line itself has failed; 0: it only waits."""
    at: int
    """Seconds of the centre's clock when it was written."""


class Turn(Enum):
    """What is to be done with a line of a report."""

    GOES = "goes"
    """Nothing stands before it."""
    WAITS = "waits"
    """A letter stands before it."""
    OVER = "over"
    """It replays a letter that stands no more: it was replayed before."""


class Letters:
    """The standing letters of a centre: by register key, by the place where the line first stood."""

    def __init__(self, reader: StateReader) -> None:
        self.rows: dict[str, dict[str, Letter]] = {}
        """By register key, then by first place, in its order. Change them by `put` and `remove` alone."""
        self._reader = reader
        self._undo: list[tuple[str, str, Letter | None]] = []
        self._changed: dict[tuple[str, str], None] = {}

    def __len__(self) -> int:
        """How many stand."""
        return sum(map(len, self.rows.values()))

    def turn(self, key: str, first_place: str, replays: str) -> Turn:
        """Whether a line goes on: a new one where no letter of its report stands, a replay where its letter is the first that does.

        A line that has not stood in the log before is a new one, whatever it replays: what was taken from a department's topic, and refused.
        """
        row = self.rows.get(key)
        if row is None:
            return Turn.GOES
        if not first_place:
            return Turn.WAITS
        first = next(iter(row))
        if first == UNKNOWN:
            return Turn.GOES
        standing = row.get(first_place)
        if standing is None or standing.dead_letter_id != replays:
            return Turn.OVER
        return Turn.GOES if first_place == first else Turn.WAITS

    def at(self, key: str, place: str) -> Letter | None:
        """The letter that stands for the line that first stood there."""
        return self.rows.get(key, {}).get(place)

    def put(self, key: str, place: str, letter: Letter) -> None:
        """A letter stands; in place of the one before of the same line."""
        self._undo.append((key, place, self.at(key, place)))
        self._set(key, place, letter)

    def remove(self, key: str, place: str) -> bool:
        """The line goes on: its letter stands no more. Returns whether one stood. What was unknown of the report is over with its last letter."""
        row = self.rows.get(key, {})
        found = row.get(place)
        if found is not None:
            self._undo.append((key, place, found))
            self._set(key, place, None)
        if row.keys() == {UNKNOWN}:
            self._undo.append((key, UNKNOWN, row[UNKNOWN]))
            self._set(key, UNKNOWN, None)
        return found is not None

    def oldest(self) -> int | None:
        """Seconds of the centre's clock when the oldest that stands was written; none where none does. Looks at all of them."""
        return min((letter.at for row in self.rows.values() for place, letter in row.items() if place != UNKNOWN), default=None)

    # a frame's changes

    def savepoint(self) -> int:
        """A mark to which `back_to` returns."""
        return len(self._undo)

    def back_to(self, mark: int) -> None:
        """Takes back what was changed since the mark."""
        while len(self._undo) > mark:
            self._set(*self._undo.pop())

    def changes(self) -> Iterator[tuple[StateKey, bytes | None]]:
        """The rows to write for what was changed since `settle`; None: it stands no more."""
        for key, place in self._changed:
            letter = self.at(key, place)
            yield f"{key}{SEPARATOR}{place}", None if letter is None else orjson.dumps(tuple(letter))

    def settle(self) -> None:
        """After the changes have become durable."""
        self._undo.clear()
        self._changed.clear()

    def restore(self, meta: bytes) -> None:
        """Reads what was kept; `meta`: the centre's own row, where the release before named the reports. Raises BrokenFrame when it is not readable."""
        for name, data in self._reader.scan(LETTERS):
            key, _, place = str(name).rpartition(SEPARATOR)
            self._set(key, place, letter_from(data))
        self.settle()
        for key in orjson.loads(meta).get("poisoned", ()):
            self.put(key, UNKNOWN, Letter(UNKNOWN, 0, 0))

    def _set(self, key: str, place: str, letter: Letter | None) -> None:
        self._changed[key, place] = None
        row = self.rows.setdefault(key, {})
        if letter is None:
            row.pop(place, None)
            if not row:
                del self.rows[key]
            return
        is_last = place in row or not row or place > next(reversed(row))
        row[place] = letter
        if not is_last:
            self.rows[key] = dict(sorted(row.items()))


def letter_from(data: bytes) -> Letter:
    """Reads a standing letter back; raises BrokenFrame when it is none."""
    try:
        return Letter(*orjson.loads(data))
    except (ValueError, TypeError) as error:
        raise BrokenFrame(f"a dead letter in the state is not readable: {error}") from error
