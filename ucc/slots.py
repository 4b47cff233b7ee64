"""Folders in a home for parts of which several may run: each holds one while it runs."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import HomeBusy
from ucc.home import Home

MOST = 64
"""Of one kind in one home."""


@contextmanager
def slot(home: Home, parts: str = "workers") -> Iterator[tuple[int, Path]]:
    """A folder of this process's own among those of its kind, held while it runs, and its number; raises HomeBusy when all are held."""
    for number in range(1, MOST + 1):
        folder = home.path / parts / str(number)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / "lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield number, folder
            return
    raise HomeBusy(f"{MOST} {parts} run in this home already", where=str(home.path / parts))
