"""Quix Streams: a StreamingDataFrame with state, one message a report, the register row in its RocksDB store with a changelog topic.

As with Faust, of casework it keeps the register row alone. Both of its guarantees are run: at least once (its default) and exactly once.
Commits come every five seconds, which is its default.
"""

from __future__ import annotations

from typing import Any

from quixstreams import Application

from benchmarks.peers.asked import Asked, asked
from benchmarks.work import stages_of
from pipeline.runtime.collector import look_seldom

ROW = "row"


def app_of(told: Asked) -> Application:
    """The application with its one frame."""
    app = Application(
        broker_address=told.brokers,
        consumer_group=told.group,
        auto_offset_reset="earliest",
        state_dir=told.folder / "state",
        processing_guarantee="exactly-once" if told.exactly_once else "at-least-once",
        loglevel="WARNING",
    )
    raw = app.topic(told.raw, key_deserializer="bytes", value_deserializer="bytes")
    out = app.topic(told.out, key_serializer="bytes", value_serializer="bytes")
    stages = stages_of(told.work, told.pack, told.centre, told.folder)

    def casework(line: bytes, state: Any) -> bytes:  # noqa: ANN401  the library's
        _, heard = stages.one(line)
        row, journal = stages.casework(heard, state.get_bytes(ROW))
        state.set_bytes(ROW, row)
        return journal

    app.dataframe(raw).apply(casework, stateful=True).to_topic(out)
    return app


if __name__ == "__main__":
    app = app_of(asked())
    look_seldom()
    app.run()
