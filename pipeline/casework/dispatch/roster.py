"""Everybody who could be sent, by force: where they are and what they have on hand. The fold tells it what happens; choosing only reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.casework.dispatch.squad import Columns, Squad, Stand, microseconds
from reference.pack import Reference
from reference.shift import is_on
from schemas.reading import Position
from schemas.vocabulary import Availability, Force


class Mark(NamedTuple):
    """What was known at an instant: whose day is counted, what was not kept yet, the columns of each force."""

    day: date
    changed: frozenset[str]
    moved: frozenset[Force]
    columns: dict[Force, Columns]


class Roster:
    """The responders of a pack. Responders that the pack does not know are passed over."""

    def __init__(self, reference: Reference) -> None:
        self._zone = ZoneInfo(reference.time_zone)
        self.day = date.min
        """Whose orders are counted for fairness; kept and taken back with the stands."""
        self.shifts = tuple(reference.shifts.values())
        names = [shift.shift for shift in self.shifts]
        members = sorted(reference.responders, key=lambda one: one.responder)
        self.squads = {force: Squad([one for one in members if one.force is force], names) for force in Force}
        self._place = {name: (number, row) for number, force in enumerate(Force) for name, row in self.squads[force].row.items()}
        """Number of the force and row in it, by responder."""
        self._squad_of = {one.responder: self.squads[one.force] for one in members}
        self.responders = {one.responder: one for one in members}
        self.changed: set[str] = set()
        """Of whom something else is known than what was kept last; whoever keeps it empties it."""
        self.moved: set[Force] = set()
        """Forces of whom many were seen at once since; as `changed`."""

    def mark(self) -> Mark:
        """All that is known, to go back to."""
        return Mark(self.day, frozenset(self.changed), frozenset(self.moved), {force: squad.columns() for force, squad in self.squads.items()})

    def back_to(self, mark: Mark) -> None:
        """Takes back what was told since."""
        self.day, self.changed, self.moved = mark.day, set(mark.changed), set(mark.moved)
        for force, columns in mark.columns.items():
            self.squads[force].restore(columns)

    def local(self, at: datetime) -> datetime:
        """In the centre's zone."""
        return at.astimezone(self._zone)

    def on_shift(self, at: datetime) -> list[bool]:
        """For each of `shifts` whether it is on."""
        local = self.local(at)
        return [is_on(shift, local) for shift in self.shifts]

    def counts_today(self, at: datetime) -> bool:
        """Whether the orders that are counted are of the day of `at`; another day's count for nothing."""
        return self.local(at).date() == self.day

    def fix(self, position: Position) -> bool:
        """A responder was seen; False: nobody of ours, or no later than what is known already."""
        squad = self._squad_of.get(position.responder)
        if squad is None:
            return False
        row, seen_at = squad.row[position.responder], microseconds(position.at)
        if seen_at <= squad.seen_at[row]:
            return False
        squad.fix(row, seen_at, position.lng, position.lat, position.accuracy_m)
        self.changed.add(position.responder)
        return True

    def seen(self, responders: Sequence[str], seen_at: Sequence[int], lng: Sequence[float], lat: Sequence[float], accuracy_m: Sequence[float]) -> None:
        """As `fix`, of many at once, with instants in microseconds since 1970. Of a responder who is named twice the latest fix counts."""
        known = [(*self._place[name], index) for index, name in enumerate(responders) if name in self._place]
        if not known:
            return
        numbers, rows, indices = (np.array(column, dtype=np.int64) for column in zip(*known, strict=True))
        columns = np.array(seen_at, dtype=np.int64), *(np.array(column, dtype=np.float64) for column in (lng, lat, accuracy_m))
        order = np.argsort(columns[0][indices], kind="stable")
        for number, force in enumerate(Force):
            here = order[numbers[order] == number]
            if not len(here):
                continue
            _, last = np.unique(rows[here][::-1], return_index=True)
            once = here[::-1][last]
            if self.squads[force].fixes(rows[once], *(column[indices[once]] for column in columns)):
                self.moved.add(force)

    def says(self, responder: str, availability: Availability) -> None:
        """A responder can be called, or cannot."""
        if responder in self._squad_of:
            self.put(responder, replace(self.stand(responder), availability=availability))

    def took(self, responder: str, at: datetime) -> None:
        """An order stands from now on. Orders of another day than that of `at` are forgotten: fairness knows this day alone."""
        day = self.local(at).date()
        if day > self.day:
            self.day = day
            for squad in self.squads.values():
                self.changed.update(squad.ids[row] for row in squad.today.nonzero()[0])
                squad.today[:] = 0
        if responder in self._squad_of:
            stand = self.stand(responder)
            self.put(responder, replace(stand, load=stand.load + 1, today=stand.today + 1))

    def left(self, responder: str) -> None:
        """An order stands no more."""
        if responder in self._squad_of:
            stand = self.stand(responder)
            self.put(responder, replace(stand, load=max(0, stand.load - 1)))

    def stand(self, responder: str) -> Stand:
        """What is known of a responder. Raises KeyError where the pack has none of that id."""
        squad = self._squad_of[responder]
        return squad.stand(squad.row[responder])

    def put(self, responder: str, stand: Stand) -> None:
        """Takes what was kept; it replaces what is known. Raises KeyError where the pack has none of that id."""
        squad = self._squad_of[responder]
        squad.put(squad.row[responder], stand)
        self.changed.add(responder)
