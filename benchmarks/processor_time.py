"""Processor time of processes that are not ours to ask: by the kernel's own clock of each process, in nanoseconds, all threads included."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

_SCHEDULED = 2
"""Which of a process's clocks: the time it was scheduled, user and system together."""


def spent(pid: int) -> float:
    """Seconds of processor time of one process. Raises OSError when it is gone."""
    return time.clock_gettime((~pid << 3) | _SCHEDULED)


def session(leader: int) -> set[int]:
    """The processes of a session: a command that was started with `start_new_session`, and what it started."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) == leader:
                found.add(int(folder.name))
        except (OSError, IndexError):
            continue  # it has ended meanwhile
    return found


class ProcessorTime:
    """What some sessions have used so far. A process that ends keeps what it had used when it was last looked at."""

    def __init__(self, leaders: Iterable[int]) -> None:
        self._leaders = list(leaders)
        self._seen: dict[int, float] = {}

    def look(self) -> float:
        """Seconds of all processes of the sessions, ended ones included."""
        for leader in self._leaders:
            for pid in session(leader):
                try:
                    self._seen[pid] = spent(pid)
                except OSError:
                    continue
        return sum(self._seen.values())
