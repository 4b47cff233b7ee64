"""Quix Streams: a StreamingDataFrame with state, one message a report, rows in its RocksDB store with a changelog topic.

With the light work messages are keyed by source id, and the state holds the register row. With the real work they are keyed by centre, whose state
holds the rows of the fold: each row that changed is set, each line sent. (Its state cannot be listed, so such a program could not be started again;
that is left as it is.) Both of its guarantees are run: at least once (its default) and exactly once. Commits come every five seconds, its default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from quixstreams import Application

from benchmarks.peers.asked import Asked, asked
from benchmarks.whole_fold import WholeFold
from benchmarks.work import stages_of
from pipeline.runtime.collector import look_seldom
from schemas.ports import StateKey

ROW = "row"
Function = Callable[[bytes, Any], Any]


class StateRows:
    """Rows of the fold in the state of the message that is being handled."""

    def __init__(self) -> None:
        self.state: Any = None

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        """Rows under `keys`."""
        found = {key: self.state.get_bytes(f"{table}/{key}") for key in keys}
        return {key: row for key, row in found.items() if row is not None}

    def scan(self, table: str) -> Iterable[tuple[StateKey, bytes]]:  # noqa: ARG002  the port's
        """Nothing: a state cannot be listed."""
        return []

    def put(self, table: str, key: StateKey, row: bytes | None) -> None:
        """Sets a row; None takes it away."""
        if row is None:
            self.state.delete(f"{table}/{key}")
        else:
            self.state.set_bytes(f"{table}/{key}", row)


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
    raw = app.dataframe(app.topic(told.raw, key_deserializer="bytes", value_deserializer="bytes"))
    out = app.topic(told.out, key_serializer="bytes", value_serializer="bytes")
    lines = raw.apply(_real(told), stateful=True, expand=True) if told.work == "real" else raw.apply(_light(told), stateful=True)
    lines.to_topic(out)
    return app


def _light(told: Asked) -> Function:
    stages = stages_of(told.work, told.pack, told.centre, told.folder)

    def casework(line: bytes, state: Any) -> bytes:  # noqa: ANN401  the library's
        _, heard = stages.one(line)
        row, journal = stages.casework(heard, state.get_bytes(ROW))
        state.set_bytes(ROW, row)
        return journal

    return casework


def _real(told: Asked) -> Function:
    rows = StateRows()
    work = WholeFold(told.pack, told.centre, rows, told.folder)

    def casework(line: bytes, state: Any) -> list[bytes]:  # noqa: ANN401  the library's
        rows.state = state
        written = work.fold(work.intake([line]))
        work.keep(work.changed())
        return written

    return casework


if __name__ == "__main__":
    app = app_of(asked())
    look_seldom()
    app.run()
