"""All responders of one force as columns, kept up to date fix by fix, so that choosing among thousands is a few operations on arrays.

Instants are whole microseconds since 1970 (UTC): ages compare exactly. Rows are in the order of responder ids, so the order breaks ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from math import floor
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.centre import Responder
from schemas.vocabulary import Availability

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NEVER = np.iinfo(np.int64).min // 4
"""When a responder without a fix was seen: so long ago that every age is too great, and differences do not overflow."""
CELL_DEGREES = 0.01
"""Side of a cell, about a kilometre: who else of the force is near is counted in a cell and the eight round it."""
CELLS_ROUND = 100_000
"""More than there are cells round the earth: a cell is one number."""
STATES = tuple(Availability)
_NUMBER = {state: number for number, state in enumerate(STATES)}
FREE, INTERRUPTIBLE, BUSY, RESTING = (_NUMBER[state] for state in (Availability.FREE, Availability.INTERRUPTIBLE, Availability.BUSY, Availability.RESTING))

Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Columns = tuple[npt.NDArray[Any], ...]


def microseconds(at: datetime) -> int:
    """Since 1970."""
    return (at - EPOCH) // MICROSECOND


def cell(lng: float, lat: float) -> int:
    """Number of the cell of a point."""
    return floor(lng / CELL_DEGREES) * CELLS_ROUND + floor(lat / CELL_DEGREES)


@dataclass(frozen=True, slots=True)
class Stand:
    """What changes of a responder: where it was last seen, whether it can be called, what it has on hand, how often it was sent this day."""

    seen_at: datetime | None = None
    lng: float = 0.0
    lat: float = 0.0
    accuracy_m: float = 0.0
    availability: Availability = Availability.FREE
    load: int = 0
    today: int = 0


class Squad:
    """The responders of one force."""

    def __init__(self, members: Sequence[Responder], shifts: Sequence[str]) -> None:
        """`members` in the order of their ids; `shifts`: all there are."""
        size = len(members)
        self.ids = tuple(member.responder for member in members)
        self._whose = blake2b("\n".join(self.ids).encode(), digest_size=16).digest()
        self.row: Mapping[str, int] = {responder: row for row, responder in enumerate(self.ids)}
        self.units = tuple(sorted({member.unit for member in members}))
        of_unit = {unit: number for number, unit in enumerate(self.units)}
        self.unit: Integers = np.array([of_unit[member.unit] for member in members], dtype=np.int64)
        self.shift: Integers = np.array([shifts.index(member.shift) for member in members], dtype=np.int64)
        self.skills: dict[str, Flags] = {}
        self.grids: dict[str, list[int]] = {}
        for row, member in enumerate(members):
            for skill in member.skills:
                self.skills.setdefault(skill, np.zeros(size, dtype=np.bool_))[row] = True
            if member.grid:
                self.grids.setdefault(member.grid, []).append(row)
        self.seen_at: Integers = np.full(size, NEVER, dtype=np.int64)
        self.lng, self.lat, self.accuracy_m = (np.zeros(size, dtype=np.float64) for _ in range(3))
        self.cell, self.load, self.today = (np.zeros(size, dtype=np.int64) for _ in range(3))
        self.availability: Integers = np.full(size, FREE, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def columns(self) -> Columns:
        """A copy of what changes."""
        return tuple(column.copy() for column in self._changing())

    def restore(self, columns: Columns) -> None:
        """As it was when the copy was made."""
        for column, before in zip(self._changing(), columns, strict=True):
            column[:] = before

    def _changing(self) -> tuple[npt.NDArray[Any], ...]:
        return self.seen_at, self.lng, self.lat, self.accuracy_m, self.cell, self.load, self.today, self.availability

    def fix(self, row: int, seen_at: int, lng: float, lat: float, accuracy_m: float) -> None:
        """A responder was seen somewhere."""
        self.seen_at[row], self.lng[row], self.lat[row], self.accuracy_m[row] = seen_at, lng, lat, accuracy_m
        self.cell[row] = cell(lng, lat)

    def fixes(self, rows: Integers, seen_at: Integers, lng: Floats, lat: Floats, accuracy_m: Floats) -> bool:
        """As `fix`, of many, each once; those that are no later than what is known are passed over. Whether any was later."""
        later = seen_at > self.seen_at[rows]
        if not later.any():
            return False
        rows, lng, lat = rows[later], lng[later], lat[later]
        self.seen_at[rows], self.lng[rows], self.lat[rows], self.accuracy_m[rows] = seen_at[later], lng, lat, accuracy_m[later]
        self.cell[rows] = np.floor(lng / CELL_DEGREES).astype(np.int64) * CELLS_ROUND + np.floor(lat / CELL_DEGREES).astype(np.int64)
        return True

    def fixes_to_bytes(self) -> bytes:
        """All fixes, as they are kept: a digest of whose they are, then column by column."""
        columns = (self.seen_at.astype("<i8"), self.lng.astype("<f8"), self.lat.astype("<f8"), self.accuracy_m.astype("<f8"))
        return self._whose + b"".join(column.tobytes() for column in columns)

    def take_fixes(self, data: bytes) -> None:
        """Takes what was kept, where it is of the same responders and later than what is known."""
        size = len(self) * 8
        if not data.startswith(self._whose) or len(data) != len(self._whose) + 4 * size:
            return  # another pack's: the next fixes are seconds away
        parts = [data[len(self._whose) + number * size : len(self._whose) + (number + 1) * size] for number in range(4)]
        seen_at = np.frombuffer(parts[0], dtype="<i8").astype(np.int64)
        self.fixes(np.arange(len(self)), seen_at, *(np.frombuffer(part, dtype="<f8").astype(np.float64) for part in parts[1:]))

    def stand(self, row: int) -> Stand:
        """What is known of a responder."""
        stand = Stand(availability=STATES[self.availability[row]], load=int(self.load[row]), today=int(self.today[row]))
        if self.seen_at[row] == NEVER:
            return stand
        seen_at = EPOCH + int(self.seen_at[row]) * MICROSECOND
        return replace(stand, seen_at=seen_at, lng=float(self.lng[row]), lat=float(self.lat[row]), accuracy_m=float(self.accuracy_m[row]))

    def put(self, row: int, stand: Stand) -> None:
        """As if all that had been said one by one."""
        if stand.seen_at is None:
            self.seen_at[row] = NEVER
        else:
            self.fix(row, microseconds(stand.seen_at), stand.lng, stand.lat, stand.accuracy_m)
        self.availability[row], self.load[row], self.today[row] = _NUMBER[stand.availability], stand.load, stand.today

    def can(self, skills: Sequence[str]) -> Flags:
        """Who has one of the skills; without skills: all."""
        found = np.full(len(self), not skills)
        for skill in skills:
            found |= self.skills.get(skill, found)
        return found
