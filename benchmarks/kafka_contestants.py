"""Who runs against whom, and with which work."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kafka_input import Input
from benchmarks.kafka_lap import Runner
from benchmarks.observer import Message, Observer
from benchmarks.peers.asked import Asked, words
from benchmarks.served_home import environment, installed, rule_frame, topics
from schemas.frame import MAX_LINES, Frame, frame_of
from schemas.topics import JOURNAL, OUTCOMES, RAW
from schemas.wire import headers_of

COUNTED = {"empty": b'{"receipt_id"', "light": b'{"transition_id"', "real": b'{"centre"'}
"""How the lines begin of which each report gives one: the line itself, its journal line, its outcome."""


@dataclass(frozen=True)
class Contestant:
    """A runtime. `framed`: reads frames of 500 lines, else one line a message."""

    name: str
    module: str
    framed: bool
    works: tuple[str, ...]
    exactly_once: bool = False

    def messages(self, given: Input, first: int, last: int) -> list[Message]:
        """The lines from `first` up to `last` as this contestant reads them."""
        if not self.framed:
            return [Message(key, line) for key, line in zip(given.keys[first:last], given.lines[first:last], strict=True)]
        portions = (given.lines[at : min(at + MAX_LINES, last)] for at in range(first, last, MAX_LINES))
        return [message(frame_of(given.centre, "report", lines)) for lines in portions]

    async def prepare(self, work: str, given: Input, lap: str, observer: Observer, scratch: Path) -> Runner:
        """Makes the topics of a lap of that name; returns what runs in it."""
        raw, out = f"{lap}.raw", f"{lap}.out"
        await observer.create([raw, out])
        return self._runner(work, given, lap, observer.address, scratch, raw=raw, out=out)

    def _runner(self, work: str, given: Input, lap: str, address: str, scratch: Path, *, raw: str, out: str) -> Runner:
        folder = scratch / lap
        told = Asked(
            brokers=address, raw=raw, out=out, group=lap, work=work, pack=given.pack, centre=given.centre, folder=folder, exactly_once=self.exactly_once
        )
        return Runner([[sys.executable, "-m", self.module, *words(told)]], {}, raw, out, COUNTED[work], folder)


@dataclass(frozen=True)
class Ours(Contestant):
    """Our runtime: with the real work `ucc worker`, else the same runtime with other work in it."""

    async def prepare(self, work: str, given: Input, lap: str, observer: Observer, scratch: Path) -> Runner:
        """Makes the topics of an installation and, for `ucc worker`, its home; the pack takes effect with the first raw frame."""
        for configs, names in topics(lap):
            await observer.create(names, configs)
        raw, journal, outcomes = (f"{lap}.{topic.name}" for topic in (RAW, JOURNAL, OUTCOMES))
        home = installed(scratch / lap / "home", given)
        await observer.put(raw, [message(rule_frame(home, given.centre))])
        if work != "real":
            return self._runner(work, given, lap, observer.address, scratch, raw=raw, out=journal)
        command = [str(Path(sys.executable).parent / "ucc"), "worker"]
        return Runner([command], environment(home, observer.address, lap), raw, outcomes, COUNTED[work], scratch / lap)


def message(frame: Frame) -> Message:
    """A frame as it travels."""
    return Message(frame.header.centre.encode(), frame.body, headers_of(frame))


BARE = Contestant("bare aiokafka", "benchmarks.peers.bare", framed=True, works=("empty", "light", "real"))
OURS = Ours("ours", "benchmarks.peers.ours", framed=True, works=("empty", "light", "real"))
FAUST = Contestant("Faust agent + Table", "benchmarks.peers.faust_agent", framed=False, works=("empty", "light"))
QUIX = Contestant("Quix Streams", "benchmarks.peers.quix_frame", framed=False, works=("empty", "light"))
QUIX_ONCE = Contestant("Quix Streams, exactly once", "benchmarks.peers.quix_frame", framed=False, works=("empty", "light"), exactly_once=True)
ALL: Mapping[str, Contestant] = {one.name: one for one in (BARE, OURS, QUIX, QUIX_ONCE, FAUST)}
LIGHTEST: Sequence[str] = ("empty", "light")
