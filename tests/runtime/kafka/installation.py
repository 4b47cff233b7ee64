"""An installation on Kafka with real workers: `ucc worker` in processes of their own; and what the embedded runtime makes of the same input."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.error import HTTPError

from pipeline.intake.intake import Intake
from pipeline.runtime.casework_process import Rulebook
from pipeline.runtime.casework_runner import CaseworkRunner
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from reference.tables import PACKS
from schemas.brokers import Brokers
from schemas.event import Centre, RuleEvent
from schemas.frame import Frame, frame_of
from schemas.topics import CASES, DEAD_LETTERS, EVENTS, JOURNAL, OUTCOMES, RAW
from schemas.vocabulary import Mode
from tests.runtime.kafka.messages import messages, produce
from tests.runtime.streams import START, bodies, frames, stream
from tests.served.process import end_of, free_port, launch
from ucc.home import Home

UCC = Path(sys.executable).with_name("ucc")
PATIENCE_S = 120
RESULTS = (JOURNAL.name, OUTCOMES.name, CASES.name, DEAD_LETTERS.name)
Results = dict[str, list[bytes]]
"""By topic the frames, of `ucc.cases` the lines."""


def until(holds: Callable[[], bool], what: str, also: Callable[[], object] = str) -> None:
    """Waits for a condition; when it does not come about, says `what`, and `also` what there is instead."""
    patience = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < patience, f"it never came about: {what}; {also()}"
        time.sleep(0.1)


class Worker:
    """One `ucc worker`. It ends with the tests' process."""

    def __init__(self, folder: Path, env: dict[str, str], name: str) -> None:
        """Starts it."""
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self._process = launch([str(UCC), "worker"], self.log, env={**os.environ, **env, "UCC_METRICS": str(self.port)})

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def ask(self, path: str) -> tuple[int, str]:
        """Status and text of what its door answers; 0 when it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def centres(self) -> set[str]:
        """The centres that it owns and whose state it has read back."""
        status, said = self.ask("health")
        return {name for name, how in json.loads(said)["centres"].items() if how["ready"]} if status else set()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal."""
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """SIGTERM; the exit code."""
        self.send(signal.SIGTERM)
        try:
            return self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def said(self) -> str:
        """The end of its log."""
        return end_of(self.log, 100_000)


class Installation:
    """A home whose log is Kafka, with centres that live by their stream."""

    def __init__(self, folder: Path, brokers: Brokers) -> None:
        """Nothing runs yet; its topics are there."""
        self.brokers, self.folder = brokers, folder
        self.home = Home(folder / "home")
        self.pack = shelf.put(shelf.materialise(PACKS / "pukou", self.home.packs), self.home.packs).hash
        self._workers: list[Worker] = []

    def centre(self, name: str) -> Centre:
        """Registers a centre; it gets the next partition."""
        return self.home.register(Centre(centre=name, name=name, partition=0, pack_name="pukou", mode=Mode.STREAM))

    def worker(self) -> Worker:
        """Starts a worker."""
        env = {"UCC_HOME": str(self.home.path), "UCC_LOG": f"kafka://{','.join(self.brokers.addresses)}", "UCC_NAMESPACE": self.brokers.namespace}
        self._workers.append(Worker(self.folder, env, f"worker-{len(self._workers)}"))
        return self._workers[-1]

    def close(self) -> None:
        """Ends the workers that still run."""
        for worker in self._workers:
            if worker.runs:
                worker.kill()

    def offer(self, centre: Centre, *accepted: Frame) -> None:
        """Accepts frames as a door does that writes without transactions: their offsets are then as in the embedded log."""
        produce(self.brokers, RAW.name, centre.partition, *accepted)

    def first(self, centre: Centre) -> Frame:
        """The pack takes effect."""
        return frame_of(centre.centre, "rule", [RuleEvent(kind="rule", at=START, pack=self.pack, pack_name="pukou").to_json()])

    def results(self, centre: Centre) -> Results:
        """All that was made durable for a centre."""
        return {topic: [message.value or b"" for message in messages(self.brokers, topic, centre.partition)] for topic in RESULTS}

    def outcomes(self, centre: Centre) -> int:
        """How many lines have an outcome."""
        return sum((message.value or b"").count(b"\n") + 1 for message in messages(self.brokers, OUTCOMES.name, centre.partition))

    def wait(self, centre: Centre, lines: int) -> Results:
        """The results, once so many lines have their outcome."""
        until(
            lambda: self.outcomes(centre) >= lines,
            f"{lines} outcomes of {centre.centre}",
            lambda: (self.outcomes(centre), [w.said()[-2_000:] for w in self._workers]),
        )
        return self.results(centre)

    def embedded(self, centre: Centre, accepted: Sequence[Frame]) -> Results:
        """What the embedded runtime makes of the same raw frames."""
        folder = Path(mkdtemp(dir=self.folder))
        read = Rulebook(self.home.packs).merge_rules
        with closing(SqliteLog(folder / "intake.db", writer=True)) as taken, closing(SqliteLog(folder / "casework.db", writer=True)) as log:
            with taken.transaction() as transaction:
                for frame in accepted:
                    transaction.append(RAW.name, frame)
            EmbeddedIntake(taken, centre.centre, lambda pack: Intake(shelf.get(self.home.packs, pack), centre.mode), "w").catch_up()
            runner = CaseworkRunner(taken, log, centre.centre, read, centre.time_zone)
            while runner.step():
                pass
            assert runner.offset == taken.end(EVENTS.name)
            made = {topic: bodies(log, topic) for topic in RESULTS}
        return made | {CASES.name: [line for body in made[CASES.name] for line in body.split(b"\n")]}


def accepted_frames(centre: Centre, lines: int, *, seed: int) -> list[Frame]:
    """Raw frames of many sizes, one of them of lines that cannot be read."""
    chance, waiting = random.Random(seed), stream(lines, seed=seed, centre=centre.centre)
    made = [frame_of(centre.centre, "report", [b"{", b"\xff", b""])]
    while waiting:
        size = chance.choice((1, 2, 7, 40, 120))
        made += (frame_of(centre.centre, "report", [line.to_json() for line in portion], source="test") for portion in frames(waiting[:size], size))
        del waiting[:size]
    return made


def lines_of(accepted: Sequence[Frame]) -> int:
    """How many lines of reports there are."""
    return sum(frame.header.lines for frame in accepted if frame.header.kind == "report")


def metric(text: str, name: str, **labels: Any) -> float:
    """A sample of what `/metrics` answers; 0 when it is not there."""
    for sample in text.splitlines():
        if sample.startswith(name) and all(f'{label}="{value}"' in sample for label, value in labels.items()):
            return float(sample.rpartition(" ")[2])
    return 0
