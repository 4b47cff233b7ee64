"""Which logs land in the warehouse. The warehouse's child imports this alone, so it imports little."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.runtime.sqlite_log import SqliteLog
from schemas.ports import FrameReader
from ucc.home import CASEWORK_LOG


class Landing:
    """The logs to land in the warehouse, by centre and name of the log; asked again as centres come."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._found: dict[str, Mapping[str, FrameReader]] = {}

    def __call__(self) -> Mapping[str, Mapping[str, FrameReader]]:
        """All that there are now."""
        for log in sorted(self._logs.glob(f"*/{CASEWORK_LOG}")):
            if log.parent.name not in self._found:
                self._found[log.parent.name] = {"casework": SqliteLog(log, writer=False)}
        return self._found
