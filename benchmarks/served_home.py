"""An installation of ours on a broker, for benchmarks: its home, its environment, its topics, and the pack that takes effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.kafka_input import Input
from benchmarks.work import BEGINNING
from reference import shelf
from schemas.brokers import SCHEME
from schemas.event import Centre, RuleEvent
from schemas.frame import Frame, frame_of
from schemas.topics import TOPICS
from schemas.vocabulary import Mode
from ucc.home import Home


def installed(folder: Path, given: Input, centres: Sequence[str] = ()) -> Home:
    """A home with the pack of the input on its shelf, and the centres (none named: the input's), each in the next partition."""
    home = Home(folder)
    pack = shelf.put(given.pack, home.packs)
    for partition, name in enumerate(centres or (given.centre,)):
        home.register(Centre(centre=name, name=pack.title, partition=partition, pack_name=pack.name, mode=Mode.STREAM, time_zone=pack.time_zone))
    return home


def rule_frame(home: Home, centre: str) -> Frame:
    """The raw frame with which the only pack of the home takes effect."""
    (pack,) = shelf.names(home.packs)
    rule = RuleEvent(kind="rule", at=BEGINNING, pack=pack.hash, pack_name=pack.name)
    return frame_of(centre, "rule", [rule.to_json()])


def environment(home: Home, address: str, namespace: str) -> dict[str, str]:
    """The settings of the installation's parts."""
    return {"UCC_HOME": str(home.path), "UCC_LOG": f"{SCHEME}{address}", "UCC_NAMESPACE": namespace}


def topics(namespace: str) -> Iterator[tuple[Mapping[str, str], list[str]]]:
    """The topics of the installation, by their settings."""
    for compacted in (False, True):
        names = [f"{namespace}.{topic.name}" for topic in TOPICS.values() if topic.compacted is compacted]
        yield {"cleanup.policy": "compact" if compacted else "delete"}, names
