"""The way into each state and how each action comes about, by reports, commands and time alone: what the tests of the transitions are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pipeline.casework.lifecycle.book import Book
from reference.pack import Reference
from schemas.centre import MergeRule
from schemas.command import Actor, ReportName
from schemas.vocabulary import Action, CaseState, Force, Milestone, NotAcceptedReason, OrderAct, ReturnReason, Role, Source, VerdictKind
from tests.casework.lifecycle.centre import DESK, HERE, Worked, pukou

WATER, MORE_WATER, DANGER = "小区停水一天了", "小区还在停水", "小区停水，家里有卧床病人"
"""U2, to 水务; the same still; the same, U1 by its words of danger."""
LONG, MORE_LONG = "征收拆迁补偿款一直不到位", "征收拆迁补偿款还是不到位"
"""U4: a person sends."""
PETITION, MAIN = Source.PETITION, Source.HOTLINE12345
ELSEWHERE = (118.4757, 31.9653)
"""In another street."""
GONE = Actor(role=Role.UNIT, name="他人", unit="jiaotong")
"""Of a unit that the case is not with."""
FAR_APART = 0.0028
"""Degrees east: too far to be one case; what lies between is near to both."""


@cache
def district() -> tuple[Reference, Book]:
    """The shipped district, where what takes long (U4) can be merged, too, and be an incident: so a case can wait for its dispatch and have company."""
    shipped = pukou()
    water = next(rule for rule in shipped.incident_rules if rule.group == "water")
    long = water.model_copy(update={"group": "long", "matters": ("0604",), "urgencies": ("U4",)})
    merging = MergeRule(matter="0604", merges=True, radius_m=150, window_hours=24 * 30, span_hours=24 * 45, basis="test")
    made = replace(shipped, merge_rules={**shipped.merge_rules, "0604": merging}, incident_rules=(*shipped.incident_rules, long))
    return made, Book(made)


class Way:
    """A centre with one case that the test is about."""

    def __init__(
        self, state: CaseState, *, source: Source = MAIN, reports: int = 1, text: str = "", sent: bool = False, beside: int = 0, after: float = 0
    ) -> None:
        """Brings a case into a state. `reports`: so many are in it; `sent`: a responder goes there; `beside`: so many others are near; `after`: another
        was opened before, so many degrees east.
        """
        waits = state is CaseState.CLASSIFIED
        self.text = text or (LONG if waits else WATER)
        self.centre = Worked(reference=district()[0]) if waits else Worked()
        if sent:
            self.centre.near(Force.REPAIR, 3, skill="water", unit="gongshui")
        self.source = source
        self.given = ""
        """Number of a case that was merged into it."""
        if after:
            self.said("B0", lng=HERE[0] + after, lat=HERE[1])
        for number in range(1, beside + 1):
            self.said(f"B{number}", lng=HERE[0] + 0.003 * number, lat=HERE[1])
        self.case = self.centre.report(self.text, "A1", source=source)
        for number in range(2, reports + 1):
            self.centre.report(self.text, f"A{number}", source=source)
        if sent:
            self.centre.command(Action.ORDER_TOLD, self.case, self.responder(), act=OrderAct.ACCEPT)
        self.into(state)

    def into(self, state: CaseState) -> None:
        """It goes its way there, from where it was sent or waits."""
        _INTO[state](self)
        assert self.centre.case(self.case).state is state

    # commands

    def do(self, action: Action, **more: Any) -> None:
        """A command with all that it needs; it is carried out."""
        verdict = self.tell(action, **more)
        assert verdict.verdict is VerdictKind.DONE, verdict

    def tell(self, action: Action, **more: Any) -> Any:
        """A command with all that it needs, but for what `more` says."""
        given = {**self.needed(action), **more}
        actor = given.pop("actor", None) or self.actor(action)
        return self.centre.command(action, self.case, actor, **given)

    def actor(self, action: Action) -> Actor:
        """One who may."""
        row = self.centre.book.row(action, self.centre.case(self.case).state)
        return DESK if row is None or Role.DESK in row.who else self.centre.unit(self.case)

    def needed(self, action: Action) -> dict[str, Any]:
        """What an action needs."""
        return dict(_NEEDED.get(action, {}))

    def unit(self, action: Action, **more: Any) -> None:
        """The case's unit does something."""
        self.do(action, actor=self.centre.unit(self.case), **more)

    # sources, responders

    def said(self, name: str, text: str = "", **more: Any) -> str:
        """A report of the case's source; the number of its case."""
        return self.centre.report(text or self.text, name, source=self.source, **more)

    def withdraw(self, name: str = "A1") -> None:
        """The source withdraws a report."""
        self.centre.withdraw(name, self.source)

    def other(self, **more: Any) -> str:
        """A case beside it, too far away to be the same; its number."""
        return self.centre.report(self.text, f"B{len(self.centre.cases)}", source=self.source, lng=HERE[0] + 0.004, lat=HERE[1], **more)

    def responder(self) -> Actor:
        """Who has an order."""
        (name, *_) = self.centre.work(self.case).sent
        return Actor(role=Role.RESPONDER, name="处置人", responder=name)


