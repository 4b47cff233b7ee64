"""The fold: `casework(state, event) -> state, lines`. All that happens to a centre goes through it, in one order.

    fold = Fold(state, rules)
    written = fold.frame(placed)      what the frame writes
    state.changes()                   what it changed; made durable together with `written` and the offset
    state.settle()                    afterwards

A frame is applied as a whole. When an event of it raises, the frame is taken back and applied line by line: the line that
raises becomes a dead letter, later lines of the same report wait beside it, the others go on. A replay is a new event: it is applied
where its letter is the first of its report that stands (`letters`), at the place in the order where the line first stood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.casework.cases import Cases
from pipeline.casework.dead import DISMISSED, OVER, WAITS, Failure, whose
from pipeline.casework.letters import Letter, Turn
from pipeline.casework.lifecycle.book import Book
from pipeline.casework.lifecycle.following import Following
from pipeline.casework.lifecycle.verdicts import failed, not_followed
from pipeline.casework.register import WITHDRAWAL, Verdict, judge, order_of, past_with_present, remembered, widened
from pipeline.casework.rows import NO_FACTS, CaseRow, Entry, Past, register_key
from pipeline.casework.said import A_COMMAND, Heard, Said, fixes_of, read
from pipeline.casework.sealing import blank
from pipeline.casework.state import Mark, State
from pipeline.casework.written import Where, Written, picture
from schemas.centre import MergeRule
from schemas.command import CommandEvent
from schemas.errors import UccError, without_words
from schemas.event import DismissEvent, RefusedEvent, RuleEvent
from schemas.frame import Placed
from schemas.ids import report_id
from schemas.report import place_of
from schemas.vocabulary import OutcomeKind, Urgency

Rules = Callable[[str], Mapping[str, MergeRule]]
"""Merge rules by matter of the pack with a hash. Raises NotFound when the pack is not there: the worker then stops."""
Books = Callable[[str], Book]
"""All rules of the pack with a hash. Raises NotFound as `Rules`."""


class Fold:
    """Applies frames of events to the state of one centre."""

    def __init__(self, state: State, rules: Rules, time_zone: str = "Asia/Shanghai", books: Books | None = None) -> None:
        """`books`: the rules by which cases are worked on; none: they are not (a stream of the past is looked at, not worked on)."""
        self.state = state
        self._rules = rules
        self._zone = ZoneInfo(time_zone)
        self._books = books
        self._book: Book | None = None
        self._careful = False
        if state.meta.pack:
            self._goes_by(state.meta.pack)

    def _goes_by(self, pack: str) -> None:
        """The pack is in effect from here on."""
        if self._books is None:
            return
        book = self._books(pack)
        self._book = book if book.follows else None
        if self._book is not None:
            self.state.kept.goes_by(self._book, self._zone)

    def frame(self, placed: Placed) -> Written:
        """Applies a frame of events; empty when it was applied before, or does not follow the last one (counted as a gap)."""
        header = placed.frame.header
        if header.kind == "positions":
            return self._positions(placed)
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
            self._back_to(mark)
            written = Written()
            self._line_by_line(lines, raw_offset, written)
        works = self.state.kept.works
        follows = self._book is not None
        written.cases = [picture(meta.centre, case, works.get(case.ordinal) if follows else None, self._ids) for case in self._touched(written)]
        return written

    def _back_to(self, mark: Mark) -> None:
        self.state.back_to(mark)
        if self._book is not None and self._book.reference.hash != self.state.meta.pack:
            self._goes_by(self.state.meta.pack)

    def _ids(self, ordinal: int) -> str:
        """Id of a case by its ordinal; empty for none."""
        case = self.state.cases.get(ordinal) if ordinal else None
        return "" if case is None else case.case_id

    def _lines(self, lines: list[bytes], raw_offset: int, written: Written) -> None:
        heard = [read(line) for line in lines]
        self.state.register.fetch(register_key(said.source, said.source_id) for said in heard if isinstance(said, Said))
        cases = Cases(self.state, written, self._rules(self.state.meta.pack) if self.state.meta.pack else {}, self._zone)
        following = self._following(written, cases)
        for event in heard:
            if following is not None:
                self._until(event.at, Where(self.state.meta.centre, raw_offset, event.raw_line, event.at, self.state.meta.pack), following, written)
            if isinstance(event, RuleEvent):
                self.state.meta.pack = event.pack
                cases.rules = self._rules(event.pack)
                self._goes_by(event.pack)
                following = self._following(written, cases)
                if following is not None:
                    following.rules(Where(self.state.meta.centre, raw_offset, event.raw_line, self.state.at(event.at), event.pack))
            self._apply(event, raw_offset, written, cases, following)

    def _following(self, written: Written, cases: Cases) -> Following | None:
        return None if self._book is None else Following(self.state, self.state.kept, self._book, self._zone, written, cases)

    def _until(self, at: datetime, where: Where, following: Following, written: Written) -> None:
        """Time comes to the event: what is due by then happens first."""
        if self._careful:
            following.carefully(at, where, written)
        else:
            following.until(at, where)

    def _positions(self, placed: Placed) -> Written:
        """Where responders are: a frame outside the order of what was accepted; it moves the clock, and what is due by then happens."""
        written, meta = Written(), self.state.meta
        if self._book is None:
            return written
        mark = self.state.savepoint()
        try:
            self._seen(placed.frame.body, written)
        except UccError:
            raise
        except Exception:  # noqa: BLE001  whatever it was: time goes on, and what it was about is a person's
            self._back_to(mark)
            written, self._careful = Written(), True
            try:
                self._seen(placed.frame.body, written)
            except (ValueError, KeyError, TypeError):  # no line of positions: phones send again within seconds
                self._back_to(mark)
                written = Written()
            finally:
                self._careful = False
        meta = self.state.meta
        written.cases = [picture(meta.centre, case, self.state.kept.works.get(case.ordinal), self._ids) for case in self._touched(written)]
        return written

    def _seen(self, line: bytes, written: Written) -> None:
        fixes = fixes_of(line)
        cases = Cases(self.state, written, self._rules(self.state.meta.pack), self._zone)
        following, meta = self._following(written, cases), self.state.meta
        if following is not None:
            self._until(fixes.at, Where(meta.centre, meta.raw_offset, 0, fixes.at, meta.pack), following, written)
        self.state.at(fixes.at)
        roster = self.state.kept.roster
        if roster is not None:
            roster.seen(*fixes[1:])

    def _touched(self, written: Written) -> list[CaseRow]:
        return [case for case in map(self.state.cases.get, written.touched) if case is not None]

    def _line_by_line(self, lines: list[bytes], raw_offset: int, written: Written) -> None:
        self._careful = True
        try:
            self._each_line(lines, raw_offset, written)
        finally:
            self._careful = False

    def _each_line(self, lines: list[bytes], raw_offset: int, written: Written) -> None:
        for number, line in enumerate(lines):
            mark, length = self.state.savepoint(), written.length()
            try:
                self._lines([line], raw_offset, written)
            except UccError:
                raise
            except Exception as error:  # noqa: BLE001  a poisoned event must not stop the centre: it is kept with its reason
                self._back_to(mark)
                written.back_to(length)
                if line.startswith(A_COMMAND):
                    written.verdicts.append(failed(CommandEvent.model_validate_json(line), raw_offset, self.state, without_words(error)))
                    continue
                self._dead(line, number, raw_offset, written, Failure("poisoned-event", without_words(error)))

    def _apply(self, event: Heard, raw_offset: int, written: Written, cases: Cases, following: Following | None) -> None:
        meta = self.state.meta
        where = Where(meta.centre, raw_offset, event.raw_line, self.state.at(event.at), meta.pack)
        if isinstance(event, Said):
            key = register_key(event.source, event.source_id)
            if event.replays:
                where = where._replace(replays=event.replays)
            if key in self.state.letters.rows:
                if not self._turn(event, key):
                    self._dead(event.line, event.raw_line, raw_offset, written, WAITS)
                    return
            elif event.first_place and self._was_said(event, key, where):
                self._over(event.receipt_id, key, where, written)
                return
            self._report(event, key, where, written, cases)
            if following is not None:
                following.said(event, where)
            else:
                cases.changed.clear()
        else:
            self._apply_else(event, raw_offset, where, written, following)

    def _apply_else(self, event: Heard, raw_offset: int, where: Where, written: Written, following: Following | None) -> None:
        """What is no line of a source."""
        meta = self.state.meta
        if isinstance(event, CommandEvent):
            meta.others += 1
            if following is not None:
                following.command(event, where)
            else:
                written.verdicts.append(not_followed(event, where))
        elif isinstance(event, RefusedEvent) and event.original:
            self._dead(event.original.encode(), event.raw_line, raw_offset, written, Failure(event.code, event.detail, "intake"))
        elif isinstance(event, RefusedEvent):
            meta.count(OutcomeKind.REFUSED)
            written.outcome(where, event.receipt_id, OutcomeKind.REFUSED, reason=(event.code, event.detail))
        elif isinstance(event, DismissEvent):
            self._dismiss(event, where._replace(replays=event.dead_letter_id), written)
        else:
            meta.others += 1

    def _turn(self, said: Said, key: str) -> bool:
        """Whether it is a line's turn, of a report of which letters stand; the letter that it replays then stands no more."""
        if self.state.letters.turn(key, said.first_place, said.replays) is not Turn.GOES:
            return False
        if self.state.letters.remove(key, said.first_place):
            self.state.meta.count_waiting(-1)
        return True

    def _report(self, said: Said, key: str, where: Where, written: Written, cases: Cases) -> None:
        entry = self.state.register.get(key)
        order = order_of(said.order_key, where.raw_offset, where.raw_line, said.first_place)
        verdict = judge(entry, order, said.digest, withdraws=said.withdraws)
        self.state.meta.reports += entry is None
        if verdict is Verdict.WITHDRAWS:
            entry, case_id = self._withdraw(entry, key, order, said, where, cases)
            self._end(
                where, said, OutcomeKind.WITHDRAWN, written, entry, case_id, report=report_id(where.centre, said.source, said.source_id, f"withdrawal {order}")
            )
        elif verdict in (Verdict.FIRST, Verdict.NEXT):
            kind = self._stand(entry, key, order, said, where, cases)
            entry = self._known(key)
            self._end(where, said, OutcomeKind.SEALED if entry.facts.sealed else kind, written, entry, cases.id_of(entry.case))
        elif verdict is Verdict.LATE:
            entry = self._known(key)
            content = WITHDRAWAL if said.withdraws else said.digest
            past = Past(order, order, content)
            self.state.register.put(key, entry._replace(past=remembered(entry.past, past), seen_at=int(where.at.timestamp())))
            late = report_id(where.centre, said.source, said.source_id, f"late {order} {content}")
            self._end(where, said, OutcomeKind.LATE, written, entry, cases.id_of(entry.case), report=late)
        else:
            entry = self._known(key)
            wider = widened(entry, order, said.digest, withdraws=said.withdraws)
            if wider is not entry:
                self.state.register.put(key, wider)
            self._end(where, said, OutcomeKind.RESENT, written, entry, cases.id_of(entry.case))

    def _known(self, key: str) -> Entry:
        entry = self.state.register.get(key)
        assert entry is not None, "the register lacks a report that it has judged"  # noqa: S101  an invariant of the fold
        return entry

    def _stand(self, entry: Entry | None, key: str, order: str, said: Said, where: Where, cases: Cases) -> OutcomeKind:
        """A report stands as this line says it: for the first time, or as the next revision."""
        revision = 1 if entry is None else entry.revision + 1
        name = report_id(where.centre, said.source, said.source_id, str(revision))
        facts, address_key = said.facts, said.address_key
        if facts.sealed or (entry is not None and entry.facts.sealed):
            unit = facts.unit if facts.sealed or entry is None else entry.facts.unit
            facts = NO_FACTS._replace(
                matter=facts.matter, intent=facts.intent, urgency=Urgency.SEALED.value, sealed=True, history=facts.history, unit=unit, pack=facts.pack
            )
            address_key = ""
            self.state.sealed[name] = said.line
        new = Entry(
            key=key,
            since=order,
            order=order,
            digest=said.digest,
            revision=revision,
            standing=True,
            case=0 if entry is None else entry.case,
            report_id=name,
            seen_at=int(where.at.timestamp()),
            reported_at=said.reported_at,
            address_key=address_key,
            facts=facts,
            past=() if entry is None else past_with_present(entry),
        )
        return cases.first(new, where) if entry is None or not entry.case else cases.next(entry, new, where, said.routed)

    def _withdraw(self, entry: Entry | None, key: str, order: str, said: Said, where: Where, cases: Cases) -> tuple[Entry, str]:
        seen_at = int(where.at.timestamp())
        if entry is None:
            entry = Entry(key, order, order, WITHDRAWAL, 0, False, 0, "", seen_at, said.reported_at, "", NO_FACTS, ())
        else:
            entry = entry._replace(since=order, order=order, digest=WITHDRAWAL, standing=False, seen_at=seen_at, past=past_with_present(entry))
        self.state.register.put(key, entry)
        return entry, cases.withdraw(entry, where)

    def _end(self, where: Where, said: Said, kind: OutcomeKind, written: Written, entry: Entry, case_id: str, *, report: str = "") -> None:
        """Writes what became of a line. What a sealed report says is left out; what a resent one says stands already."""
        self.state.meta.count(kind)
        line = b"" if kind is OutcomeKind.RESENT else said.line
        if line and (entry.facts.sealed or said.facts.sealed):
            line = blank(said.event()).to_json()
        elif line and said.replays:
            line = said.event().model_copy(update={"replays": "", "first_place": ""}).to_json()
        written.outcome(where, said.receipt_id, kind, entry=entry, case_id=case_id, report=report, event=line)

    def _dead(self, line: bytes, number: int, raw_offset: int, written: Written, failure: Failure) -> None:
        """Makes a line a dead letter. Later lines of its report wait; what may be sealed is kept in the sealed store alone."""
        meta = self.state.meta
        of = whose(line, is_raw=failure.stage == "intake")
        where = Where(meta.centre, raw_offset, number, meta.clock, meta.pack, of.replays)
        key, hidden = register_key(of.source, of.source_id), of.hidden
        place = of.first_place or place_of(raw_offset, number)
        attempt = int(failure is not WAITS)
        if of.source_id:
            if self.state.letters.turn(key, of.first_place, of.replays) is Turn.OVER:
                self._over(of.receipt_id, key, where, written)
                return
            entry = self.state.register.get(key)
            hidden = hidden or (entry is not None and entry.facts.sealed)
            before = self.state.letters.at(key, place)
            if before is not None:
                attempt += before.failed
                meta.count_waiting(-1)
        meta.count(OutcomeKind.DEAD)
        meta.count_waiting(1)
        written.outcome(where, of.receipt_id, OutcomeKind.DEAD, reason=(failure.code, failure.detail))
        name = written.dead_letter(where, failure, of, attempt, b"" if hidden else line)
        if of.source_id:
            self.state.letters.put(key, place, Letter(name, attempt, int(where.at.timestamp())))
        if hidden:
            self.state.sealed[name] = line

    def _dismiss(self, event: DismissEvent, where: Where, written: Written) -> None:
        """The line of a letter ends as refused, wherever in its pile it stands; a letter that stands no more was replayed or dismissed before."""
        key, letters = register_key(event.source, event.source_id), self.state.letters
        if key not in letters.rows or letters.turn(key, event.first_place, event.dead_letter_id) is Turn.OVER:
            self._over(event.receipt_id, key, where, written)
            return
        if letters.remove(key, event.first_place):
            self.state.meta.count_waiting(-1)
        self.state.meta.count(OutcomeKind.REFUSED)
        written.outcome(where, event.receipt_id, OutcomeKind.REFUSED, reason=(DISMISSED, event.reason))

    def _was_said(self, said: Said, key: str, where: Where) -> bool:
        """Whether a replay, of a report of which no letter stands, says nothing new: it has been replayed before."""
        order = order_of(said.order_key, where.raw_offset, where.raw_line, said.first_place)
        return judge(self.state.register.get(key), order, said.digest, withdraws=said.withdraws) is Verdict.RESENT

    def _over(self, receipt: str, key: str, where: Where, written: Written) -> None:
        """A line that replays what was replayed before: said again, and nothing changes."""
        self.state.meta.count(OutcomeKind.RESENT)
        entry = self.state.register.get(key)
        case_id = ""
        if entry is not None and entry.case and (case := self.state.cases.get(entry.case)) is not None:
            case_id = case.case_id
        written.outcome(where, receipt, OutcomeKind.RESENT, entry=entry, case_id=case_id, reason=OVER)
