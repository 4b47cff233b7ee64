"""What the work on cases keeps in the state of a centre, beside the cases themselves: works, alerts, verdicts, precedents, responders, timers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter

from pipeline.casework.clocks.calendar import instant, micros
from pipeline.casework.dispatch.roster import Mark as RosterMark
from pipeline.casework.dispatch.roster import Roster
from pipeline.casework.dispatch.squad import Stand
from pipeline.casework.lifecycle.book import Book
from pipeline.casework.lifecycle.timers import Timers
from pipeline.casework.lifecycle.work import Work, work_from
from pipeline.casework.lifecycle.work import to_bytes as work_to_bytes
from pipeline.casework.table import Table
from pipeline.casework.watching.incidents import INCIDENTS, Group, group_from, group_to_bytes
from pipeline.casework.watching.recurrence import ISSUES
from pipeline.casework.watching.surge import SURGES, Row, Surges, row_from, row_to_bytes
from reference.pack import Reference
from schemas.issue import Alert
from schemas.ports import StateKey, StateReader
from schemas.vocabulary import AlertStatus, Force

WORKS, ALERTS, COMMANDS, NAMES, PRECEDENTS, STANDS, TIMERS, ARCHIVE = (
    "works",
    "alerts",
    "commands",
    "names",
    "precedents",
    "stands",
    "timers",
    "archive",
)
FIXES = "fixes"
"""Where responders are, by force: so many are seen each second that one row each would be most of what is written."""
_STAND: TypeAdapter[Stand] = TypeAdapter(Stand)
Rows = list[tuple[StateKey, bytes | None]]


class Precedent(NamedTuple):
    """裁定先例: a matter at a place goes to this unit, where the routing rule that was wrong would send it elsewhere."""

    unit: str
    co_units: tuple[str, ...]
    rule: str
    """The routing rule that it stands above."""
    number: str
    """Of the case that was ruled on."""
    at: str
    by: str
    basis: str


class Mark(NamedTuple):
    """Where a savepoint stands."""

    tables: tuple[int, ...]
    archive: tuple[int, int]
    roster: tuple[Roster, RosterMark] | None


class Archive:
    """Closed cases in the order in which they are archived: first in, first out, because a centre's clock never goes back."""

    def __init__(self) -> None:
        self._items: list[tuple[int, int, int]] = []
        """Instant, number among those that wait, ordinal."""
        self._head = self._written = self._settled = 0

    def add(self, at: datetime, ordinal: int) -> None:
        """A case was closed; it is archived at `at`."""
        self._items.append((micros(at), self._items[-1][1] + 1 if self._items else 0, ordinal))

    def first(self) -> tuple[datetime, int] | None:
        """The next one."""
        return (instant(self._items[self._head][0]), self._items[self._head][2]) if self._head < len(self._items) else None

    def pop(self) -> None:
        """The next one is done."""
        self._head += 1

    def savepoint(self) -> tuple[int, int]:
        """A mark to which `back_to` returns."""
        return len(self._items), self._head

    def back_to(self, mark: tuple[int, int]) -> None:
        """Takes back what was done since the mark."""
        del self._items[mark[0] :]
        self._head = mark[1]

    def changes(self) -> Rows:
        """The rows to write."""
        gone: Rows = [(_archive_key(item), None) for item in self._items[self._settled : self._head]]
        return gone + [(_archive_key(item), b"1") for item in self._items[max(self._written, self._head) :]]

    def settle(self) -> None:
        """After the changes have become durable."""
        del self._items[: self._head]
        self._head = self._settled = 0
        self._written = len(self._items)

    def restore(self, keys: Iterator[str]) -> None:
        """Takes what was kept."""
        self._items = sorted((int(at), int(number), int(ordinal)) for at, number, ordinal in (key.split(".") for key in keys))
        self._written = len(self._items)


def _archive_key(item: tuple[int, int, int]) -> str:
    return f"{item[0]:020d}.{item[1]:012d}.{item[2]:012d}"


