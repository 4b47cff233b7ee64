"""All that a fold needs to go on: clock, pack, serials, counters, the register and the cases."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, NamedTuple

import orjson

from pipeline.casework.letters import LETTERS, Letters
from pipeline.casework.lifecycle.kept import Kept
from pipeline.casework.lifecycle.kept import Mark as KeptMark
from pipeline.casework.nearby import Nearby
from pipeline.casework.rows import CaseRow, Entry, case_from, entry_from, to_bytes
from pipeline.casework.table import Table
from schemas.errors import BrokenFrame
from schemas.ports import StateKey, StateReader
from schemas.vocabulary import OutcomeKind

WARM = timedelta(days=45)
"""How long a report stays in memory and can be merged with after its last line: longer than the longest merge window and than the
30 days over which an issue looks back; later lines of it are still known, from the disk."""
META, REGISTER, CASES, ENDED, ARRIVALS, SEALED = "meta", "register", "cases", "ended", "arrivals", "sealed"


@dataclass(slots=True)
class Meta:
    """What there is once for a centre. `clock` is its greatest event time; counters cover its whole history."""

    centre: str
    clock: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    pack: str = ""
    raw_offset: int = -1
    """The last raw frame whose events were applied."""
    ordinal: int = 0
    serial_day: str = ""
    serial: int = 0
    transitions: int = 0
    reports: int = 0
    """Reports ever heard of."""
    standing: int = 0
    gaps: int = 0
    others: int = 0
    """Lines of the log that are no reports: rules and ticks."""
    waiting: int = 0
    """Dead letters that stand; -1: not known, because the release before did not count them."""
    outcomes: dict[str, int] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """As it is kept."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Meta:
        """Reads it back; raises BrokenFrame when it is none."""
        try:
            values: dict[str, Any] = orjson.loads(data)
            values["clock"] = datetime.fromisoformat(values["clock"])
            if values.pop("poisoned", None) is not None and values["outcomes"].get(OutcomeKind.DEAD.value):
                values["waiting"] = -1  # the release before noted whose lines wait, but not which: `Letters` has them
            return cls(**values)
        except (ValueError, TypeError, KeyError) as error:
            raise BrokenFrame(f"the state of the centre is not readable: {error}") from error

    def figures(self) -> dict[str, int]:
        """What the fold has counted, by the names under which the warehouse counts it again."""
        known = {"dead letters waiting": self.waiting} if self.waiting >= 0 else {}
        return {
            "lines": sum(self.outcomes.values()),
            **{f"outcome {kind}": number for kind, number in self.outcomes.items()},
            "reports": self.reports,
            "standing": self.standing,
            "standing in cases": self.standing,
            "cases": self.ordinal,
            "transitions": self.transitions,
            "dead letters": self.outcomes.get(OutcomeKind.DEAD.value, 0),
            **known,
        }

    def count(self, outcome: OutcomeKind) -> None:
        """Counts one outcome."""
        self.outcomes[outcome.value] = self.outcomes.get(outcome.value, 0) + 1

    def count_waiting(self, change: int) -> None:
        """Counts dead letters that stand from now on, or no more."""
        if self.waiting >= 0:
            self.waiting += change

    def copy(self) -> Meta:
        """A copy to go back to."""
        return replace(self, outcomes=dict(self.outcomes))


class Mark(NamedTuple):
    """Where a savepoint stands."""

    register: int
    cases: int
    letters: int
    meta: Meta
    sealed: frozenset[str]
    kept: KeptMark


class Arrival(NamedTuple):
    """Which reports a frame touched, and when: what is to be in memory after a restart, and what cools when."""

    seen_at: int
    key: str
    keys: tuple[str, ...]


