"""The ways into the centres of an installation, as the HTTP door needs them: on the embedded log, and on Kafka."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from connectors.http.commands import whose
from connectors.http.ports import Answer, Commanded, Fate, Noted
from connectors.message import MessageReader
from schemas.command import Command, CommandEvent
from schemas.errors import Refused, UccError, Unavailable
from schemas.event import Centre
from schemas.report import Report
from schemas.vocabulary import Mode, Source
from ucc.answers import Answers
from ucc.commands_known import CommandsKnown
from ucc.following import Follower, Read
from ucc.inbox import Clock, Inbox, Take, wall_clock
from ucc.receipts import Receipts

NOT_WORKED_ON = "this centre lives by a stream of the past: its cases are looked at, and not worked on"
T = TypeVar("T")
Readers = Callable[[str, Source], MessageReader]


def worked_on(centre: Centre) -> bool:
    """Whether cases of a centre are worked on: a stream of the past is only looked at."""
    return centre.mode is not Mode.STREAM


class Log(NamedTuple):
    """The log of one centre, as a door uses it. `take`, `command`, `taken` and `idle` are called in one thread, `read` and `moved` in another."""

    take: Take
    command: Callable[[CommandEvent], object] | None
    """Makes a command durable; raises LogUnavailable. None where the cases of the centre are only looked at."""
    alone: bool
    """Nobody else accepts lines of this centre."""
    taken: Callable[[], None]
    """Lines have been accepted."""
    idle: Callable[[], None]
    """Now and then."""
    read: Read
    """Frames of any of its topics."""
    moved: Callable[[], None]
    """Lines have been folded."""


class CentreWay:
    """The way into one centre; implements `connectors.http.ports.Way`."""

    def __init__(self, centre: str, folder: Path, log: Log, clock: Clock = wall_clock) -> None:
        """`folder` holds the receipts. Whole before it returns: what was accepted before is known. Raises LogUnavailable, BrokenFrame."""
        self._receipts = Receipts(folder / "receipts.db")
        self._answers = Answers(folder / "answers.db")
        self._commands = CommandsKnown(folder / "commands.db")
        self._follower = Follower(self._receipts, self._commands, log.read, log.moved)
        self._follower.catch_up()

        def taken() -> None:
            log.taken()
            self._follower.nudge()

        self._command, self._clock = log.command, clock
        self._inbox = Inbox(centre, log.take, self._receipts, alone=log.alone, taken=taken, idle=log.idle, clock=clock)

    def start(self) -> None:
        """Begins to take reports, and to follow what becomes of them."""
        self._inbox.start()
        self._follower.start()

    def close(self) -> None:
        """Takes what waits, and ends."""
        self._inbox.close()
        self._follower.close()
        self._commands.close()
        self._answers.close()
        self._receipts.close()

    def well(self) -> bool:
        """Whether reports are taken."""
        return self._inbox.runs and self._follower.error is None

    def error(self) -> UccError | None:
        """Why it has ended for good, where it has."""
        return self._follower.error if self._inbox.runs else UccError("the inbox has ended by a mistake of the program; see above")

    # the port

    def take(self, source: Source, reports: Sequence[Report]) -> Future[list[Noted]]:
        """Makes reports durable."""
        return self._inbox.take(source, reports)

    def behind(self) -> int:
        """Lines that wait, to be taken or to be folded."""
        return self._inbox.waiting() + self._follower.behind

    def fate(self, receipt_id: str) -> Fate | None:
        """What became of a receipt."""
        return self._receipts.fate(receipt_id)

    def command(self, command: Command) -> Future[Commanded]:
        """Makes a command durable, unless its id is known."""
        return self._inbox.do(lambda: self._take(command))

    def _take(self, command: Command) -> Commanded:
        """In the thread that writes: so no two of an id are taken at this door."""
        if self._command is None:
            raise Refused(NOT_WORKED_ON)
        known = self._commands.known(command.command_id)
        if known is not None:
            return known
        self._command(CommandEvent(kind="command", at=self._clock(), command=command))
        taken = Commanded(command.command_id, whose(command.actor), command.action.value)
        with suppress(Unavailable):  # it is durable all the same; the follower finds it in the log
            self._commands.note([taken])
        return taken

    def commanded(self, command_id: str) -> Commanded | None:
        """What is known of a command."""
        return self._commands.known(command_id)

    def verdict(self, command_id: str) -> Future[bytes]:
        """The line of its verdict, once there is one."""
        return self._commands.verdict(command_id)

    def do(self, what: Callable[[], T]) -> Future[T]:
        """Does something else in the thread that writes the log of the centre. Does not block."""
        return self._inbox.do(what)

    def answered(self, name: str) -> Answer | None:
        """The answer under a name."""
        return self._answers.answered(name)

    def keep(self, name: str, answer: Answer) -> None:
        """Keeps it."""
        self._answers.keep(name, answer)


class Ways:
    """All centres; implements `connectors.http.ports.Behind`."""

    def __init__(self, readers: Readers) -> None:
        """Without a centre yet."""
        self._readers = readers
        self.open: Mapping[str, CentreWay] = {}

    def way(self, centre: str) -> CentreWay | None:
        """The way into a centre."""
        return self.open.get(centre)

    def reader(self, centre: str, source: Source) -> MessageReader:
        """Reads the lines of a source."""
        return self._readers(centre, source)

    def well(self) -> bool:
        """Whether reports are taken, into every centre."""
        return bool(self.open) and all(way.well() for way in self.open.values())
