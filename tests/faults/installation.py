"""An installation on Kafka under faults: brokers, workers, a sink, centres that are fed; and the same lines on the embedded runtime."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.brokers import Brokers
from tests.faults.feed import Feed, FileFeed, PushFeed
from tests.faults.found import Found, landed, logged
from tests.faults.part import DRAINED_S, Ended, Part
from tests.faults.served import Served
from tests.faults.stream import SOURCE, Stream
from ucc.home import Home

UCC = [str(Path(sys.executable).with_name("ucc"))]
CHILD = "sinks.chdb_child"
"""The sink's child that holds chDB."""
WORKERS, SINK, IMPORT = "worker", "sink", "import"
"""The links: of the first worker, of the sink, of imports. The other workers speak to the brokers directly."""
LANDS_S = 480.0
"""Within which all has to be balanced when the last fault is over: a transaction of somebody who is gone ends after 60 s, a stuck worker itself after 60 more."""


class NotRunError(Exception):
    """A command that must work before any fault did not, with what it said."""


class Desk:
    """The command line on one home."""

    def __init__(self, home: Path, **env: str) -> None:
        self.home = home
        self.env = {**{name: value for name, value in os.environ.items() if not name.startswith("UCC_")}, "UCC_HOME": str(home), **env}

    def run(self, *words: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Runs a command of ours to its end, whatever that is."""
        return subprocess.run([*prefix, *UCC, *words], env=self.env, capture_output=True, text=True, check=False)

    def must(self, *words: str) -> str:
        """Runs a command that has to work; what it says."""
        done = self.run(*words)
        if done.returncode:
            raise NotRunError(f"ucc {' '.join(words)[:200]} → exit {done.returncode}\n{done.stdout[-2_000:]}{done.stderr[-4_000:]}")
        return done.stdout

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the warehouse."""
        return [json.loads(line) for line in self.must("sql", sql, "--format", "JSONEachRow").splitlines()]

    def reconciled(self) -> dict[str, Any]:
        """What `ucc reconcile --json` says; nothing where it could not say anything."""
        said = self.run("reconcile", "--json").stdout.strip().splitlines()
        return dict(json.loads(said[-1])) if said and said[-1].startswith("{") else {}

    def use(self, stream: Stream, centres: Sequence[str]) -> None:
        """Makes centres that live by the stream's time."""
        for centre in centres:
            self.must("reference", "use", stream.pack, "--centre", centre, "--mode", "stream")

    def take(self, file: Path, stream: Stream, centre: str, *, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Imports a file."""
        return self.run("import", str(file), "--source", SOURCE, "--mapping", stream.mapping, "--centre", centre, "--json", prefix=prefix)


@dataclass(frozen=True)
class Shape:
    """How large an installation is."""

    nodes: int = 1
    workers: int = 2
    files: int = 2
    """Centres that are fed by imports of files."""
    pushed: int = 1
    """Centres that are fed by a department's messages."""


class Installation:
    """The parts on Kafka, in a folder and a namespace of their own."""

    def __init__(self, folder: Path, shape: Shape, stream: Stream, seed: str) -> None:
        """Nothing is started yet. `seed` decides how large files and messages are, and which lines each centre gets."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.shape, self.stream = folder, shape, stream
        self.namespace = f"faults-{os.getpid()}-{seed}"
        self.served = Served(folder / "kafka", nodes=shape.nodes, links=(WORKERS, SINK, IMPORT))
        self.desk = Desk(folder / "home", UCC_NAMESPACE=self.namespace, UCC_LOG=self.served.log())
        self.workers = [self._part(f"worker {number + 1}", "worker", "" if number else WORKERS) for number in range(shape.workers)]
        self.sink = self._part("sink", "sink", SINK)
        self.extra: list[Part] = []
        """Workers of a rebalance storm."""
        self._extra_number = 0
        self._guard = threading.Lock()
        self.centres = [f"desk{number + 1}" for number in range(shape.files)] + [f"department{number + 1}" for number in range(shape.pushed)]
        self.feeds = [self._feed(number, centre, seed) for number, centre in enumerate(self.centres)]

    @property
    def brokers(self) -> Brokers:
        """As the harness itself speaks to them: never cut."""
        return Brokers(addresses=tuple(node.address for node in self.served.nodes), namespace=self.namespace)

    @property
    def imports(self) -> list[FileFeed]:
        """The feeds that run a command."""
        return [feed for feed in self.feeds if isinstance(feed, FileFeed)]

    def _env(self, link: str) -> dict[str, str]:
        return {**self.desk.env, "UCC_LOG": self.served.log(link)}

    def _part(self, name: str, command: str, link: str) -> Part:
        return Part(name, [*UCC, command], self._env(link), self.folder / f"{name.replace(' ', '-')}.log")

    def _feed(self, number: int, centre: str, seed: str) -> Feed:
        """Each centre has a stretch of the stream of its own."""
        each = len(self.stream.lines) // len(self.centres)
        lines = self.stream.lines[number * each : (number + 1) * each]
        if number < self.shape.files:
            return FileFeed(centre, self.stream, lines, self.folder, UCC, self._env(IMPORT), f"{seed} {centre}")
        return PushFeed(centre, self.stream, lines, self.brokers, f"{seed} {centre}")

    def add_worker(self) -> None:
        """One more, which starts itself anew as little as the others do not."""
        with self._guard:
            self._extra_number += 1
            part = self._part(f"extra worker {self._extra_number}", "worker", "")
            self.extra.append(part)
        part.start()

    @property
    def parts(self) -> list[Part]:
        """All that run for long."""
        return [*self.workers, self.sink, *self.extra]

    def start(self) -> None:
        """Brokers, topics, centres, parts; then the lines begin to come."""
        self.served.start()
        self.desk.must("topics", "apply")
        self.desk.use(self.stream, self.centres)
        if self.shape.pushed:
            mappings = self.desk.home / "mappings"
            mappings.mkdir()
            (mappings / f"{SOURCE}.yaml").write_text(
                (Path(__file__).parents[2] / "connectors/mappings" / f"{self.stream.mapping}.yaml").read_text("utf-8"), "utf-8"
            )
        for part in self.parts:
            part.start()
        for feed in self.feeds:
            feed.start()

    def finish(self, seconds: float) -> list[str]:
        """Lets the feeds end what they have begun; what of them did not come about."""
        until = time.monotonic() + seconds
        for feed in self.feeds:
            if not feed.finish(0):
                feed.finish(max(0.0, until - time.monotonic()))
        return [f"{feed.centre}: what was fed last was not taken within {seconds:.0f} s after the faults" for feed in self.feeds if not feed.finish(0)]

    def settle(self, seconds: float = LANDS_S) -> dict[str, Any]:
        """Waits until all is balanced, so long at most; what `ucc reconcile` said last."""
        until = time.monotonic() + seconds
        while True:
            said = self.desk.reconciled()
            if said.get("balanced") or time.monotonic() > until:
                return said

    def found(self, said: Mapping[str, Any]) -> list[Found]:
        """What there is of each centre. `said` is what `settle` returned."""
        partitions = {centre.centre: centre.partition for centre in Home(self.desk.home).centres()}
        reconciled = {one["centre"]: one for one in said.get("centres", ())}
        in_warehouse = landed(self.desk.ask, self.centres)
        return [
            Found(feed.centre, feed.twice, logged(self.brokers, partitions[feed.centre]), in_warehouse[feed.centre], reconciled.get(feed.centre, {}))
            for feed in self.feeds
        ]

    def stop(self) -> list[str]:
        """Tells all parts to end; which of them ever did not in time."""
        for part in reversed(self.parts):
            part.close()
        return [f"{part.name} did not end within {DRAINED_S:.0f} s when it was told to" for part in self.parts if part.slow]

    def close(self) -> None:
        """Ends all that is left."""
        for part in self.parts:
            part.stop(kill=True)
            part.close()
        for feed in self.imports:
            feed.close()
        self.served.close()

    def ended(self) -> list[Ended]:
        """How parts and imports ended so far."""
        return [one for part in self.parts for one in part.ended] + [one for feed in self.feeds for one in feed.ended]


def clean(folder: Path, stream: Stream, fed: Mapping[str, Sequence[dict[str, str]]]) -> Desk:
    """The same lines on the embedded runtime, undisturbed: a file a centre."""
    desk = Desk(folder)
    desk.use(stream, list(fed))
    for centre, lines in fed.items():
        file = folder / f"{centre}.csv"
        stream.write(file, lines)
        done = desk.take(file, stream, centre)
        if done.returncode:
            raise NotRunError(f"the clean run's import → exit {done.returncode}\n{done.stderr[-4_000:]}")
    return desk
