"""Follows the cases of a centre from the moment they are opened: what the fold calls at each event (`DESIGN.md` §3, open ▸ dispatch ▸ follow ▸ clocks)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.casework.cases import Cases
from pipeline.casework.lifecycle.book import Book
from pipeline.casework.lifecycle.commanding import Commanding
from pipeline.casework.lifecycle.hints import Hints
from pipeline.casework.lifecycle.kept import Kept
from pipeline.casework.lifecycle.precedents import precedent_for
from pipeline.casework.lifecycle.steps import Steps
from pipeline.casework.lifecycle.ticking import Ticking
from pipeline.casework.lifecycle.watching import Watching
from pipeline.casework.lifecycle.work import Work
from pipeline.casework.rows import CaseRow, Entry, register_key
from pipeline.casework.said import Said
from pipeline.casework.state import State
from pipeline.casework.written import Where, Written
from schemas.command import CommandEvent
from schemas.vocabulary import Action, AlertKind, AlertLevel, CaseState, Milestone, Source, Start, Urgency

_NO_WORK = frozenset({Urgency.SEALED.value})
OF_DESK = ("desk/no-duty", "desk/unplaced", "desk/complained-of")
"""Rules of routing that leave a case to the desk."""


class Following:
    """What a frame does to the cases that are worked on. One for each run over lines; `book` is that of the pack in effect."""

    def __init__(self, state: State, kept: Kept, book: Book, zone: ZoneInfo, written: Written, cases: Cases) -> None:
        self._state, self._kept, self._book, self._cases = state, kept, book, cases
        self.steps = Steps(kept, book, zone, written, cases)
        self._watching = Watching(state, self.steps)
        self._ticking = Ticking(state, self.steps, self._watching)
        self._hints = Hints(state, self.steps, self._ticking)
        self._commanding = Commanding(state, self.steps, self._watching, zone, written)
        cases.may_absorb = self._may_absorb

    # time

    def until(self, at: datetime, where: Where) -> None:
        """Fires what is due up to an instant, in the order of instants, each stamped with its own; on equal ones the lower case first."""
        while (due := self._kept.due()) is not None and due <= at:
            self._ticking.fire(due, where._replace(at=self._state.at(due)))

    def carefully(self, at: datetime, where: Where, written: Written) -> None:
        """As `until`, each taken back by itself where it fails: its case is then for a person, and costs no other line."""
        while (due := self._kept.due()) is not None and due <= at:
            mark, length = self._state.savepoint(), written.length()
            here = where._replace(at=self._state.at(due))
            try:
                self._ticking.fire(due, here)
            except Exception as error:  # noqa: BLE001  whatever it was, time goes on
                self._state.back_to(mark)
                written.back_to(length)
                self._ticking.give_up(due, here, error)

    # what sources say

    def said(self, said: Said, where: Where) -> None:
        """After a line of a source: the cases that it has changed are worked on accordingly."""
        changed = dict(self._cases.changed)
        for ordinal, before in changed.items():
            case = self._cases.case(ordinal)
            if before is None:
                self._opened(case, said, where)
            elif (work := self.steps.work(ordinal)) is not None:
                self._went_on(case, before, work, said, where)
        self._hints.heard(said, where)
        self._cases.changed.clear()

    def _opened(self, case: CaseRow, said: Said, where: Where) -> None:
        if case.facts.history or case.facts.sealed or case.urgency in _NO_WORK:
            return
        self.begin(case, where, source=said.source, against=said.against, routed=said.routed)

    def begin(self, case: CaseRow, where: Where, *, source: str, against: tuple[str, ...], routed: Mapping[str, Any] | None) -> None:
        """A case is worked on from now on."""
        for name in (case.case_id, case.number):
            self._kept.names.add(name, case.ordinal)
        started = {Start.RECEIVED.value: where.at}
        if source != Source.PETITION.value:
            started[Start.ACCEPTED.value] = where.at
        work = Work(case.ordinal, open=True, source=source, against=against, started=started)
        if source != Source.PETITION.value:
            work = work.with_reached(Milestone.ACCEPT, where.at)
        work = replace(work, unit=case.facts.unit, co_units=case.facts.co_units, rule=str((routed or {}).get("rule", "")))
        self._kept.works.add(case.ordinal, work)
        entry = self._cases.entry(case.lead)
        self.steps.keep(self.steps.results.joined(case, work, entry, where))
        self._watching.opened(case, entry, where)
        self._send(case.ordinal, where, routed)
        self._planned(case.ordinal, where, "the case was opened")

    def _planned(self, ordinal: int, where: Where, because: str) -> None:
        """Writes which deadlines there are, where no dispatch has done so."""
        work = self.steps.work(ordinal)
        if work is None:
            return
        work, moved = self.steps.planned(self._cases.case(ordinal), work)
        if moved:
            self.steps.step(ordinal, work, Action.PLANNED, where, "clock", why={"rule": "deadlines", "because": because}, data=moved)

    def _send(self, ordinal: int, where: Where, routed: Mapping[str, Any] | None) -> None:
        """The case goes to the unit whose duty it is, unless a person has to say so (U4), or none is known."""
        case, work = self._cases.case(ordinal), self.steps.work(ordinal)
        assert work is not None  # noqa: S101  it has just begun
        unit, co_units, rule, why = work.unit, work.co_units, work.rule, routed
        found = precedent_for(self._kept, case, rule)
        if found is not None and not self._book.dispatcher.is_of(found.unit, frozenset(work.against)):
            unit, co_units, rule = found.unit, found.co_units, f"precedent/{found.number}"
            because = f"ruled on {found.at} in {found.number}: {found.basis}"
            why = {"rule": rule, "because": because, "runners_up": [{"choice": work.unit, "because": found.rule}]}
        if not unit:
            lead = "nobody's duty is known for this matter at this place: a person names the unit"
            self.steps.keep(self.steps.alerting.of_case(AlertKind.NO_UNIT, AlertLevel.YELLOW, where, case, work, evidence=lead, rule=rule, tells=("desk",)))
            return
        if case.urgency == Urgency.U4.value:
            return  # a person sends: the clock of dispatching runs
        row = self._book.row(Action.DISPATCHED, CaseState(case.state))
        if row is not None:
            self.steps.dispatch(ordinal, where, "clock", action=Action.DISPATCHED, unit=unit, co_units=co_units, rule=rule, why=why, effects=row.clocks)
            self._at_the_desk(ordinal, where, rule)

    def _at_the_desk(self, ordinal: int, where: Where, rule: str) -> None:
        """兜底: nobody's duty is known, or the place is not, so the desk has it; a person looks at once, and names the unit."""
        case, work = self._cases.case(ordinal), self.steps.work(ordinal)
        if work is None or not rule.startswith(OF_DESK):
            return
        evidence = f"{case.number} is with the desk ({rule}): a person finds out whose it is"
        self.steps.keep(self.steps.alerting.of_case(AlertKind.NO_UNIT, AlertLevel.YELLOW, where, case, work, evidence=evidence, rule=rule, tells=("desk",)))

    def _went_on(self, case: CaseRow, before: CaseRow, work: Work, said: Said, where: Where) -> None:
        ordinal = case.ordinal
        if case.facts.sealed:
            self._sealed(case, work, where)
            return
        if not case.is_open:
            if case.standing > before.standing and not before.is_open:  # a report stands again in a case that has ended
                entry = self._cases.entry(register_key(said.source, said.source_id))
                self.steps.keep(self.steps.results.joined(case, work, entry, where))
            if before.is_open:
                if case.state == CaseState.MERGED.value:
                    self._gone(case, before, work)
                self.steps.end(ordinal, where, f"the case is {case.state}")
                self._watching.ended(ordinal, where, closed=False)
            return
        if not before.is_open:  # a report stands again after the withdrawal of all
            work = replace(work, open=True)
            self.steps.keep(work)
            self._refreshed(case, work, said, where)
            self._send(ordinal, where, said.routed)
            return
        for key in case.members[len(before.members) :]:
            work = self.steps.results.joined(case, work, self._cases.entry(key), where)
        self.steps.keep(work)
        self._refreshed(case, work, said, where, before)
        if case.members != before.members:
            self._watching.joined(case, self._cases.entry(case.members[-1]), where)

    def _sealed(self, case: CaseRow, work: Work, where: Where) -> None:
        """It has turned out to be sealed: from now on nobody works on it here, and nothing of the work stays in sight."""
        if work.open:
            self.steps.end(case.ordinal, where, "the case is sealed")
            self._watching.ended(case.ordinal, where, closed=False)
        self.steps.keep(Work(case.ordinal, open=False, source=work.source, told=work.told))

    def _gone(self, case: CaseRow, before: CaseRow, work: Work) -> None:
        """It was merged into another by the machine: what it gave, and what was told of its reports, goes along."""
        into = self._kept.names.get(case.merged_into) or 0
        self.steps.keep(replace(work, into=into, gave=before.members))
        target = self.steps.work(into) if into else None
        if target is not None:
            self.steps.keep(replace(target, told=tuple(dict.fromkeys((*target.told, *work.told)))))

    def _refreshed(self, case: CaseRow, work: Work, said: Said, where: Where, before: CaseRow | None = None) -> Work:
        """The case as its reports describe it now: another matter, urgency or place may mean other deadlines, forces, units."""
        lead: Entry = self._cases.entry(case.lead)
        against = tuple(sorted({*work.against, *said.against}))
        changed = before is None or _described(before) != _described(case) or against != work.against or lead.source != work.source
        if not changed:
            return work
        work = replace(work, source=lead.source, against=against)
        work, moved = self.steps.planned(case, self.steps.forgiven(case, work, where))
        self.steps.keep(work)
        if moved:
            because = {"rule": "deadlines", "because": "the reports describe the case differently now"}
            self.steps.step(case.ordinal, work, Action.PLANNED, where, "clock", why=because, data=moved)
        self._rerouted(case, before, where, said)
        self.steps.send(case.ordinal, where, because="the case is described differently now")
        return self.steps.work(case.ordinal) or work

    def _rerouted(self, case: CaseRow, before: CaseRow | None, where: Where, said: Said) -> None:
        """A corrected place or matter sends the case to another unit, as long as nobody works on it and no person chose; a complaint of the unit always does."""
        work, is_of = self.steps.work(case.ordinal), self._book.dispatcher.is_of
        if before is None or work is None or work.returning is not None:
            return
        against = frozenset(work.against)
        accused = is_of(work.unit, against)
        if not accused and (work.by_hand or before.facts.unit == case.facts.unit):
            return
        facts = said.facts if is_of(case.facts.unit, against) else case.facts  # what complains has been routed past whom it complains of
        row = self._book.row(Action.REASSIGNED, CaseState(case.state))
        early = (CaseState.DISPATCHED.value, CaseState.SIGNED.value, CaseState.CONTACTED.value)
        rule = str((said.routed or {}).get("rule", ""))
        if case.state == CaseState.CLASSIFIED.value:
            self.steps.keep(replace(work, unit=facts.unit, co_units=facts.co_units, rule=rule))
            self._send(case.ordinal, where, said.routed)
        elif row is not None and (accused or case.state in early) and facts.unit and facts.unit != work.unit:
            self.steps.dispatch(
                case.ordinal,
                where,
                f"source:{said.source}",
                action=Action.REASSIGNED,
                unit=facts.unit,
                co_units=facts.co_units,
                rule=rule,
                why=said.routed,
                effects=row.clocks,
            )
            self._at_the_desk(case.ordinal, where, rule)

    def _may_absorb(self, gone: int, target: int) -> bool:
        """The machine leaves alone what a person has taken apart, and what waits for a ruling."""
        work = self.steps.work(gone)
        if work is None:
            return True
        into = self._cases.case(target).case_id
        apart = any(one == target or self._cases.case(one).merged_into == into for one in work.apart)
        return not apart and work.returning is None

    # what people say

    def command(self, event: CommandEvent, where: Where) -> None:
        """Carries out a command, or says why not: one verdict for each command id."""
        self._commanding.command(event, where)
        for ordinal in self._commanding.began:  # a split, a case that is back
            because = "a person has made it a case of its own"
            work = self.steps.work(ordinal)
            self._send(ordinal, where, {"rule": "" if work is None else work.rule, "because": because})
            self._planned(ordinal, where, because)
        self._commanding.began.clear()
        self._cases.changed.clear()

    def rules(self, where: Where) -> None:
        """Another pack has taken effect: deadlines of open cases are reckoned anew."""
        for ordinal in self._kept.works.warm_keys():
            work = self.steps.work(ordinal)
            if work is None or not work.open:
                continue
            case = self._cases.case(ordinal)
            now, moved = self.steps.planned(case, self.steps.forgiven(case, work, where))
            if moved:
                because = {"rule": "deadlines", "because": "another reference pack has taken effect"}
                self.steps.step(ordinal, now, Action.PLANNED, where, "clock", why=because, data=moved)


def _described(case: CaseRow) -> tuple[object, ...]:
    f = case.facts
    return f.matter, f.intent, case.urgency, f.lng, f.lat, f.grid, f.street, f.unit, f.co_units
