"""Which standing reports are near another: the same matter, near in place and time.

Two reports are near when they are of the same matter and
- have the same address (`address_key`, which is empty unless the address is precise), or
- lie within the matter's radius, both placed by a point; but not when the points are identical while the addresses differ: that
  is a geocoder's fall-back point, which thousands of unrelated reports share (two such points hold 5,100 rows of the real stream).

Near in time is by when people reported, never by when a line arrived, so that swapped arrivals hardly change what is merged.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from math import cos, floor, hypot, radians
from typing import NamedTuple

from pipeline.casework.rows import Entry
from schemas.centre import MergeRule
from schemas.vocabulary import Intent, Precision, Urgency

CELL_DEGREES = 0.002
"""About 200 m: a radius of 50–100 m touches one to four cells."""
METRES_PER_DEGREE = 111_195.0
SAME_POINT_M = 0.5
LOOKED_AT = 64
"""In each cell so many reports before and after are looked at, nearest in time: in a storm, or on a geocoder's fall-back point,
thousands lie in one cell, and looking at all of them for each would take longer and longer."""
U1_WINDOW_HOURS = 4.0
"""Life-threatening reports merge only when they are nearly at once (`domain/domain.md` §6: never U1 at different times)."""
_ASKING = (Intent.INQUIRY.value, Intent.SUGGESTION.value, Intent.PRAISE.value)

Cell = tuple[str, int, int] | tuple[str, str]
Slot = list[tuple[int, str]]


class Near(NamedTuple):
    """A near report, and how near."""

    entry: Entry
    seconds: int
    metres: float | None
    same_address: bool


def may_merge(entry: Entry, rule: MergeRule) -> bool:
    """Whether a report can be merged at all: never a sealed one, a question, a suggestion, praise, or one without a place."""
    return rule.merges and is_trouble(entry)


def is_trouble(entry: Entry) -> bool:
    """Whether a standing report tells of something that is wrong at a place: none that is sealed, asks, suggests or praises, or has no place."""
    facts = entry.facts
    return entry.standing and not facts.sealed and facts.intent not in _ASKING and bool(entry.address_key or _has_point(entry))


def metres_between(a: Entry, b: Entry) -> float | None:
    """Distance of two points, None when either has none. Equirectangular: off by less than 0.1 % within a district."""
    if a.facts.lng is None or a.facts.lat is None or b.facts.lng is None or b.facts.lat is None:
        return None
    north = a.facts.lat - b.facts.lat
    east = (a.facts.lng - b.facts.lng) * cos(radians((a.facts.lat + b.facts.lat) / 2))
    return hypot(north, east) * METRES_PER_DEGREE


def _has_point(entry: Entry) -> bool:
    return entry.facts.precision == Precision.POINT.value and entry.facts.lng is not None


class Nearby:
    """Index of the warm entries: by matter and cell, and by matter and address, each in order of time reported."""

    def __init__(self, entry_of: Callable[[str], Entry | None]) -> None:
        self._entry_of = entry_of
        self._slots: dict[Cell, Slot] = {}
        self.warm_since = 0
        """Entries last seen before this second are cold: they are near nothing any more."""

    def changed(self, old: Entry | None, new: Entry | None) -> None:
        """Follows a change of the register."""
        if (
            old is not None
            and new is not None
            and old.seen_at >= self.warm_since
            and old.reported_at == new.reported_at
            and self._cells(old) == self._cells(new)
        ):
            return
        if old is not None:
            for cell in self._cells(old):
                self._remove(cell, (old.reported_at, old.key))
        if new is not None and new.seen_at >= self.warm_since:
            for cell in self._cells(new):
                slot = self._slots.setdefault(cell, [])
                item = (new.reported_at, new.key)
                at = bisect_left(slot, item)
                if at == len(slot) or slot[at] != item:
                    insort(slot, item)

    def keys(self) -> set[str]:
        """Register keys of all that is in the index."""
        return {key for slot in self._slots.values() for _, key in slot}

    def of(self, entry: Entry, rule: MergeRule) -> list[Near]:
        """The near reports of other cases, nearest in time first; equal ones in order of their key."""
        if not may_merge(entry, rule):
            return []
        found = {near.entry.key: near for near in self._candidates(entry, rule) if near.entry.case != entry.case}
        return sorted(found.values(), key=lambda n: (n.seconds, n.metres if n.metres is not None else 0.0, n.entry.key))

    def at_same_place(self, entry: Entry, radius_m: float, seconds: int) -> list[Entry]:
        """The reports of trouble of the same matter at the same place, told at most so many seconds before or after; itself not among them, in no order."""
        found: dict[str, Entry] = {}
        for cell in _cells_around(entry, radius_m):
            slot = self._slots.get(cell, [])
            middle = bisect_left(slot, (entry.reported_at, ""))
            for side in (range(middle - 1, -1, -1), range(middle, len(slot))):
                found.update((other.key, other) for other in self._warm(slot, side, entry, seconds) if is_trouble(other) and _place(entry, other, radius_m))
        return list(found.values())

    def _candidates(self, entry: Entry, rule: MergeRule) -> list[Near]:
        seconds = int(rule.window_hours * 3600)
        found = []
        for cell in _cells_around(entry, rule.radius_m):
            slot = self._slots.get(cell)
            if slot is None:
                continue
            middle = bisect_left(slot, (entry.reported_at, ""))
            for side in (range(middle - 1, -1, -1), range(middle, len(slot))):
                found += [near for other in self._warm(slot, side, entry, seconds) if (near := self._near(entry, other, rule)) is not None]
        return found

    def _warm(self, slot: Slot, side: range, entry: Entry, seconds: int) -> list[Entry]:
        """The warm entries on one side of another, nearest in time first, up to `LOOKED_AT`.

        What has become cold within a frame lies in the index until its end; it is passed over and not counted, so that how the
        stream is cut into frames, and a restart, change nothing.
        """
        found: list[Entry] = []
        for index in side:
            reported_at, key = slot[index]
            if abs(reported_at - entry.reported_at) > seconds or len(found) == LOOKED_AT:
                break
            other = self._entry_of(key) if key != entry.key else None
            if other is not None and other.seen_at >= self.warm_since:
                found.append(other)
        return found

    @staticmethod
    def _near(entry: Entry, other: Entry, rule: MergeRule) -> Near | None:
        apart = abs(entry.reported_at - other.reported_at)
        if not may_merge(other, rule) or (Urgency.U1.value in (entry.facts.urgency, other.facts.urgency) and apart > U1_WINDOW_HOURS * 3600):
            return None
        place = _place(entry, other, rule.radius_m)
        return None if place is None else Near(other, apart, *place)

    @staticmethod
    def _cells(entry: Entry) -> list[Cell]:
        if not entry.standing:
            return []
        facts = entry.facts
        cells: list[Cell] = [(facts.matter, entry.address_key)] if entry.address_key else []
        if _has_point(entry) and facts.lng is not None and facts.lat is not None:
            cells.append((facts.matter, floor(facts.lng / CELL_DEGREES), floor(facts.lat / CELL_DEGREES)))
        return cells

    def _remove(self, cell: Cell, item: tuple[int, str]) -> None:
        slot = self._slots.get(cell)
        if slot is None:
            return
        at = bisect_left(slot, item)
        if at < len(slot) and slot[at] == item:
            del slot[at]
            if not slot:
                del self._slots[cell]


def _place(entry: Entry, other: Entry, radius_m: float) -> tuple[float | None, bool] | None:
    """Metres between two reports of one place, and whether it is by their address; None: they are not of one place."""
    metres = metres_between(entry, other)
    if entry.address_key and entry.address_key == other.address_key:
        return metres, True
    if metres is None or metres > radius_m or not (_has_point(entry) and _has_point(other)):
        return None
    if metres < SAME_POINT_M and entry.address_key != other.address_key:
        return None
    return metres, False


def _cells_around(entry: Entry, radius_m: float) -> list[Cell]:
    """The cells in which reports near to one may lie."""
    facts = entry.facts
    cells: list[Cell] = [(facts.matter, entry.address_key)] if entry.address_key else []
    if facts.lng is not None and facts.lat is not None and _has_point(entry):
        north = radius_m / METRES_PER_DEGREE
        east = north / max(0.01, cos(radians(facts.lat)))
        ys = range(floor((facts.lat - north) / CELL_DEGREES), floor((facts.lat + north) / CELL_DEGREES) + 1)
        for x in range(floor((facts.lng - east) / CELL_DEGREES), floor((facts.lng + east) / CELL_DEGREES) + 1):
            cells += [(facts.matter, x, y) for y in ys]
    return cells
