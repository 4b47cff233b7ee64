"""Write-back as a part: one thread a source, in `ucc up` on the embedded runtime, in `ucc write-back` where the log is Kafka."""

from __future__ import annotations

import fcntl
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import structlog

from connectors.write_back.delivery import Delivery, kept_in
from connectors.write_back.kept import Kept
from connectors.write_back.ways import FILE, Way, ways
from schemas.brokers import Brokers
from schemas.errors import BrokenSetting, HomeBusy, UccError, without_words
from schemas.ports import FrameReader
from schemas.vocabulary import Source
from ucc.health import HealthDoor
from ucc.home import Home
from ucc.landing import FIGURES, KafkaLanding, Landing
from ucc.settings import Settings

logger = structlog.get_logger()
LOOK_S, AGAIN_S, ENDED_S = 0.5, 5.0, 15.0
"""Between two looks at a quiet log; after a step that failed; for a POST under way when told to end."""
Logs = Callable[[], Mapping[str, FrameReader]]


class WriteBack:
    """Delivers until it is closed; also while a source's receiver, the log or the disk is away. What a kill leaves under way is delivered again."""

    def __init__(self, home: Home, sources: Mapping[Source, Way], logs: Callable[[], Logs]) -> None:
        """`logs` makes what one thread reads from."""
        self._stopping = threading.Event()
        self._folder = home.path / "results"
        self._trouble: dict[Source, str] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(source, way, logs()), name=f"write-back {source}", daemon=True) for source, way in sources.items()
        ]
        for thread in self._threads:
            thread.start()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether all threads are at work; a receiver that is away is told by the metrics, and no fault of ours."""
        return all(thread.is_alive() for thread in self._threads), {"waits_for": {source: why for source, why in self._trouble.items() if why}}

    def close(self) -> None:
        """Lets what is under way end."""
        self._stopping.set()
        until = time.monotonic() + ENDED_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self, source: Source, way: Way, logs: Logs) -> None:
        while not self._stopping.is_set():
            try:
                self._deliver(source, way, logs)
            except Exception as error:  # noqa: BLE001  whatever it was: the source's results wait, and are tried again
                why = str(error) if isinstance(error, UccError) else without_words(error)
                if self._trouble.get(source) != why:
                    logger.error("write-back waits", source=source, why=why)  # noqa: TRY400  the sentence is enough
                self._trouble[source] = why
                self._stopping.wait(AGAIN_S)

    def _deliver(self, source: Source, way: Way, logs: Logs) -> None:
        delivery = Delivery(self._folder, source, way, logs)
        try:
            while not self._stopping.is_set():
                moved = delivery.step()
                self._trouble[source] = ""
                if not moved:
                    self._stopping.wait(LOOK_S)
        finally:
            delivery.close()


def embedded(home: Home) -> Logs:
    """The embedded logs of a home that hold results, by centre and log."""
    landing = Landing(home.logs)
    return lambda: {f"{centre}/{name}": log for centre, logs in landing().items() for name, log in logs.items() if name != FIGURES}


def on_kafka(home: Home, brokers: Brokers) -> Logs:
    """The partitions of a home's centres on Kafka, by centre and namespace."""
    landing = KafkaLanding(home.path, brokers)
    return lambda: {f"{centre}/{name}": log for centre, logs in landing().items() for name, log in logs.items()}


@contextmanager
def beside(home: Home) -> Iterator[WriteBack | None]:
    """Write-back beside the other parts of an embedded home, where `write_back.yaml` names a source. Raises BrokenSetting."""
    sources = ways(home.path)
    if not sources:
        yield None
        return
    with ExitStack() as stack:
        stack.enter_context(_alone(home))
        running = WriteBack(home, sources, lambda: embedded(home))
        stack.callback(running.close)
        yield running


def run(home: Home, brokers: Brokers, settings: Settings) -> None:
    """Delivers what is on Kafka until it is told to end (SIGTERM, SIGINT). Raises BrokenSetting, and HomeBusy when another one does for this home."""
    sources = ways(home.path)
    if not sources:
        raise BrokenSetting("names no source: nobody would be told anything; write `hotline12345: {file: true}`", where=str(home.path / FILE))
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with ExitStack() as stack:
        stack.enter_context(_alone(home))
        running = WriteBack(home, sources, lambda: on_kafka(home, brokers))
        stack.callback(running.close)
        stack.enter_context(HealthDoor(settings.metrics, running.health))
        ended.wait()


def again(home: Home) -> dict[Source, int]:
    """Lets all results that were given up wait again, whoever delivers now; how many of each source."""
    counts: dict[Source, int] = {}
    for source in Source:
        path = kept_in(home.path / "results", source)
        if path.exists():
            kept = Kept(path)
            counts[source] = kept.again(time.time())
            kept.close()
    return {source: count for source, count in counts.items() if count}


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Two that deliver would tell everything twice. Raises HomeBusy."""
    folder = home.path / "results"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise HomeBusy("another process delivers the results of this home already", where=str(folder)) from error
        yield
