"""A centre whose cases are worked on, in memory: reports through the real intake, commands, positions and time into the real fold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from connectors.accept import accept
from pipeline.casework.fold import Fold
from pipeline.casework.lifecycle.book import Book
from pipeline.casework.lifecycle.work import Work
from pipeline.casework.state import State
from pipeline.casework.written import Written
from pipeline.intake.intake import Intake
from reference import load, shelf
from reference.pack import Reference
from reference.shift import is_on
from schemas.case import Case, Outcome, Transition
from schemas.command import Actor, Command, CommandEvent, PositionsEvent, Verdict
from schemas.event import RuleEvent, TickEvent
from schemas.frame import Placed, frame_of
from schemas.issue import Alert, Result
from schemas.order import Deadline, Order, Return
from schemas.report import Report
from schemas.vocabulary import Action, AlertStatus, Force, Mode, Operation, Role, Source
from tests.casework.streams import MemoryState

CENTRE = "pukou"
ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 9, 40, tzinfo=ZONE)
"""In office hours of an ordinary week."""
HERE = (118.625, 32.06)
"""In a grid of 江浦街道, WGS-84."""
DESK = Actor(role=Role.DESK, name="值班员")


@cache
def pukou() -> Reference:
    """The shipped pack."""
    return load.load(shelf.find(CENTRE))


@cache
def book() -> Book:
    """Its rules."""
    return Book(pukou())


@cache
def intake() -> Intake:
    """Its intake."""
    return Intake(pukou(), Mode.SIMULATED)


def local(text: str) -> datetime:
    """`2026-03-02 22:40` in the centre's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass
