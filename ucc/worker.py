"""A worker of the Kafka runtime: takes what departments push, does intake, and folds the centres whose partitions it is given."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from aiokafka.errors import KafkaError

from pipeline.intake.intake import Intake
from pipeline.runtime.casework_process import Rulebook
from pipeline.runtime.collector import look_seldom
from pipeline.runtime.kafka.app import build
from pipeline.runtime.kafka.service import Place
from reference import shelf
from schemas.brokers import Brokers
from schemas.errors import LogUnavailable, UccError, Unavailable
from schemas.event import Centre
from schemas.vocabulary import Mode
from ucc.health import HealthDoor
from ucc.home import Home
from ucc.logged import log_to_stderr
from ucc.reading import key_ring, read_message
from ucc.slots import slot

AGAIN_S = 1.0
"""Before a worker that ended by itself starts again: a fault that stays must not keep the machine busy."""


def work(home: Home, brokers: Brokers, metrics_at: str) -> NoReturn:
    """Works until it is told to end (SIGTERM, SIGINT: it drains first). A worker that was fenced or is stuck starts itself again.

    Exit code 0 when told to end; 2 when something has to be mended; 1 for a mistake of ours. Raises LogUnavailable when Kafka is away as it starts.
    """
    import faust  # noqa: PLC0415  takes a while, and only a worker needs it

    log_to_stderr()
    with slot(home) as (number, folder):
        name = f"worker-{number}/{os.getpid()}"
        rulebook, intakes = Rulebook(home.packs), _Intakes(home.packs)
        place = Place(brokers, _Registry(home), folder, rulebook.merge_rules, rulebook.book, intakes, name)
        ending = _Ending()
        app, _, watchdog = build(place, read_message(home, key_ring(home).sealing), ending.end)
        look_seldom()
        with HealthDoor(metrics_at, watchdog.health):
            watchdog.start()
            worker = faust.Worker(app, quiet=True, loglevel="warning", redirect_stdouts=False, loop=None)
            try:
                worker.execute_from_commandline()
            except SystemExit as stopped:
                if isinstance(stopped.__context__, KafkaError):  # no broker was there when it started, or none any more for Faust's own clients
                    raise LogUnavailable(f"Kafka does not answer: {stopped.__context__}", where=",".join(brokers.addresses)) from stopped
                code = stopped.code if isinstance(stopped.code, int) else 1
            finally:
                watchdog.stop()
        sys.exit(code)


class _Ending:
    """Ends this process, from whichever thread finds that it has to."""

    def __init__(self) -> None:
        self._once = threading.Lock()

    def end(self, reason: str, error: Exception | None) -> None:
        """Without an error: starts the same command again in this process, whose sockets, locks and threads are gone with it."""
        if not self._once.acquire(blocking=False):
            return
        print(f"ucc: worker ends: {reason}", file=sys.stderr, flush=True)  # noqa: T201  for the operator
        if error is not None:
            os._exit(75 if isinstance(error, Unavailable) else 2 if isinstance(error, UccError) else 1)
        time.sleep(AGAIN_S)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  ourselves, as we were started


class _Registry:
    """The centres of a home, read again when their file has changed."""

    def __init__(self, home: Home) -> None:
        self._home, self._seen, self._centres = home, -1, list[Centre]()

    def __call__(self) -> Iterable[Centre]:
        try:
            changed = (self._home.path / "centres.json").stat().st_mtime_ns
        except FileNotFoundError:
            return []
        if changed != self._seen:
            self._centres, self._seen = self._home.centres(), changed
        return self._centres


class _Intakes:
    """Intake by pack and mode; centres that work with the same pack share it."""

    def __init__(self, packs: Path) -> None:
        self._packs = packs
        self._made: dict[tuple[str, Mode], Intake] = {}

    def __call__(self, pack: str, mode: Mode, /) -> Intake:
        if (pack, mode) not in self._made:
            self._made[pack, mode] = Intake(shelf.get(self._packs, pack), mode)
        return self._made[pack, mode]
