"""The way of one source's results: out of the logs of all centres, into what waits, to its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import orjson

from connectors.write_back.file_end import FileEnd
from connectors.write_back.http_end import HttpEnd
from connectors.write_back.kept import Kept
from schemas.metrics import RESULTS_UNDELIVERED, RESULTS_WAITING
from schemas.topics import RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from connectors.write_back.ways import Way
    from schemas.ports import FrameReader
    from schemas.vocabulary import Source

FRAMES = 64
"""Read at one look."""
MOST_WAITING = 10_000
"""Beyond it no more is taken from the log, which keeps it."""


def kept_in(folder: Path, source: Source) -> Path:
    """The file that holds how far the results of a source were delivered."""
    return folder / f"{source}.db"


class Delivery:
    """Delivers the results of one source. Used by one thread."""

    def __init__(self, folder: Path, source: Source, way: Way, logs: Callable[[], Mapping[str, FrameReader]], now: Callable[[], float] = time.time) -> None:
        """`folder`: `results/` of the home; `logs`: where results stand now, by a name that stays; `now`: seconds since 1970. Raises LogUnavailable."""
        self._source, self._logs, self._now = source, logs, now
        self._kept = Kept(kept_in(folder, source))
        self._end: FileEnd | HttpEnd
        self._end = FileEnd(folder / f"{source}.ndjson", source) if way.file else HttpEnd(way, source, folder / "undelivered.ndjson")

    def step(self) -> bool:
        """Delivers what is due and takes what is new; whether anything was done. Raises LogUnavailable, BrokenFrame."""
        delivered = self._end.deliver(self._kept, self._now())
        took = self._take()
        if took or delivered:
            RESULTS_WAITING.labels(self._source).set(self._kept.waiting())
            RESULTS_UNDELIVERED.labels(self._source).set(self._kept.undelivered())
        return took or delivered

    def close(self) -> None:
        """Lets go of its file."""
        self._kept.close()

    def _take(self) -> bool:
        took = False
        for name, log in self._logs().items():
            if self._kept.waiting() >= MOST_WAITING:
                break
            frames = log.read(RESULTS.name, self._kept.taken(name), FRAMES)
            if frames:
                lines = [(orjson.loads(line), line) for placed in frames for line in placed.frame.lines()]
                ours = [(result["result_id"], result["report_id"], line) for result, line in lines if result["source"] == self._source]
                self._kept.take(name, frames[-1].offset, ours, self._now())
                took = True
        return took
