"""The embedded intake: what is accepted becomes a raw frame and its frame of events in one transaction.

Doors hand over models, and their bytes go to the log: within the process nothing is read back. After a crash, and for what others
appended, `catch_up` makes the events of the raw frames that have none yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pipeline.intake.intake import Intake
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.command import CommandEvent
from schemas.errors import BrokenFrame
from schemas.event import AS_IT_IS, DismissEvent, RuleEvent, TickEvent
from schemas.frame import Frame, Header, frame_of
from schemas.ports import Transaction
from schemas.report import Accepted
from schemas.topics import EVENTS, RAW

READER = "intake"
PACK = "intake_pack"
"""State table: hash of the pack that intake works with from its offset on, under key 0."""
Reading = Callable[[str], Intake]
"""Intake by the hash of a pack; raises NotFound when the pack is not there."""


class EmbeddedIntake:
    """Takes accepted reports and rules into one centre. One at a time: the log fences a second writer."""

    def __init__(self, log: SqliteLog, centre: str, reading: Reading, worker: str) -> None:
        self._log = log
        self._centre = centre
        self._reading = reading
        self._worker = worker
        self._last_raw = log.committed(READER, RAW.name)
        found = log.load(PACK, [0])
        self.pack = found[0].decode() if 0 in found else ""
        """Hash of the pack in effect; empty before the first."""
        self._made: Intake | None = None

    def _intake(self) -> Intake:
        """By the pack in effect; made when the first line needs it, because most commands bring none."""
        if not self.pack:
            raise BrokenFrame("the centre has no reference pack yet", where=self._centre)
        if self._made is None or self._made.reference.hash != self.pack:
            self._made = self._reading(self.pack)
        return self._made

    def prepare(self) -> None:
        """Makes intake now, so that the first line need not wait for it; nothing happens before the first pack."""
        if self.pack:
            self._intake()

    def tick(self, at: datetime) -> None:
        """Moves an idle clock: the tick takes its place in the centre's one order, behind what was accepted."""
        self._pass_on(TickEvent(kind="tick", at=at))

    def dismiss(self, event: DismissEvent) -> int:
        """Says that a dead letter is not to be tried again; returns the raw offset. Raises LogUnavailable."""
        return self._pass_on(event)

    def command(self, event: CommandEvent) -> int:
        """Takes a command into the centre's one order; returns the raw offset. Raises LogUnavailable."""
        return self._pass_on(event)

    def place(self, frame: Frame) -> int:
        """Appends a frame of positions to the events, outside the chain of raw frames; returns its offset. Raises LogUnavailable."""
        with self._log.transaction() as transaction:
            return transaction.append(EVENTS.name, frame)

    def _pass_on(self, event: TickEvent | DismissEvent | CommandEvent) -> int:
        with self._log.transaction() as transaction:
            offset = transaction.append(RAW.name, frame_of(self._centre, event.kind, [event.to_json()]))
        self.catch_up()
        return offset

    def take(self, reports: Sequence[Accepted], source: str, also: Callable[[Transaction], None] | None = None) -> int:
        """Makes accepted reports durable, with their events, and whatever `also` writes; returns the raw offset.

        Raises LogUnavailable when the log cannot take them: nothing has then been accepted.
        """
        self.catch_up()
        intake = self._intake()
        encoded = [line.report.to_json() for line in reports]
        raw = frame_of(self._centre, "report", [line.line(report) for line, report in zip(reports, encoded, strict=True)], source=source)
        events = intake.lines(reports, encoded)
        with self._log.transaction() as transaction:
            offset = transaction.append(RAW.name, raw)
            self._write_events(transaction, raw.header, events, offset)
            if also is not None:
                also(transaction)
        self._last_raw = offset
        return offset

    def use(self, pack: str, pack_name: str, at: datetime) -> None:
        """From here on the pack takes effect, as an event; nothing happens when it is in effect already."""
        self.catch_up()
        if pack == self.pack:
            return
        made = self._reading(pack)
        rule = RuleEvent(kind="rule", at=at, pack=pack, pack_name=pack_name)
        raw = frame_of(self._centre, "rule", [rule.to_json()])
        with self._log.transaction() as transaction:
            offset = transaction.append(RAW.name, raw)
            self._write_rule(transaction, raw.header, rule, offset)
        self._last_raw, self.pack, self._made = offset, pack, made

    def catch_up(self) -> int:
        """Makes the events of raw frames that have none yet; returns how many frames. What comes next stands behind them."""
        made = 0
        if self._log.end(RAW.name) == self._last_raw:
            return made
        while waiting := self._log.read(RAW.name, self._last_raw, 20):
            for placed in waiting:
                self._again(placed.offset, placed.frame)
                made += 1
        return made

    def _again(self, offset: int, frame: Frame) -> None:
        if frame.header.kind == "rule":
            rule = RuleEvent.model_validate_json(frame.body)
            made = self._reading(rule.pack)
            with self._log.transaction() as transaction:
                self._write_rule(transaction, frame.header, rule, offset)
            self.pack, self._made = rule.pack, made
        else:
            events = frame.lines() if frame.header.kind in AS_IT_IS else self._intake().frame(frame.lines())
            with self._log.transaction() as transaction:
                self._write_events(transaction, frame.header, events, offset)
        self._last_raw = offset

    def _write_rule(self, transaction: Transaction, raw: Header, rule: RuleEvent, offset: int) -> None:
        transaction.put(PACK, [(0, rule.pack.encode())])
        self._write_events(transaction, raw, [rule.to_json()], offset)

    def _write_events(self, transaction: Transaction, raw: Header, events: Sequence[bytes], offset: int) -> None:
        hop = f"intake {datetime.now(UTC).isoformat(timespec='milliseconds')} {self._worker}"
        made = frame_of(self._centre, raw.kind, events, source=raw.source, raw_offset=offset, previous=self._last_raw, hops=(*raw.hops, hop))
        transaction.append(EVENTS.name, made)
        transaction.commit_offset(READER, RAW.name, offset)