class State:
    """The state of one centre: what is open or warm in memory, the rest behind the state port."""

    def __init__(self, centre: str, reader: StateReader) -> None:
        self.meta = Meta(centre)
        self._reader = reader
        nearby = Nearby(lambda key: self.register.get(key))  # noqa: PLW0108  the register is made on the next line
        self.register: Table[str, Entry] = Table(REGISTER, reader, entry_from, nearby.changed)
        self.cases: Table[int, CaseRow] = Table(CASES, _OpenOrEnded(reader), case_from)
        self.nearby = nearby
        self.letters = Letters(reader)
        self.kept = Kept(reader)
        """Of the work on cases; empty where they are not worked on."""
        self.sealed: dict[str, bytes] = {}
        self._arrivals: deque[Arrival] = deque()
        self._restore()

    # a frame's changes

    def savepoint(self) -> Mark:
        """A mark to which `back_to` returns."""
        return Mark(
            self.register.savepoint(), self.cases.savepoint(), self.letters.savepoint(), self.meta.copy(), frozenset(self.sealed), self.kept.savepoint()
        )

    def back_to(self, mark: Mark) -> None:
        """Takes back all that was changed since the mark."""
        self.register.back_to(mark.register)
        self.cases.back_to(mark.cases)
        self.letters.back_to(mark.letters)
        self.meta = mark.meta.copy()
        self.nearby.warm_since = self._warm_since()
        self.sealed = {key: value for key, value in self.sealed.items() if key in mark.sealed}
        self.kept.back_to(mark.kept)

    def changes(self) -> Iterator[tuple[str, list[tuple[StateKey, bytes | None]]]]:
        """The rows to write, by table, for all that was changed since `settle`."""
        entries = [(key, to_bytes(row)) for key, _, row in self.register.changes()]
        arrivals: list[tuple[StateKey, bytes | None]] = [(arrival.key, None) for arrival in takewhile(self._is_over, self._arrivals)]
        if entries:
            yield REGISTER, list(entries)
            arrivals.append((self._arrival_key(), orjson.dumps([key for key, _ in entries])))
        yield ARRIVALS, arrivals
        opened: list[tuple[StateKey, bytes | None]] = []
        ended: list[tuple[StateKey, bytes | None]] = []
        for key, before, row in self.cases.changes():
            into, out_of = (opened, ended) if row.is_open else (ended, opened)
            into.append((key, to_bytes(row)))
            if before is not None and before.is_open != row.is_open:
                out_of.append((key, None))
        yield CASES, opened
        yield ENDED, ended
        yield LETTERS, list(self.letters.changes())
        yield SEALED, list(self.sealed.items())
        yield from self.kept.changes()
        yield META, [(0, self.meta.to_bytes())]

    def settle(self) -> None:
        """After the changes have become durable: lets go of what is cold."""
        keys = tuple(key for key, _, _ in self.register.changes())
        warm_since = self.nearby.warm_since
        self.register.settle(lambda entry: entry.seen_at >= warm_since)
        self.cases.settle(lambda case: case.is_open)
        self.letters.settle()
        self.kept.settle()
        self.sealed.clear()
        while self._arrivals and self._is_over(self._arrivals[0]):
            for key in self._arrivals.popleft().keys:
                self.register.cool(key, lambda entry: entry.seen_at < warm_since)
        if keys:
            self._arrivals.append(Arrival(int(self.meta.clock.timestamp()), self._arrival_key(), keys))

    def at(self, instant: datetime) -> datetime:
        """Moves the clock, which never goes back, and returns it."""
        if instant > self.meta.clock:
            self.meta.clock = instant
            self.nearby.warm_since = self._warm_since()
        return self.meta.clock

    def due(self) -> datetime | None:
        """When the clock has to have moved by, though nothing is told: the first timer, or when the oldest warm reports go cold. None: never."""
        cold = [datetime.fromtimestamp(self._arrivals[0].seen_at + 1, UTC) + WARM] if self._arrivals else []
        timer = self.kept.due()
        return min([*cold, *([] if timer is None else [timer])], default=None)

    # warm and cold

    def _warm_since(self) -> int:
        return max(0, int(self.meta.clock.timestamp() - WARM.total_seconds()))

    def _is_over(self, arrival: Arrival) -> bool:
        return arrival.seen_at < self.nearby.warm_since

    def _arrival_key(self) -> str:
        return f"{int(self.meta.clock.timestamp()):012d}.{self.meta.raw_offset:012d}"

    def _restore(self) -> None:
        found = self._reader.load(META, [0])
        if 0 not in found:
            return
        self.meta = Meta.from_bytes(found[0])
        self.letters.restore(found[0])
        self.nearby.warm_since = self._warm_since()
        for ordinal, data in self._reader.scan(CASES):
            self.cases.warm(int(ordinal), case_from(data))
        self.kept.restore([case.ordinal for case in map(self.cases.get, self.cases.warm_keys()) if case is not None])
        for name, data in self._reader.scan(ARRIVALS):
            arrival = Arrival(int(str(name).partition(".")[0]), str(name), tuple(orjson.loads(data)))
            self._arrivals.append(arrival)
            for key, row in self._reader.load(REGISTER, list(arrival.keys)).items():
                entry = entry_from(row)
                if entry.seen_at >= self.nearby.warm_since and not self.register.has(entry.key):
                    self.register.warm(str(key), entry)


class _OpenOrEnded:
    """Reads cases wherever they lie: the open ones in one table (all in memory at the start), the ended ones in another."""

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """Rows of open and ended cases."""
        return {**self._reader.load(ENDED, keys), **self._reader.load(table, keys)}

    def scan(self, table: str) -> Iterable[tuple[StateKey, bytes]]:
        """All open cases."""
        return self._reader.scan(table)
