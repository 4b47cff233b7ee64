"""Which mapping reads what a source pushes through Kafka: `<home>/mappings/<source>.yaml`; without one, our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from connectors.accept import accept
from connectors.mapping import load_mapping
from connectors.message import MessageReader
from pipeline.runtime.kafka.taking import Line
from schemas.errors import Refused
from schemas.vocabulary import Source
from ucc.home import Home


def read_message(home: Home) -> Callable[[Source, str, bytes], Iterator[Line]]:
    """Reads messages as lines, by the mappings of a home. Raises BrokenMapping when one of them is not sound: a worker does not start with it."""
    readers: dict[Source, MessageReader] = {}
    for source in Source:
        path = home.path / "mappings" / f"{source.value}.yaml"
        readers[source] = MessageReader(source, load_mapping(str(path)) if path.exists() else None)

    def read(source: Source, centre: str, message: bytes) -> Iterator[Line]:
        now = datetime.now(UTC)
        for original, found in readers[source].read(message):
            yield Line(original, None, found) if isinstance(found, Refused) else Line(original, accept([found], centre, now)[0], None)

    return read
