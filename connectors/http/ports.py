"""What the door asks of the installation behind it: who holds a key, that reports and commands become durable, what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple, Protocol

from connectors.message import MessageReader
from schemas.command import Actor, Command
from schemas.report import Report
from schemas.vocabulary import Source


class Holder(NamedTuple):
    """Whom a key lets in: one source of one centre."""

    key_id: str
    centre: str
    source: Source


class Person(NamedTuple):
    """Whom a key of a person lets in: who acts on the cases of one centre."""

    key_id: str
    centre: str
    actor: Actor


class Commanded(NamedTuple):
    """What is known of a command: who gave it (`role:name`), what it wants done, and the line of its verdict, empty while there is none."""

    command_id: str
    actor: str
    action: str
    verdict: bytes = b""


class Noted(NamedTuple):
    """One accepted line: its receipt, and whether the door knew that receipt before."""

    receipt_id: str
    resent: bool


class Fate(NamedTuple):
    """What became of a receipt: `outcome` is one of `schemas.vocabulary.OutcomeKind`, or `pending`; `at` an ISO instant in UTC, empty while pending."""

    receipt_id: str
    source: str
    outcome: str
    at: str = ""
    report_id: str = ""
    case_id: str = ""
    revision: int = 0
    code: str = ""


class Answer(NamedTuple):
    """An answer that was given once and is given again to the same Idempotency-Key; `body_hash` is of what had been sent."""

    body_hash: bytes
    status: int
    body: bytes


class Keys(Protocol):
    """The API keys of an installation."""

    def holder(self, key: str) -> Holder | Person | None:
        """Whom a key lets in now; none for one that is unknown, expired or revoked. Does not block."""
        ...


class Way(Protocol):
    """The way into one centre. All methods may be called from any thread."""

    def take(self, source: Source, reports: Sequence[Report]) -> Future[list[Noted]]:
        """Makes reports durable; the future is done when they are, in their order. Does not block.

        Not idempotent: a line sent twice is in the order of events twice, the second time as a resend. The future raises LogUnavailable: some of
        them may be durable then, and have the same receipts when they are sent again.
        """
        ...

    def behind(self) -> int:
        """How many accepted lines have not been folded yet. Does not block."""
        ...

    def fate(self, receipt_id: str) -> Fate | None:
        """What became of a receipt; none for one that is not known. One read of a local file; raises LogUnavailable."""
        ...

    def command(self, command: Command) -> Future[Commanded]:
        """Makes a command durable, unless one of its id is known; the future is done when it is, and tells what is known under its id. Does not block.

        The future raises LogUnavailable (it may be durable then; sent again it has the same verdict), and Refused in a centre whose cases nobody works on.
        """
        ...

    def commanded(self, command_id: str) -> Commanded | None:
        """What is known of a command; none for an id that is not known. One read of a local file; raises LogUnavailable."""
        ...

    def verdict(self, command_id: str) -> Future[bytes]:
        """The line of a command's verdict; the future is done when there is one, which may be never: cancel it then. Raises LogUnavailable."""
        ...

    def answered(self, name: str) -> Answer | None:
        """The answer that was given under a name within the last 24 hours. One read of a local file; raises LogUnavailable."""
        ...

    def keep(self, name: str, answer: Answer) -> None:
        """Keeps an answer under a name, durably. One write to a local file; raises LogUnavailable."""
        ...


class Behind(Protocol):
    """The installation behind the door."""

    def way(self, centre: str) -> Way | None:
        """The way into a centre; none where there is none. Does not block."""
        ...

    def reader(self, centre: str, source: Source) -> MessageReader:
        """Reads the lines of a source, by the installation's mappings. Used by one thread at a time."""
        ...

    def well(self) -> bool:
        """Whether reports are taken now. Does not block."""
        ...
