"""Servers that tests start: they end when the tests' process ends, however that ended, and say why they did not start."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_LAUNCHER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="launcher")
"""The kernel ends a child when the *thread* that started it ends: all are started by one that lasts as long as the process."""
_PORTS = range(20_000, 32_000)
"""Below those that the kernel gives to outgoing connections: while a server is down, nobody is given its port."""
_CHANCE = random.SystemRandom()
_KEPT = Path(tempfile.gettempdir()) / f"ucc-ports-{os.getuid()}"
"""A lock for each port: between choosing one and listening at it a server takes seconds to start."""


class NotReadyError(Exception):
    """A server that did not come up, with the end of what it wrote."""


def launch(command: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Starts a server that dies with this process (Linux: also when this one is killed -9). What it writes is added to `log`."""
    # setpriv is util-linux's, on every Linux: it sets PR_SET_PDEATHSIG between fork and exec without Python code running there, which
    # is not safe beside threads.
    setpriv = shutil.which("setpriv")
    dying = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    with log.open("ab") as out:
        return _LAUNCHER.submit(
            subprocess.Popen, [*dying, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=env, start_new_session=True
        ).result()


def free_port() -> int:
    """A port of loopback that nobody listens at, and that no other tests of this machine are given while this process lives."""
    _KEPT.mkdir(exist_ok=True)
    while True:
        port = _CHANCE.choice(_PORTS)
        lock = os.open(_KEPT / str(port), os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        if is_free(port):
            return port  # the lock ends with the process
        os.close(lock)


def is_free(port: int) -> bool:
    """Whether nobody listens at a port of loopback."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float) -> None:
    """Asks again and again until `ready`; raises NotReadyError when the process ended or `seconds` have passed."""
    left = seconds
    while not ready():
        try:
            code = process.wait(0.1)
        except subprocess.TimeoutExpired:
            left -= 0.1
            if left > 0:
                continue
            raise NotReadyError(f"not ready after {seconds} s; the end of {log}:\n{end_of(log)}") from None
        raise NotReadyError(f"ended with {code}; the end of {log}:\n{end_of(log)}")


def end_of(log: Path, size: int = 4_000) -> str:
    """The last words of a server."""
    with log.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - size))
        return file.read().decode(errors="replace")
