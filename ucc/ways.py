"""The ways into the centres of an installation, as the HTTP door needs them: on the embedded log, and on Kafka."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from connectors.http.ports import Answer, Fate, Noted
from connectors.message import MessageReader
from schemas.errors import UccError
from schemas.report import Report
from schemas.vocabulary import Source
from ucc.answers import Answers
from ucc.following import Follower, Read
from ucc.inbox import Clock, Inbox, Take, wall_clock
from ucc.receipts import Receipts

Readers = Callable[[str, Source], MessageReader]


class Log(NamedTuple):
    """The log of one centre, as a door uses it. `take`, `taken` and `idle` are called in one thread, `read` and `moved` in another."""

    take: Take
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
        self._follower = Follower(self._receipts, log.read, log.moved)
        self._follower.catch_up()

        def taken() -> None:
            log.taken()
            self._follower.nudge()

        self._inbox = Inbox(centre, log.take, self._receipts, alone=log.alone, taken=taken, idle=log.idle, clock=clock)

    def start(self) -> None:
        """Begins to take reports, and to follow what becomes of them."""
        self._inbox.start()
        self._follower.start()

    def close(self) -> None:
        """Takes what waits, and ends."""
        self._inbox.close()
        self._follower.close()
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
