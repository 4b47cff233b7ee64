"""One lap: one contestant does one work on one input, from the moment at which all of the input waits until the last line has come out.

The contestant is started on an empty topic and warmed up; its idle use of the processor is measured; it is stopped (SIGSTOP) while the input
is put there, so that putting it there is not part of the lap; then it goes on (SIGCONT). Its processor time is that of all its processes,
until some seconds after the last line (commits and state stores come late), less what it would have used idle in that time.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.observer import Message, Observer
from benchmarks.processor_time import ProcessorTime, spent
from benchmarks.timing import CASEWORK, INTAKE, STAGES, read

IDLE_S, SETTLE_S, POLL_S, QUIET_S = 3.0, 6.0, 0.05, 0.6
PATIENCE_S = 900.0


class Runner(NamedTuple):
    """What runs: the commands of its processes, their environment, where they read and write, which of their lines are counted."""

    commands: Sequence[Sequence[str]]
    environment: dict[str, str]
    raw: str
    out: str
    counted: bytes
    folder: Path


class Lap(NamedTuple):
    """What a lap took. Seconds; `idle` is seconds of processor a second; `stages_s` are those of `benchmarks.timing`, within `cpu_s`."""

    reports: int
    wall_s: float
    cpu_s: float
    broker_cpu_s: float
    idle: float
    stages_s: tuple[float, ...]

    @property
    def stages_us(self) -> float:
        """What the stage functions took of it, µs a report; the encoding of rows is not among them: it is done for the runtime's sake."""
        return (self.stages_s[INTAKE] + self.stages_s[CASEWORK]) / self.reports * 1e6

    @property
    def us(self) -> float:
        """Processor time a report, µs."""
        return self.cpu_s / self.reports * 1e6

    def said(self) -> dict[str, Any]:
        """For the result file."""
        return {
            "reports": self.reports,
            "wall_s": self.wall_s,
            "idle_cpu_s_per_s": self.idle,
            "reports_per_s_per_core": self.reports / self.cpu_s,
            "reports_per_s": self.reports / self.wall_s,
            "cpu_us": self.us,
            "broker_cpu_us": self.broker_cpu_s / self.reports * 1e6,
            "stages_us": {name: seconds / self.reports * 1e6 for name, seconds in zip(STAGES, self.stages_s, strict=True)},
        }


async def lap(observer: Observer, runner: Runner, warm: Sequence[Message], lines_warm: int, bulk: Sequence[Message], lines: int, broker: int) -> Lap:
    """Runs it. `lines_warm` and `lines` are how many counted lines each part gives; `broker` is the broker's process. Raises SystemExit when it ends or hangs."""
    processes = start(runner)
    try:
        used = ProcessorTime(process.pid for process in processes)
        await observer.put(runner.raw, warm)
        await _counted(observer, runner, lines_warm, processes)
        idle = await _idle(used)
        _signal(processes, signal.SIGSTOP)
        await observer.put(runner.raw, bulk)
        before, broker_before, stages_before, began = used.look(), spent(broker), read(runner.folder), time.monotonic()
        _signal(processes, signal.SIGCONT)
        ended = await _counted(observer, runner, lines, processes)
        broker_after = spent(broker)
        await asyncio.sleep(SETTLE_S)
        cpu = used.look() - before - idle * (time.monotonic() - ended)
        stages = tuple(after - first for after, first in zip(read(runner.folder), stages_before, strict=True))
        return Lap(lines, ended - began, cpu, broker_after - broker_before, idle, stages)
    finally:
        stop(processes)


def start(runner: Runner) -> list[subprocess.Popen[bytes]]:
    """Starts the processes, each in a session of its own; what they say goes into their folder."""
    runner.folder.mkdir(parents=True, exist_ok=True)
    started = []
    for number, command in enumerate(runner.commands):
        with (runner.folder / f"said-{number}.log").open("ab") as said:
            started.append(
                subprocess.Popen(
                    command, env={**os.environ, **runner.environment}, cwd=Path(__file__).parents[1], stdout=said, stderr=said, start_new_session=True
                )
            )
    return started


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ends them, and all that they started."""
    for asked in (signal.SIGCONT, signal.SIGTERM):
        _signal(processes, asked)
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


async def _idle(used: ProcessorTime) -> float:
    await asyncio.sleep(1.0)
    before, began = used.look(), time.monotonic()
    await asyncio.sleep(IDLE_S)
    return (used.look() - before) / (time.monotonic() - began)


async def _counted(observer: Observer, runner: Runner, wanted: int, processes: Sequence[subprocess.Popen[bytes]]) -> float:
    """Waits until so many further lines are there; returns when the last of them could be seen."""
    until, grown, end, looked, counted = time.monotonic() + PATIENCE_S, time.monotonic(), -1, -1, 0
    while time.monotonic() < until:
        now = await observer.end(runner.out)
        if now != end:
            grown, end = time.monotonic(), now
        elif end != looked and time.monotonic() - grown > QUIET_S:
            looked = end
            counted += await observer.count(runner.out, runner.counted)
            if counted >= wanted:
                return grown
        if any(process.poll() is not None for process in processes):
            raise SystemExit(f"a process ended in the middle of its lap; {_last_words(runner)}")
        await asyncio.sleep(POLL_S)
    raise SystemExit(f"{counted} of {wanted} lines came within {PATIENCE_S:.0f} s; {_last_words(runner)}")


def _last_words(runner: Runner) -> str:
    said = [(path.name, path.read_text(errors="replace")[-2_000:]) for path in sorted(runner.folder.glob("said-*.log"))]
    return "; ".join(f"{name}: {words}" for name, words in said)


def _signal(processes: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, number)
