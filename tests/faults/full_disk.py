"""A full disk under the embedded runtime: an import meets it at random instants, and goes on when there is room again."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.installation import UCC, Desk
from tests.faults.part import AWAY
from tests.faults.stream import SOURCE, Stream
from tests.served.process import launch

SMALL_DISK = "512m"
EXPECTED = frozenset({0, 1, AWAY})
"""Of an import that met a full disk: done; casework did not get on (1); the inbox has no room."""
_TRIES = 60
_PIECE = b"\0" * (1 << 16)


class FullDisk:
    """Imports lines in files of a few hundred, with disks that fill up on the way."""

    def __init__(self, desk: Desk, folder: Path, stream: Stream, centre: str, lines: Sequence[dict[str, str]], rng: random.Random) -> None:
        """The centre is there, and nothing else. `folder`: on a disk with room, for files and a log."""
        self.fed: list[dict[str, str]] = []
        self.unexpected: list[str] = []
        self._desk, self._folder, self._stream, self._centre, self._lines, self._rng = desk, folder, stream, centre, lines, rng

    def files_may_not_grow(self) -> bool:
        """The kernel lets no file grow beyond a little more than the longest has; says whether the import met it."""
        file = self._next()
        longest = max(path.stat().st_size for path in _files(self._desk.home))
        limit = longest + self._rng.randint(4_096, 400_000)
        met = self._import(file, ["prlimit", f"--fsize={limit}", "--"]) != 0
        self._until_done(file)
        return met

    def disk_fills_up(self) -> bool:
        """Somebody else fills the disk while the import runs, and removes it after some seconds. The home lies on a disk of its own."""
        file = self._next()
        pauses = self._rng.uniform(0.5, 4), self._rng.uniform(1, 8)
        filling = threading.Thread(target=self._fill, args=pauses, daemon=True)
        filling.start()
        self._until_done(file)
        filling.join()
        return True

    def _next(self) -> Path:
        lines = self._lines[len(self.fed) : len(self.fed) + self._rng.randint(500, 1_500)]
        file = self._folder / f"{self._centre}-{len(self.fed):06}.csv"
        self._stream.write(file, lines)
        self.fed += lines
        return file

    def _until_done(self, file: Path) -> None:
        for _ in range(_TRIES):
            if self._import(file, []) == 0:
                return
            time.sleep(0.2)
        self.unexpected.append(f"an import did not get on when there was room again: {_TRIES} times")

    def _import(self, file: Path, prefix: Sequence[str]) -> int:
        words = ["import", str(file), "--source", SOURCE, "--mapping", self._stream.mapping, "--centre", self._centre, "--json"]
        code = launch([*prefix, *UCC, *words], self._folder / "full-disk.log", env=self._desk.env).wait()
        if code not in EXPECTED:
            self.unexpected.append(f"an import that met a full disk ended with {code}")
        return code

    def _fill(self, before: float, lasts: float) -> None:
        time.sleep(before)
        ballast = self._desk.home / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as opened:
            while opened.write(_PIECE):
                pass
        time.sleep(lasts)
        ballast.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A disk of its own under `folder` for the time of the block; says whether there is one: only root may have it."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=0700", "tmpfs", str(folder)], capture_output=True, check=False)
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
