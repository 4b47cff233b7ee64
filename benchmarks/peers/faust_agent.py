"""Idiomatic Faust: an agent over one-line messages, a Table for the register, the journal sent by the agent.

It reads one message an event, as a Faust program does. Of casework it keeps the register row alone, under the source id: it does not merge,
because a Table knows one key at a time. At least once, as Faust's documents advise; uvloop, no web server, the Table in memory with its
changelog topic, values as bytes: what makes it faster is on.
"""

from __future__ import annotations

import logging
import os
import sys

os.environ["FAUST_LOOP"] = "uvloop"  # read while faust is imported

import faust
from faust.types import StreamT

from benchmarks.peers.asked import Asked, asked
from benchmarks.work import stages_of
from pipeline.runtime.collector import look_seldom


def app_of(told: Asked) -> faust.App:
    """The app with its one agent."""
    app = faust.App(
        told.group,
        broker=f"kafka://{told.brokers}",
        store="memory://",
        datadir=told.folder,
        web_enabled=False,
        topic_replication_factor=1,
        topic_partitions=1,
        consumer_auto_offset_reset="earliest",
    )
    raw = app.topic(told.raw, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    out = app.topic(told.out, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    register = app.Table("register", key_type=bytes, value_type=bytes, partitions=1)
    stages = stages_of(told.work, told.pack, told.centre, told.folder)

    async def casework(stream: StreamT[bytes]) -> None:
        async for key, line in stream.items():
            _, heard = stages.one(line)
            row, journal = stages.casework(heard, register.get(key))
            register[key] = row
            await out.send(key=key, value=journal)

    app.agent(raw)(casework)
    return app


if __name__ == "__main__":
    app = app_of(asked())
    look_seldom()
    sys.argv = sys.argv[:1]
    faust.Worker(app, loglevel=logging.WARNING, redirect_stdouts=False).execute_from_commandline()
