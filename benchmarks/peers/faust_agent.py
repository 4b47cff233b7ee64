"""Idiomatic Faust: an agent over one-line messages, a Table for what casework keeps, the lines sent by the agent.

It reads one message an event, as a Faust program does. With the light work the Table holds the register row under the source id. With the real
work it holds the rows of the fold, which is read back from it at the start: each row that changed is set, each line sent. At least once, as Faust's
documents advise; uvloop, no web server, the Table in memory with its changelog topic, values as bytes: what makes it faster is on.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

import orjson

os.environ["FAUST_LOOP"] = "uvloop"  # read while faust is imported

import faust
from faust.types import StreamT

from benchmarks.peers.asked import Asked, asked
from benchmarks.whole_fold import WholeFold
from benchmarks.work import stages_of
from pipeline.runtime.collector import look_seldom
from schemas.ports import StateKey

Agent = Callable[[StreamT[bytes]], Coroutine[Any, Any, None]]
Rows = MutableMapping[bytes, bytes]
Out = faust.TopicT


class TableRows:
    """Rows of the fold in a Faust Table, under table and key."""

    def __init__(self, table: Rows) -> None:
        self._table = table

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """Rows under `keys`."""
        found = {key: self._table.get(_key(table, key)) for key in keys}
        return {key: row for key, row in found.items() if row is not None}

    def scan(self, table: str) -> Iterable[tuple[StateKey, bytes]]:
        """All rows of a table."""
        prefix = table.encode() + b"/"
        return [(orjson.loads(key[len(prefix) :]), row) for key, row in self._table.items() if key.startswith(prefix)]

    def put(self, table: str, key: StateKey, row: bytes | None) -> None:
        """Sets a row; None takes it away."""
        if row is None:
            self._table.pop(_key(table, key), None)
        else:
            self._table[_key(table, key)] = row


def _key(table: str, key: StateKey) -> bytes:
    return table.encode() + b"/" + orjson.dumps(key)


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
    rows = app.Table("rows", key_type=bytes, value_type=bytes, partitions=1)
    app.agent(raw)(_real(told, rows, out) if told.work == "real" else _light(told, rows, out))
    return app


def _light(told: Asked, rows: Rows, out: Out) -> Agent:
    stages = stages_of(told.work, told.pack, told.centre, told.folder)

    async def casework(stream: StreamT[bytes]) -> None:
        async for key, line in stream.items():
            _, heard = stages.one(line)
            row, journal = stages.casework(heard, rows.get(key))
            rows[key] = row
            await out.send(key=key, value=journal)

    return casework


def _real(told: Asked, rows: Rows, out: Out) -> Agent:
    work = WholeFold(told.pack, told.centre, TableRows(rows), told.folder)

    async def casework(stream: StreamT[bytes]) -> None:
        async for key, line in stream.items():
            written = work.fold(work.intake([line]))
            work.keep(work.changed())
            for one in written:
                await out.send(key=key, value=one)

    return casework


if __name__ == "__main__":
    app = app_of(asked())
    look_seldom()
    sys.argv = sys.argv[:1]
    faust.Worker(app, loglevel=logging.WARNING, redirect_stdouts=False).execute_from_commandline()
