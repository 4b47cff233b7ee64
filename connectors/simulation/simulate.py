"""Lines as a source would push them: a simulated day of one source, each line a different and sound report in the source's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Final

import orjson

from connectors.simulation import city_management, department, hotline12345, joint_patrol, petition, police110
from connectors.simulation.happening import Happening, ToPayload
from connectors.simulation.happenings import happenings
from reference.pack import Reference
from schemas.vocabulary import Source

DEFAULT_START: Final = datetime(2025, 7, 7, tzinfo=timezone(timedelta(hours=8)))
"""The sample week's Monday. A fixed day: the same seed gives the same lines today and tomorrow, and no clock believes that it lies ahead."""
PAYLOADS: Final[Mapping[Source, ToPayload]] = {
    Source.HOTLINE12345: hotline12345.payload,
    Source.POLICE110: police110.payload,
    Source.CITY_MANAGEMENT: city_management.payload,
    Source.PETITION: petition.payload,
    Source.JOINT_PATROL: joint_patrol.payload,
    Source.DEPARTMENT: department.payload,
}


def payloads(reference: Reference, source: Source, count: int, seed: int, start: datetime = DEFAULT_START) -> Iterator[bytes]:
    """`count` lines of JSON (UTF-8, without a line feed) within a day from `start` (aware), in the order of time.

    The same arguments give the same bytes; another seed gives other ids. 20,000 take a few seconds.
    """
    for happening in happenings(reference, source, count, seed, start):
        yield pushed(source, happening)


def pushed(source: Source, happening: Happening) -> bytes:
    """A happening as `source` pushes it. What chance decides of it is the same each time: a later revision has the same caller and the same place."""
    dice = Random(f"{happening.seed}/{source.value}/{happening.number}")  # noqa: S311  no secret: it has to be the same again
    return orjson.dumps(PAYLOADS[source](happening, dice))
