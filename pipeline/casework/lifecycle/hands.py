"""People's hands on merging: merge, take apart, split, link. What a person has decided stands above the machine's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.casework.lifecycle.steps import Steps
from pipeline.casework.lifecycle.verdicts import Refusal
from pipeline.casework.lifecycle.work import Work
from pipeline.casework.rows import CaseRow, register_key
from pipeline.casework.state import State
from pipeline.casework.written import Where
from schemas.command import ReportName
from schemas.vocabulary import Action, CaseState, Milestone, Start


class Hands:
    """Carries them out."""

    def __init__(self, steps: Steps, state: State) -> None:
        self._steps, self._state = steps, state
        self._cases, self._kept = steps.cases, steps.kept

    def merge(self, case: CaseRow, work: Work, other: CaseRow, where: Where, who: str, why: Mapping[str, Any]) -> None:
        """All reports of a case go into another; the emptied one ends as merged, and keeps what it gave."""
        self._steps.keep(replace(work, into=other.ordinal, gave=case.members, apart=tuple(one for one in work.apart if one != other.ordinal)))
        self._cases.move_all(case, other.ordinal, where, Action.MERGED, why, actor=who)
        self._steps.end(case.ordinal, where, f"merged into {other.number}")
        target = self._steps.work(other.ordinal)
        if target is not None:
            told = tuple(dict.fromkeys((*target.told, *work.told)))
            target = replace(target, told=told, apart=tuple(one for one in target.apart if one != case.ordinal))
            now = self._cases.case(other.ordinal)
            for key in case.members:
                target = self._steps.results.joined(now, target, self._cases.entry(key), where)
            self._steps.keep(target)

    def unmerge(self, case: CaseRow, work: Work, where: Where, who: str, why: Mapping[str, Any]) -> None:
        """The case is back, with the reports that it gave and that are still where they went. The two stay apart. Refused where none stands there."""
        source = work.into
        while (kept := self._steps.work(source)) is not None and self._cases.case(source).state == CaseState.MERGED.value and kept.into:
            source = kept.into  # it was merged further
        held = self._cases.case(source)
        keys = [key for key in work.gave if key in held.members]
        if not self._standing(keys):
            raise Refusal("no-reports", f"none of the reports that it gave stands in {held.number} any more: there is nothing to take back")
        self._give(held, keys, case.case_id, where, who, why)
        back = case._replace(members=tuple(keys), merged_into="", state=CaseState.CLASSIFIED.value)
        self._taken(back, case, keys, where, who, why, Action.UNMERGED, held.case_id)
        other = self._steps.work(source)
        told = () if other is None else tuple(key for key in other.told if key in keys)
        told = tuple(dict.fromkeys((*work.told, *told)))
        work = replace(work, open=True, into=0, gave=(), apart=(*work.apart, source), unit=work.unit or back.facts.unit, told=told)
        self._steps.keep(work)
        if other is not None:
            self._steps.keep(replace(other, apart=(*other.apart, case.ordinal)))

    def split(self, case: CaseRow, work: Work, reports: Sequence[ReportName], where: Where, who: str, why: Mapping[str, Any]) -> int:
        """Some reports go into a case of their own; returns its ordinal. The clocks of both are those of the case.

        Refused where one of the two would be without a report that stands.
        """
        keys = list(dict.fromkeys(register_key(one.source.value, one.source_id) for one in reports))
        keys.sort(key=lambda key: not self._cases.entry(key).standing)  # one that stands describes it
        if not self._standing(keys) or not self._standing(key for key in case.members if key not in keys):
            raise Refusal("no-reports", "one report that stands goes, and one stays, at least")
        data = {"reports": len(keys)}
        self._steps.step(case.ordinal, work, Action.SPLIT, where, who, why=why, data=data)
        self._give(self._cases.case(case.ordinal), keys, "", where, who, why)
        lead = self._cases.entry(keys[0])
        made = self._cases.begin(lead, where, actor=who, why=why, other=case.case_id, of=f"split {case.case_id} {self._cases.case(case.ordinal).seq}")
        if len(keys) > 1:
            self._taken(made._replace(members=tuple(keys)), made, keys, where, who, why, Action.REPORT_MOVED, case.case_id)
        for name in (made.case_id, made.number):
            self._kept.names.add(name, made.ordinal)
        now = self._cases.case(made.ordinal)
        fresh = Work(
            made.ordinal,
            open=True,
            unit=now.facts.unit,
            co_units=now.facts.co_units,
            rule="desk/split",
            source=lead.source,
            against=work.against,
            started={name: at for name, at in work.started.items() if name in (Start.RECEIVED.value, Start.ACCEPTED.value)},
            reached={name: at for name, at in work.reached.items() if name == Milestone.ACCEPT.value},
            apart=(case.ordinal,),
            told=tuple(key for key in work.told if key in keys),
        )
        self._kept.works.add(made.ordinal, fresh)
        left = self._steps.work(case.ordinal)
        if left is not None:
            self._steps.keep(replace(left, apart=(*left.apart, made.ordinal)))
        return made.ordinal

    def _standing(self, keys: Iterable[str]) -> bool:
        """Whether one of them stands."""
        return any(self._cases.entry(key).standing for key in keys)

    def link(self, case: CaseRow, work: Work, other: CaseRow, where: Where, who: str, why: Mapping[str, Any]) -> None:
        """Two cases belong together, and stay two (a 110 call that is both; a petition and a hotline's report)."""
        self._steps.step(
            case.ordinal, replace(work, links=tuple(dict.fromkeys((*work.links, other.ordinal)))), Action.LINKED, where, who, why=why, other=other.case_id
        )
        theirs = self._steps.work(other.ordinal)
        if theirs is not None:
            linked = replace(theirs, links=tuple(dict.fromkeys((*theirs.links, case.ordinal))))
            self._steps.step(other.ordinal, linked, Action.LINKED, where, who, why=why, other=case.case_id)

    def _give(self, held: CaseRow, keys: Sequence[str], to: str, where: Where, who: str, why: Mapping[str, Any]) -> None:
        """A case without some of its reports. With none left that stands it goes on without: a person has to end it."""
        left = held._replace(members=tuple(key for key in held.members if key not in keys))
        now = self._cases.described(left, where)
        now = now._replace(state=held.state) if now.state != held.state else now
        self._cases.put(now, Action.REPORT_MOVED, where, before=held, other=to, why=why, actor=who)

    def _taken(self, now: CaseRow, before: CaseRow, keys: Sequence[str], where: Where, who: str, why: Mapping[str, Any], action: Action, other: str) -> None:
        """A case with the reports that are its own now."""
        for key in keys:
            self._cases.put_entry(self._cases.entry(key)._replace(case=now.ordinal))
        described = self._cases.described(now, where)
        described = described._replace(state=now.state) if described.state != now.state else described
        self._cases.put(described, action, where, before=before, other=other, why=why, actor=who)