def _signed(way: Way) -> None:
    way.unit(Action.SIGNED)


def _contacted(way: Way) -> None:
    way.unit(Action.SIGNED)
    way.unit(Action.CONTACTED)


def _on_site(way: Way) -> None:
    if way.centre.work(way.case).sent:
        way.centre.command(Action.ORDER_TOLD, way.case, way.responder(), act=OrderAct.ARRIVE)
    else:
        way.unit(Action.ARRIVED)


def _handling(way: Way) -> None:
    if way.centre.work(way.case).sent:
        _on_site(way)
    else:
        way.unit(Action.SIGNED)
    way.unit(Action.HANDLED)


def _fed_back(way: Way) -> None:
    _handling(way)
    way.unit(Action.CONTACTED)
    way.unit(Action.FED_BACK)


def _verifying(way: Way) -> None:
    _fed_back(way)
    way.do(Action.VERIFYING)


def _revisiting(way: Way) -> None:
    _fed_back(way)
    way.do(Action.VERIFIED)


def _closed(way: Way) -> None:
    _fed_back(way)
    way.do(Action.CLOSED)


def _archived(way: Way) -> None:
    _closed(way)
    way.centre.later(days=30)


def _withdrawn(way: Way) -> None:
    for number in range(way.centre.case(way.case).reports):
        way.withdraw(f"A{number + 1}")


def _merged(way: Way) -> None:
    way.do(Action.MERGED, other=way.other())


_INTO: Mapping[CaseState, Callable[[Way], None]] = {
    CaseState.CLASSIFIED: lambda _: None,  # it waits for a person
    CaseState.DISPATCHED: lambda _: None,  # at once
    CaseState.SIGNED: _signed,
    CaseState.CONTACTED: _contacted,
    CaseState.ON_SITE: _on_site,
    CaseState.HANDLING: _handling,
    CaseState.FEEDBACK: _fed_back,
    CaseState.VERIFYING: _verifying,
    CaseState.REVISITING: _revisiting,
    CaseState.CLOSED: _closed,
    CaseState.ARCHIVED: _archived,
    CaseState.NOT_ACCEPTED: lambda way: way.do(Action.NOT_ACCEPTED),
    CaseState.TRANSFERRED: lambda way: way.do(Action.TRANSFERRED),
    CaseState.VOID: lambda way: way.do(Action.VOIDED),
    CaseState.WITHDRAWN: _withdrawn,
    CaseState.MERGED: _merged,
}
_NEEDED: Mapping[Action, Mapping[str, Any]] = {
    Action.REASSIGNED: {"unit": "chengguan", "reason": "职责在城管"},
    Action.CONTACT_TRIED: {},
    Action.INITIAL_REPORT: {"result": "已到场核实"},
    Action.FED_BACK: {"result": "已恢复供水"},
    Action.REWORKED: {"reason": "诉求人不满意"},
    Action.CLOSED: {"result": "已恢复供水"},
    Action.REOPENED: {"reason": "又停水"},
    Action.NOT_ACCEPTED: {"not_accepted": NotAcceptedReason.N4, "reason": "不属行政职权"},
    Action.TRANSFERRED: {"unit": "鼓楼区", "reason": "属鼓楼区"},
    Action.VOIDED: {"reason": "误报", "approver": "值班长"},
    Action.SUSPENDED: {"reason": "等待产权单位计划", "approver": "值班长"},
    Action.PAUSED: {"reason": "鉴定期间", "approver": "值班长"},
    Action.EXTENDED: {"reason": "管网复杂", "approver": "值班长", "milestone": Milestone.CLOSE, "limit": "1ewh"},
    Action.SUPERVISED: {"reason": "反复投诉"},
    Action.SUPERVISION_ENDED: {"reason": "已办"},
    Action.RETURN_ASKED: {"reason_code": ReturnReason.R1, "clause": "三定方案第二条", "unit": "chengguan"},
    Action.RETURN_UPHELD: {"unit": "chengguan", "reason": "职责在城管"},
    Action.RETURN_REJECTED: {"reason": "职责明确"},
    Action.RULED: {"unit": "zhujian", "reason": "会商裁定"},
    Action.REVIEW_ASKED: {"reason": "不服答复"},
    Action.REVIEWED: {"result": "维持"},
    Action.REREVIEW_ASKED: {"reason": "不服复查"},
    Action.REREVIEWED: {"result": "维持"},
    Action.MERGED: {"reason": "同一件事"},
    Action.UNMERGED: {"reason": "不是一件事"},
    Action.SPLIT: {"reason": "两件事", "reports": (ReportName(source=MAIN, source_id="A2"),)},
}
