"""A step's own facts in words: what the journal's `data` says, action by action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas.vocabulary import Action, AlertLevel, Force, Milestone, NeedState, NotAcceptedReason, OrderAct, OrderState, ReturnReason
from sinks.story.model import Step
from sinks.story.tongue import Tongue

Before = dict[str, str | None]
"""The due instant that each milestone had before the step; none: its clock stood."""
Lines = Iterator[str]
_A_LINE = 4
"""So many deadlines are told in a line."""


def facts(step: Step, tongue: Tongue, before: Before) -> Lines:
    """The facts of a step, a line each. `before` is what was planned before, and is brought up to date."""
    told = _OF_ACTION.get(Action(step.action))
    if told is not None and step.data:
        yield from told(step, tongue)
    if "result" in step.data:
        yield tongue("result", result=_one_line(step.data["result"]))
    if "evidence" in step.data:
        yield tongue("evidence", evidence=tongue.several(step.data["evidence"]))
    if "co_unit" in step.data:
        yield tongue("own_task", unit=tongue.unit(step.data["co_unit"]))
    if step.action != Action.CONTACT_TRIED and "tries" in step.data:
        yield from _tried(step, tongue)
    yield from _deadlines(step, tongue, before)


def approver(step: Step) -> str:
    """Who approved what a person did; empty: nobody had to."""
    return str(step.data.get("approver", ""))


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def _sent(step: Step, tongue: Tongue) -> Lines:
    data = step.data
    yield tongue("sent_to", units=tongue.units(data.get("unit", ""), data.get("co_units", ())))
    if "from" in data:
        yield tongue("came_from", unit=tongue.unit(data["from"]), rule=data.get("rule", ""))
    if data.get("precedent"):
        matter, _, area = data["precedent"].split("|")
        yield tongue("precedent", matter=tongue.matter(matter), area=tongue.area(area))


def _return_asked(step: Step, tongue: Tongue) -> Lines:
    data = step.data
    yield tongue(
        "return",
        unit=tongue.unit(data["unit"]),
        reason=f"{data['reason_code']} {tongue.word(ReturnReason, data['reason_code'])}",
        clause=_one_line(data.get("clause", "")),
        suggested=tongue.unit(data.get("suggested", "")),
    )
    yield tongue("sent_by", rule=data.get("rule", ""))
    if data.get("second"):
        yield tongue("second_return")


def _return_rejected(step: Step, tongue: Tongue) -> Lines:
    yield tongue("stays_with", unit=tongue.unit(step.data.get("to", "")))


def _transferred(step: Step, tongue: Tongue) -> Lines:
    if "unit" in step.data:
        yield tongue("transferred_to", unit=tongue.unit(step.data["unit"]))


def _not_accepted(step: Step, tongue: Tongue) -> Lines:
    if "not_accepted" in step.data:
        ground = step.data["not_accepted"]
        yield tongue("ground", reason=f"{ground} {tongue.word(NotAcceptedReason, ground)}")


def _extended(step: Step, tongue: Tongue) -> Lines:
    yield tongue("longer", milestone=tongue.word(Milestone, step.data["milestone"]), limit=tongue.limit(step.data["limit"]))


def _supervised(step: Step, tongue: Tongue) -> Lines:
    data = step.data
    if "due" in data:
        told = tongue.several(tongue.named("Post", post) for post in data.get("tells", ()))
        yield tongue("level", level=data["level"], name=data["name"], at=tongue.clock(data["due"], step.at), tells=told)


def _warned(step: Step, tongue: Tongue) -> Lines:
    data = step.data
    at = tongue.clock(data["since"], step.at)
    yield tongue(
        "warning" if at == tongue.clock(step.at, step.at) else "warning_since",
        milestone=tongue.word(Milestone, data["milestone"]),
        level=tongue.word(AlertLevel, data["level"]),
        at=at,
        tells=tongue.several(tongue.named("Post", post) for post in data["tells"]),
    )


def _tried(step: Step, tongue: Tongue) -> Lines:
    yield tongue("try", n=step.data["tries"])


def _reworked(step: Step, tongue: Tongue) -> Lines:
    if "rework" in step.data:
        yield tongue("rework", n=step.data["rework"])


def _revisited(step: Step, tongue: Tongue) -> Lines:
    for name in ("solved", "satisfied"):
        if name in step.data:
            yield tongue(name, yes=tongue("yes" if step.data[name] else "no"))
    if step.data.get("counted") is False:
        yield tongue("not_counted")


def _incident(step: Step, tongue: Tongue) -> Lines:
    if step.data.get("children"):
        yield tongue("of_incident", n=len(step.data["children"]))


def _split(step: Step, tongue: Tongue) -> Lines:
    yield tongue("split_off", n=step.data["reports"])


def _who(data: Mapping[str, Any], tongue: Tongue) -> dict[str, str | int]:
    return {"force": tongue.word(Force, data["force"]), "responder": tongue.responder(data["responder"]), "need": data["need"], "n": data["order"] + 1}


def _ordered(step: Step, tongue: Tongue) -> Lines:
    by_hand = step.action == Action.ORDER_ASSIGNED
    at = tongue.clock(step.data["ends_at"], step.at)
    yield tongue("order_by_hand" if by_hand else "order", **_who(step.data, tongue), ring=step.data["ring"], at=at)


def _order_told(step: Step, tongue: Tongue) -> Lines:
    data = step.data
    yield tongue("order_told", **_who(data, tongue), act=tongue.word(OrderAct, data["act"]), state=tongue.word(OrderState, data["state"]))


def _needed(step: Step, tongue: Tongue) -> Lines:
    data = step.data
    yield tongue("need", force=tongue.word(Force, data["force"]), state=tongue.word(NeedState, data["state"]), need=data["need"])


_OF_ACTION: Mapping[Action, Callable[[Step, Tongue], Lines]] = {
    **dict.fromkeys((Action.DISPATCHED, Action.REASSIGNED, Action.RETURN_UPHELD, Action.RULED), _sent),
    Action.RETURN_ASKED: _return_asked,
    Action.RETURN_REJECTED: _return_rejected,
    Action.TRANSFERRED: _transferred,
    Action.NOT_ACCEPTED: _not_accepted,
    Action.EXTENDED: _extended,
    Action.SUPERVISED: _supervised,
    Action.WARNED: _warned,
    Action.CONTACT_TRIED: _tried,
    Action.REWORKED: _reworked,
    Action.REOPENED: _reworked,
    Action.FED_BACK: _revisited,
    Action.VERIFIED: _revisited,
    Action.REVISITED: _revisited,
    Action.CLOSED: _revisited,
    Action.INCIDENT: _incident,
    Action.SPLIT: _split,
    Action.ORDERED: _ordered,
    Action.ORDER_ASSIGNED: _ordered,
    Action.ORDER_TOLD: _order_told,
    Action.NEEDED: _needed,
}


def _how(plan: Mapping[str, Any], *, known: bool, stood: bool) -> str:
    if plan["due"] is None:
        return "stopped" if plan["rule"] else "dropped"
    return "planned" if not known else "resumed" if stood else "moved"


def _deadlines(step: Step, tongue: Tongue, before: Before) -> Lines:
    """What the step planned: new deadlines, those that have moved or are none any more, and clocks that stand or run again."""
    told: dict[str, list[str]] = {"planned": [], "moved": [], "stopped": [], "resumed": [], "dropped": []}
    for name, plan in step.data.get("deadlines", {}).items():
        due: str | None = plan["due"]
        known, was = name in before, before.get(name)
        before[name] = due
        if not plan["rule"]:
            del before[name]
        elif known and was == due:
            continue
        how = _how(plan, known=known, stood=was is None)
        told[how].append(
            tongue(
                f"one_{how}",
                milestone=tongue.word(Milestone, name),
                at="" if due is None else tongue.clock(due, step.at),
                before="" if was is None else tongue.clock(was, step.at),
                rule=tongue.clauses(plan["rule"], tongue("provisional") if plan.get("provisional") else ""),
            )
        )
    for how, some in told.items():
        yield from (tongue(how, all=tongue.several(some[first : first + _A_LINE])) for first in range(0, len(some), _A_LINE))
