"""How lines get in while faults happen: files that are imported one after the other, and messages that a department pushes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Protocol

from kafka.errors import KafkaError

from connectors.kafka_clients import producer
from schemas.brokers import Brokers
from schemas.errors import UccError
from tests.faults.part import Ended
from tests.faults.stream import SOURCE, Stream
from tests.served.process import launch

FILES = 8
"""So many at least, however few lines there are: what is killed with an import has to find one."""
ZOMBIE_S = 90.0
"""Within which an import that was stopped, replaced and woken has to end."""
_AGAIN_S = 0.5
_LOOK_S = 0.05


class Feed(Protocol):
    """Feeds one centre from a thread of its own until it is told to end what it has begun, or has fed all."""

    centre: str
    twice: bool
    """Whether a line may be accepted twice: a department's message is taken at least once, and the second time is a resend."""
    fed: list[dict[str, str]]
    """Lines that are accepted for sure."""
    ended: list[Ended]

    def start(self) -> None:
        """Begins."""

    def finish(self, seconds: float) -> bool:
        """Ends what it has begun; says whether it came about in so many seconds."""


class FileFeed:
    """Imports files of a few lines up to a few thousand, each again and again until the command says that it is done."""

    twice = False

    def __init__(
        self, centre: str, stream: Stream, lines: Sequence[dict[str, str]], folder: Path, command: Sequence[str], env: Mapping[str, str], seed: str
    ) -> None:
        self.centre, self.fed, self.ended = centre, list[dict[str, str]](), list[Ended]()
        self._stream, self._lines, self._folder, self._command, self._env = stream, lines, folder, command, env
        self._rng = random.Random(seed)
        self._finishing = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None
        self._frozen: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"feed {centre}", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def finish(self, seconds: float) -> bool:
        """After the file that it is at."""
        self._finishing.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def signal(self, number: int) -> bool:
        """To the import that runs; says whether there is one."""
        running = self._running
        if running is None or running.poll() is not None:
            return False
        with suppress(ProcessLookupError):  # it may end this very moment
            os.killpg(running.pid, number)
        return True

    def close(self) -> None:
        """Ends what runs."""
        self._closed = True
        self._finishing.set()
        for process in (self._running, self._frozen):
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def freeze(self) -> bool:
        """Stops the import that runs, for another to be started in its place; says whether there is one."""
        running = self._running
        if self._frozen is not None or not self.signal(signal.SIGSTOP):
            return False
        self._frozen = running
        return True

    def thaw(self) -> None:
        """Wakes it: it must not add anything, and end."""
        frozen, self._frozen = self._frozen, None
        if frozen is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(frozen.pid, signal.SIGCONT)
        try:
            code = frozen.wait(ZOMBIE_S)
        except subprocess.TimeoutExpired:
            os.killpg(frozen.pid, signal.SIGKILL)
            code = 1
        self.ended.append(Ended(f"import that was replaced, {self.centre}", code, told=code == 0))

    def _run(self) -> None:
        number = at = 0
        while at < len(self._lines) and not self._finishing.is_set():
            many = self._rng.randint(1_000, 4_000) if self._rng.random() < 0.4 else self._rng.randint(1, 400)
            lines = self._lines[at : at + min(many, len(self._lines) // FILES + 1)]
            number, at = number + 1, at + len(lines)
            file = self._folder / f"{self.centre}-{number:04}.csv"
            self._stream.write(file, lines)
            self.fed += lines
            while self._once(file) != 0 and not self._closed:
                time.sleep(_AGAIN_S)
            file.unlink()
            self._finishing.wait(self._rng.uniform(0, 1))

    def _once(self, file: Path) -> int:
        words = ["import", str(file), "--source", SOURCE, "--mapping", self._stream.mapping, "--centre", self.centre, "--json"]
        process = launch([*self._command, *words], self._folder / "import.log", env=self._env)
        self._running = process
        while (code := process.poll()) is None:
            if self._frozen is process:
                return -signal.SIGSTOP
            time.sleep(_LOOK_S)
        self.ended.append(Ended(f"import {self.centre}", code, told=code in {0, -signal.SIGKILL}))
        return code


class PushFeed:
    """Pushes messages of a few lines into `ucc.in.<source>`, as a department does."""

    twice = True

    def __init__(self, centre: str, stream: Stream, lines: Sequence[dict[str, str]], brokers: Brokers, seed: str) -> None:
        self.centre, self.fed, self.ended = centre, list[dict[str, str]](), list[Ended]()
        self._stream, self._lines, self._brokers = stream, lines, brokers
        self._rng = random.Random(seed)
        self._finishing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"feed {centre}", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def finish(self, seconds: float) -> bool:
        """After the message that it is at."""
        self._finishing.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        at = 0
        while self._goes_on(at):
            with suppress(KafkaError, UccError), closing(producer(self._brokers)) as sending:
                while self._goes_on(at):
                    at += self._push(sending, at)
                    self._finishing.wait(self._rng.uniform(0, 0.6))
            time.sleep(_AGAIN_S)

    def _goes_on(self, at: int) -> bool:
        """There is more to push, or what was pushed last is not acknowledged."""
        return len(self.fed) > at or (at < len(self._lines) and not self._finishing.is_set())

    def _push(self, sending: Any, at: int) -> int:
        """A message, until it is acknowledged; how many lines it had. Raises KafkaError when it is not: then it is sent again by another producer."""
        if len(self.fed) == at:
            self.fed += self._lines[at : at + self._rng.randint(1, 60)]
        message = self._stream.message(self.fed[at:])
        topic = self._brokers.named(f"ucc.in.{SOURCE}")
        sending.send(topic, message, partition=0, headers=[("centre", self.centre.encode())]).get(20)
        return len(self.fed) - at
