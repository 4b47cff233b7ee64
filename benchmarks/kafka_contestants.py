"""Who runs against whom, and with which work."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.installation import Installation, framed
from benchmarks.kafka_input import Input
from benchmarks.kafka_lap import Runner
from benchmarks.observer import Message, Observer
from benchmarks.peers.asked import Asked, words
from schemas.topics import JOURNAL, OUTCOMES, RAW

COUNTED = {"empty": b'{"receipt_id"', "light": b'{"transition_id"', "real": b'{"centre"'}
"""How the lines begin of which each report gives one: the line itself, its journal line, its outcome."""


@dataclass(frozen=True)
class Contestant:
    """A runtime. `framed`: reads frames of 500 lines, else one line a message."""

    name: str
    module: str
    framed: bool
    exactly_once: bool = False

    def messages(self, work: str, given: Input, first: int, last: int) -> list[Message]:
        """The lines from `first` up to `last` as this contestant reads them: with the real work all of a centre share a key, because they share its state."""
        if not self.framed and work == "real":
            return [Message(given.centre.encode(), line) for line in given.lines[first:last]]
        if not self.framed:
            return [Message(key, line) for key, line in zip(given.keys[first:last], given.lines[first:last], strict=True)]
        return framed(given.lines[first:last], given.centre)

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
        installation = Installation(observer, scratch / lap, lap, [given])
        await installation.begin()
        raw, journal, outcomes = map(installation.named, (RAW, JOURNAL, OUTCOMES))
        if work != "real":
            return self._runner(work, given, lap, observer.address, scratch, raw=raw, out=journal)
        command = [sys.executable, "-m", "benchmarks.peers.timed_worker", str(scratch / lap)]
        return Runner([command], installation.environment, raw, outcomes, COUNTED[work], scratch / lap)


BARE = Contestant("bare aiokafka", "benchmarks.peers.bare", framed=True)
OURS = Ours("ours", "benchmarks.peers.ours", framed=True)
FAUST = Contestant("Faust agent + Table", "benchmarks.peers.faust_agent", framed=False)
QUIX = Contestant("Quix Streams", "benchmarks.peers.quix_frame", framed=False)
QUIX_ONCE = Contestant("Quix Streams, exactly once", "benchmarks.peers.quix_frame", framed=False, exactly_once=True)
ALL: Mapping[str, Contestant] = {one.name: one for one in (BARE, OURS, QUIX, QUIX_ONCE, FAUST)}
