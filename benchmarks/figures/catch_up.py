"""Catching up after an outage: a worker has run, is ended; the rest of the stream is accepted meanwhile; a worker is started on the backlog.

It reads its state back, takes over, and works off the backlog alone, while the broker does nothing else.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from benchmarks.installation import Installation, Part, ready
from benchmarks.kafka_input import Input
from benchmarks.observer import Observer
from benchmarks.processor_time import ProcessorTime, spent
from benchmarks.tail import Seen, Tail
from schemas.topics import OUTCOMES


class Counting:
    """Counts outcomes, and when the first and the last came."""

    def __init__(self) -> None:
        self.lines, self.first, self.last = 0, 0.0, 0.0

    def told(self, one: Seen) -> None:
        """Takes a frame."""
        self.first = self.first or one.at
        self.lines, self.last = self.lines + one.frame.header.lines, one.at

    async def reach(self, lines: int, tail: Tail, parts: list[Part], seconds: float = 1_200.0) -> None:
        """Waits until so many lines are there."""
        until = time.monotonic() + seconds
        while self.lines < lines:
            tail.alive()
            for part in parts:
                part.alive()
            if time.monotonic() > until:
                raise SystemExit(f"{self.lines} of {lines} outcomes came within {seconds:.0f} s")
            await asyncio.sleep(0.05)


async def catch_up(observer: Observer, scratch: Path, given: Input, before: int, broker: int) -> dict[str, Any]:
    """Reports a second from the first outcome to the last, and from the start of the process; `before` lines are folded before the outage."""
    installation = Installation(observer, scratch, "catchup", [given])
    await installation.begin()
    await installation.accept(0, before)
    earlier = Counting()
    worker = installation.worker()
    try:
        async with Tail(installation, (OUTCOMES,), earlier.told, beginning=True) as tail:
            await ready([worker], 1)
            await earlier.reach(before, tail, [worker])
    finally:
        worker.end()
    await installation.accept(before, len(given.lines))
    backlog, counting = len(given.lines) - before, Counting()
    async with Tail(installation, (OUTCOMES,), counting.told) as tail:
        broker_before, began = spent(broker), time.monotonic()
        worker = installation.worker()
        used = ProcessorTime([worker.pid])
        try:
            await counting.reach(backlog, tail, [worker])
            cpu, broker_cpu = used.look(), spent(broker) - broker_before
        finally:
            worker.end()
    return {
        "folded_before": before,
        "backlog": backlog,
        "first_outcome_s": counting.first - began,
        "caught_up_s": counting.last - began,
        "reports_per_s": backlog / (counting.last - began),
        "reports_per_s_once_begun": backlog / (counting.last - counting.first) if counting.last > counting.first else None,
        "worker_cpu_s": cpu,
        "broker_cpu_s": broker_cpu,
    }
