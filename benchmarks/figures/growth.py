"""Eight centres with one, two and four workers: throughput, its growth, and whether the cases are the same.

Each centre gets the same lines, accepted under its own name. The workers are started, own
as many centres each, and have warmed up before the lines come that count. Then a sink lands
everything, and `ucc reconcile` compares log, fold, warehouse and live cases. On a machine with fewer cores than workers (the broker
wants one, too) the wall clock cannot grow with them; processor time a report says what another machine would do.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.figures.catch_up import Counting
from benchmarks.installation import Installation, ready
from benchmarks.kafka_input import Input
from benchmarks.observer import Observer
from benchmarks.processor_time import ProcessorTime, spent
from benchmarks.tail import Tail
from schemas.topics import CASES, OUTCOMES

RECONCILED_S = 600.0
WARM = 500
"""Lines of each centre that come before those that count."""


async def growth(observer: Observer, scratch: Path, given: list[Input], workers: int, broker: int) -> dict[str, Any]:
    """One run with so many workers."""
    installation = Installation(observer, scratch / f"workers-{workers}", f"workers{workers}", given)
    await installation.begin()
    lines = sum(len(one.lines) - WARM for one in given)
    counting = Counting()
    parts = [installation.worker() for _ in range(workers)]
    try:
        async with Tail(installation, (OUTCOMES,), counting.told) as tail:
            owned = await ready(parts, len(given), each=len(given) // workers)
            await installation.accept(0, WARM)
            await counting.reach(WARM * len(given), tail, parts)
            used = ProcessorTime([part.pid for part in parts])
            before, broker_before, began = used.look(), spent(broker), time.monotonic()
            await installation.accept(WARM, max(len(one.lines) for one in given))
            await counting.reach(lines + WARM * len(given), tail, parts)
            cpu, broker_cpu = used.look() - before, spent(broker) - broker_before
    finally:
        for part in parts:
            part.end()
    wall = counting.last - began
    return {
        "workers": workers,
        "centres_owned": owned,
        "reports": lines,
        "wall_s": wall,
        "reports_per_s": lines / wall,
        "reports_per_s_per_worker": lines / wall / workers,
        "reports_per_s_per_core": lines / cpu,
        "cpu_us": cpu / lines * 1e6,
        "broker_cpu_us": broker_cpu / lines * 1e6,
        "cases_digest": {centre: await cases_digest(installation, partition) for partition, centre in enumerate(installation.centres)},
        "reconcile": await reconciled(installation),
    }


async def cases_digest(installation: Installation, partition: int) -> str:
    """sha256 of the last picture of every case of a centre, by case id."""
    place = TopicPartition(installation.named(CASES), partition)
    pictures: dict[bytes, bytes] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=installation.observer.address, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(place, timeout_ms=1_000)).get(place, []):
                pictures[record.key] = record.value
    finally:
        await consumer.stop()
    digest = hashlib.sha256()
    for key in sorted(pictures):
        digest.update(key + b" " + pictures[key] + b"\n")
    return digest.hexdigest()


async def reconciled(installation: Installation) -> dict[str, Any]:
    """What `ucc reconcile` finds once a sink has landed everything."""
    sink = installation.part("sink")
    try:
        until = time.monotonic() + RECONCILED_S
        while True:
            said = await asyncio.to_thread(installation.answer, "reconcile")
            off = sum(one["off"] for one in said["centres"])
            if said["balanced"] or time.monotonic() > until:
                return {"balanced": said["balanced"], "difference_lines": off, "accepted": sum(one["accepted"] for one in said["centres"])}
            sink.alive()
            await asyncio.sleep(2.0)
    finally:
        sink.end()
