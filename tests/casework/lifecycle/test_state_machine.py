"""No sequence of reports, commands, resends, swapped lines, kills and time reaches what `invariants` forbids."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pipeline.casework.lifecycle.work import Work
from schemas.command import Actor, Command, ReportName
from schemas.report import Report, order_key
from schemas.vocabulary import (
    Action,
    Availability,
    CaseState,
    Milestone,
    NotAcceptedReason,
    Operation,
    OrderAct,
    ReturnReason,
    Role,
    Source,
)
from tests.casework.lifecycle.centre import DESK, HERE, MONDAY
from tests.casework.lifecycle.invariants import Watcher
from tests.casework.lifecycle.twins import Killed

TEXTS = (
    "路面井盖缺失，行人差点掉下去",  # U1
    "小区停水一天了",  # U2
    "商家店外经营占道摆摊",  # U3
    "征收拆迁补偿款一直不到位",  # U4
    "投诉城市管理局不作为",  # a complaint
    "举报局长贪污受贿",  # sealed
)
PLACES = tuple((HERE[0] + east, HERE[1]) for east in (0.0, 0.0003, 0.004, 0.03))
NAMES = ("A1", "A2", "A3", "A4", "A5", "A6")
UNITS = ("", "shuiwu", "chengguan", "gongshui", "zhengshou", "street-320111004", "nobody")
TIMES = tuple(timedelta(**time) for time in ({}, {"seconds": 30}, {"minutes": 1}, {"minutes": 40}, {"hours": 3}, {"days": 1}, {"days": 6}, {"days": 33}))
PEOPLES = tuple(action for action in Action if action not in (Action.OPENED, Action.ACKNOWLEDGED, Action.AVAILABILITY))
small = st.integers(0, 7)


class Centre(RuleBasedStateMachine):
    """Everything that may happen to a centre, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.centre = Killed(at=MONDAY)
        self.watcher = Watcher(self.centre)
        self.accepted = 0
        self.told: dict[str, Command] = {}
        self.orders: dict[tuple[Source, str], int] = {}
        self.sent: list[Report] = []
        self.force = sorted(one.responder for one in self.centre.reference.responders if one.unit in ("gongshui", "chengguan", "street-320111004"))[:40]

    # sources

    @initialize(text=st.sampled_from(TEXTS[:4]), source=st.sampled_from(list(Source)[:4]))
    def first(self, text: str, source: Source) -> None:
        """There is a case."""
        self.another(text, source, HERE)

    def said(self, source: Source, name: str, text: str, place: tuple[float, float], order: int) -> Report:
        return Report(
            source=source,
            source_id=f"{source.value}-{name}",
            reported_at=self.centre.at,
            arrived_at=self.centre.at,
            order_key=order_key(order),
            text=text,
            lng=place[0],
            lat=place[1],
            code_standard="",
        )

    def take(self, *reports: Report) -> None:
        self.sent += reports
        self.accepted += len(reports)
        self.centre.reports(*reports)

    @rule(
        many=st.lists(
            st.tuples(st.sampled_from(list(Source)[:4]), st.sampled_from(NAMES), st.sampled_from(TEXTS), st.sampled_from(PLACES), st.sampled_from([-1, 1, 1, 1])),
            min_size=1,
            max_size=4,
        )
    )
    def reports(self, many: list[tuple[Source, str, str, tuple[float, float], int]]) -> None:
        """New reports and revisions, some of them late or swapped, in one frame."""
        made = []
        for source, name, text, place, step in many:
            order = self.orders.get((source, name), 10) + step
            self.orders[source, name] = max(order, self.orders.get((source, name), 0))
            made.append(self.said(source, name, text, place, order))
        self.take(*made)

    @rule(text=st.sampled_from(TEXTS[:4]), source=st.sampled_from([Source.HOTLINE12345, Source.PETITION]), place=st.sampled_from(PLACES))
    def another(self, text: str, source: Source, place: tuple[float, float]) -> None:
        """A report that nobody has told of before."""
        self.take(self.said(source, f"N{len(self.sent)}", text, place, 1))

    @rule(index=st.integers(0, 200), line=st.booleans())
    def again(self, index: int, line: bool) -> None:
        """A line of a source, or a command, is sent again."""
        if line and self.sent:
            self.take(self.sent[index % len(self.sent)])
        elif self.told:
            self.tell(list(self.told.values())[index % len(self.told)])

    @rule(index=st.integers(0, 200))
    def withdraws(self, index: int) -> None:
        """A source withdraws a report."""
        if not self.sent:
            return
        one = self.sent[index % len(self.sent)]
        key = (one.source, one.source_id.rpartition("-")[2])
        self.orders[key] = self.orders.get(key, 10) + 1
        said = Report(
            source=one.source,
            source_id=one.source_id,
            operation=Operation.WITHDRAW,
            reported_at=self.centre.at,
            arrived_at=self.centre.at,
            order_key=order_key(self.orders[key]),
        )
        self.take(said)

    # people

    def number(self, index: int) -> str:
        known = [case.number for case in self.centre.cases.values()]
        return known[-1 - index % len(known)] if known else ""

    def known(self, number: str) -> tuple[tuple[str, ...], Work | None]:
        """Reports of a case, and the work on it."""
        row = next((one for one in self.watcher.cases() if one.number == number), None)
        return ((), None) if row is None else (row.members, self.watcher.works().get(row.ordinal))

    def tell(self, *commands: Command) -> None:
        for command in commands:
            self.told.setdefault(command.command_id, command)
        self.centre.commanded(*commands)

    def made(self, action: Action, case: str, actor: Actor, data: st.DataObject, *, right: bool) -> Command:
        """A command with what it needs (`right`), or with anything."""

        def pick(good: Any, *others: Any) -> Any:
            return good if right else data.draw(st.sampled_from((good, *others)))

        members, work = self.known(case)
        chosen = members[: data.draw(st.integers(1, 2))]
        reports = tuple(ReportName(source=Source(key.partition("\x1f")[0]), source_id=key.partition("\x1f")[2]) for key in chosen)
        needs = [] if work is None else [need.need for need in work.needs]
        return Command(
            command_id=f"command-{len(self.told):06d}",
            action=action,
            case=case,
            actor=actor,
            expect_state=pick(None, CaseState.HANDLING),
            expect_seq=pick(None, 3),
            reason=pick("有理由", ""),
            unit=data.draw(st.sampled_from(UNITS[1:-1] if right else UNITS)),
            reason_code=pick(data.draw(st.sampled_from([ReturnReason.R1, ReturnReason.R2, ReturnReason.R5])), None),
            clause=pick("三定方案", ""),
            not_accepted=pick(NotAcceptedReason.N4, None),
            approver=pick("值班长", ""),
            milestone=pick(Milestone.CLOSE, Milestone.SIGN),
            limit=pick("1wd", "30d", "none"),
            level=pick(0, 2, 9),
            result=pick("已处理", ""),
            reached=pick(True, False),  # noqa: FBT003  a choice
            other=self.number(data.draw(small)),
            reports=reports if right or data.draw(st.booleans()) else (),
            need=data.draw(st.sampled_from(["", *needs])),
            order=pick(None, 0, 1),
            act=data.draw(st.sampled_from(list(OrderAct))),
            responder=data.draw(st.sampled_from(["", *self.force])) if action is Action.ORDER_ASSIGNED else "",
            precedent=pick(True, False),  # noqa: FBT003  a choice
        )

    def actor(self, role: Role, case: str, index: int) -> Actor:
        if role is Role.UNIT:
            _, work = self.known(case)
            units = ["shuiwu"] if work is None else [work.unit or "shuiwu", *work.co_units]
            return Actor(role=role, name="经办人", unit=units[0 if index < 5 else index % len(units)])
        if role is Role.RESPONDER:
            sent = self.centre.case(case).sent if case else ()
            return Actor(role=role, name="处置人", responder=sent[index % len(sent)] if sent else self.force[index])
        return Actor(role=role, name="值班员") if role is not Role.DESK else DESK

    @rule(index=small, many=st.lists(st.tuples(st.integers(0, 40), small), min_size=1, max_size=6), data=st.data())
    def commands(self, index: int, many: list[tuple[int, int]], data: st.DataObject) -> None:
        """What may be done to a case as it stands, one thing after the other, by who may, with all that it needs."""
        case = self.number(index)
        for which, who in many:
            self.right(case, which, who, data)

    def right(self, case: str, which: int, who: int, data: st.DataObject) -> None:
        book, state = self.centre.book, self.centre.case(case).state
        rows = [row for action in PEOPLES if (row := book.row(action, state)) is not None and {*row.who} & {Role.DESK, Role.UNIT, Role.RESPONDER}]
        if not rows:
            return
        row = rows[which % len(rows)]
        roles = [role for role in row.who if role in (Role.DESK, Role.UNIT, Role.RESPONDER)]
        self.tell(self.made(row.action, case, self.actor(roles[who % len(roles)], case, who), data, right=True))

    @rule(index=small, action=st.sampled_from(PEOPLES), role=st.sampled_from(Role), who=small, number=st.integers(1, 3), data=st.data())
    def any_commands(self, index: int, action: Action, role: Role, who: int, number: int, data: st.DataObject) -> None:
        """Anything by anybody, some of it in one frame."""
        case = self.number(index)
        command = self.made(action, case, self.actor(role, case, who), data, right=False)
        self.tell(*(command.model_copy(update={"command_id": f"{command.command_id}-{n}"}) for n in range(number)))

    # responders

    @rule(east=st.sampled_from([0.0005, 0.002, 0.02]), first=st.integers(0, 30))
    def positions(self, east: float, first: int) -> None:
        """Some responders are seen."""
        self.centre.positions({name: (HERE[0] + east, HERE[1]) for name in self.force[first : first + 10]})

    @rule(index=st.integers(0, 39), availability=st.sampled_from([None, *Availability]))
    def says(self, index: int, availability: Availability | None) -> None:
        """Somebody has seen an alert; or a responder can be called, or cannot."""
        known = sorted({alert.alert_id for alert in self.centre.alerts})
        if availability is None:
            alert = known[index % len(known)] if known else "none"
            self.tell(Command(command_id=f"command-{len(self.told):06d}", action=Action.ACKNOWLEDGED, actor=DESK, alert=alert))
            return
        name = self.force[index]
        actor = Actor(role=Role.RESPONDER, name="处置人", responder=name)
        made = Command(command_id=f"command-{len(self.told):06d}", action=Action.AVAILABILITY, actor=actor, responder=name, availability=availability)
        self.tell(made)

    # time, kills

    @rule(time=st.sampled_from(TIMES))
    def later(self, time: timedelta) -> None:
        """Time passes."""
        self.centre.until(self.centre.at + time)
        due = self.centre.state.kept.due()
        assert due is None or due > self.centre.at, "time came to it, and it did not happen"

    @rule(durable=st.booleans())
    def dies(self, durable: bool) -> None:
        """A kill: between two frames, or before the next one is durable."""
        if durable:
            self.centre.restart()
        else:
            self.centre.dies = True

    @invariant()
    def holds(self) -> None:
        """What must hold after every step."""
        self.watcher.look(self.accepted, set(self.told))


TestCentre = Centre.TestCase
TestCentre.settings = settings(max_examples=60, stateful_step_count=40)
