"""`ucc up` on the embedded runtime: one process owns the home, opens the door, and sees that what it takes is folded and lands."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime

import structlog

from pipeline.casework.lifecycle.kept import TIMERS
from pipeline.casework.state import ARRIVALS, WARM
from pipeline.runtime.collector import look_seldom
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import HomeBusy, UccError, Unavailable
from schemas.event import Centre
from schemas.frame import Placed
from schemas.report import Accepted
from schemas.topics import EVENTS, RAW
from schemas.vocabulary import Mode
from ucc.commanding import through
from ucc.door import Door
from ucc.figures import FRAME_S, embedded_figures
from ucc.home import Home
from ucc.inbox import Clock, wall_clock
from ucc.installing import prepared
from ucc.owner import Owner, owner_of
from ucc.settings import Settings
from ucc.ways import CentreWay, Log, worked_on
from ucc.write_back import beside

logger = structlog.get_logger()
FREED_S = 10.0
"""How long one waits for a home whose owner is just ending."""
DRAIN_S = 30.0
"""For what was accepted to be folded and to land, when told to end. What is left then is done at the next start."""
TRIM_S, TICK_S, AGAIN_S = 5.0, 0.5, 5.0


def run(
    home: Home,
    settings: Settings,
    host: str,
    port: int,
    *,
    clock: Clock = wall_clock,
    frame_s: float = FRAME_S,
    opened: Callable[[Door, Owner], None] = lambda _door, _owner: None,
) -> None:
    """Runs until it is told to end (SIGTERM, SIGINT: it drains first).

    `clock` dates what is accepted; positions are passed on every `frame_s`; `opened` is told when the door is open.

    Raises HomeBusy, BrokenSetting, LogUnavailable.
    """
    with ExitStack() as stack:
        door = Door(home, settings, host, port, stack)
        door.end_on_signals()
        if not home.centres():
            prepared(home, settings.centre)
        owner = _owned(home, f"up, at {door.address}", stack)
        stack.enter_context(beside(home))
        centres = home.centres()
        stack.callback(_drain, owner, centres)
        for centre in centres:
            owner.centre(centre)
        for centre in centres:
            way = CentreWay(centre.centre, home.path / "doors" / "1" / centre.centre, _log(owner, home, centre, stack, clock), clock)
            door.add(centre.centre, way)
            door.figures[centre.centre] = embedded_figures(owner, home, centre, stack, way, clock, frame_s)
        owner.commands = through(door.ways.way)
        door.open()
        owner.begin()
        look_seldom()
        opened(door, owner)
        door.until_ended(lambda: None)
        print("ucc: ending; what was accepted is folded first", file=sys.stderr, flush=True)  # noqa: T201  for the operator


def _owned(home: Home, doing: str, stack: ExitStack) -> Owner:
    until = time.monotonic() + FREED_S
    while True:
        try:
            return stack.enter_context(owner_of(home, doing, patient=False))
        except HomeBusy:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _drain(owner: Owner, centres: Sequence[Centre]) -> None:
    """What is not done in time, or cannot be done now, is done at the next start."""
    until = time.monotonic() + DRAIN_S
    for centre in centres:
        with suppress(UccError):
            owner.drain(centre.centre, seconds=max(0.0, until - time.monotonic()))


def _log(owner: Owner, home: Home, centre: Centre, stack: ExitStack, clock: Clock) -> Log:
    tending = Tending(owner, home, centre, clock)
    stack.callback(tending.close)
    frames = Frames(home, centre.centre)
    stack.callback(frames.close)
    command = owner.intake(centre.centre).command if worked_on(centre) else None
    return Log(tending.take, command, alone=True, taken=tending.nudge, idle=tending.idle, read=frames.read, moved=owner.nudge_landing)


class Frames:
    """Both logs of a centre as one. Used by one thread at a time."""

    def __init__(self, home: Home, centre: str) -> None:
        self._paths = {RAW.name: home.intake_log(centre)}
        self._else = home.casework_log(centre)
        self._open: dict[str, SqliteLog] = {}

    def read(self, topic: str, after: int, limit: int) -> list[Placed]:
        """Frames behind an offset; none before casework has begun."""
        path = self._paths.get(topic, self._else)
        if str(path) not in self._open:
            if not path.exists():
                return []
            self._open[str(path)] = SqliteLog(path, writer=False)
        return self._open[str(path)].read(topic, after, limit)

    def close(self) -> None:
        """Closes both."""
        for log in self._open.values():
            log.close()


class Tending:
    """What the writing thread of a centre does: takes what is accepted, and looks after casework, the length of the log, and the clock."""

    def __init__(self, owner: Owner, home: Home, centre: Centre, clock: Clock = wall_clock) -> None:
        """`clock` is that of a simulated centre."""
        self._now = {Mode.LIVE: wall_clock, Mode.SIMULATED: clock}.get(centre.mode)
        """What time it is for a centre that lives by a clock; a stream has its own."""
        self._owner, self._home, self._centre, self._name = owner, home, centre, centre.centre
        self._log, self._intake = owner.log(centre.centre), owner.intake(centre.centre)
        self._casework: SqliteLog | None = None
        self._due_at = dict.fromkeys(("prepare", "trim", "tick"), 0.0)
        self._stuck_until = 0.0
        self._ticked: datetime | None = None

    def take(self, lines: Sequence[Accepted], source: str) -> int:
        """Makes lines durable, with their events; the offset of their frame. Raises LogUnavailable."""
        return self._intake.take(lines, source)

    def nudge(self) -> None:
        """Says that there are new events. Casework that cannot go on (a full disk) is tried again from time to time; reports are taken meanwhile."""
        if time.monotonic() < self._stuck_until:
            return
        try:
            if self._stuck_until:
                self._owner.again(self._name)
                self._stuck_until = 0.0
            self._owner.nudge(self._name)
        except UccError as error:
            logger.error("casework does not get on; it is tried again", centre=self._name, why=str(error))  # noqa: TRY400  the sentence is enough
            self._stuck_until = time.monotonic() + AGAIN_S

    def idle(self) -> None:
        """Whatever is due. What cannot be done now is done the next time."""
        self.nudge()
        for name, pause, what in (("prepare", float("inf"), self._intake.prepare), ("trim", TRIM_S, self._trim), ("tick", TICK_S, self._tick)):
            now = time.monotonic()
            if now >= self._due_at[name]:
                self._due_at[name] = now + pause
                with suppress(Unavailable):
                    what()

    def close(self) -> None:
        """Lets go of what it reads."""
        if self._casework is not None:
            self._casework.close()

    def _trim(self) -> None:
        """Events serve the fold alone: what is folded can be made again from what was accepted."""
        self._log.trim(EVENTS.name, self._owner.folded(self._name))

    def _tick(self) -> None:
        if self._now is None:
            return
        due, now = self._due(), self._now()
        if due is not None and due <= now and due != self._ticked:
            self._intake.tick(now)
            self._ticked = due

    def _due(self) -> datetime | None:
        """As `pipeline.casework.state.State.due`, of the state as it is kept: the first timer, and the first report that stops being warm."""
        path = self._home.casework_log(self._name)
        if self._casework is None and path.exists():
            self._casework = SqliteLog(path, writer=False)
        if self._casework is None:
            return None
        due = [datetime.fromisoformat(said.decode()) for said in self._casework.load(TIMERS, [0]).values() if said]
        first = next(iter(self._casework.scan(ARRIVALS)), None)
        if first is not None:
            due.append(datetime.fromtimestamp(int(str(first[0]).partition(".")[0]) + 1, UTC) + WARM)
        return min(due, default=None)
