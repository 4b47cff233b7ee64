"""处置力量: accept, decline or do not answer; set off, arrive after the way, finish, rest; forget to say that they have finished."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.simulation.people.memory import Act, File, Memory, Wish
from connectors.simulation.people.out import Out
from schemas.command import Actor
from schemas.vocabulary import Action, Availability, OrderAct, Role, Urgency

DETOUR = 1.4
"""Roads beside the straight line (domain §4.3)."""
_ACTS = {"accept": OrderAct.ACCEPT, "decline": OrderAct.DECLINE, "depart": OrderAct.DEPART, "arrive": OrderAct.ARRIVE, "finish": OrderAct.FINISH}
_WHY_NOT = ("正在处置另一警情，无法分身", "车辆故障", "距离过远", "临近交班")


class Responders:
    """All responders of the district."""

    ACTS = frozenset({*_ACTS, "secure", "rest", "free"})

    def __init__(self, memory: Memory, out: Out) -> None:
        self._memory, self._habits, self._out = memory, memory.habits, out
        self._posts = {one.responder: one.post for one in memory.reference.responders}
        self._speeds = {one.responder: memory.reference.forces[one.force].speed_kmh / 3.6 for one in memory.reference.responders}

    def ordered(self, line: Mapping[str, Any], at: datetime, *, by_desk: bool) -> None:
        """Somebody has an order. Who is none of these people (a person may send anybody) does what it does by itself."""
        data, habits = line["data"], self._habits
        if data["responder"] not in self._posts:
            return
        more = (str(data["responder"]), str(data["need"]), str(data["order"]))
        dice = self._memory.dice(str(line["transition_id"]))
        luck = dice.random() + (habits.declines + habits.silent if by_desk else 0)  # spoken to by telephone it goes
        if luck < habits.silent:
            return
        what = "decline" if luck < habits.silent + habits.declines else "accept"
        self._memory.means(at + habits.after(dice, habits.accepts_after), what, str(line["case_id"]), 0, more)

    def wish(self, act: Act, file: File | None) -> Wish | None:
        """The command that an act is."""
        responder = act.more[0]
        me = Actor(role=Role.RESPONDER, name=self._posts[responder][:64], responder=responder)
        if act.what in ("rest", "free"):
            said = Availability.RESTING if act.what == "rest" else Availability.FREE
            return Wish(me, Action.AVAILABILITY, {"responder": responder, "availability": said})
        if file is None:
            return None
        if act.what == "secure":
            return Wish(me, Action.SECURED)
        dice = self._memory.dice(act.case, *act.more)
        reason = {"reason": dice.choice(_WHY_NOT)} if act.what == "decline" else {}
        return Wish(me, Action.ORDER_TOLD, {"need": act.more[1], "order": int(act.more[2]), "act": _ACTS[act.what], **reason})

    def done(self, act: Act, file: File | None, at: datetime) -> None:
        """It was taken: what comes next."""
        habits, memory, responder = self._habits, self._memory, act.more[0]
        dice = memory.dice(act.case, act.what, *act.more)
        if act.what == "accept":
            memory.means(at + habits.after(dice, habits.departs_after), "depart", act.case, 0, act.more)
        elif act.what == "depart" and file is not None:
            memory.means(at + self._way(responder, file, at), "arrive", act.case, 0, act.more)
        elif act.what == "arrive" and file is not None:
            self._on_site(act, file, at)
        elif act.what in ("finish", "decline"):
            self._out.goes_back(responder, at)
            if act.what == "finish" and dice.random() < habits.rests:
                memory.means(at + timedelta(seconds=30), "rest", "", 0, act.more[:1])
        elif act.what == "rest":
            memory.means(at + habits.rests_for, "free", "", 0, act.more[:1])

    def _on_site(self, act: Act, file: File, at: datetime) -> None:
        dice = self._memory.dice(act.case, "on site", *act.more)
        if file.urgency == Urgency.U1.value and dice.random() < self._habits.says_secured:
            self._memory.means(at + self._habits.after(dice, timedelta(minutes=9)), "secure", act.case, 0, act.more)
        if dice.random() >= self._habits.forgets_to_finish:
            self._memory.means(at + self._habits.after(dice, self._habits.works), "finish", act.case, 0, act.more)

    def _way(self, responder: str, file: File, at: datetime) -> timedelta:
        """How long it is on the way; it moves there from now on."""
        lng, lat = file.picture.get("lng"), file.picture.get("lat")
        if lng is None or lat is None:
            return timedelta(minutes=10)
        metres = self._out.metres(responder, at, (float(lng), float(lat)))
        took = timedelta(seconds=round(20 + metres * DETOUR / self._speeds[responder]))
        self._out.goes(responder, at, (float(lng), float(lat)), took)
        return took
