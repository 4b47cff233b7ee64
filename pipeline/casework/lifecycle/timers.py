"""When the clock is to look at which case: fired in the order of instants, then of cases."""

from __future__ import annotations

from datetime import datetime
from heapq import heappop, heappush

from pipeline.casework.clocks.calendar import instant, micros
from pipeline.casework.lifecycle.work import Work


class Timers:
    """Due instants by key (a case's ordinal; 0: what is no case's). Follows the table of works, changes taken back included."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []
        self._due: dict[int, int] = {}

    def set(self, key: int, at: datetime | None) -> None:
        """From now on; none: not at all."""
        if at is None:
            self._due.pop(key, None)
            return
        due = micros(at)
        if self._due.get(key) != due:
            self._due[key] = due
            heappush(self._heap, (due, key))

    def watch(self, old: Work | None, new: Work | None) -> None:
        """As a table of works tells its changes."""
        row = new if new is not None else old
        if row is not None:
            self.set(row.ordinal, None if new is None else new.due)

    def first(self) -> tuple[datetime, int] | None:
        """The next instant and its key; none: nothing is due ever."""
        while self._heap:
            due, key = self._heap[0]
            if self._due.get(key) == due:
                return instant(due), key
            heappop(self._heap)
        return None

    def __len__(self) -> int:
        return len(self._due)
