"""Results into a file of NDJSON: each line is there exactly once, whenever we are killed.

The length of the file is noted together with what was delivered. What lies beyond it was appended just before a kill: those lines are read back
and not appended again, and a line that was cut off is taken away.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import orjson

from schemas.errors import LogUnavailable
from schemas.metrics import RESULTS_DELIVERED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from connectors.write_back.kept import Kept, Waiting

AT_ONCE = 500


class FileEnd:
    """Appends to one file. It is opened anew each time, so it may be renamed away at any time; a file of its name is made again."""

    def __init__(self, path: Path, source: str) -> None:
        self._path, self._source = path, source

    def deliver(self, kept: Kept, now: float) -> bool:  # noqa: ARG002  the other end's
        """Appends what waits; whether there was anything. Raises LogUnavailable when the file cannot be written: then nothing of it counts as delivered."""
        waiting = kept.first(AT_ONCE)
        if not waiting:
            return False
        try:
            size = self._append(waiting, kept.size(self._path.name))
        except OSError as error:
            raise LogUnavailable(f"results cannot be written: {error.strerror}", where=str(self._path)) from error
        kept.done(waiting, file=self._path.name, size=size)
        RESULTS_DELIVERED.labels(self._source).inc(len(waiting))
        return True

    def _append(self, waiting: Sequence[Waiting], noted: int) -> int:
        """Appends those that are not there yet; the length of the file, durable."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            end = os.fstat(file).st_size
            there: set[str] = set()
            if end != noted:
                end, there = _read_back(file, noted if noted < end else 0)
            lines = b"".join(one.line + b"\n" for one in waiting if one.result_id not in there)
            try:
                while lines:
                    lines = lines[os.write(file, lines) :]
                os.fsync(file)
            except OSError:
                os.ftruncate(file, end)
                raise
            if not noted:
                _make_durable(self._path.parent)
            return os.fstat(file).st_size
        finally:
            os.close(file)


def _read_back(file: int, first: int) -> tuple[int, set[str]]:
    """Results that lie behind `first`, by id, and where the last whole line ends; what is behind that is cut off.

    A file that is shorter than noted is another one: it is read from its beginning.
    """
    tail = b""
    while part := os.pread(file, 1 << 20, first + len(tail)):
        tail += part
    whole = tail.rpartition(b"\n")[0]
    end = first + len(whole) + bool(whole)
    os.ftruncate(file, end)
    return end, {orjson.loads(line)["result_id"] for line in whole.splitlines()}


def _make_durable(folder: Path) -> None:
    """A new file is one only when its folder says so."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
