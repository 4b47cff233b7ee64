"""指挥中心: names units, rules on returns, verifies, revisits, closes, sends where the machine found nobody, pauses and resumes, acknowledges alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.simulation.people.memory import Act, File, Memory, Wish
from connectors.simulation.people.out import Out
from connectors.simulation.people.units import WORKED_ON
from schemas.command import Actor
from schemas.vocabulary import Action, CaseState, Milestone, NotAcceptedReason, OrderAct, Role

ANSWERED = (CaseState.FEEDBACK.value, CaseState.VERIFYING.value, CaseState.REVISITING.value)
_APPROVES = "值班长"
_HERE = Actor(role=Role.DESK, name="值班员")
_LOOKED_AT = 40
"""So many of a force the desk looks through before it telephones."""
_MINUTES = timedelta(minutes=1)
_VERIFIED = {CaseState.REVISITING.value: Action.REVISITED}
_REMIND = (Milestone.VERIFY.value, Milestone.REVISIT.value, Milestone.CLOSE.value)
_ANY_TURN = frozenset({"name", "reopen", "assign", "resume", "finish_for", "withdraw"})

_BESIDE: Mapping[str, tuple[Action, Mapping[str, Any]]] = {
    "turn_away": (Action.NOT_ACCEPTED, {"not_accepted": NotAcceptedReason.N5, "reason": "同一事项正在办理，已向诉求人说明"}),
    "hand_over": (Action.TRANSFERRED, {"unit": "邻区指挥中心", "reason": "地点属邻区，已取得回执"}),
    "void": (Action.VOIDED, {"reason": "测试件误入，作废留痕", "approver": _APPROVES}),
    "pause": (Action.PAUSED, {"reason": "第三方鉴定期间不计入时限", "approver": _APPROVES}),
    "suspend": (Action.SUSPENDED, {"reason": "未移交道路，责任单位已报计划", "approver": _APPROVES}),
}


class Desk:
    """The desk of the centre."""

    ACTS = frozenset(
        {"name", "rule", "verify", "look", "revisit", "close", "assign", "acknowledge", "reopen", "pause", "suspend", "resume", "extend"}
        | {"turn_away", "hand_over", "void", "finish_for", "withdraw"}
    )

    def __init__(self, memory: Memory, out: Out) -> None:
        self._memory, self._habits, self._out = memory, memory.habits, out
        self._of_force: dict[str, list[str]] = {}
        for one in memory.reference.responders:
            self._of_force.setdefault(one.force.value, []).append(one.responder)
        self._departments = sorted(unit.unit for unit in memory.reference.units.values() if unit.kind.value == "department")

    # what it hears of

    def unnamed(self, file: File, case: str, at: datetime, name: str) -> None:
        """A case that no unit has yet."""
        self._memory.means(at + self._after(name, self._habits.names_unit_after), "name", case, office=not file.pressing)

    def given(self, file: File, line: Mapping[str, Any], at: datetime) -> None:
        """A case went to a unit: a few are turned away, handed over, void, or wait for somebody else's work."""
        habits, case = self._habits, str(line["case_id"])
        dice = self._memory.dice(str(line["transition_id"]), "desk")
        luck = dice.random()
        for share, what, after in (
            (habits.turns_away, "turn_away", 90 * _MINUTES),
            (habits.hands_over, "hand_over", 120 * _MINUTES),
            (habits.voids, "void", 60 * _MINUTES),
            (habits.needs_third_party / 2, "pause", 300 * _MINUTES),
            (habits.needs_third_party / 2, "suspend", 300 * _MINUTES),
        ):
            if luck < share:
                self._memory.means(at + habits.after(dice, after), what, case, file.turn, office=True)
                return
            luck -= share

    def asked_back(self, file: File, line: Mapping[str, Any], at: datetime) -> None:
        """A unit returned a case."""
        habits, second = self._habits, bool(line["data"].get("second"))
        after = habits.consults_after if second else habits.rules_after.get(file.urgency, habits.consults_after)
        self._memory.means(at + self._after(str(line["transition_id"]), after), "rule", str(line["case_id"]), file.turn, office=not file.pressing)

    def answered(self, file: File, line: Mapping[str, Any], at: datetime) -> None:
        """A unit says that it is done."""
        dice = self._memory.dice(str(line["transition_id"]), "verify")
        file.left = dice.random() < self._habits.forgets_to_close
        if file.left:
            return  # an alert reminds
        after = self._habits.verifies_after / (4 if file.pressing else 1)
        self._memory.means(at + self._habits.after(dice, after), "verify", str(line["case_id"]), file.turn, office=not file.pressing)

    def lacking(self, line: Mapping[str, Any], at: datetime) -> None:
        """A need that a person has to fill."""
        dice, data = self._memory.dice(str(line["transition_id"])), line["data"]
        if dice.random() < self._habits.assigns:
            more = (str(data["need"]), str(data["force"]), str(line["seq"]))
            self._memory.means(at + self._habits.after(dice, self._habits.assigns_after), "assign", str(line["case_id"]), 0, more)

    def alerted(self, alert: Mapping[str, Any], file: File | None, at: datetime) -> None:
        """An alert was raised: somebody acknowledges it, mostly; of what the desk itself has forgotten it is reminded."""
        dice = self._memory.dice(str(alert["alert_id"]), str(alert["version"]))
        if dice.random() < self._habits.acknowledges:
            self._memory.means(at + self._habits.after(dice, self._habits.acknowledges_after), "acknowledge", "", 0, (str(alert["alert_id"]),))
        if file is not None and file.left and alert.get("milestone") in _REMIND:
            file.left = False
            self._memory.means(at + 30 * _MINUTES, "verify", str(alert["case_id"]), file.turn)

    # what it does

    def wish(self, act: Act, file: File | None) -> Wish | None:
        """The command that an act is; none: there is nothing to do any more."""
        if act.what == "acknowledge":
            return Wish(_HERE, Action.ACKNOWLEDGED, {"alert": act.more[0]})
        if file is None:
            return None
        dice = self._memory.dice(act.case, act.what, str(file.turn), str(file.picture.get("seq", 0)))
        if act.what in _ANY_TURN:
            return self._whenever(act, file, dice)
        if act.turn != file.turn:
            return None
        if act.what in ("verify", "look", "revisit", "close"):
            return self._ends(act, file, dice)
        return self._rules(file, dice) if act.what == "rule" else self._beside(act, file)

    def _whenever(self, act: Act, file: File, dice: Random) -> Wish | None:
        """What does not hang on with which unit it is."""
        if act.what == "name":
            return None if file.state != CaseState.CLASSIFIED.value else Wish(_HERE, Action.DISPATCHED, {"unit": self._unit_for(file, dice)})
        if act.what == "assign":
            return self._assigns(act, file, dice)
        if act.what in ("resume", "reopen"):
            return self._back(act, file)
        said = OrderAct.FINISH if act.what == "finish_for" else OrderAct.WITHDRAW
        return Wish(_HERE, Action.ORDER_TOLD, {"responder": act.more[0], "act": said, "reason": "电话核实：任务已完成"})

    def _back(self, act: Act, file: File) -> Wish | None:
        if act.what == "resume":
            return Wish(_HERE, Action.RESUMED)
        self._memory.reopened.discard(act.case)
        return None if file.state != CaseState.CLOSED.value else Wish(_HERE, Action.REOPENED, {"reason": "诉求人称问题再次出现，核实属实。"})

    def _rules(self, file: File, dice: Random) -> Wish | None:
        flags = file.picture.get("flags", ())
        if "disputed" in flags:
            return Wish(_HERE, Action.RULED, {"unit": self._unit_for(file, dice), "reason": "会商裁定：按权责清单由该单位承办", "clause": "疑难事项会商纪要"})
        if "returning" not in flags:
            return None
        if dice.random() < self._habits.upholds:
            return Wish(_HERE, Action.RETURN_UPHELD, {"unit": self._unit_for(file, dice), "reason": "退单理由成立", "clause": "部门三定方案"})
        return Wish(_HERE, Action.RETURN_REJECTED, {"reason": "退单理由不成立，按原派办理"})

    def _ends(self, act: Act, file: File, dice: Random) -> Wish | None:
        """Verification, revisit, closing; back to the unit where it was not done."""
        habits = self._habits
        if file.state not in ANSWERED:
            return None
        if act.what == "close":
            return Wish(_HERE, Action.CLOSED)
        reworks = file.picture.get("rework", 0) < habits.most_reworks
        if act.what == "revisit":
            satisfied = dice.random() >= habits.not_satisfied
            if not satisfied and reworks and dice.random() < habits.reworks_when_not_satisfied:
                return Wish(_HERE, Action.REWORKED, {"reason": "回访：诉求人不满意，问题未解决"})
            return Wish(_HERE, Action.REVISITED, {"reached": True, "solved": satisfied, "satisfied": satisfied})
        if reworks and dice.random() < habits.false_answer:
            return Wish(_HERE, Action.REWORKED, {"reason": "核查：现场与反馈不符"})
        goes_there = act.what == "verify" and file.state == CaseState.FEEDBACK.value and dice.random() < habits.verifies_on_site
        return Wish(_HERE, Action.VERIFYING if goes_there else _VERIFIED.get(file.state, Action.VERIFIED))

    def _beside(self, act: Act, file: File) -> Wish | None:
        if file.state not in WORKED_ON:
            return None
        if act.what == "extend":
            matter = self._memory.reference.matters.get(str(file.picture.get("matter", "")))
            limit = "5wd" if matter is None else matter.limit
            return Wish(_HERE, Action.EXTENDED, {"limit": limit, "reason": "材料待到货，依规延期", "approver": _APPROVES})
        return Wish(_HERE, *_BESIDE[act.what])

    def _assigns(self, act: Act, file: File, dice: Random) -> Wish | None:
        lng, lat = file.picture.get("lng"), file.picture.get("lat")
        if lng is None or lat is None or file.state not in WORKED_ON:
            return None
        of_force = self._of_force.get(act.more[1], [])
        on = self._out.on_shift(act.at)
        first = int(dice.random() * max(1, len(of_force)))
        found = [name for name in (*of_force[first:], *of_force[:first]) if name in on][:_LOOKED_AT]
        if not found:
            return None
        nearest = min(found, key=lambda name: self._out.metres(name, act.at, (float(lng), float(lat))))
        return Wish(_HERE, Action.ORDER_ASSIGNED, {"need": act.more[0], "responder": nearest})

    # what became of it

    def done(self, act: Act, file: File | None, at: datetime, action: str) -> None:
        """A command was carried out: what comes next."""
        if file is None:
            return
        memory, habits, case = self._memory, self._habits, act.case
        name = f"{case}/{act.what}/{file.turn}/{action}"
        if action == Action.VERIFYING.value:
            memory.means(at + self._after(name, 90 * _MINUTES), "look", case, file.turn, office=not file.pressing)
        elif action == Action.VERIFIED.value:
            memory.means(at + self._after(name, habits.revisits_after / (4 if file.pressing else 1)), "revisit", case, file.turn, office=not file.pressing)
        elif action == Action.REVISITED.value:
            memory.means(at + _MINUTES, "close", case, file.turn)
        elif action in (Action.PAUSED.value, Action.SUSPENDED.value):
            memory.means(at + self._after(name, habits.third_party_takes), "resume", case, file.turn, office=True)
        elif action == Action.CLOSED.value and memory.dice(name).random() < habits.reopens:
            memory.reopened.add(case)
            memory.means(at + self._after(name, habits.reopens_after), "reopen", case, office=True)

    def refused(self, act: Act, file: File | None, at: datetime, code: str) -> None:
        """It could not be: what has to be before, or later, or not at all."""
        if file is None or act.what in ("acknowledge", "assign", "reopen", "extend", "withdraw"):
            return
        file.refused += 1
        memory = self._memory
        if act.what == "finish_for":  # it has not arrived
            memory.means(at, "withdraw", act.case, 0, act.more)
            return
        if code == "needs-done":
            for responder in file.picture.get("sent", ()):
                memory.means(at, "finish_for", act.case, 0, (str(responder),))
            memory.means(at + _MINUTES, act.what, act.case, file.turn)
        elif act.what == "rule" or code in ("unknown-unit", "complained-of", "unit-named"):
            memory.means(at + 5 * _MINUTES, act.what, act.case, file.turn)
        elif code not in ("not-now", "unknown-case"):
            memory.means(at + timedelta(hours=4), act.what, act.case, file.turn, office=True)

    def _unit_for(self, file: File, dice: Random) -> str:
        """Whose duty it is, as far as the desk can see: the matter's lead, unless it has just returned it."""
        reference = self._memory.reference
        matter = reference.matters.get(str(file.picture.get("matter", "")))
        named = [] if matter is None else [unit for unit in (matter.lead, *matter.co_units) if unit in reference.units and unit != file.unit]
        own = str(file.picture.get("unit", ""))
        if own and own != file.unit and not file.refused:
            return own
        if named and file.refused < len(named):
            return named[file.refused]
        return dice.choice([unit for unit in self._departments if unit != file.unit])

    def _after(self, name: str, median: timedelta) -> timedelta:
        return self._habits.after(self._memory.dice(name, "after"), median)
