"""To which unit a case goes when people say so: dispatch, returns, rulings, and the precedents that they make (退单, 裁定; `domain/domain.md` §4.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipeline.casework.lifecycle.doing import Doing, Of, facts_of, why_of
from pipeline.casework.lifecycle.kept import Precedent
from pipeline.casework.lifecycle.precedents import OF_DUTY, key_of
from pipeline.casework.lifecycle.verdicts import Refusal
from pipeline.casework.lifecycle.work import Returned, Stop, Work
from schemas.vocabulary import (
    Action,
    AlertKind,
    AlertLevel,
    ClockEffect,
    ReturnReason,
)


class Returning:
    """Carries it out."""

    def __init__(self, doing: Doing) -> None:
        self._doing, self._steps, self._kept = doing, doing.steps, doing.kept

    def to_unit(self, of: Of, work: Work) -> None:
        """The case goes to the unit that was named; never to one that is complained of."""
        command, case, row, where = of.command, of.asked.case, of.row, of.where
        unit = command.unit or work.unit
        if unit not in self._steps.book.reference.units and self._steps.book.reference.units:
            raise Refusal("unknown-unit", f"no unit has the id {unit}: look it up in units.csv")
        for named in (unit, *(command.co_units or ())):
            if self._steps.book.dispatcher.is_of(named, frozenset(work.against)):
                raise Refusal("complained-of", f"{named} is complained of in this case, and may not handle it")
        if case.facts.sealed:
            raise Refusal("not-sealed", "sealed: nobody is sent")
        rule, data = f"desk/{of.who}", dict[str, Any]()
        if command.action in (Action.RETURN_UPHELD, Action.RULED):
            work, data = self._upheld(of, work, unit)
            work = self._steps.forgiven(case, work, where)
            rule = work.rule if command.precedent and data.get("precedent") else rule
        self._steps.keep(work)
        self._steps.dispatch(
            case.ordinal,
            where,
            of.who,
            action=command.action,
            unit=unit,
            co_units=work.co_units if command.co_units is None else command.co_units,
            rule=rule,
            why=why_of(command, row),
            effects=[effect for effect in row.clocks if effect is not ClockEffect.CREDIT_REVIEW],
            data={**facts_of(command), **data},
            by_hand=True,
        )

    def _upheld(self, of: Of, work: Work, unit: str) -> tuple[Work, dict[str, Any]]:
        """The return is upheld: its review is credited, and routing does so from now on where it says whose duty it is."""
        command, where = of.command, of.where
        open_one = work.returning
        assert open_one is not None  # noqa: S101  guards `return_open`, `disputed`
        returns = tuple(replace(one, ruling="upheld") if one is open_one else one for one in work.returns)
        stop = Stop("review", open_one.at, where.at, f"return upheld: {command.reason}", of.who)
        work = replace(work, returns=returns, disputed=False, stops=(*work.stops, stop))
        work = self._steps.alerting.over(AlertKind.CONSULTATION, where, of.asked.case, work)
        data: dict[str, Any] = {"unit": unit, "to": unit, "from": open_one.unit, "rule": open_one.rule, "precedent": ""}
        reason = ReturnReason(open_one.reason)
        if command.precedent and reason in OF_DUTY and not open_one.rule.startswith("desk/"):
            key = key_of(of.asked.case, reason)
            co_units = work.co_units if command.co_units is None else command.co_units
            rule = open_one.rule if not open_one.rule.startswith("precedent/") else self._above(key, open_one.rule)
            basis = command.clause or command.reason
            self._kept.precedents.put(key, Precedent(unit, tuple(co_units), rule, of.asked.case.number, where.at.date().isoformat(), of.who, basis))
            data["precedent"] = key
            work = replace(work, rule=f"precedent/{of.asked.case.number}")
        return work, data

    def _above(self, key: str, rule: str) -> str:
        """The routing rule under a precedent that has been overruled itself."""
        known = self._kept.precedents.get(key)
        return rule if known is None else known.rule

    def asked(self, of: Of, work: Work) -> None:
        """A unit refuses: the first time for the desk, after another unit has for the consultation."""
        command, case, where = of.command, of.asked.case, of.where
        assert command.reason_code is not None  # noqa: S101  guard `return_complete`
        second = bool(work.returns)
        made = Returned(work.unit, where.at, command.reason_code.value, command.clause, command.unit, work.rule)
        work = replace(work, returns=(*work.returns, made), disputed=second)
        if second:
            evidence = f"{case.number} was returned by {len(work.returns)} units: {', '.join(one.unit for one in work.returns)}"
            work = self._steps.alerting.of_case(
                AlertKind.CONSULTATION, AlertLevel.ORANGE, where, case, work, evidence=evidence, rule="returns/second", tells=("desk", "unit_head")
            )
        data = {"unit": made.unit, "reason_code": made.reason, "clause": made.clause, "suggested": made.suggested, "rule": made.rule, "second": second}
        self._doing.plain(of, work, data)

    def rejected(self, of: Of, work: Work) -> None:
        """The desk does not agree: the unit keeps it, and no time is credited."""
        open_one = work.returning
        assert open_one is not None  # noqa: S101  guard `return_open`
        work = replace(work, returns=tuple(replace(one, ruling="rejected") if one is open_one else one for one in work.returns))
        self._doing.plain(of, work, {"unit": open_one.unit, "to": work.unit, "rule": open_one.rule})
