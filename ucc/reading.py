"""What reads the lines that a source pushes: the mapping `<home>/mappings/<source>.yaml`; without one, our words or the source's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from connectors.accept import accept
from connectors.keyring import KeyRing
from connectors.mapping import Mapping, load_mapping
from connectors.message import MessageReader, Seal
from pipeline.runtime.kafka.taking import Line
from schemas.errors import Refused
from schemas.vocabulary import Source
from ucc.home import Home

SealOf = Callable[[str], Seal]
"""The seal of a centre: a telephone has the same token within a centre, and another in the next."""


def read_message(home: Home, seal_of: SealOf | None = None) -> Callable[[Source, str, bytes], Iterator[Line]]:
    """Reads messages as lines, by the mappings of a home. Raises BrokenMapping when one of them is not sound: a worker does not start with it.

    `seal_of` none: what lines say of persons is dropped.
    """
    mappings = {source: mapping_of(home, source) for source in Source}
    readers: dict[tuple[str, Source], MessageReader] = {}

    def read(source: Source, centre: str, message: bytes) -> Iterator[Line]:
        now = datetime.now(UTC)
        reader = readers.get((centre, source))
        if reader is None:
            reader = readers[centre, source] = MessageReader(source, mappings[source], seal_of(centre) if seal_of is not None else None)
        for original, found in reader.read(message):
            yield Line(original, None, found) if isinstance(found, Refused) else Line(original, accept([found], centre, now)[0], None)

    return read


def key_ring(home: Home) -> KeyRing:
    """The keys that close personal fields, and open them; made when the first are closed."""
    return KeyRing(home.path / "keys")


def mapping_of(home: Home, source: Source) -> Mapping | None:
    """The installation's own mapping of a source, where it keeps one. Raises BrokenMapping."""
    path = home.path / "mappings" / f"{source.value}.yaml"
    return load_mapping(str(path)) if path.exists() else None
