"""All rules of one pack that casework goes by, made ready once."""

from __future__ import annotations

from pipeline.casework.clocks.escalation import Escalation
from pipeline.casework.clocks.extensions import Extensions
from pipeline.casework.clocks.milestones import Timetable
from pipeline.casework.dispatch.choosing import Dispatcher
from pipeline.casework.watching.incidents import rules_of
from reference.pack import Reference
from schemas.centre import TransitionRule
from schemas.vocabulary import Action, CaseState


class Book:
    """The rules of a pack."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.timetable = Timetable(reference)
        self.escalation = Escalation(reference, self.timetable)
        self.extensions = Extensions(reference)
        self.dispatcher = Dispatcher(reference)
        self._rows: dict[tuple[Action, CaseState], TransitionRule] = {(rule.action, state): rule for rule in reference.transitions for state in rule.states}
        self.incidents = rules_of(reference.incident_rules, reference.matters)
        """The rule of mass events by matter."""
        self.actions = frozenset(rule.action for rule in reference.transitions)

    @property
    def follows(self) -> bool:
        """Whether the pack says how cases are worked on; those from before there were transitions do not."""
        return bool(self._rows)

    def row(self, action: Action, state: CaseState) -> TransitionRule | None:
        """What an action does to a case that stands there; none: it may not be."""
        return self._rows.get((action, state))

    def states_of(self, action: Action) -> tuple[CaseState, ...]:
        """In which states an action may be, in the order of states."""
        return tuple(state for state in CaseState if (action, state) in self._rows)

    def unit_name(self, unit: str) -> str:
        """A unit's name; its id where the pack does not know it."""
        known = self.reference.units.get(unit)
        return unit if known is None else known.name
