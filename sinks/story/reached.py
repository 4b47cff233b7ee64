"""When the milestones of a case were reached: read off its steps, by the clock effects of the transitions that they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pipeline.casework.clocks.milestones import EACH_ORDER
from schemas.centre import TransitionRule
from schemas.vocabulary import Action, CaseState, ClockEffect, Milestone, OrderState, Source
from sinks.story.model import Step, Story

_REACH = "reach_"
_SENDS = frozenset({Action.DISPATCHED, Action.REASSIGNED, Action.RETURN_UPHELD, Action.RULED})
_ANEW = {
    ClockEffect.START_RETURNED: (Milestone.RULING,),
    ClockEffect.START_FED_BACK: (Milestone.VERIFY, Milestone.REVISIT),
    ClockEffect.START_REVIEW: (Milestone.REVIEW,),
    ClockEffect.START_REREVIEW: (Milestone.REREVIEW,),
    ClockEffect.SEND_AGAIN: tuple(EACH_ORDER),
}
"""What is to be reached again after such an effect."""
_UNDONE = (Milestone.VERIFY, Milestone.REVISIT, Milestone.CLOSE)
"""After 返工 and 重办."""


def settled(story: Story, transitions: Iterable[TransitionRule]) -> Story:
    """The story, with the instants at which its milestones were reached; `transitions` are those of the pack that it is worked on by."""
    clocks = {(rule.action, state): rule.clocks for rule in transitions for state in rule.states}
    reached: dict[Milestone, datetime] = {}
    is_petition = bool(story.steps) and story.steps[0].source == Source.PETITION
    for number, step in enumerate(story.steps):
        if number == 0 and not is_petition:
            reached[Milestone.ACCEPT] = step.at
        _take(step, clocks.get((Action(step.action), CaseState(step.from_state)), ()) if step.from_state else (), reached, is_petition=is_petition)
        if step.action == Action.CLOSED and step.other_case:  # with the incident's parent
            for milestone in (Milestone.SIGN, Milestone.CONTACT, Milestone.CLOSE):
                reached.setdefault(milestone, step.at)
    of_name = {milestone.value: at for milestone, at in reached.items()}
    deadlines = tuple(deadline.model_copy(update={"reached_at": of_name.get(deadline.milestone)}) for deadline in story.deadlines)
    return story.model_copy(update={"deadlines": deadlines})


def _take(step: Step, effects: Sequence[ClockEffect], reached: dict[Milestone, datetime], *, is_petition: bool) -> None:
    """What one step reaches, and what has to be reached again after it."""
    if "co_unit" in step.data or (step.action == Action.CONTACTED and "tries" in step.data):
        return  # a co-unit's own task, or nobody answered: the case stands where it stood
    if step.action in (Action.REWORKED, Action.REOPENED):
        _forget(reached, _UNDONE)
    if step.action == Action.ORDER_TOLD and step.data.get("state") in (OrderState.ON_THE_WAY, OrderState.ARRIVED):
        reached.setdefault(Milestone.DEPART, step.at)
    for effect in effects:
        _forget(reached, _ANEW.get(effect, ()))
        if effect.value.startswith(_REACH):
            reached.setdefault(Milestone(effect.value.removeprefix(_REACH)), step.at)
    if step.action in _SENDS:
        if Milestone.DISPATCH in reached:
            _forget(reached, EACH_ORDER)
        reached.setdefault(Milestone.DISPATCH, step.at)
        if is_petition:
            reached.setdefault(Milestone.SCREEN, step.at)
    if is_petition and ClockEffect.REACH_SIGN in effects:
        reached.setdefault(Milestone.ACCEPT, step.at)


def _forget(reached: dict[Milestone, datetime], milestones: Iterable[Milestone]) -> None:
    for milestone in milestones:
        reached.pop(milestone, None)