class Kept:
    """All of it. Tables as those of `State`: what is open is in memory, the rest is read when it is asked for."""

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader
        self.timers = Timers()
        self.works: Table[int, Work] = Table(WORKS, reader, work_from, self.timers.watch)
        self.alerts: Table[str, Alert] = Table(ALERTS, reader, Alert.model_validate_json)
        self.verdicts: Table[str, bytes] = Table(COMMANDS, reader, bytes)
        self.names: Table[str, int] = Table(NAMES, reader, int)
        """Ordinal of a case by its id and by its number."""
        self.precedents: Table[str, Precedent] = Table(PRECEDENTS, reader, _precedent_from)
        self.incidents: Table[str, Group] = Table(INCIDENTS, reader, group_from)
        self.counts: Table[str, Row] = Table(SURGES, reader, row_from)
        self.issues: Table[int, int] = Table(ISSUES, reader, int)
        self.archive = Archive()
        self.roster: Roster | None = None
        self.surges: Surges | None = None
        self._told: datetime | None = None

    # a frame's changes

    def savepoint(self) -> Mark:
        """A mark to which `back_to` returns."""
        return Mark(
            tuple(table.savepoint() for table in self._tables()), self.archive.savepoint(), None if self.roster is None else (self.roster, self.roster.mark())
        )

    def back_to(self, mark: Mark) -> None:
        """Takes back all that was changed since the mark."""
        for table, length in zip(self._tables(), mark.tables, strict=True):
            table.back_to(length)
        self.archive.back_to(mark.archive)
        if mark.roster is not None:
            self.roster, before = mark.roster
            self.roster.back_to(before)

    def _tables(self) -> tuple[Table[Any, Any], ...]:
        return self.works, self.alerts, self.verdicts, self.names, self.precedents, self.incidents, self.counts, self.issues

    def changes(self) -> Iterator[tuple[str, Rows]]:
        """The rows to write, by table."""
        yield INCIDENTS, [(key, group_to_bytes(row)) for key, _, row in self.incidents.changes()]
        yield SURGES, [(key, row_to_bytes(row)) for key, _, row in self.counts.changes()]
        yield ISSUES, [(key, str(row).encode()) for key, _, row in self.issues.changes()]
        yield WORKS, [(key, work_to_bytes(row)) for key, _, row in self.works.changes()]
        yield ALERTS, [(key, row.to_json()) for key, _, row in self.alerts.changes()]
        yield COMMANDS, [(key, row) for key, _, row in self.verdicts.changes()]
        yield NAMES, [(key, str(row).encode()) for key, _, row in self.names.changes()]
        yield PRECEDENTS, [(key, orjson.dumps(row, default=tuple)) for key, _, row in self.precedents.changes()]
        yield ARCHIVE, self.archive.changes()
        if self.roster is not None and self.roster.changed:
            rows: Rows = [(name, _STAND.dump_json(self.roster.stand(name))) for name in sorted(self.roster.changed) if name in self.roster.responders]
            yield STANDS, [*rows, ("", self.roster.day.isoformat().encode())]
        if self.roster is not None and self.roster.moved:
            yield FIXES, [(force.value, self.roster.squads[force].fixes_to_bytes()) for force in Force if force in self.roster.moved]
        timers: Rows = []
        for key, before, row in self.works.changes():
            if not row.open and row.due is not None:
                timers.append((key, b"1"))
            elif before is not None and not before.open and before.due is not None:
                timers.append((key, None))
        due = self.due()
        if due != self._told:
            timers.append((0, b"" if due is None else due.isoformat().encode()))
        yield TIMERS, timers

    def settle(self) -> None:
        """After the changes have become durable: lets go of what is over."""
        self.works.settle(lambda work: work.open or work.due is not None)
        self.alerts.settle(lambda alert: alert.status is not AlertStatus.OVER)
        self.verdicts.settle(lambda _: False)
        self.names.settle(lambda _: False)
        self.precedents.settle(lambda _: True)
        self.incidents.settle(lambda _: True)
        self.counts.settle(lambda _: True)
        self.issues.settle(lambda _: False)
        self.archive.settle()
        if self.roster is not None:
            self.roster.changed.clear()
            self.roster.moved.clear()
        self._told = self.due()

    # time

    def due(self) -> datetime | None:
        """When the clock has to have moved by."""
        firsts = [first[0] for first in (self.timers.first(), self.archive.first()) if first is not None]
        if self.surges is not None and (surge := self.surges.due()) is not None:
            firsts.append(surge)
        return min(firsts, default=None)

    # start

    def restore(self, open_cases: list[int]) -> None:
        """Takes what was kept; works of the open cases, and of those that still have a timer."""
        timed = [int(key) for key, _ in self._reader.scan(TIMERS) if key != 0]
        for key, row in self._reader.load(WORKS, list(dict.fromkeys([*open_cases, *timed]))).items():
            self.works.warm(int(key), work_from(row))
        for name, row in self._reader.scan(ALERTS):
            alert = Alert.model_validate_json(row)
            if alert.status is not AlertStatus.OVER:
                self.alerts.warm(str(name), alert)
        for name, row in self._reader.scan(PRECEDENTS):
            self.precedents.warm(str(name), _precedent_from(row))
        for name, row in self._reader.scan(INCIDENTS):
            self.incidents.warm(str(name), group_from(row))
        for name, row in self._reader.scan(SURGES):
            self.counts.warm(str(name), row_from(row))
        self.archive.restore(str(key) for key, _ in self._reader.scan(ARCHIVE))
        found = self._reader.load(TIMERS, [0]).get(0)
        self._told = datetime.fromisoformat(found.decode()) if found else None

    def goes_by(self, book: Book, zone: ZoneInfo) -> None:
        """The pack in effect: its responders (what is known of those who stay is kept), and what is usual by its calendar."""
        self.surges = Surges(self.counts, book.reference.watching, zone, book.timetable.calendar.works)
        self._staff(book.reference)

    def _staff(self, reference: Reference) -> None:
        before, self.roster = self.roster, Roster(reference)
        if before is not None:
            self.roster.day = before.day
            for name in self.roster.responders.keys() & before.responders.keys():
                self.roster.put(name, before.stand(name))
            self.roster.changed |= before.changed
            self.roster.moved = set(Force)
            return
        for key, row in self._reader.scan(STANDS):
            if key == "":
                self.roster.day = datetime.fromisoformat(row.decode()).date()
            elif str(key) in self.roster.responders:
                self.roster.put(str(key), _STAND.validate_json(row))
        for key, row in self._reader.scan(FIXES):
            self.roster.squads[Force(str(key))].take_fixes(row)
        self.roster.changed.clear()


def _precedent_from(data: bytes) -> Precedent:
    values = orjson.loads(data)
    values[1] = tuple(values[1])
    return Precedent(*values)
