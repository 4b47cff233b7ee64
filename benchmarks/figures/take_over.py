"""How long a centre stands still when the worker that owns it is killed -9: two workers, 20 reports a second, killed again and again.

A gap is the time from the kill to the first committed outcome of a report that was accepted after it. The killed worker is started again, as
whoever runs it would, and the next kill comes when both are there and the flow has been caught up with.
"""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from typing import Any

from benchmarks.figures.latency import PATIENCE_S
from benchmarks.installation import Installation, Part, ready
from benchmarks.kafka_input import Input
from benchmarks.live_flow import LiveFlow
from benchmarks.observer import Observer
from benchmarks.spread import spread
from benchmarks.tail import Seen, Tail
from schemas.topics import OUTCOMES

RATE = 20.0
STANDS_S = 8.0
"""Between two kills, and up to so many seconds more by chance."""


async def take_over(observer: Observer, scratch: Path, given: Input, kills: int, seed: int) -> dict[str, Any]:
    """Seconds of the gaps; what was doubled or is missing at the end must be nothing."""
    installation = Installation(observer, scratch, "takeover", [given])
    await installation.begin()
    chance = random.Random(seed)  # noqa: S311  when to kill, and no secret
    seen: dict[int, float] = {}
    doubled = 0

    def told(one: Seen) -> None:
        nonlocal doubled
        offset = one.frame.header.raw_offset
        if offset is not None:
            doubled += offset in seen
            seen.setdefault(offset, one.at)

    workers = [installation.worker(), installation.worker()]
    gaps = []
    try:
        await ready(workers, 1)
        async with Tail(installation, (OUTCOMES,), told) as tail:
            async with LiveFlow(installation, 0, RATE) as flow:
                for number in range(kills):
                    await asyncio.sleep(STANDS_S + chance.random() * STANDS_S / 2)
                    tail.alive()
                    at = await _kill_owner(workers)
                    workers.append(installation.worker())
                    gaps.append(await _gap(flow, seen, at))
                    print(f"kill {number + 1}: the next outcome after {gaps[-1]:.2f} s", flush=True)
                    await ready(workers, 1)
                await asyncio.sleep(STANDS_S)
            accepted = flow.accepted
            for _ in range(int(PATIENCE_S / 0.25)):
                if accepted.keys() <= seen.keys():
                    break
                await asyncio.sleep(0.25)
    finally:
        for worker in workers:
            worker.end()
    return {
        "rate": RATE,
        "kills": kills,
        "seed": seed,
        "gap_s": spread(gaps),
        "gaps_s": gaps,
        "reports": len(accepted),
        "missing": len(accepted.keys() - seen.keys()),
        "doubled": doubled,
    }


async def _kill_owner(workers: list[Part]) -> float:
    """Kills the one that owns the centre, takes it off the list, and returns when."""
    for _ in range(int(PATIENCE_S / 0.25)):
        for worker in workers:
            if await asyncio.to_thread(worker.centres):
                workers.remove(worker)
                at = time.monotonic()
                worker.kill()
                return at
        await asyncio.sleep(0.25)
    raise SystemExit("nobody owns the centre")


async def _gap(flow: LiveFlow, seen: dict[int, float], at: float) -> float:
    for _ in range(int(PATIENCE_S / 0.05)):
        after = [seen[offset] for offset, accepted in flow.accepted.items() if accepted > at and offset in seen]
        if after:
            return min(after) - at
        await asyncio.sleep(0.05)
    raise SystemExit(f"no outcome within {PATIENCE_S:.0f} s of the kill")
