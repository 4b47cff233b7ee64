"""Our runtime (`pipeline.runtime.kafka`) with the light or the empty work where intake and fold would be.

The real work is `ucc worker` itself (`benchmarks.peers.timed_worker`). All else is as there: raw frames, an agent that makes frames of events
(a second topic), casework that owns its partition; journal, state rows (a compacted topic and the SQLite cache) and offset in one transaction.
Rows stay in memory, as in a Faust Table.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import faust

from benchmarks.peers.asked import Asked, asked
from benchmarks.work import Stages, stages_of
from pipeline.casework.lifecycle.book import Book
from pipeline.casework.state import META, REGISTER, Meta
from pipeline.casework.table import Table
from pipeline.casework.written import Written
from pipeline.runtime import casework_runner
from pipeline.runtime.collector import look_seldom
from pipeline.runtime.kafka.app import build
from pipeline.runtime.kafka.service import Place
from schemas.brokers import Brokers
from schemas.errors import NotFound
from schemas.event import Centre, RuleEvent
from schemas.frame import Placed
from schemas.ports import StateKey, StateReader
from schemas.vocabulary import Mode


class RowsAlone:
    """The state of a centre whose casework needs one row at a time."""

    def __init__(self, centre: str, reader: StateReader) -> None:
        self.meta = Meta(centre)
        if found := reader.load(META, [0]):
            self.meta = Meta.from_bytes(found[0])
        self.register: Table[str, bytes] = Table(REGISTER, reader, bytes)

    def changes(self) -> Iterator[tuple[str, list[tuple[StateKey, bytes | None]]]]:
        """The rows to write."""
        yield REGISTER, [(key, row) for key, _, row in self.register.changes()]
        yield META, [(0, self.meta.to_bytes())]

    def settle(self) -> None:
        """All rows stay in memory."""
        self.register.settle(lambda _: True)

    def due(self) -> None:
        """Nothing is ever due."""


class WorkAlone:
    """The casework of `Work`, where the fold would be."""

    def __init__(self, stages: Stages, state: RowsAlone) -> None:
        self._stages, self._state = stages, state

    def frame(self, placed: Placed) -> Written:
        """Journal lines of a frame of events; empty when it was applied before or does not follow the last one."""
        header, meta, written = placed.frame.header, self._state.meta, Written()
        if header.raw_offset is None or header.raw_offset <= meta.raw_offset or header.previous_raw_offset != meta.raw_offset:
            return written
        meta.raw_offset = header.raw_offset
        if header.kind == "rule":
            meta.pack = RuleEvent.model_validate_json(placed.frame.body).pack
            return written
        heard = self._stages.heard(placed.frame.lines())
        register = self._state.register
        register.fetch(key for key, _ in heard)
        for key, event in heard:
            row, journal = self._stages.casework(event, register.get(key))
            register.put(key, row)
            written.journal.append(journal)
        return written


class _Known(NamedTuple):
    hash: str


class IntakeAlone:
    """The intake of `Work`, where ours would be."""

    def __init__(self, stages: Stages, pack: str) -> None:
        self.reference, self.frame = _Known(pack), stages.intake


def run(told: Asked) -> None:
    """Works until it is told to end."""
    stages = stages_of(told.work, told.pack, told.centre, told.folder)
    centre = Centre(centre=told.centre, name=told.centre, partition=0, pack_name=told.centre, mode=Mode.STREAM)

    def reading(pack: str, _mode: Mode, /) -> Any:  # noqa: ANN401  it stands in for Intake
        return IntakeAlone(stages, pack)

    def end(reason: str, _error: Exception | None) -> None:
        print(reason, file=sys.stderr, flush=True)
        os._exit(1)

    def shelf_is_bare(pack: str) -> Book:
        raise NotFound("cases of a stream are not worked on", where=pack)

    vars(casework_runner).update(State=RowsAlone, Fold=lambda state, *_: WorkAlone(stages, state))
    brokers = Brokers(addresses=(told.brokers,), namespace=told.group)
    cache = told.folder / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    place = Place(brokers, lambda: [centre], cache, lambda _: {}, shelf_is_bare, reading, "bench")
    app, _, watchdog = build(place, lambda *_: [], end)
    look_seldom()
    watchdog.start()
    faust.Worker(app, quiet=True, loglevel="warning", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    told = asked()
    sys.argv = sys.argv[:1]
    run(told)
