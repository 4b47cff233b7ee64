"""What a source says beside the matter itself: that few may read it, that a leader has instructed it, to which other report it belongs."""

from __future__ import annotations

from dataclasses import replace

from pipeline.casework.lifecycle.hands import Hands
from pipeline.casework.lifecycle.steps import Steps
from pipeline.casework.lifecycle.ticking import Ticking
from pipeline.casework.rows import Entry, register_key
from pipeline.casework.said import Said
from pipeline.casework.state import State
from pipeline.casework.written import Where
from schemas.vocabulary import Action, CaseState

INSTRUCTED_LEVEL = 3
"""领导批示、联合督办 (`domain/domain.md` §4.6): a leader's instruction is supervision, and no shortcut (§1.6, 12)."""


class Hints:
    """Does what they ask for, on the case that the report is in."""

    def __init__(self, state: State, steps: Steps, ticking: Ticking) -> None:
        self._state, self._steps, self._ticking = state, steps, ticking
        self._hands = Hands(steps, state)

    def heard(self, said: Said, where: Where) -> None:
        """After the case has been opened, joined or changed by the line."""
        if not (said.restricted or said.instructed or said.related):
            return
        entry = self._state.register.get(register_key(said.source, said.source_id))
        work = None if entry is None else self._steps.work(entry.case)
        if entry is None or not entry.standing or work is None or not work.open:
            return
        if said.restricted:
            self._steps.keep(replace(work, restricted=True))
        if said.instructed and entry.revision == 1:
            self._instructed(entry, where)
        if said.related:
            self._related(entry, said.related, where)

    def _instructed(self, entry: Entry, where: Where) -> None:
        work = self._steps.work(entry.case)
        levels = [level for level in self._steps.book.reference.supervision if level.level <= INSTRUCTED_LEVEL]
        if work is None or not levels or (work.supervision is not None and work.supervision.level >= levels[-1].level):
            return
        self._ticking.supervise(entry.case, work, levels[-1], where, f"source:{entry.source}", "a leader has instructed it")

    def _related(self, entry: Entry, other_id: str, where: Where) -> None:
        """The other report is in a case of its own: the two are linked, and stay two (110's mixed calls)."""
        other = self._state.register.get(register_key(entry.source, other_id))
        work = self._steps.work(entry.case)
        if other is None or other.case == entry.case or work is None or other.case in work.links:
            return
        mine, theirs = self._steps.cases.case(entry.case), self._steps.cases.case(other.case)
        if self._steps.work(other.case) is None or theirs.facts.sealed or self._steps.book.row(Action.LINKED, CaseState(theirs.state)) is None:
            return
        why = {"rule": "transitions/linked", "because": f"the source says that it belongs to {theirs.number}"}
        self._hands.link(mine, work, theirs, where, f"source:{entry.source}", why)
