"""How frames travel on Kafka: the lines are the message, the header stands in its headers (`DESIGN.md` §5).

A line alone, as any client may produce it or read it, is a frame, too: what its headers do not say is taken from where it lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog

from schemas import metrics
from schemas.errors import BrokenFrame, NewerFrame
from schemas.frame import MAX_LINES, Frame, Header, Placed, header_from

logger = structlog.get_logger()

HEADER = "ucc"
"""The message header that holds the frame's, as JSON."""
Headers = Sequence[tuple[str, bytes | None]]

FRAME_BYTES = 900_000
"""How many bytes of lines share a frame; a longer line stands alone. Kafka's default message is 1 MiB, and so is a fetch of one partition."""
LARGEST_MESSAGE = 4 << 20
"""What topics are told to take: the longest line that the models allow (1 MiB), as a dead letter in base64, with room to spare."""


def headers_of(frame: Frame) -> list[tuple[str, bytes]]:
    """The message headers of a frame."""
    return [(HEADER, frame.header.to_json())]


def frame_from(value: bytes | None, headers: Headers, *, centre: str, topic: str, where: str) -> Frame:
    """A message as a frame; raises BrokenFrame when it is none, or of a version that this release does not read.

    A message without our header (a line of `ucc.cases`; what others produce) is of the `centre` and the kind (`topic`) where it lies.
    """
    if value is None:
        raise BrokenFrame("the message is empty", where=where)
    for name, said in headers:
        if name == HEADER and said is not None:
            return Frame(header_from(said, where), value)
    return Frame(Header(centre=centre, kind=topic, lines=value.count(b"\n") + 1), value)


def placed_from(offset: int, value: bytes | None, headers: Headers, *, centre: str, topic: str, where: str) -> Placed | NewerFrame | None:
    """A message as a placed frame, or why this release cannot read it; none for one that is no frame of ours: it costs only itself."""
    try:
        return Placed(offset, frame_from(value, headers, centre=centre, topic=topic, where=where))
    except NewerFrame as error:
        return error
    except BrokenFrame as error:
        logger.error("a message is no frame and was passed over: who else writes this topic?", where=where, why=error.detail)  # noqa: TRY400  the sentence is enough
        metrics.INVARIANTS_BROKEN.labels(f"foreign message in {topic}").inc()
        return None


def portions(lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Lines in frames: at most `MAX_LINES` each, and `FRAME_BYTES` where they share one."""
    if len(lines) <= MAX_LINES and total(lines) <= FRAME_BYTES:
        if lines:
            yield lines
        return
    first = size = 0
    for number, line in enumerate(lines):
        if number > first and (number - first == MAX_LINES or size + len(line) > FRAME_BYTES):
            yield lines[first:number]
            first, size = number, 0
        size += len(line) + 1
    yield lines[first:]


def total(lines: Sequence[bytes]) -> int:
    """Bytes of lines joined, a line feed more than there are between them."""
    return sum(map(len, lines)) + len(lines)
