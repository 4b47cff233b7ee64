"""Processor time that the stage functions take inside a contestant, while it runs: what its processes use beyond it is the runtime's.

The seconds stand in a small file that the contestant has mapped and the observer reads. Two clock calls a stage cost about half a microsecond.
"""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

INTAKE, CASEWORK, ENCODE = 0, 1, 2
"""Stages; ENCODE is of the rows that changed, which is done for the runtime's sake alone and counted as its own."""
STAGES = ("intake", "casework", "encoding of rows")
_LAYOUT = struct.Struct(f"{len(STAGES)}d")
P = ParamSpec("P")
R = TypeVar("R")


def file_of(folder: Path) -> Path:
    """Where a contestant with that folder has it."""
    return folder / "stages"


def read(folder: Path) -> tuple[float, ...]:
    """Seconds by stage so far; zeros where nothing is timed."""
    path = file_of(folder)
    return _LAYOUT.unpack(path.read_bytes()) if path.exists() else (0.0,) * len(STAGES)


class Timing:
    """Times functions. Each stage runs in one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """The file is begun anew."""
        folder.mkdir(parents=True, exist_ok=True)
        path = file_of(folder)
        path.write_bytes(bytes(_LAYOUT.size))
        with path.open("r+b") as file:
            self._seconds = memoryview(mmap.mmap(file.fileno(), _LAYOUT.size)).cast("d")

    def of(self, stage: int, function: Callable[P, R]) -> Callable[P, R]:
        """The function, its time in this thread added to a stage."""
        seconds, clock = self._seconds, time.thread_time

        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            began = clock()
            try:
                return function(*args, **kwargs)
            finally:
                seconds[stage] += clock() - began

        return timed
