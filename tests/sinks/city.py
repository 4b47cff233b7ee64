"""A small lively city, folded for real into a log: what the tests of the sinks land, and what they expect to find."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from pipeline.casework import state
from pipeline.casework.rows import CaseRow, Entry, case_from, entry_from
from pipeline.casework.written import Written
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import LogUnavailable
from schemas.event import ReportEvent
from schemas.frame import frame_of
from schemas.ports import FrameReader
from schemas.topics import CASES, DEAD_LETTERS, JOURNAL, OUTCOMES
from schemas.vocabulary import Operation
from tests.casework.streams import Desk, said

CENTRE = "c"


class City(Desk):
    """A desk whose lines are appended to a log, as the embedded casework does."""

    def __init__(self, folder: Path) -> None:
        self.log = SqliteLog(folder / "casework.db", writer=True)
        super().__init__()
        self.start()

    def keep(self, written: Written) -> None:
        super().keep(written)
        topics = ((JOURNAL, written.journal), (OUTCOMES, written.outcomes), (CASES, written.cases), (DEAD_LETTERS, written.dead))
        with self.log.transaction() as transaction:
            for topic, lines in topics:
                if lines:
                    transaction.append(topic.name, frame_of(CENTRE, topic.name, lines))

    def append(self, topic: str, *lines: bytes) -> None:
        """Lines as they are, past the fold."""
        with self.log.transaction() as transaction:
            transaction.append(topic, frame_of(CENTRE, topic, lines))

    def live(self, seed: int, frames: int, lines: int = 40) -> City:
        """Reports, revisions, withdrawals, revivals, merges that bridge, repeats and late lines, some sealed."""
        rng = random.Random(seed)
        for number in range(frames):
            self.take(*(_line(rng, number, n) for n in range(lines)))
        return self

    def register(self) -> dict[str, Entry]:
        """What the fold remembers of each report, by source id."""
        return {entry.source_id: entry for entry in (entry_from(value) for _, value in self.kept.scan(state.REGISTER))}

    def case_rows(self) -> list[CaseRow]:
        """The cases as the fold has them."""
        return [case_from(value) for table in (state.CASES, state.ENDED) for _, value in self.kept.scan(table)]


def _line(rng: random.Random, frame: int, number: int) -> ReportEvent:
    name = f"r{rng.randrange(60 + 8 * frame)}"
    place = rng.randrange(150) * 200.0 + rng.choice((0.0, 0.0, 30.0, 60.0))
    kind = rng.random()
    order = None if kind < 0.2 else frame * 1000 + number - (5000 if kind > 0.97 else 0) + 10_000
    return said(
        name,
        text=f"  路灯不亮 {rng.randrange(6)}\n'\"\\ ",
        order=order,
        minutes=frame * 10 + number / 10,
        east_m=place,
        address=f"中山路{int(place)}号",
        operation=Operation.WITHDRAW if rng.random() < 0.12 else Operation.SET,
        sealed=rng.random() < 0.01,
        street=f"s{int(place) % 3}",
        point=rng.random() < 0.9,
    )


@cache
def _reader(path: Path) -> SqliteLog:
    return SqliteLog(path, writer=False)


def readers(folder: Path) -> Mapping[str, Mapping[str, FrameReader]]:
    """The log of the city in `folder`, as the child of a warehouse asks for it."""
    try:
        return {CENTRE: {"casework": _reader(folder / "casework.db")}}
    except LogUnavailable:
        return {}


def latest_text(desk: Desk) -> dict[str, tuple[str, str]]:
    """Text and address of the last line that set each report, by source id, from the outcomes themselves."""
    found: dict[str, tuple[str, str]] = {}
    for line in desk.outcomes:
        outcome: dict[str, Any] = orjson.loads(line)
        if outcome["outcome"] in ("opened", "merged", "revised", "sealed"):
            report = outcome["event"]["report"]
            found[outcome["source_id"]] = report.get("text", ""), report.get("address", "")
    return found
