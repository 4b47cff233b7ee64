"""A long-running part of an installation, kept running as a service manager would: whatever ended it, it is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.served.process import launch

AGAIN_S = 0.3
"""Before a part that ended is started again."""
DRAINED_S = 120.0
"""Within which a part that is told to end has to."""
AWAY = 75
"""Exit code of whoever finds a part away that it needs: it may be started again as it is."""


class Ended(NamedTuple):
    """How a part ended."""

    part: str
    code: int
    told: bool
    """By us; else by itself."""

    @property
    def as_it_should(self) -> bool:
        """By itself only with the one code that mends itself; when it was told, also by the signal, or drained."""
        return self.code == AWAY or (self.told and self.code in {0, -signal.SIGTERM, -signal.SIGKILL})


class Part:
    """One command, restarted for as long as it is wanted."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        """Started by `start`."""
        self.name, self.log = name, log
        self.ended: list[Ended] = []
        self.slow = False
        """It did not end within the time that a drain may take."""
        self._command, self._env = command, env
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False
        self._told = False
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {name}", daemon=True)

    def start(self) -> None:
        """From now on it runs."""
        with self._guard:
            self._wanted = True
            self._run()
        if not self._keeper.is_alive() and not self._closed.is_set():
            self._keeper.start()

    @property
    def pid(self) -> int | None:
        """Of the process, none while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def signal(self, number: int) -> bool:
        """To the process and its children; says whether there was one."""
        with self._guard:
            pid = self.pid
            if pid is None:
                return False
            if number in {signal.SIGKILL, signal.SIGTERM}:
                self._told = True
            with suppress(ProcessLookupError):
                os.killpg(pid, number)
            return True

    def child(self, module: str) -> int | None:
        """Process id of a child that runs `module`."""
        pid = self.pid
        return None if pid is None else child_of(pid, module)

    def leave(self, number: int) -> None:
        """Tells it to end by that signal, and starts it no more; does not wait."""
        with self._guard:
            self._wanted = False
        self.signal(number)

    def stop(self, *, kill: bool = False) -> None:
        """Ends it for now, and waits."""
        with self._guard:
            self._wanted = False
            process = self._process
        if process is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            process.wait(DRAINED_S)
        except subprocess.TimeoutExpired:
            self.slow = True
            self.signal(signal.SIGKILL)
            process.wait()
        self._note(process)

    def close(self) -> None:
        """Ends it for good."""
        self._closed.set()
        self.stop()
        if self._keeper.is_alive():
            self._keeper.join(10)

    def _run(self) -> None:
        if self.pid is None:
            self._told = False
            self._process = launch(self._command, self.log, env=self._env)

    def _keep(self) -> None:
        while not self._closed.wait(0.1):
            process = self._process
            if process is None or process.poll() is None or not self._wanted:
                continue
            self._note(process)
            time.sleep(AGAIN_S)
            with self._guard:
                if self._wanted and not self._closed.is_set():
                    self._run()

    def _note(self, process: subprocess.Popen[bytes]) -> None:
        with self._guard:
            if self._process is process:
                self.ended.append(Ended(self.name, process.returncode, self._told))
                self._process = None


def child_of(pid: int, module: str) -> int | None:
    """Process id of a child of `pid` that runs `module` of Python."""
    for children in Path("/proc", str(pid), "task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text(encoding="ascii").split():
                words = Path("/proc", child, "cmdline").read_bytes().split(b"\0")
                if module.encode() in words:
                    return int(child)
    return None
