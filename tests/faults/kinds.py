"""What happens to an installation: one class a kind of fault, each with a beginning and an end."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from tests.faults.installation import CHILD, IMPORT, SINK, WORKERS, Installation, Shape
from tests.faults.link import CUTS, Cut
from tests.served.kafka import Broker

STORM_WORKERS = 6
"""More than the ordinary ones, at most, in a rebalance storm."""
BROKERS = "brokers"
"""What one fault alone may have at a time: with two of three nodes gone nobody can do anything, which is no test of anything."""


@dataclass
class Fault:
    """One fault that has not happened yet. `lasts`: seconds from its beginning to its end."""

    kind: ClassVar[str]
    lasts: float

    @property
    def target(self) -> str:
        """What no other fault touches from its beginning to its end."""
        raise NotImplementedError

    def begin(self, at: Installation) -> bool:
        """Does it; says whether there was anything to do it to."""
        raise NotImplementedError

    def end(self, at: Installation) -> None:
        """Makes good what does not mend itself."""


@dataclass
class WorkerKilled(Fault):
    """kill −9; it is started again at once."""

    kind: ClassVar[str] = "worker killed"
    number: int

    @property
    def target(self) -> str:
        return f"worker {self.number}"

    def begin(self, at: Installation) -> bool:
        return at.workers[self.number].signal(signal.SIGKILL)


@dataclass
class WorkerEnded(WorkerKilled):
    """SIGTERM, as when a new release is brought in: it drains, and is started again."""

    kind: ClassVar[str] = "worker told to end"

    def begin(self, at: Installation) -> bool:
        return at.workers[self.number].signal(signal.SIGTERM)


@dataclass
class WorkerStopped(WorkerKilled):
    """SIGSTOP: its partitions go to others, and it wakes up as a zombie."""

    kind: ClassVar[str] = "worker stopped, then woken"

    def begin(self, at: Installation) -> bool:
        return at.workers[self.number].signal(signal.SIGSTOP)

    def end(self, at: Installation) -> None:
        at.workers[self.number].signal(signal.SIGCONT)


@dataclass
class SinkKilled(Fault):
    """kill −9 of the sink and, by the kernel, of the warehouse in its child."""

    kind: ClassVar[str] = "sink killed"

    @property
    def target(self) -> str:
        return SINK

    def begin(self, at: Installation) -> bool:
        return at.sink.signal(signal.SIGKILL)


@dataclass
class SinkStopped(SinkKilled):
    """SIGSTOP of the sink and its child."""

    kind: ClassVar[str] = "sink stopped, then woken"

    def begin(self, at: Installation) -> bool:
        return at.sink.signal(signal.SIGSTOP)

    def end(self, at: Installation) -> None:
        at.sink.signal(signal.SIGCONT)


@dataclass
class SinkAway(SinkKilled):
    """Told to end, and away for a while: nobody lands, and nobody answers for the warehouse."""

    kind: ClassVar[str] = "sink away"

    def begin(self, at: Installation) -> bool:
        at.sink.stop()
        return True

    def end(self, at: Installation) -> None:
        at.sink.start()


@dataclass
class WarehouseAway(SinkKilled):
    """The child that holds chDB is killed again and again, as soon as it is there: in the middle of opening, or of a batch."""

    kind: ClassVar[str] = "warehouse killed again and again"
    _over: threading.Event = field(default_factory=threading.Event)
    _killer: threading.Thread | None = None

    def begin(self, at: Installation) -> bool:
        self._killer = threading.Thread(target=self._kill, args=(at,), name="killer of the warehouse", daemon=True)
        self._killer.start()
        return True

    def _kill(self, at: Installation) -> None:
        pause = random.Random(self.lasts)
        while not self._over.wait(pause.uniform(0.05, 4)):
            child = at.sink.child(CHILD)
            if child is not None:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    def end(self, at: Installation) -> None:  # noqa: ARG002  each fault's
        self._over.set()
        if self._killer is not None:
            self._killer.join(10)


@dataclass
class ImportKilled(Fault):
    """kill −9 of `ucc import`; the same command is given again."""

    kind: ClassVar[str] = "import killed"
    number: int

    @property
    def target(self) -> str:
        return f"import {self.number}"

    def begin(self, at: Installation) -> bool:
        return at.imports[self.number].signal(signal.SIGKILL)


@dataclass
class ImportReplaced(ImportKilled):
    """SIGSTOP of `ucc import`; the same command is given again elsewhere; then the first wakes up and finds itself replaced."""

    kind: ClassVar[str] = "import stopped, replaced, then woken"

    def begin(self, at: Installation) -> bool:
        return at.imports[self.number].freeze()

    def end(self, at: Installation) -> None:
        at.imports[self.number].thaw()


@dataclass
class AllKilled(Fault):
    """kill −9 of every part and import at once: the machine they run on went down."""

    kind: ClassVar[str] = "all parts killed at once"

    @property
    def target(self) -> str:
        return "all parts"

    def begin(self, at: Installation) -> bool:
        hit = [part.signal(signal.SIGKILL) for part in at.parts] + [feed.signal(signal.SIGKILL) for feed in at.imports]
        return any(hit)


@dataclass
class NodeFault(Fault):
    """Of one broker."""

    node: int

    @property
    def target(self) -> str:
        return BROKERS

    def of(self, at: Installation) -> Broker:
        """The broker."""
        return at.served.nodes[self.node]

    def end(self, at: Installation) -> None:
        """It is there again, and well known to the others."""
        at.served.start()


@dataclass
class BrokerKilled(NodeFault):
    """kill −9, and started again."""

    kind: ClassVar[str] = "broker killed"

    def begin(self, at: Installation) -> bool:
        self.of(at).kill()
        return True


@dataclass
class BrokerRestarted(NodeFault):
    """SIGTERM, and started again."""

    kind: ClassVar[str] = "broker restarted"

    def begin(self, at: Installation) -> bool:
        self.of(at).stop()
        return True


@dataclass
class BrokerGone(BrokerKilled):
    """One of three, killed and gone for a while: the other two go on."""

    kind: ClassVar[str] = "one of three brokers gone"


@dataclass
class BrokerStopped(NodeFault):
    """One of three, SIGSTOP: the others take its partitions, and it wakes up as their former leader."""

    kind: ClassVar[str] = "one of three brokers stopped, then woken"

    def begin(self, at: Installation) -> bool:
        os.kill(self.of(at).pid, signal.SIGSTOP)
        return True

    def end(self, at: Installation) -> None:
        os.kill(self.of(at).pid, signal.SIGCONT)
        super().end(at)


@dataclass
class RebalanceStorm(Fault):
    """Every second a worker comes or goes, some drained and some killed."""

    kind: ClassVar[str] = "rebalance storm"
    _over: threading.Event = field(default_factory=threading.Event)
    _maker: threading.Thread | None = None

    @property
    def target(self) -> str:
        return "storm"

    def begin(self, at: Installation) -> bool:
        self._maker = threading.Thread(target=self._make, args=(at,), name="rebalance storm", daemon=True)
        self._maker.start()
        return True

    def _make(self, at: Installation) -> None:
        chance = random.Random(self.lasts)
        at.add_worker()
        while not self._over.wait(1.0):
            running = [part for part in at.extra if part.pid is not None]
            if len(running) == STORM_WORKERS:  # the oldest had some seconds to join the group
                running[0].leave(chance.choice((signal.SIGKILL, signal.SIGTERM)))
            else:
                at.add_worker()

    def end(self, at: Installation) -> None:
        self._over.set()
        if self._maker is not None:
            self._maker.join(90)
        for part in at.extra:
            part.close()


@dataclass
class NetworkCut(Fault):
    """Between one part (or all imports) and the brokers."""

    kind: ClassVar[str] = "network cut"
    link: str
    how: Cut

    @property
    def target(self) -> str:
        return f"link {self.link}"

    def begin(self, at: Installation) -> bool:
        at.served.links[self.link].cut(self.how)
        return True

    def end(self, at: Installation) -> None:
        at.served.links[self.link].heal()


class Kind(NamedTuple):
    """How often a kind comes beside the others, how many seconds it lasts, and how one is made."""

    weight: float
    shortest: float
    longest: float
    make: Callable[[random.Random, Shape, float], Fault]
    cluster: bool | None = None
    """Only with three brokers, only with one; none: with any."""


def _of_worker(kind: type[WorkerKilled]) -> Callable[[random.Random, Shape, float], Fault]:
    return lambda rng, shape, lasts: kind(lasts, rng.randrange(shape.workers))


def _of_import(kind: type[ImportKilled]) -> Callable[[random.Random, Shape, float], Fault]:
    return lambda rng, shape, lasts: kind(lasts, rng.randrange(shape.files))


def _of_node(kind: type[NodeFault]) -> Callable[[random.Random, Shape, float], Fault]:
    return lambda rng, shape, lasts: kind(lasts, rng.randrange(shape.nodes))


def _plain(kind: type[Fault]) -> Callable[[random.Random, Shape, float], Fault]:
    return lambda _rng, _shape, lasts: kind(lasts)


def _cut(rng: random.Random, _shape: Shape, lasts: float) -> Fault:
    return NetworkCut(lasts, rng.choice((WORKERS, WORKERS, SINK, IMPORT)), rng.choice(CUTS))


KINDS: Mapping[type[Fault], Kind] = {
    WorkerKilled: Kind(4, 0, 0, _of_worker(WorkerKilled)),
    WorkerEnded: Kind(1, 0, 0, _of_worker(WorkerEnded)),
    WorkerStopped: Kind(3, 8, 30, _of_worker(WorkerStopped)),
    SinkKilled: Kind(3, 0, 0, _plain(SinkKilled)),
    SinkStopped: Kind(1, 8, 30, _plain(SinkStopped)),
    SinkAway: Kind(0.7, 10, 60, _plain(SinkAway)),
    WarehouseAway: Kind(0.7, 10, 60, _plain(WarehouseAway)),
    ImportKilled: Kind(2, 0, 0, _of_import(ImportKilled)),
    ImportReplaced: Kind(1.5, 4, 15, _of_import(ImportReplaced)),
    AllKilled: Kind(0.7, 0, 0, _plain(AllKilled)),
    BrokerKilled: Kind(2, 0, 3, _of_node(BrokerKilled)),
    BrokerRestarted: Kind(1.5, 0, 3, _of_node(BrokerRestarted)),
    BrokerGone: Kind(2, 5, 20, _of_node(BrokerGone), cluster=True),
    BrokerStopped: Kind(1.5, 5, 15, _of_node(BrokerStopped), cluster=True),
    RebalanceStorm: Kind(0.7, 15, 30, _plain(RebalanceStorm)),
    NetworkCut: Kind(4, 5, 20, _cut),
}
"""All kinds but the full disk, which is one of the embedded runtime (`tests.faults.full_disk`)."""
