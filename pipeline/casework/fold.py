"""The fold: `casework(state, event) -> state, lines`. All that happens to a centre goes through it, in one order.

    fold = Fold(state, rules)
    written = fold.frame(placed)      what the frame writes
    state.changes()                   what it changed; made durable together with `written` and the offset
    state.settle()                    afterwards

A frame is applied as a whole. When an event of it raises, the frame is taken back and applied line by line: the line that
raises becomes a dead letter, later lines of the same report wait beside it, the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from pipeline.casework.cases import Cases
from pipeline.casework.register import WITHDRAWAL, Verdict, judge, order_of, past_with_present, remembered, widened
from pipeline.casework.rows import NO_FACTS, Entry, Past, facts_of, register_key
from pipeline.casework.sealing import blank
from pipeline.casework.state import State
from pipeline.casework.written import Where, Written, picture
from schemas.centre import MergeRule
from schemas.errors import UccError
from schemas.event import EVENT, RefusedEvent, ReportEvent, RuleEvent, TickEvent
from schemas.frame import Placed
from schemas.ids import report_id
from schemas.vocabulary import Operation, OutcomeKind

Rules = Callable[[str], Mapping[str, MergeRule]]
"""Merge rules by matter of the pack with a hash. Raises NotFound when the pack is not there: the worker then stops."""
_A_REPORT = b'{"kind":"report"'


class Fold:
    """Applies frames of events to the state of one centre."""

    def __init__(self, state: State, rules: Rules, time_zone: str = "Asia/Shanghai") -> None:
        self.state = state
        self._rules = rules
        self._zone = ZoneInfo(time_zone)

    def frame(self, placed: Placed) -> Written:
        """Applies a frame of events; empty when it was applied before, or does not follow the last one (counted as a gap)."""
        header = placed.frame.header
        raw_offset = placed.offset if header.raw_offset is None else header.raw_offset
        meta = self.state.meta
        written = Written()
        if raw_offset <= meta.raw_offset:
            return written
        if header.previous_raw_offset is not None and header.previous_raw_offset != meta.raw_offset:
            meta.gaps += 1
            return written
        meta.raw_offset = raw_offset
        lines = placed.frame.lines()
        mark = self.state.savepoint()
        try:
            self._lines(lines, raw_offset, written)
        except UccError:
            raise
        except Exception:  # noqa: BLE001  whatever it was: it is raised again below, on the line that it belongs to
            self.state.back_to(mark)
            written = Written()
            self._line_by_line(lines, raw_offset, written)
        written.cases = [picture(meta.centre, case) for _, _, case in self.state.cases.changes()]
        return written

    def _lines(self, lines: list[bytes], raw_offset: int, written: Written) -> None:
        events = [_event(line) for line in lines]
        self.state.register.fetch(register_key(e.report.source, e.report.source_id) for e in events if isinstance(e, ReportEvent))
        cases = Cases(self.state, written, self._rules(self.state.meta.pack) if self.state.meta.pack else {}, self._zone)
        for event, line in zip(events, lines, strict=True):
            if isinstance(event, RuleEvent):
                self.state.meta.pack = event.pack
                cases.rules = self._rules(event.pack)
            self._apply(event, line, raw_offset, written, cases)

    def _line_by_line(self, lines: list[bytes], raw_offset: int, written: Written) -> None:
        for number, line in enumerate(lines):
            mark, length = self.state.savepoint(), written.length()
            try:
                self._lines([line], raw_offset, written)
            except UccError:
                raise
            except Exception as error:  # noqa: BLE001  a poisoned event must not stop the centre: it is kept with its reason
                self.state.back_to(mark)
                written.back_to(length)
                self._dead(line, number, raw_offset, written, "poisoned-event", f"{type(error).__name__}: {error}")

    def _apply(self, event: ReportEvent | RefusedEvent | RuleEvent | TickEvent, line: bytes, raw_offset: int, written: Written, cases: Cases) -> None:
        meta = self.state.meta
        where = Where(meta.centre, raw_offset, event.raw_line, self.state.at(event.at), meta.pack)
        if isinstance(event, ReportEvent):
            key = register_key(event.report.source, event.report.source_id)
            if key in meta.poisoned:
                self._dead(line, event.raw_line, raw_offset, written, "waits", "an earlier line of the same report is a dead letter; replay that one first")
            else:
                self._report(event, key, line, where, written, cases)
        elif isinstance(event, RefusedEvent) and event.original:
            self._dead(event.original.encode(), event.raw_line, raw_offset, written, event.code, event.detail, stage="intake", receipt=event.receipt_id)
        elif isinstance(event, RefusedEvent):
            meta.count(OutcomeKind.REFUSED)
            written.outcome(where, event.receipt_id, OutcomeKind.REFUSED, code=event.code, detail=event.detail)
        else:
            meta.others += 1

    def _report(self, event: ReportEvent, key: str, line: bytes, where: Where, written: Written, cases: Cases) -> None:
        report = event.report
        entry = self.state.register.get(key)
        order = order_of(report.order_key, where.raw_offset, where.raw_line)
        verdict = judge(entry, report.operation, order, event.digest)
        sealed = event.sealed or (entry is not None and entry.facts.sealed)
        shown = blank(event).to_json() if sealed else line
        if verdict is Verdict.RESENT:
            assert entry is not None  # noqa: S101  the register knows what is resent
            wider = widened(entry, report.operation, order, event.digest)
            if wider is not entry:
                self.state.register.put(key, wider)
            self._end(where, event, OutcomeKind.RESENT, written, entry=entry, case_id=cases.id_of(entry.case))
        elif verdict is Verdict.LATE:
            assert entry is not None  # noqa: S101  the register knows what is late
            name = report_id(where.centre, report.source, report.source_id, f"late {order} {event.digest}")
            past = Past(order, order, WITHDRAWAL if report.operation is Operation.WITHDRAW else event.digest)
            entry = entry._replace(past=remembered(entry.past, past), seen_at=int(where.at.timestamp()))
            self.state.register.put(key, entry)
            self._end(where, event, OutcomeKind.LATE, written, entry=entry, case_id=cases.id_of(entry.case), report=name, line=shown)
        elif verdict is Verdict.WITHDRAWS:
            name = report_id(where.centre, report.source, report.source_id, f"withdrawal {order}")
            entry = self._withdrawn(entry, key, order, event, where)
            case_id = cases.withdraw(entry, where)
            self._end(where, event, OutcomeKind.WITHDRAWN, written, entry=entry, case_id=case_id, report=name, line=shown)
        else:
            self._stands(entry, key, order, event, shown, where, written, cases, sealed=sealed)

    def _stands(self, entry: Entry | None, key: str, order: str, event: ReportEvent, shown: bytes, where: Where, written: Written, cases: Cases, *, sealed: bool) -> None:
        report = event.report
        revision = 1 if entry is None else entry.revision + 1
        facts = facts_of(event)
        if sealed:
            facts = NO_FACTS._replace(matter=facts.matter, intent=facts.intent, urgency="US", sealed=True, history=facts.history, unit=facts.unit if event.sealed or entry is None else entry.facts.unit, pack=facts.pack)
        new = Entry(
            key=key,
            since=order,
            order=order,
            digest=event.digest,
            revision=revision,
            standing=True,
            case=0 if entry is None else entry.case,
            report_id=report_id(where.centre, report.source, report.source_id, str(revision)),
            seen_at=int(where.at.timestamp()),
            reported_at=int(report.reported_at.timestamp()),
            address_key="" if sealed else event.address_key,
            facts=facts,
            past=() if entry is None else past_with_present(entry),
        )
        if sealed:
            self.state.sealed[new.report_id] = event.to_json()
        kind = cases.first(new, where) if new.case == 0 else cases.next(entry or new, new, where, why=event.why.get("unit"))
        settled = self.state.register.get(key) or new
        self._end(where, event, OutcomeKind.SEALED if sealed else kind, written, entry=settled, case_id=cases.id_of(settled.case), line=shown)

    def _withdrawn(self, entry: Entry | None, key: str, order: str, event: ReportEvent, where: Where) -> Entry:
        seen_at = int(where.at.timestamp())
        if entry is None:
            entry = Entry(key, order, order, WITHDRAWAL, 0, False, 0, "", seen_at, int(event.report.reported_at.timestamp()), "", NO_FACTS, ())  # noqa: FBT003  a tuple's fields in order
        else:
            entry = entry._replace(since=order, order=order, digest=WITHDRAWAL, standing=False, seen_at=seen_at, past=past_with_present(entry))
        self.state.register.put(key, entry)
        return entry

    def _end(self, where: Where, event: ReportEvent, kind: OutcomeKind, written: Written, *, entry: Entry, case_id: str, report: str = "", line: bytes = b"") -> None:
        self.state.meta.count(kind)
        written.outcome(where, event.receipt_id, kind, entry=entry, case_id=case_id, report=report, event=line)

    def _dead(self, line: bytes, number: int, raw_offset: int, written: Written, code: str, detail: str, *, stage: str = "casework", receipt: str = "") -> None:
        meta = self.state.meta
        where = Where(meta.centre, raw_offset, number, meta.clock, meta.pack)
        source = source_id = ""
        try:
            event = EVENT.validate_json(line)
        except ValueError:
            event = None
        if isinstance(event, ReportEvent):
            receipt, source, source_id = event.receipt_id, event.report.source.value, event.report.source_id
            key = register_key(source, source_id)
            if key not in meta.poisoned:
                meta.poisoned.append(key)
        meta.count(OutcomeKind.DEAD)
        written.outcome(where, receipt, OutcomeKind.DEAD, code=code, detail=detail)
        written.dead_letter(where, stage, receipt, source, source_id, code, detail, line)


def _event(line: bytes) -> ReportEvent | RefusedEvent | RuleEvent | TickEvent:
    """Reads one event; most are reports, and need not be looked at twice to know it."""
    return ReportEvent.model_validate_json(line) if line.startswith(_A_REPORT) else EVENT.validate_json(line)
