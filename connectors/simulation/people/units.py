"""承办单位: signs, speaks to whoever reported, handles, feeds back; returns what is not its own, forgets, wakes up when it is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.simulation.people.memory import Act, File, Memory, Wish
from schemas.command import Actor
from schemas.vocabulary import Action, CaseState, Milestone, Role, Urgency

WORKED_ON = (CaseState.DISPATCHED.value, CaseState.SIGNED.value, CaseState.CONTACTED.value, CaseState.ON_SITE.value, CaseState.HANDLING.value)
MOST_REFUSED = 25
"""So often a unit tries again in one turn."""
_LATER = timedelta(hours=3)
_RESULTS = ("已现场处置完毕，恢复正常。", "已安排人员处理，问题已解决。", "已核实并整改到位。", "已向来电人解释说明，依规办理。", "已清理并加强日常巡查。")
_GROUNDS = (
    ("R1", "三定方案：该事项不属本单位职责"),
    ("R2", "属地管理：地点不在本辖区"),
    ("R3", "尚未移交：养护责任单位为他方"),
    ("R1", "权责清单：主管部门另有规定"),
    ("R5", "与在办件重复"),
)
_CO_ACTS = {"co_sign": Action.SIGNED, "co_answer": Action.FED_BACK}

_SAYS: Mapping[str, tuple[Action, Mapping[str, Any]]] = {
    "sign": (Action.SIGNED, {}),
    "contact": (Action.CONTACTED, {}),
    "try": (Action.CONTACT_TRIED, {"reached": False}),
    "begin": (Action.HANDLED, {}),
    "initial": (Action.INITIAL_REPORT, {"result": "初报：已到场处置，情况可控。"}),
}


class Units:
    """All units of the district."""

    ACTS = frozenset({"sign", "contact", "try", "begin", "answer", "initial", "return", "wake", "co_sign", "co_answer"})

    def __init__(self, memory: Memory) -> None:
        self._memory, self._habits = memory, memory.habits
        self._ids = sorted(unit.unit for unit in memory.reference.units.values() if unit.kind.value in ("department", "street"))

    # what they hear of

    def given(self, file: File, line: Mapping[str, Any], at: datetime) -> None:
        """A case came to a unit."""
        memory, habits, case = self._memory, self._habits, str(line["case_id"])
        file.turn, file.unit, file.began, file.tries, file.refused, file.asleep, file.spoken = file.turn + 1, str(line["data"]["unit"]), at, 0, 0, False, False
        dice = memory.dice(str(line["transition_id"]))
        luck = dice.random()
        returns = habits.returns_again if file.sent_back else habits.returns
        if luck < returns and file.sent_back < 2:  # noqa: PLR2004  the consultation has the last word
            self._means(file, case, "return", at + habits.after(dice, habits.returns_after.get(file.urgency, 2 * _LATER)))
        elif luck < returns + habits.forgets_to_sign:
            file.asleep = True
        else:
            self._means(file, case, "sign", at + habits.after(dice, habits.signs.get(file.urgency, _LATER), habits.signs_spread))
        for unit in line["data"].get("co_units", ()):
            if dice.random() < habits.co_signs:
                memory.means(at + habits.after(dice, _LATER), "co_sign", case, file.turn, (str(unit),), office=not file.pressing)

    def told(self, file: File, case: str, level: str, at: datetime, name: str) -> None:
        """An alert, or supervision: who has forgotten may remember."""
        dice = self._memory.dice(name)
        if file.asleep and dice.random() < self._habits.wakes.get(level, 0.0):
            self._means(file, case, "wake", at + self._habits.after(dice, self._habits.wakes_after))

    def again(self, file: File, case: str, at: datetime, name: str) -> None:
        """It has to be handled again."""
        file.turn, file.asleep, file.spoken, file.refused = file.turn + 1, False, True, 0
        self._means(file, case, "answer", at + self._habits.after(self._memory.dice(name), timedelta(hours=20)))

    # what they do

    def wish(self, act: Act, file: File) -> Wish | None:
        """The command that an act is; none: there is nothing to do any more, or not yet."""
        if act.what in _CO_ACTS:
            return self._of_co_unit(act, file)
        if act.turn != file.turn or file.state not in WORKED_ON or self._is_a_childs(file):
            if self._is_a_childs(file) and act.turn == file.turn:
                self._memory.means(act.at + timedelta(hours=12), act.what, act.case, act.turn, office=True)
            return None
        me = self._actor(file.unit)
        if act.what == "wake":
            file.asleep = False
            return self._wish_of(self._next(file), act, file, me)
        return self._wish_of(act.what, act, file, me)

    def _wish_of(self, what: str, act: Act, file: File, me: Actor) -> Wish | None:
        dice = self._memory.dice(act.case, what, str(file.turn), str(file.refused))
        if what in _SAYS:
            return Wish(me, *_SAYS[what])
        if what == "return":
            code, clause = dice.choice(_GROUNDS)
            return Wish(me, Action.RETURN_ASKED, {"reason_code": code, "clause": clause, "unit": self._other(file, dice.random())})
        return Wish(me, Action.FED_BACK, {"result": dice.choice(_RESULTS), "evidence": ("photo/1.jpg",)})

    def _of_co_unit(self, act: Act, file: File) -> Wish | None:
        if act.turn != file.turn or file.state not in WORKED_ON:
            return None
        return Wish(self._actor(act.more[0]), _CO_ACTS[act.what], {"result": "已配合完成协办任务。"} if act.what == "co_answer" else {})

    # what became of it

    def done(self, act: Act, file: File, at: datetime, action: str) -> None:
        """A command was carried out."""
        habits, dice = self._habits, self._memory.dice(act.case, action, str(file.turn), str(file.tries))
        if act.what == "co_sign":
            if dice.random() < habits.co_answers:
                self._memory.means(at + habits.after(dice, timedelta(hours=8)), "co_answer", act.case, act.turn, act.more, office=not file.pressing)
        elif action == Action.SIGNED.value:
            what = "try" if dice.random() < habits.unreachable else "contact"
            self._means(file, act.case, what, at + habits.after(dice, habits.contacts.get(file.urgency, _LATER)))
            if file.urgency == Urgency.U1.value:
                self._memory.means(at + habits.after(dice, timedelta(minutes=14)), "initial", act.case, file.turn)
        elif action == Action.CONTACT_TRIED.value:
            file.tries += 1
            if file.tries < 3:  # noqa: PLR2004  three tries (domain §1.6 (7))
                self._means(file, act.case, "try", at + timedelta(hours=14))
            else:
                self._handles(file, act.case, at)
        elif action == Action.CONTACTED.value:
            file.spoken = True
            self._handles(file, act.case, at)

    def refused(self, act: Act, file: File, at: datetime, code: str) -> None:
        """It could not be: another way, or later, or given up."""
        if act.turn != file.turn or act.what.startswith("co_") or act.what in ("initial", "begin"):
            return
        file.refused += 1
        if file.refused > MOST_REFUSED or code in ("own-case", "lead", "unknown-case", "not-followed"):
            file.asleep = True
            return
        if act.what == "return":
            self._means(file, act.case, "sign", at + timedelta(minutes=5))
        elif code == "spoken":
            self._means(file, act.case, "contact", at + timedelta(minutes=10))
        else:
            self._means(file, act.case, self._next(file), at + _LATER)

    # steps

    def _handles(self, file: File, case: str, at: datetime) -> None:
        habits, dice = self._habits, self._memory.dice(case, "handles", str(file.turn))
        if dice.random() < habits.forgets_to_answer:
            file.asleep = True
            return
        if dice.random() < habits.starts_work:
            self._memory.means(at + timedelta(minutes=20), "begin", case, file.turn, office=not file.pressing)
        due_at = file.picture.get("due_at")
        if due_at is None or file.began is None:
            ready = at + habits.after(dice, habits.handles_without_limit)
        else:
            due = datetime.fromisoformat(str(due_at))
            share = habits.after(dice, timedelta(seconds=habits.handles_share), habits.handles_spread).total_seconds()
            ready = file.began + (due - file.began) * share
            if ready > due and dice.random() < habits.asks_for_more_time:
                self._memory.means(due - min(timedelta(hours=2), (due - at) / 4), "extend", case, file.turn)
        self._means(file, case, "answer", max(ready, at + timedelta(minutes=3)))

    def _means(self, file: File, case: str, what: str, at: datetime) -> None:
        self._memory.means(at, what, case, file.turn, office=not file.pressing)

    @staticmethod
    def _next(file: File) -> str:
        """What comes next where it stands."""
        if file.state == CaseState.DISPATCHED.value:
            return "sign"
        return "answer" if file.spoken else "contact"

    def _is_a_childs(self, file: File) -> bool:
        """Whether an incident's parent is seen to, and this with it."""
        parent = str(file.picture.get("parent") or "")
        known = self._memory.files.get(parent)
        return bool(parent) and known is not None and known.state != CaseState.CLOSED.value

    def _other(self, file: File, luck: float) -> str:
        """Whose it would be instead."""
        matter = self._memory.reference.matters.get(str(file.picture.get("matter", "")))
        named = [] if matter is None else [unit for unit in (matter.lead, *matter.co_units) if unit in self._memory.reference.units and unit != file.unit]
        found = named or [unit for unit in self._ids if unit != file.unit]
        return found[int(luck * len(found))]

    @staticmethod
    def _actor(unit: str) -> Actor:
        return Actor(role=Role.UNIT, name="经办人", unit=unit)


ALERTED = frozenset({Milestone.SIGN.value, Milestone.CONTACT.value, Milestone.CLOSE.value, Milestone.INITIAL.value})
"""Milestones of which a unit hears."""
