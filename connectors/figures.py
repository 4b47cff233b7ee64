"""What departments feed and phones tell, line by line: read, and held against what the pack in effect knows.

    contract = Contract("pukou", reference, live=True)
    contract.reading(b'{"metric": "water.pressure.mpa", "object_id": "P-07", "area": "320111004", "at": "2026-03-02T10:05:00+08:00", "value": 0.31}', now)

Pure: nothing is kept. Errors are `Refused`; the sentence names the key and quotes nothing that stood in the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError

from connectors.jsonl_records import object_in
from connectors.payload import codec_of
from connectors.records import MAX_RECORD_BYTES
from reference.pack import Reference
from schemas.centre import Metric
from schemas.errors import InvalidField, Refused, UnreadableLine
from schemas.fields import Model
from schemas.reading import Position, Reading
from schemas.topics import POSITIONS

FIRST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing was fed before: an earlier instant is a clock that was never set."""
AHEAD = timedelta(days=1)
"""Of our clock: how far ahead a reading may lie. Figures of a day are dated with its end."""
PHONES_AHEAD = timedelta(minutes=5)
"""A phone takes its time from the network. A fix from the future would keep all true ones away until then."""
M = TypeVar("M", Reading, Position)


class Contract:
    """What one centre takes. Used by any thread."""

    def __init__(self, centre: str, reference: Reference, *, live: bool) -> None:
        """`live`: the centre lives by our clock; instants of one that lives by its stream are held against nothing but `FIRST`."""
        self._centre, self._live = centre, live
        self._metrics: Mapping[str, Metric] = reference.metrics
        self._areas = frozenset(reference.areas) | {""}
        self._responders = frozenset(responder.responder for responder in reference.responders)

    def reading(self, line: bytes, now: datetime) -> Reading:
        """A line as a reading of this centre, with its unit. `now` is aware. Raises Refused."""
        said = _read(Reading, line)
        metric = self._metrics.get(said.metric)
        if metric is None:
            known = "metrics.csv of its reference pack names what is" if self._metrics else "its reference pack has no metrics.csv: put a newer one to use"
            raise InvalidField(f"is no metric that this centre takes; {known}", where="metric")
        if said.unit not in ("", metric.unit):
            raise InvalidField(f"is not the unit of this metric, which is {metric.unit}", where="unit")
        if not metric.least <= said.value <= metric.most:
            raise InvalidField(f"is beyond what can be: {metric.least:g} to {metric.most:g} {metric.unit}", where="value")
        if said.area not in self._areas:
            raise InvalidField("is not the code of an area of this centre (areas.csv of its reference pack)", where="area")
        self._dated(said.at, now, AHEAD, "more than a day ahead of our clock")
        return said.model_copy(update={"centre": self._centre, "unit": metric.unit})

    def position(self, line: bytes, now: datetime) -> Position:
        """A line as a fix of one of this centre's responders. `now` is aware. Raises Refused."""
        said = _read(Position, line)
        if said.responder not in self._responders:
            raise InvalidField("is no responder of this centre (responders.csv of its reference pack)", where="responder")
        self._dated(said.at, now, PHONES_AHEAD, "more than five minutes ahead of our clock: the phone's clock or its time zone is wrong")
        if self._live and said.at < now - (POSITIONS.retention or AHEAD):
            raise InvalidField("lies more than an hour back: where somebody was then is not kept", where="at")
        return said.model_copy(update={"centre": self._centre})

    def _dated(self, at: datetime, now: datetime, ahead: timedelta, wrong: str) -> None:
        if at < FIRST:
            raise InvalidField(f"lies before {FIRST.year}: a clock was never set", where="at")
        if self._live and at > now + ahead:
            raise InvalidField(f"lies {wrong}", where="at")


def _read(model: type[M], line: bytes) -> M:
    if len(line) > MAX_RECORD_BYTES:
        raise UnreadableLine(f"the line has {len(line):,} bytes; the most is {MAX_RECORD_BYTES:,}")
    found = object_in(line, codec_of(line))
    if isinstance(found, Refused):
        raise found
    try:
        return model.model_validate(found)
    except ValidationError as error:
        raise refusal(error, model) from None


def refusal(error: ValidationError, model: type[Model]) -> InvalidField:
    """The first thing that a model did not take, quoting nothing: not even a key that it does not know."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "extra_forbidden":
        return InvalidField(
            f"has a key that is not known here; there are {', '.join(name for name in model.model_fields if name != 'centre')}", where="the line"
        )
    sentence = "is missing; every line needs it" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
    return InvalidField(sentence, where=".".join(map(str, first["loc"])) or "the line")
