"""Opening, merging, revising and withdrawing cases.

Merging: a report joins the case of a near report (`nearby`); when it is near reports of several cases, these are one case: the
oldest absorbs the others. Which reports end up together therefore depends on which are near each other, hardly on the order
in which they arrive. A case spans no longer than its matter allows. Every merge keeps its evidence, and moves reports one by
one, so that it can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pipeline.casework.nearby import Near
from pipeline.casework.rows import NO_FACTS, CaseRow, Entry, Facts
from pipeline.casework.state import State
from pipeline.casework.written import Where, Written
from schemas.centre import MergeRule
from schemas.ids import case_id
from schemas.vocabulary import Action, CaseState, OutcomeKind, Urgency

_CLASSIFIED, _WITHDRAWN, _MERGED = CaseState.CLASSIFIED.value, CaseState.WITHDRAWN.value, CaseState.MERGED.value
MOST_REPORTS = 1_000
"""A case takes no more: beyond that it is no case any more but an incident, and each further report would copy a longer list."""
_MOST_URGENT_FIRST = [u.value for u in (Urgency.SEALED, Urgency.U1, Urgency.U2, Urgency.U3, Urgency.U4, Urgency.NONE)]


class Joining(NamedTuple):
    """Which cases a report is near to, and by which report."""

    ordinals: list[int]
    nearest: dict[int, Near]


class Cases:
    """What a frame does to the cases of a centre; `rules` are those of the pack in effect."""

    def __init__(self, state: State, written: Written, rules: Mapping[str, MergeRule], zone: ZoneInfo) -> None:
        self.rules = rules
        self._state = state
        self._written = written
        self._zone = zone
        self._quarter = (-1, "")
        self.changed: dict[int, CaseRow | None] = {}
        """Cases that the line being applied has changed, as they were before; None: it was opened."""
        self.may_absorb: Callable[[int, int], bool] = lambda _gone, _target: True
        """Whether the machine may put the first case into the second; a person's decision stands above it."""

    def id_of(self, ordinal: int) -> str:
        """Id of a case; empty for ordinal 0: in no case."""
        return self.case(ordinal).case_id if ordinal else ""

    def first(self, entry: Entry, where: Where) -> OutcomeKind:
        """A report stands for the first time: it joins a case or opens one."""
        self._state.meta.standing += 1
        joining = self._joining(entry, own=None)
        if not joining.ordinals:
            self.begin(entry, where)
            return OutcomeKind.OPENED
        target = min(joining.ordinals)
        case = self.case(target)
        self.put_entry(entry._replace(case=target))
        after = self.gained(case, entry, where)
        self.put(after, Action.JOINED, where, before=case, entry=entry, why=self._why(entry, joining, target))
        for ordinal in sorted(joining.ordinals):
            if ordinal != target and self.may_absorb(ordinal, target):
                self._absorb(ordinal, target, entry, joining, where)
        return OutcomeKind.MERGED

    def next(self, old: Entry, new: Entry, where: Where, why: Mapping[str, Any] | None) -> OutcomeKind:
        """A report is revised, or stands again after a withdrawal; always in the case that it is in."""
        if not old.standing:
            self._state.meta.standing += 1
        if new.facts.sealed and not old.facts.sealed and len(self.case(old.case).members) > 1:
            self._seal_apart(old, new, where)
            return OutcomeKind.REVISED
        self.put_entry(new)
        before = self.case(new.case)
        after = self.described(before, where)
        if not old.standing:
            action = Action.REVIVED
        elif before.facts.street != after.facts.street or before.facts.unit != after.facts.unit:
            action = Action.MOVED
        else:
            action = Action.REVISED
        self.put(after, action, where, before=before, entry=new, why=why if action is Action.MOVED else None)
        if after.is_open and (not old.standing or _merging_facts(old) != _merging_facts(new)):
            joining = self._joining(new, own=new.case)
            if joining.ordinals:
                target = min(new.case, *joining.ordinals)
                for ordinal in sorted({new.case, *joining.ordinals} - {target}):
                    if self.may_absorb(ordinal, target):
                        self._absorb(ordinal, target, new, joining, where)
        return OutcomeKind.REVISED

    def withdraw(self, entry: Entry, where: Where) -> str:
        """A report is withdrawn; its case ends when none stands any more. Returns the case's id, empty when there is none."""
        if not entry.case:
            return ""
        self._state.meta.standing -= 1
        before = self.case(entry.case)
        after = self.described(before, where)
        action = Action.WITHDRAWN if before.is_open and not after.is_open else Action.REPORT_WITHDRAWN
        self.put(after, action, where, before=before, entry=entry)
        return after.case_id

    # steps

    def case(self, ordinal: int) -> CaseRow:
        """A case that is known to be there."""
        case = self._state.cases.get(ordinal)
        assert case is not None, f"case {ordinal} is not in the state"  # noqa: S101  an invariant of the fold
        return case

    def entry(self, key: str) -> Entry:
        """A report that is known to be in the register."""
        entry = self._state.register.get(key)
        assert entry is not None, "a member of a case is not in the register"  # noqa: S101  an invariant of the fold
        return entry

    def put_entry(self, entry: Entry) -> None:
        """Keeps a report as it is now."""
        self._state.register.put(entry.key, entry)

    def put(
        self,
        case: CaseRow,
        action: Action,
        where: Where,
        *,
        before: CaseRow | None,
        entry: Entry | None = None,
        other: str = "",
        why: Mapping[str, Any] | None = None,
        actor: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Keeps a changed case, and writes the journal's line of the change."""
        self.changed.setdefault(case.ordinal, before)
        if before is None:
            self._state.cases.add(case.ordinal, case)
        else:
            self._state.cases.put(case.ordinal, case)
        self._written.touched[case.ordinal] = None
        self._state.meta.transitions += 1
        if not actor:
            by_source = entry is not None and action not in (Action.JOINED, Action.ABSORBED, Action.REPORT_MOVED)
            actor = f"source:{entry.source}" if by_source and entry is not None else "rule:merge_rules"
        self._written.transition(where, case, action, actor, before=None if before is None else before.state, entry=entry, other=other, why=why, data=data)

    def begin(self, entry: Entry, where: Where, *, actor: str = "", why: Mapping[str, Any] | None = None, other: str = "", of: str = "") -> CaseRow:
        """A case of its own for a report; `actor`, `why`, the other case and what its id is made `of` where a person splits it off.

        A report opens one case by itself; people may split it off again and again.
        """
        meta = self._state.meta
        meta.ordinal += 1
        day = self.day(where.at)
        if day != meta.serial_day:
            meta.serial_day, meta.serial = day, 0
        meta.serial += 1
        at = _text(where.at)
        case = CaseRow(
            ordinal=meta.ordinal,
            case_id=case_id(where.centre, of or entry.report_id),
            number=f"{where.centre.upper()}-{day}-{meta.serial:05d}",
            state=_CLASSIFIED,
            seq=1,
            opened_at=at,
            changed_at=at,
            members=(entry.key,),
            standing=1,
            lead=entry.key,
            lead_report=entry.report_id,
            first_reported_at=entry.reported_at,
            last_reported_at=entry.reported_at,
            urgency=entry.facts.urgency,
            facts=entry.facts,
            merged_into="",
        )
        self.put_entry(entry._replace(case=case.ordinal))
        self.put(case, Action.OPENED, where, before=None, entry=entry, other=other, why=why, actor=actor)
        return case

    def gained(self, case: CaseRow, entry: Entry, where: Where) -> CaseRow:
        """A case with one more member, a standing one."""
        return case._replace(
            seq=case.seq + 1,
            changed_at=_text(where.at),
            members=(*case.members, entry.key),
            standing=case.standing + 1,
            first_reported_at=min(case.first_reported_at, entry.reported_at),
            last_reported_at=max(case.last_reported_at, entry.reported_at),
            urgency=_most_urgent(case.urgency, entry.facts.urgency),
        )

    def described(self, case: CaseRow, where: Where) -> CaseRow:
        """A case as its members now describe it: the first that stands leads; with none an open one is withdrawn. One that has ended stays so."""
        self._state.register.fetch(case.members)
        standing = [entry for entry in map(self.entry, case.members) if entry.standing]
        changed = case._replace(seq=case.seq + 1, changed_at=_text(where.at), standing=len(standing))
        if not standing:
            return changed._replace(state=_WITHDRAWN if case.is_open else case.state, lead="", lead_report="")
        lead = next((entry for entry in standing if entry.key == case.lead), standing[0])
        return changed._replace(
            state=_CLASSIFIED if case.state == _WITHDRAWN else case.state,
            lead=lead.key,
            lead_report=lead.report_id,
            first_reported_at=min(entry.reported_at for entry in standing),
            last_reported_at=max(entry.reported_at for entry in standing),
            urgency=_most_urgent(*(entry.facts.urgency for entry in standing)),
            facts=lead.facts,
        )

    def day(self, at: datetime) -> str:
        """The day of an instant in the centre's zone, as in case numbers: 20180105. Zones differ from UTC by quarters of an hour."""
        quarter = int(at.timestamp()) // 900
        if quarter != self._quarter[0]:
            self._quarter = (quarter, at.astimezone(self._zone).strftime("%Y%m%d"))
        return self._quarter[1]

    # merging

    def _joining(self, entry: Entry, own: int | None) -> Joining:
        """The cases that a report makes one with, nearest in time first, as long as together they span no more than is allowed."""
        joining = Joining([], {})
        rule = self.rules.get(entry.facts.matter)
        if rule is None:
            return joining
        span = int(rule.span_hours * 3600)
        first = last = entry.reported_at
        held = 1
        if own is not None:
            case = self.case(own)
            first, last, held = min(first, case.first_reported_at), max(last, case.last_reported_at), len(case.members)
        for near in self._state.nearby.of(entry, rule):
            ordinal = near.entry.case
            if ordinal in joining.nearest or ordinal == own:
                continue
            case = self.case(ordinal)
            low, high = min(first, case.first_reported_at), max(last, case.last_reported_at)
            if case.is_open and case.facts.history == entry.facts.history and high - low <= span and held + len(case.members) <= MOST_REPORTS:
                first, last, held = low, high, held + len(case.members)
                joining.ordinals.append(ordinal)
                joining.nearest[ordinal] = near
        return joining

    def _why(self, entry: Entry, joining: Joining, target: int) -> dict[str, Any]:
        """Why a report is in a case: the rule, the near report, and which other cases it was near to."""
        rule = self.rules[entry.facts.matter]
        others = [{"choice": self.case(o).number, "because": _evidence(n)} for o, n in joining.nearest.items() if o != target]
        why: dict[str, Any] = {
            "rule": f"merge_rules/{rule.matter}",
            "because": f"{_evidence(joining.nearest[target])}; allowed {rule.radius_m:g} m, {rule.window_hours:g} h",
        }
        return why | {"runners_up": others} if others else why

    def _absorb(self, ordinal: int, target: int, bridge: Entry, joining: Joining, where: Where) -> None:
        """Moves all reports of a case into another; the emptied one ends as merged."""
        gone = self.case(ordinal)
        rule = self.rules[bridge.facts.matter]
        near = joining.nearest.get(ordinal) or joining.nearest.get(target)
        why = {
            "rule": f"merge_rules/{rule.matter}",
            "because": f"{bridge.source} {bridge.source_id} is near reports of both: {_evidence(near) if near else 'its own case'}",
        }
        self.move_all(gone, target, where, Action.ABSORBED, why)

    def move_all(self, gone: CaseRow, target: int, where: Where, action: Action, why: Mapping[str, Any], *, actor: str = "") -> None:
        """Moves all reports of a case into another, one by one; the emptied one ends as merged."""
        into = self.case(target).case_id
        ended = gone._replace(state=_MERGED, seq=gone.seq + 1, changed_at=_text(where.at), members=(), standing=0, lead="", lead_report="", merged_into=into)
        self.put(ended, action, where, before=gone, other=into, why=why, actor=actor)
        self._state.register.fetch(gone.members)
        for key in gone.members:
            entry = self.entry(key)._replace(case=target)
            self.put_entry(entry)
            before = self.case(target)
            after = (
                self.gained(before, entry, where)
                if entry.standing
                else before._replace(seq=before.seq + 1, changed_at=_text(where.at), members=(*before.members, key))
            )
            self.put(after, Action.REPORT_MOVED, where, before=before, entry=entry, other=gone.case_id, why=why, actor=actor)

    def _seal_apart(self, old: Entry, new: Entry, where: Where) -> None:
        """A report that turns out to be sealed leaves a case that holds others: nobody who works on those may see it."""
        before = self.case(old.case)
        self.put_entry(new._replace(case=0, standing=False))
        left = self.described(before._replace(members=tuple(key for key in before.members if key != new.key)), where)
        case = self.begin(new, where)
        action = Action.WITHDRAWN if before.is_open and not left.is_open else Action.REPORT_WITHDRAWN
        self.put(left, action, where, before=before, other=case.case_id, why={"rule": "sealed"})


def _merging_facts(entry: Entry) -> tuple[Facts, int, str]:
    return entry.facts._replace(unit="", co_units=(), pack="", urgency=NO_FACTS.urgency), entry.reported_at, entry.address_key


def _most_urgent(*urgencies: str) -> str:
    return min(urgencies, key=_MOST_URGENT_FIRST.index)


def _evidence(near: Near) -> str:
    place = "the same address" if near.same_address else f"{near.metres:.0f} m away"
    return f"{place} and {near.seconds / 3600:.1f} h apart from {near.entry.source} {near.entry.source_id}"


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
