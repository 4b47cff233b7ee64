"""Frames: NDJSON, 1…500 lines of one kind and one centre, processed, made durable and acknowledged as one (`DESIGN.md` §5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import BaseModel, Field, ValidationError

from schemas.errors import BrokenFrame, NewerFrame
from schemas.fields import Model

VERSION = 1
READABLE = (VERSION,)
"""A release reads its own version and the one before; there is none before 1."""
MAX_LINES = 500
MAX_LINE_BYTES = 1 << 20
"""1 MiB: more than the longest report that the models allow becomes as an event or a dead letter; Kafka's default message is as large."""


class Header(Model):
    """What is said of a frame as a whole. On Kafka these are the message's headers."""

    v: int = VERSION
    centre: str
    kind: str = Field(description="report, rule, tick, dismiss; the kind of all lines.")
    lines: int
    source: str = ""
    raw_offset: int | None = Field(default=None, description="Of an events frame: the raw frame it was made from.")
    previous_raw_offset: int | None = Field(default=None, description="The raw frame before that one; none: it was the first.")
    hops: tuple[str, ...] = Field(default=(), description="Which stage, when, which worker: `intake 2018-01-05T…Z 4711`.")


class _Version(BaseModel):
    """What all versions of a header have in common."""

    v: int = VERSION


@dataclass(frozen=True, slots=True)
class Frame:
    """A header and its lines as bytes, joined by line feeds, none at the end."""

    header: Header
    body: bytes

    def lines(self) -> list[bytes]:
        """The lines, each without its line feed; raises BrokenFrame when there are not as many as the header says."""
        lines = self.body.split(b"\n")
        if len(lines) != self.header.lines:
            raise BrokenFrame(f"the frame has {len(lines)} lines, its header says {self.header.lines}: it was cut off", where=self.header.centre)
        return lines


class Placed(NamedTuple):
    """A frame and where it lies in its topic (from 0, without gaps in the embedded log)."""

    offset: int
    frame: Frame


def frame_of(
    centre: str, kind: str, lines: Iterable[bytes], *, source: str = "", raw_offset: int | None = None, previous: int | None = None, hops: tuple[str, ...] = ()
) -> Frame:
    """A frame of `lines`; raises BrokenFrame when there are none, too many, or one is too large or holds a line feed."""
    kept = list(lines)
    if not 1 <= len(kept) <= MAX_LINES:
        raise BrokenFrame(f"a frame has 1 to {MAX_LINES} lines, not {len(kept)}", where=centre)
    body = b"\n".join(kept)
    if body.count(b"\n") != len(kept) - 1:
        raise BrokenFrame("a line of a frame holds a line feed", where=centre)
    if len(body) > MAX_LINE_BYTES and (longest := max(map(len, kept))) > MAX_LINE_BYTES:
        raise BrokenFrame(f"a line of a frame has {longest} bytes; {MAX_LINE_BYTES} are allowed", where=centre)
    header = Header(centre=centre, kind=kind, lines=len(kept), source=source, raw_offset=raw_offset, previous_raw_offset=previous, hops=hops)
    return Frame(header, body)


def header_from(data: bytes, where: str) -> Header:
    """Reads a header back; raises BrokenFrame when it is of a version that this release does not read."""
    try:
        header = Header.model_validate_json(data)
    except ValidationError as error:
        _check_version(data, where)
        raise BrokenFrame(f"the header is not readable: {error.errors()[0]['msg']}", where=where) from error
    if header.v not in READABLE:
        _check_version(data, where)
    return header


def _check_version(data: bytes, where: str) -> None:
    """Raises BrokenFrame for a header of another version, which may have fields that we do not know."""
    try:
        version = _Version.model_validate_json(data).v
    except ValidationError:
        return
    if version not in READABLE:
        known = " and ".join(map(str, READABLE))
        raise NewerFrame(f"the frame has version {version}; this release reads {known}: run the release that wrote it, or a newer one", where=where)