class Worked:
    """The centre, and all that its fold wrote."""

    at: datetime = MONDAY
    kept: MemoryState = field(default_factory=MemoryState)
    outcomes: list[Outcome] = field(default_factory=list)
    journal: list[Transition] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    cases: dict[str, Case] = field(default_factory=dict)
    dead: list[bytes] = field(default_factory=list)
    reference: Reference = field(default_factory=pukou)
    commands: int = 0

    def __post_init__(self) -> None:
        self.book = book() if self.reference is pukou() else Book(self.reference)
        self.intake = intake() if self.reference is pukou() else Intake(self.reference, Mode.SIMULATED)
        self.restart()
        if not self.state.meta.pack:
            self._take("rule", [RuleEvent(kind="rule", at=datetime(1970, 1, 1, tzinfo=UTC), pack=self.reference.hash, pack_name=CENTRE).to_json()])

    def restart(self) -> None:
        """As after a kill: what was not kept is gone."""
        self.state = State(CENTRE, self.kept)
        self.fold = Fold(self.state, lambda _: self.reference.merge_rules, "Asia/Shanghai", lambda _: self.book)
        self.next_offset = self.state.meta.raw_offset + 1

    # what happens to it

    def reports(self, *reports: Report) -> list[Outcome]:
        """One frame of reports; what became of each."""
        before = len(self.outcomes)
        self._take("report", self.intake.lines(accept(list(reports), CENTRE, self.at.astimezone(UTC))))
        return self.outcomes[before:]

    def report(self, text: str, name: str = "A1", **more: Any) -> str:
        """One report, said and passed on now, at `HERE` unless `lng`, `lat` or `address` say otherwise; the number of its case."""
        (outcome,) = self.reports(report(self.at, text, name, **more))
        return self.cases[outcome.case_id].number if outcome.case_id in self.cases else ""

    def withdraw(self, name: str, source: Source = Source.HOTLINE12345) -> Outcome:
        """The source withdraws a report."""
        said = Report(source=source, source_id=name, operation=Operation.WITHDRAW, reported_at=self.at, arrived_at=self.at)
        return self.reports(said)[0]

    def command(self, action: Action, case: str = "", actor: Actor | None = None, *, command_id: str = "", **more: Any) -> Verdict:
        """A command now; by the unit that the case is with, unless `actor` says otherwise. The verdict."""
        self.commands += 1
        made = Command(command_id=command_id or f"command-{self.commands:06d}", action=action, case=case, actor=actor or self.unit(case), **more)
        return self.tell(made)

    def desk(self, action: Action, case: str = "", **more: Any) -> Verdict:
        """A command of the desk."""
        return self.command(action, case, DESK, **more)

    def tell(self, command: Command) -> Verdict:
        """A command as it is; the verdict under its id, which is an earlier one where it was told before."""
        self._take("command", [CommandEvent(kind="command", at=self.at, command=command).to_json()])
        return next(verdict for verdict in reversed(self.verdicts) if verdict.command_id == command.command_id)

    def commanded(self, *commands: Command) -> None:
        """Commands as they are, in one frame."""
        self._take("command", [CommandEvent(kind="command", at=self.at, command=command).to_json() for command in commands])

    def positions(self, places: Mapping[str, tuple[float, float]], accuracy_m: float = 10.0) -> None:
        """Where responders are now."""
        names = sorted(places)
        event = PositionsEvent(
            kind="positions",
            at=self.at,
            responders=tuple(names),
            age_ms=(0,) * len(names),
            lng=tuple(places[name][0] for name in names),
            lat=tuple(places[name][1] for name in names),
            accuracy_m=(accuracy_m,) * len(names),
        )
        self.frame(Placed(self.next_offset, frame_of(CENTRE, "positions", [event.to_json()])))

    def near(self, force: Force, number: int = 1, *, skill: str = "", place: tuple[float, float] = HERE, unit: str = "") -> list[str]:
        """So many of a force on shift are seen near a place; their ids."""
        shifts = self.reference.shifts
        found = [
            one.responder
            for one in self.reference.responders
            if one.force is force and is_on(shifts[one.shift], self.at.astimezone(ZONE)) and (not skill or skill in one.skills) and unit in ("", one.unit)
        ][:number]
        self.positions({name: (place[0] + 0.001 * (index + 1), place[1]) for index, name in enumerate(found)})
        return found

    def later(self, **time: float) -> Self:
        """Time passes; what is due by then happens."""
        return self.until(self.at + timedelta(**time))

    def until(self, at: datetime) -> Self:
        """Time comes to an instant."""
        self.at = at
        self._take("tick", [TickEvent(kind="tick", at=at).to_json()])
        return self

    # what is known of it

    def ordinal(self, case: str) -> int:
        """Of a case, by its number."""
        found = self.state.kept.names.get(case)
        assert found is not None, case
        return found

    def work(self, case: str) -> Work:
        """The work on it."""
        found = self.state.kept.works.get(self.ordinal(case))
        assert found is not None
        return found

    def case(self, number: str) -> Case:
        """Its latest picture."""
        return next(case for case in self.cases.values() if case.number == number)

    def unit(self, case: str) -> Actor:
        """The unit that it is with, as an actor; the desk where it is with none."""
        if not case or self.state.kept.names.get(case) is None:
            return DESK
        unit = self.work(case).unit
        return Actor(role=Role.UNIT, name="经办人", unit=unit) if unit else DESK

    def story(self, case: str) -> list[str]:
        """Its journal's actions, in order."""
        name = self.case(case).case_id
        return [line.action.value for line in self.journal if line.case_id == name]

    def lines(self, case: str, action: Action) -> list[Transition]:
        """Its journal's lines of an action."""
        name = self.case(case).case_id
        return [line for line in self.journal if line.case_id == name and line.action is action]

    def open_alerts(self) -> dict[str, Alert]:
        """Alerts that are not over, by id."""
        latest = {alert.alert_id: alert for alert in self.alerts}
        return {name: alert for name, alert in latest.items() if alert.status is not AlertStatus.OVER}

    # frames

    def _take(self, kind: str, lines: Sequence[bytes]) -> None:
        offset = self.next_offset
        self.frame(Placed(offset, frame_of(CENTRE, kind, list(lines), raw_offset=offset, previous=offset - 1)))
        self.next_offset = offset + 1

    def frame(self, placed: Placed) -> None:
        """Folds a frame, and makes it durable."""
        self.keep(self.fold.frame(placed))

    def keep(self, written: Written) -> None:
        """Makes a frame durable, and reads what it wrote through the models."""
        self.kept.write(self.state)
        self.state.settle()
        self.outcomes += map(Outcome.model_validate_json, written.outcomes)
        for line in map(Transition.model_validate_json, written.journal):
            read_data(line)
            self.journal.append(line)
        self.alerts += map(Alert.model_validate_json, written.alerts)
        self.verdicts += map(Verdict.model_validate_json, written.verdicts)
        self.results += map(Result.model_validate_json, written.results)
        self.dead += written.dead
        for case in map(Case.model_validate_json, written.cases):
            self.cases[case.case_id] = case


def report(at: datetime, text: str, name: str, *, source: Source = Source.HOTLINE12345, **more: Any) -> Report:
    """A report said and passed on at an instant; at `HERE` unless a place is given."""
    place = {} if {"lng", "address", "area_hint"} & more.keys() else {"lng": HERE[0], "lat": HERE[1]}
    return Report(source=source, source_id=name, reported_at=more.pop("reported_at", at), arrived_at=at, text=text, **place, **more)


def read_data(line: Transition) -> None:
    """Reads what a line says of orders, deadlines and returns through their models."""
    for deadline in line.data.get("deadlines", {}).values():
        Deadline.model_validate(deadline)
    if line.action in (Action.ORDERED, Action.ORDER_ASSIGNED):
        Order.model_validate(line.data)
    elif line.action is Action.RETURN_ASKED:
        Return.model_validate({name: line.data[name] for name in Return.model_fields})


def actions(lines: Iterable[Transition]) -> list[str]:
    """Of journal lines."""
    return [line.action.value for line in lines]
