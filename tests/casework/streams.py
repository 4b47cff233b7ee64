"""Small streams of events, and a log to fold them into, for the tests of the fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pipeline.casework.fold import Fold
from pipeline.casework.state import State
from pipeline.casework.written import Written
from schemas.centre import MergeRule
from schemas.event import ReportEvent, RuleEvent
from schemas.frame import Placed, frame_of
from schemas.ids import content_digest, receipt_id
from schemas.ports import StateKey
from schemas.report import Report, order_key
from schemas.vocabulary import Intent, Operation, Precision, Source, Urgency

START = datetime(2018, 1, 5, tzinfo=UTC)
RULES = {
    "0701": MergeRule(matter="0701", merges=True, radius_m=50, window_hours=12, span_hours=24, basis="test"),
    "0203": MergeRule(matter="0203", merges=True, radius_m=50, window_hours=72, span_hours=240, basis="test"),
    "1201": MergeRule(matter="1201", merges=False, radius_m=0, window_hours=0, span_hours=0, basis="test"),
}


@dataclass
class MemoryState:
    """The state port in memory; `kept` survives a kill of the fold."""

    kept: dict[str, dict[StateKey, bytes]] = field(default_factory=dict)

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        rows = self.kept.get(table, {})
        return {key: rows[key] for key in keys if key in rows}

    def scan(self, table: str) -> list[tuple[StateKey, bytes]]:
        return sorted(self.kept.get(table, {}).items(), key=lambda row: row[0])

    def write(self, state: State) -> None:
        for table, rows in state.changes():
            kept = self.kept.setdefault(table, {})
            for key, value in rows:
                if value is None:
                    kept.pop(key, None)
                else:
                    kept[key] = value

    def transaction(self) -> AbstractContextManager[None]:
        return nullcontext()


def said(
    name: str,
    text: str = "words",
    *,
    order: int | None = None,
    minutes: float = 0,
    reported: float | None = None,
    east_m: float = 0,
    address: str = "",
    matter: str = "0701",
    operation: Operation = Operation.SET,
    sealed: bool = False,
    urgency: Urgency = Urgency.U3,
    street: str = "s1",
    point: bool = True,
) -> ReportEvent:
    """An event: `minutes` after the start it arrives, `reported` minutes after it was said; `east_m` metres from a fixed point."""
    at = START + timedelta(minutes=minutes)
    key = "" if order is None else order_key(order)
    digest = content_digest(text, address, str(east_m), matter, str(reported))
    report = Report(
        source=Source.HOTLINE12345,
        source_id=name,
        operation=operation,
        order_key=key,
        reported_at=START + timedelta(minutes=minutes if reported is None else reported),
        text=text,
        address=address,
    )
    return ReportEvent(
        kind="report",
        at=at,
        raw_line=0,
        receipt_id=receipt_id("c", report.source, name, key or digest),
        accepted_at=at,
        pack="p",
        digest=digest,
        report=report,
        text_plain=text,
        address_plain=address,
        address_key=address,
        masked=True,
        lng=120.2 + east_m / 102_470 if point else None,
        lat=23.0 if point else None,
        precision=Precision.POINT if point else Precision.NONE,
        grid="g1",
        community="k1",
        community_name="里",
        street=street,
        matter="1901" if sealed else matter,
        intent=Intent.COMPLAINT,
        urgency=Urgency.SEALED if sealed else urgency,
        sealed=sealed,
        unit="u1",
    )


@dataclass
class Desk:
    """A fold with its kept state, and all that it wrote."""

    kept: MemoryState = field(default_factory=MemoryState)
    outcomes: list[bytes] = field(default_factory=list)
    journal: list[bytes] = field(default_factory=list)
    cases: dict[str, bytes] = field(default_factory=dict)
    dead: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As after a kill: what was not kept is gone."""
        self.state = State("c", self.kept)
        self.fold = Fold(self.state, lambda _: RULES)
        self.next_offset = self.state.meta.raw_offset + 1

    def start(self) -> Desk:
        """The pack takes effect."""
        self._take("rule", [RuleEvent(kind="rule", at=START, pack="p", pack_name="p").to_json()])
        return self

    def take(self, *events: ReportEvent) -> Desk:
        """One frame of events."""
        self._take("report", [event.model_copy(update={"raw_line": n}).to_json() for n, event in enumerate(events)])
        return self

    def raw(self, *lines: bytes) -> Desk:
        """One frame of lines as they are."""
        self._take("report", list(lines))
        return self

    def _take(self, kind: str, lines: list[bytes]) -> None:
        offset = self.next_offset
        frame = frame_of("c", kind, lines, raw_offset=offset, previous=offset - 1)
        self.keep(self.fold.frame(Placed(offset, frame)))
        self.next_offset = offset + 1

    def keep(self, written: Written) -> None:
        """Makes a frame durable."""
        self.kept.write(self.state)
        self.state.settle()
        self.outcomes += written.outcomes
        self.journal += written.journal
        self.dead += written.dead
        for line in written.cases:
            self.cases[line.split(b'"', 4)[3].decode()] = line
