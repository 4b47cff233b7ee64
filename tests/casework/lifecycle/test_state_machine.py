"""No sequence of reports, commands, resends, swapped lines, kills and time reaches what `invariants` forbids."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas.command import Actor, Command
from schemas.report import Report, order_key
from schemas.vocabulary import Action, Availability, Force, Operation, OrderAct, Role, Source
from tests.casework.lifecycle.centre import DESK, HERE, MONDAY
from tests.casework.lifecycle.chances import BY_COMMAND, Known, chosen, somebody
from tests.casework.lifecycle.invariants import Watcher
from tests.casework.lifecycle.twins import Killed

WATER = "小区停水一天了"
TEXTS = (
    WATER,  # U2
    "路面井盖缺失，行人差点掉下去",  # U1
    "商家店外经营占道摆摊",  # U3
    "征收拆迁补偿款一直不到位",  # U4
    "投诉城市管理局不作为",  # a complaint
    "举报局长贪污受贿",  # sealed
)
PLACES = tuple((HERE[0] + east, HERE[1]) for east in (0.0, 0.0003, 0.004, 0.03))
NAMES = ("A1", "A2", "A3", "A4", "A5", "A6")
SOURCES = (Source.HOTLINE12345, Source.PETITION, Source.POLICE110, Source.CITY_MANAGEMENT)
TIMES = tuple(timedelta(**time) for time in ({}, {"seconds": 30}, {"minutes": 1}, {"minutes": 40}, {"hours": 3}, {"days": 1}, {"days": 6}, {"days": 33}))
COMMANDED = tuple(action for action in Action if action not in (Action.ACKNOWLEDGED, Action.AVAILABILITY))
WAY = (
    Action.DISPATCHED,
    Action.SIGNED,
    Action.CONTACTED,
    Action.ARRIVED,
    Action.HANDLED,
    Action.FED_BACK,
    Action.VERIFIED,
    Action.REVISITED,
    Action.CLOSED,
)
RETURNS = (Action.RETURN_ASKED, Action.RETURN_UPHELD, Action.RETURN_REJECTED, Action.RULED)
chances = st.randoms(use_true_random=True)


class Centre(RuleBasedStateMachine):
    """Everything that may happen to a centre, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.centre = Killed(at=MONDAY)
        self.watcher = Watcher(self.centre)
        self.accepted = 0
        self.told: dict[str, Command] = {}
        self.orders: dict[str, int] = {}
        self.sent: list[Report] = []
        self.force = (*self.centre.near(Force.REPAIR, 12, unit="gongshui"), *self.centre.near(Force.GRID, 12))

    # sources

    def said(self, source: Source, name: str, text: str, place: tuple[float, float], order: int) -> Report:
        """A line of a source that keeps its own order."""
        return Report(
            source=source,
            source_id=f"{source.value}-{name}",
            reported_at=self.centre.at,
            arrived_at=self.centre.at,
            order_key=order_key(order),
            text=text,
            lng=place[0],
            lat=place[1],
        )

    def take(self, *reports: Report) -> None:
        """They come in one frame."""
        self.sent += reports
        self.accepted += len(reports)
        self.centre.reports(*reports)

    @initialize(text=st.sampled_from(TEXTS[:4]), source=st.sampled_from(SOURCES))
    def first(self, text: str, source: Source) -> None:
        """There is a case."""
        self.another(text, source, HERE)

    @rule(
        many=st.lists(
            st.tuples(st.sampled_from(SOURCES), st.sampled_from(NAMES), st.sampled_from(TEXTS), st.sampled_from(PLACES), st.sampled_from([1, 1, 1, -1])),
            min_size=1,
            max_size=4,
        )
    )
    def reports(self, many: list[tuple[Source, str, str, tuple[float, float], int]]) -> None:
        """New reports and revisions, some of them late or swapped, in one frame."""
        made = []
        for source, name, text, place, step in many:
            key = f"{source.value}-{name}"
            order = self.orders.get(key, 10) + step
            self.orders[key] = max(order, self.orders.get(key, 0))
            made.append(self.said(source, name, text, place, order))
        self.take(*made)

    @rule(text=st.sampled_from(TEXTS[:4]), source=st.sampled_from(SOURCES), place=st.sampled_from(PLACES))
    def another(self, text: str, source: Source, place: tuple[float, float]) -> None:
        """A report that nobody has told of before."""
        self.take(self.said(source, f"N{len(self.sent)}", text, place, 1))

    @rule(number=st.integers(1, 5))
    def storm(self, number: int) -> None:
        """Several of one cause, near each other."""
        first = len(self.sent)
        self.take(*(self.said(Source.HOTLINE12345, f"S{first + n}", WATER, (HERE[0] + 0.003 * n, HERE[1] + 0.003), 1) for n in range(number)))

    @rule(index=st.integers(0, 200))
    def withdraws(self, index: int) -> None:
        """A source withdraws a report."""
        one = self.sent[index % len(self.sent)]
        self.orders[one.source_id] = self.orders.get(one.source_id, 10) + 1
        said = Report(
            source=one.source,
            source_id=one.source_id,
            operation=Operation.WITHDRAW,
            reported_at=self.centre.at,
            arrived_at=self.centre.at,
            order_key=order_key(self.orders[one.source_id]),
        )
        self.take(said)

    @rule(index=st.integers(0, 200), line=st.booleans())
    def again(self, index: int, line: bool) -> None:
        """A line of a source, or a command, is sent again."""
        if line or not self.told:
            self.take(self.sent[index % len(self.sent)])
        else:
            self.tell(list(self.told.values())[index % len(self.told)])

    # people

    def tell(self, *commands: Command) -> None:
        """They come in one frame."""
        for command in commands:
            self.told.setdefault(command.command_id, command)
        self.centre.commanded(*commands)

    def known(self, chance: Random) -> Known:
        """One of the cases, mostly one of the latest."""
        rows = sorted(self.watcher.cases(), key=lambda row: -row.ordinal)
        row = chance.choice(rows[: chance.choice((1, 3, len(rows)))])
        return Known(row.number, row.members, self.watcher.works().get(row.ordinal), tuple(one.number for one in rows), self.force)

    def right(self, chance: Random, known: Known, action: Action, role: Role) -> None:
        """A command with all that it needs."""
        self.tell(chosen(chance, known, action, somebody(chance, role, known), f"command-{len(self.told):06d}", right=True))

    @rule(chance=chances, number=st.integers(1, 6))
    def commands(self, chance: Random, number: int) -> None:
        """What may be done to a case as it stands, by who may, one thing after the other."""
        known = self.known(chance)
        for _ in range(number):
            state = self.centre.case(known.number).state
            rows = [row for action in COMMANDED if (row := self.centre.book.row(action, state)) is not None and {*row.who} & {*BY_COMMAND}]
            if rows:
                row = chance.choice(rows)
                self.right(chance, known, row.action, chance.choice([role for role in row.who if role in BY_COMMAND]))

    @rule(chance=chances, number=st.integers(2, 9))
    def goes_its_way(self, chance: Random, number: int) -> None:
        """So many steps that lead to the end."""
        known = self.known(chance)
        for action in WAY[chance.randint(0, 4) :][:number]:
            self.right(chance, self.fresh(known), action, Role.UNIT if action in WAY[1:6] else Role.DESK)

    @rule(chance=chances, number=st.integers(1, 4))
    def returned(self, chance: Random, number: int) -> None:
        """Units refuse, and it is ruled on."""
        known = self.known(chance)
        for _ in range(number):
            action = chance.choice(RETURNS)
            self.right(chance, self.fresh(known), action, Role.UNIT if action is Action.RETURN_ASKED else Role.DESK)

    @rule(chance=chances, number=st.integers(1, 4))
    def goes_there(self, chance: Random, number: int) -> None:
        """A responder tells what becomes of its order."""
        known = self.known(chance)
        for act in chance.choice(((OrderAct.ACCEPT, OrderAct.DEPART, OrderAct.ARRIVE, OrderAct.FINISH), (OrderAct.ACCEPT, OrderAct.DECLINE)))[:number]:
            now = self.fresh(known)
            actor = somebody(chance, Role.RESPONDER, now)
            made = chosen(chance, now, Action.ORDER_TOLD, actor, f"command-{len(self.told):06d}", right=True)
            self.tell(made.model_copy(update={"act": act, "need": ""}))

    def fresh(self, known: Known) -> Known:
        """The case as it is now."""
        ordinal = next(row.ordinal for row in self.watcher.cases() if row.number == known.number)
        return Known(known.number, known.members, self.watcher.works().get(ordinal), known.others, known.responders)

    @rule(chance=chances, action=st.sampled_from(COMMANDED), role=st.sampled_from(Role), number=st.integers(1, 3))
    def any_commands(self, chance: Random, action: Action, role: Role, number: int) -> None:
        """Anything by anybody, some of it in one frame."""
        known = self.known(chance)
        self.tell(*(chosen(chance, known, action, somebody(chance, role, known), f"command-{len(self.told) + n:06d}", right=False) for n in range(number)))

    # responders

    @rule(east=st.sampled_from([0.0005, 0.002, 0.02]), step=st.integers(1, 3))
    def positions(self, east: float, step: int) -> None:
        """Some responders are seen."""
        self.centre.positions(dict.fromkeys(self.force[::step], (HERE[0] + east, HERE[1])))

    @rule(index=st.integers(0, 39), availability=st.sampled_from([None, *Availability]))
    def says(self, index: int, availability: Availability | None) -> None:
        """Somebody has seen an alert; or a responder can be called, or cannot."""
        known = sorted({alert.alert_id for alert in self.centre.alerts})
        name, command_id = self.force[index % len(self.force)], f"command-{len(self.told):06d}"
        if availability is None:
            alert = known[index % len(known)] if known else "none"
            self.tell(Command(command_id=command_id, action=Action.ACKNOWLEDGED, actor=DESK, alert=alert))
        else:
            actor = Actor(role=Role.RESPONDER, name="处置人", responder=name)
            self.tell(Command(command_id=command_id, action=Action.AVAILABILITY, actor=actor, responder=name, availability=availability))

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
TestCentre.settings = settings(max_examples=30, stateful_step_count=40)
