"""An installation of ours on a broker, for benchmarks: its home, its topics, its centres and their pack, and the parts that run in it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.kafka_input import Input
from benchmarks.observer import Message, Observer
from benchmarks.work import BEGINNING
from connectors.kafka_topics import apply
from reference import shelf
from schemas.ages import accepted
from schemas.brokers import SCHEME, Brokers
from schemas.event import Centre, RuleEvent
from schemas.frame import MAX_LINES, Frame, frame_of
from schemas.topics import RAW, Topic
from schemas.vocabulary import Mode
from schemas.wire import headers_of
from tests.served.process import free_port
from ucc.home import Home

UCC = str(Path(sys.executable).parent / "ucc")
DOOR = "benchmark"


class Installation:
    """One namespace on one broker, with centres in the partitions from 0 on."""

    def __init__(self, observer: Observer, folder: Path, namespace: str, given: Sequence[Input]) -> None:
        """Makes home, shelf and topics; a centre for each input."""
        self.observer, self.folder, self.namespace, self.given = observer, folder, namespace, given
        self.centres = [one.centre for one in given]
        self.home = Home(folder / "home")
        self._pack = shelf.put(given[0].pack, self.home.packs)
        for partition, name in enumerate(self.centres):
            self.home.register(
                Centre(centre=name, name=self._pack.title, partition=partition, pack_name=self._pack.name, mode=Mode.STREAM, time_zone=self._pack.time_zone)
            )
        apply(Brokers(addresses=(observer.address,), namespace=namespace), partitions=len(self.centres))

    @property
    def environment(self) -> dict[str, str]:
        """The settings of its parts."""
        return {"UCC_HOME": str(self.home.path), "UCC_LOG": f"{SCHEME}{self.observer.address}", "UCC_NAMESPACE": self.namespace}

    def named(self, topic: Topic) -> str:
        """A topic's name on the broker."""
        return f"{self.namespace}.{topic.name}"

    async def begin(self) -> None:
        """The pack takes effect in each centre."""
        rule = RuleEvent(kind="rule", at=BEGINNING, pack=self._pack.hash, pack_name=self._pack.name).to_json()
        for partition, name in enumerate(self.centres):
            await self.observer.put(self.named(RAW), [message(frame_of(name, "rule", [rule]))], partition)

    async def accept(self, first: int, last: int, *, size: int = MAX_LINES) -> None:
        """Puts lines of each input into `ucc.raw` of its centre, in frames."""
        for partition, one in enumerate(self.given):
            await self.observer.put(self.named(RAW), framed(one.lines[first:last], one.centre, size), partition)

    def part(self, *words: str, metrics: int = 0) -> Part:
        """Starts `ucc …` in it; `metrics`: the port of its /health."""
        return Part([UCC, *words], {**self.environment, **({"UCC_METRICS": str(metrics)} if metrics else {})}, self.folder / f"{words[0]}.log", metrics)

    def worker(self) -> Part:
        """Starts a worker that tells its health."""
        return self.part("worker", metrics=free_port())

    def answer(self, *words: str) -> dict[str, Any]:
        """What a command of ours answers as JSON. Raises SystemExit when it answers nothing."""
        done = subprocess.run([UCC, *words, "--json"], env={**os.environ, **self.environment}, capture_output=True, text=True, check=False)
        if not done.stdout.strip():
            raise SystemExit(f"ucc {' '.join(words)}: {done.stderr}")
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return said


class Part:
    """A running part: a process in a session of its own."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path, port: int) -> None:
        self.port, self._log, self._command = port, log, command
        with log.open("ab") as said:
            self.process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=said, stderr=said, start_new_session=True)

    @property
    def pid(self) -> int:
        """Of the process, and of its session."""
        return self.process.pid

    def alive(self) -> None:
        """Raises SystemExit with its last words when it has ended."""
        if self.process.poll() is not None:
            raise SystemExit(f"{' '.join(map(str, self._command))} ended with {self.process.returncode}: {self._log.read_text(errors='replace')[-2_000:]}")

    def centres(self) -> list[str]:
        """The centres that it owns and whose state it has read back; none as long as it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as answer:
                said = json.load(answer)
        except (OSError, urllib.error.HTTPError, ValueError):
            return []
        return [name for name, one in said["centres"].items() if one["ready"]]

    def kill(self) -> None:
        """SIGKILL, at once."""
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """SIGTERM; killed when it has not ended within half a minute."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


async def ready(parts: Sequence[Part], centres: int, *, each: int = 0, seconds: float = 120.0) -> list[int]:
    """Waits until the parts own so many centres between them, and `each` of them so many at least; returns how many each owns."""
    owned: list[int] = []
    for _ in range(int(seconds / 0.25)):
        for part in parts:
            part.alive()
        owned = [len(await asyncio.to_thread(part.centres)) for part in parts]
        if sum(owned) >= centres and min(owned) >= each:
            return owned
        await asyncio.sleep(0.25)
    raise SystemExit(f"of {centres} centres the workers own {owned} after {seconds:.0f} s")


def framed(lines: Sequence[bytes], centre: str, size: int = MAX_LINES) -> list[Message]:
    """Accepted lines in frames, as a door hands them in now."""
    hops = (accepted(DOOR),)
    portions = (lines[at : at + size] for at in range(0, len(lines), size))
    return [message(frame_of(centre, "report", portion, source="hotline12345", hops=hops)) for portion in portions]


def message(frame: Frame) -> Message:
    """A frame as it travels."""
    return Message(frame.header.centre.encode(), frame.body, headers_of(frame))
