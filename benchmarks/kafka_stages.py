"""What the stage functions alone cost, in this process, on the input of the laps: what a lap costs beyond them is the runtime's.

Processor time of this thread, in frames of 500 lines and line by line, behind as many lines of warming up as the laps have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from benchmarks.kafka_input import Input
from benchmarks.whole_fold import WholeFold
from benchmarks.work import Light
from pipeline.runtime.collector import look_seldom
from schemas.frame import MAX_LINES

FRAMED, SINGLY, REAL = "light, in frames", "light, line by line", "real, in frames"
ENCODE = "casework: encode the rows that changed"
"""The one stage that only exists because state is durable."""


class Stages:
    """Seconds of processor time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Adds the block's."""
        began = time.thread_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.thread_time() - began


def stages(given: Input, warm: int) -> dict[str, dict[str, float]]:
    """µs a report of each stage, by the work and how it is handed over; each in a process of its own, as the contestants are."""
    found = {}
    for name, measure in MEASURES.items():
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            found[name] = apart.submit(measure, given, warm).result()
    return found


def _framed(given: Input, warm: int) -> dict[str, float]:
    work, rows = Light(given.pack, given.centre), dict[str, bytes]()
    return _measured(given, warm, MAX_LINES, lambda lines, into: _light(work, lines, rows, into))


def _singly(given: Input, warm: int) -> dict[str, float]:
    work, rows = Light(given.pack, given.centre), dict[str, bytes]()
    return _measured(given, warm, 1, lambda lines, into: _light(work, lines, rows, into))


def _whole(given: Input, warm: int) -> dict[str, float]:
    work = WholeFold(given.pack, given.centre)
    return _measured(given, warm, MAX_LINES, lambda lines, into: _real(work, lines, into))


MEASURES: Mapping[str, Callable[[Input, int], dict[str, float]]] = {FRAMED: _framed, SINGLY: _singly, REAL: _whole}


def _measured(given: Input, warm: int, size: int, frame: Callable[[Sequence[bytes], Stages], None]) -> dict[str, float]:
    look_seldom()
    for lines in (given.lines[:warm], given.lines[warm:]):
        into = Stages()
        for first in range(0, len(lines), size):
            frame(lines[first : first + size], into)
    return {name: seconds / len(lines) * 1e6 for name, seconds in into.seconds.items()}


def _light(work: Light, lines: Sequence[bytes], rows: dict[str, bytes], into: Stages) -> None:
    with into.of("intake"):
        events = work.intake(lines)
    with into.of("casework: one row"):
        for event in events:
            key, said = work.read(event)
            rows[key], _ = work.casework(said, rows.get(key))


def _real(work: WholeFold, lines: Sequence[bytes], into: Stages) -> None:
    with into.of("intake"):
        events = work.intake(lines)
    with into.of("casework: the fold"):
        work.fold(events)
    with into.of(ENCODE):
        work.keep()
