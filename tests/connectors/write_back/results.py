"""Results to deliver, and a log that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from pipeline.runtime.sqlite_log import SqliteLog
from schemas.frame import frame_of
from schemas.issue import Result
from schemas.ports import FrameReader
from schemas.topics import RESULTS
from schemas.vocabulary import CaseState, Source

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SAID = {CaseState.DISPATCHED: "派单", CaseState.SIGNED: "签收", CaseState.FEEDBACK: "办结反馈", CaseState.CLOSED: "办结归档"}


def result(report: str, state: CaseState, source: Source = Source.HOTLINE12345, centre: str = "c") -> bytes:
    """One line of `ucc.results`."""
    seq = list(SAID).index(state) + 1
    return Result(
        result_id=f"{report}-{state}",
        centre=centre,
        at=AT + timedelta(minutes=seq),
        source=source,
        source_id=f"S-{report}",
        report_id=report,
        case_id=f"case-{report}",
        number="20260302-0001",
        seq=seq,
        state=state,
        said=SAID[state],
        final=state is CaseState.CLOSED,
        result="已修复，现场已清理。" if state is CaseState.CLOSED else "",
        unit="区城市管理局",
    ).to_json()


def ways_of(*reports: str, source: Source = Source.HOTLINE12345) -> list[bytes]:
    """The results of reports from dispatch to closing, side by side, as a day brings them."""
    return [result(report, state, source) for state in SAID for report in reports]


def ids(lines: Iterable[bytes]) -> list[str]:
    """Their ids, in order."""
    return [orjson.loads(line)["result_id"] for line in lines]


class ResultLog:
    """A log of one centre that casework would write."""

    def __init__(self, path: Path) -> None:
        self._log = SqliteLog(path, writer=True)

    def add(self, lines: Sequence[bytes], centre: str = "c") -> None:
        """One frame of results."""
        with self._log.transaction() as transaction:
            transaction.append(RESULTS.name, frame_of(centre, "result", lines))

    def readers(self) -> Mapping[str, FrameReader]:
        """As write-back is handed it."""
        return {"c/casework": self._log}

    def close(self) -> None:
        """Closes it."""
        self._log.close()
