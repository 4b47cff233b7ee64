"""Taking what departments push through Kafka: `ucc.in.<source>`, in the source's own words, into the raw frames of a centre.

A message is taken when its lines are durable in `ucc.raw`, refused lines in `ucc.dead-letters`. One that is taken twice (its worker
died between the two) is a resend, as any that a source sends twice.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from schemas import metrics
from schemas.ages import accepted
from schemas.case import DeadLetter
from schemas.errors import InvalidField, NotFound, Refused
from schemas.event import Centre
from schemas.frame import MAX_LINES, Frame, frame_of
from schemas.ids import derived_id
from schemas.report import Accepted
from schemas.topics import DEAD_LETTERS, RAW
from schemas.vocabulary import Source
from schemas.wire import Headers, portions

CENTRE_HEADER = "centre"
KEPT_BYTES = 1 << 16
"""Of a line that nobody is there for: it has to fit into a dead letter. The whole stands in the source's topic, where the letter says."""


class Line(NamedTuple):
    """One line of a message: accepted, or refused with its reason."""

    original: bytes
    accepted: Accepted | None
    refusal: Refused | None


class Message(NamedTuple):
    """What a department pushed, and where it lies."""

    partition: int
    offset: int
    value: bytes
    headers: Headers


Read = Callable[[Source, str, bytes], Iterable[Line]]
"""Source, centre, message → its lines, one after the other: a few megabytes of junk are millions of them."""
Send = Callable[[str, int, Frame], Awaitable[None]]
"""Topic, partition, frame: durable on return, however long that takes."""


class Taking:
    """Takes the messages of one source."""

    def __init__(self, source: Source, read: Read, centres: Callable[[], Iterable[Centre]], send: Send, worker: str) -> None:
        """`centres`: the registry, as it is now."""
        self._source, self._read, self._centres, self._send, self._worker = source, read, centres, send, worker

    async def take(self, message: Message) -> None:
        """Makes what it says durable. Raises NotFound when there is no centre at all: it then has to be taken again when there is one."""
        try:
            centre = self._centre(_named(message.headers))
        except NotFound as error:  # it is kept where an operator looks, whoever it was meant for
            centre, refusal = self._desk(), InvalidField(error.detail, where=error.where)
            lines: Iterator[Line] = (Line(line[:KEPT_BYTES], None, refusal) for line in message.value.splitlines() if line.strip())
        else:
            lines = iter(self._read(self._source, centre.centre, message.value))
        number = 0
        while portion := list(islice(lines, MAX_LINES)):
            await self._taken(centre, message, number, portion)
            number += len(portion)

    async def _taken(self, centre: Centre, message: Message, first: int, lines: Sequence[Line]) -> None:
        """Makes a frame's worth of lines durable; `first` is the number of the first one in its message."""
        origin = f"ucc.in.{self._source.value}/{message.partition}/{message.offset}"
        hops = (accepted(f"{origin} {self._worker}"),)
        taken = [line.accepted for line in lines if line.accepted is not None]
        for portion in portions([line.line(line.report.to_json()) for line in taken]):
            await self._send(RAW.name, centre.partition, frame_of(centre.centre, "report", portion, source=self._source.value, hops=hops))
        dead = [self._letter(centre.centre, origin, number, line) for number, line in enumerate(lines, first) if line.refusal is not None]
        for portion in portions(dead):
            await self._send(DEAD_LETTERS.name, centre.partition, frame_of(centre.centre, DEAD_LETTERS.name, portion, source=self._source.value, hops=hops))
        metrics.TAKEN.labels(self._source.value, "accepted").inc(len(taken))
        metrics.TAKEN.labels(self._source.value, "refused").inc(len(dead))
        if dead:
            metrics.DEAD_LETTERS.labels(centre.centre, "accept").inc(len(dead))

    def _centre(self, name: str) -> Centre:
        centres = {centre.centre: centre for centre in self._centres()}
        if name in centres:
            return centres[name]
        if not name and len(centres) == 1:
            return next(iter(centres.values()))
        raise NotFound(f"there is no centre {name!r}; there are {', '.join(sorted(centres)) or 'none'}", where=CENTRE_HEADER)

    def _desk(self) -> Centre:
        """The first centre of the installation."""
        for centre in sorted(self._centres(), key=lambda centre: centre.partition):
            return centre
        raise NotFound("there is no centre yet: `ucc reference use` makes one")

    def _letter(self, centre: str, origin: str, number: int, line: Line) -> bytes:
        assert line.refusal is not None, "only refused lines are dead letters here"  # noqa: S101  the caller's order
        try:
            text, encoding = line.original.decode(), "utf-8"
        except UnicodeDecodeError:
            text, encoding = b64encode(line.original).decode(), "base64"
        return DeadLetter(
            centre=centre,
            dead_letter_id=derived_id(centre, "dead letter", origin, str(number)),
            stage="accept",
            at=datetime.now(UTC),
            code=line.refusal.code,
            detail=line.refusal.detail,
            raw_offset=0,
            raw_line=0,
            source=self._source.value,
            origin=f"{origin}/{number}",
            original=text,
            encoding=encoding,
        ).to_json()


def _named(headers: Headers) -> str:
    for name, value in headers:
        if name == CENTRE_HEADER and value is not None:
            return value.decode(errors="replace")
    return ""
