"""From acceptance to the committed journal: one report a frame, 100 a second, one worker, a read_committed reader of journal and outcomes.

The time begins before the report is handed to Kafka (linger 0, acks=all) and ends when the reader has the line: two topics, two stages and a
transaction lie between. A report that changes no case has no journal line; every one has an outcome.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from benchmarks.installation import Installation, ready
from benchmarks.kafka_input import Input
from benchmarks.live_flow import LiveFlow
from benchmarks.observer import Observer
from benchmarks.spread import percentiles
from benchmarks.tail import Seen, Tail
from schemas.topics import JOURNAL, OUTCOMES

RATE = 100.0
WARM_S = 15.0
PATIENCE_S = 60.0


async def latency(observer: Observer, scratch: Path, given: Input, seconds: float) -> dict[str, Any]:
    """Milliseconds, over `seconds` of flow; the first fifteen are left out, in which the broker compiles itself."""
    installation = Installation(observer, scratch, "latency", [given])
    await installation.begin()
    seen: dict[str, dict[int, float]] = {JOURNAL.name: {}, OUTCOMES.name: {}}

    def told(one: Seen) -> None:
        offset = one.frame.header.raw_offset
        if offset is not None:
            seen[one.topic].setdefault(offset, one.at)

    worker = installation.worker()
    try:
        await ready([worker], 1)
        async with Tail(installation, (JOURNAL, OUTCOMES), told) as tail:
            async with LiveFlow(installation, 0, RATE) as flow:
                await asyncio.sleep(WARM_S + seconds)
                wanted = flow.handed_in
            for _ in range(int(PATIENCE_S / 0.1)):
                tail.alive()
                if len(flow.accepted.keys() & seen[OUTCOMES.name].keys()) >= min(wanted, len(flow.accepted)):
                    break
                await asyncio.sleep(0.1)
    finally:
        worker.end()
    counted = [offset for offset, at in flow.accepted.items() if at >= min(flow.accepted.values()) + WARM_S]
    return {
        "rate": RATE,
        "reports": len(counted),
        "without_outcome": sum(offset not in seen[OUTCOMES.name] for offset in counted),
        **{
            f"accept_to_{topic.rpartition('.')[2]}_ms": percentiles(
                [1_000 * (by_offset[offset] - flow.accepted[offset]) for offset in counted if offset in by_offset]
            )
            for topic, by_offset in seen.items()
        },
    }
