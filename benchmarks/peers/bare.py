"""Bare aiokafka, the limit: consume frames, call the stage functions, produce frames. No durable state, no transactions, no offsets.

What a line costs here is what no runtime in Python on this client can go below; a crash loses everything that is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.peers.asked import Asked, asked
from benchmarks.whole_fold import Memory, WholeFold
from benchmarks.work import stages_of
from pipeline.runtime.collector import look_seldom
from schemas.wire import portions

Frames = Callable[[list[bytes]], Sequence[bytes]]
"""What is written for the lines of a raw frame."""


def whole(told: Asked) -> Frames:
    """The real work, its state in memory."""
    work = WholeFold(told.pack, told.centre, Memory(), told.folder)

    def frame(lines: list[bytes]) -> Sequence[bytes]:
        written = work.fold(work.intake(lines))
        work.keep(work.changed())
        return written

    return frame


def one_by_one(told: Asked) -> Frames:
    """The work of which each event needs one row alone."""
    stages = stages_of(told.work, told.pack, told.centre, told.folder)
    rows: dict[str, bytes] = {}

    def frame(lines: list[bytes]) -> Sequence[bytes]:
        written = []
        for key, heard in stages.heard(stages.intake(lines)):
            rows[key], line = stages.casework(heard, rows.get(key))
            written.append(line)
        return written

    return frame


async def run(told: Asked) -> None:
    """Reads and writes until it is ended."""
    consumer = AIOKafkaConsumer(bootstrap_servers=told.brokers, max_partition_fetch_bytes=4 << 20)
    producer = AIOKafkaProducer(bootstrap_servers=told.brokers, acks="all", linger_ms=5, max_batch_size=900_000, max_request_size=4 << 20)
    frames = whole(told) if told.work == "real" else one_by_one(told)
    await consumer.start()
    await producer.start()
    place = TopicPartition(told.raw, 0)
    consumer.assign([place])
    await consumer.seek_to_beginning(place)
    look_seldom()
    while True:
        for record in (await consumer.getmany(place, timeout_ms=1_000)).get(place, []):
            for portion in portions(frames(record.value.split(b"\n"))):
                await producer.send(told.out, b"\n".join(portion), partition=0)


if __name__ == "__main__":
    uvloop.run(run(asked()))
