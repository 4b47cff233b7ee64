"""The home: can it be written, is there room, who owns it, do its centres and packs load."""

from __future__ import annotations

import fcntl
import shutil
import socket
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from reference import load, shelf
from schemas.errors import UccError
from schemas.event import Centre
from ucc.checks.finding import Finding, ok, unknown, wrong

if TYPE_CHECKING:
    from ucc.home import Home

LEAST_BYTES = 1 << 30
"""Of free space: an hour of a province's reports, and what SQLite and ClickHouse need beside for their merges."""
LEAST_SHARE = 0.05
"""Of a disk: below it file systems become slow, and keep the rest for root."""


def folder(path: Path) -> Iterator[Finding]:
    """Whether the home is there, ours alone, and can be written."""
    if not path.exists():
        yield ok("home", f"{path} is not there yet; the first command that writes makes it")
        return
    if not path.is_dir():
        yield wrong("home", f"{path} is no folder", "name another home with --home or UCC_HOME, or move that file away")
        return
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield wrong("home", f"others may look into {path}, and it holds what people said", f"chmod 700 {path}")
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"written by ucc doctor")
            file.flush()
    except OSError as error:
        yield wrong("home", f"{path} cannot be written: {error.strerror}", "give the folder to the user that runs ucc, or make room on its disk")
        return
    yield ok("home", f"{path} can be written")


def disks(home: Home) -> Iterator[Finding]:
    """Whether there is room where the home, the logs and the warehouse lie."""
    seen: set[int] = set()
    for place in (home.path, home.logs, home.warehouse):
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        if there.stat().st_dev in seen:
            continue
        seen.add(there.stat().st_dev)
        room = shutil.disk_usage(there)
        said = f"{room.free / 1e9:,.1f} of {room.total / 1e9:,.1f} GB are free under {there}"
        if room.free < LEAST_BYTES or room.free < LEAST_SHARE * room.total:
            yield wrong("disk", said, "make room; what does not fit is not accepted, and nothing that was is lost")
        else:
            yield ok("disk", said)


def owner(home: Home) -> Iterator[Finding]:
    """Who owns the home, whether that one answers, and how many workers run in it."""
    running, held = home.running(), _held(home.path / "owner.lock")
    if running is not None and held:
        try:
            socket.create_connection(("127.0.0.1", running.port), timeout=5).close()
        except OSError:
            yield wrong(
                "owner",
                f"`{running.doing}` (pid {running.pid}) owns the home and does not answer at port {running.port}",
                "when it does not go on within a minute, end it (kill the pid) and start it again: nothing is lost",
            )
        else:
            yield ok("owner", f"`{running.doing}` (pid {running.pid}) owns the home and answers")
    elif held:
        yield ok("owner", "a process is starting or ending in this home, or owns it without answering for a warehouse")
    elif (home.path / "run.json").exists():
        yield ok("owner", "nobody owns the home; its last owner was killed, and the next command goes on where that one was")
    else:
        yield ok("owner", "nobody owns the home")
    workers = sum(_held(lock) for lock in sorted(home.path.glob("workers/*/lock")))
    if workers:
        yield ok("owner", f"{workers} workers run in this home")


def _held(lock: Path) -> bool:
    """Whether a process holds a lock. It is asked for by sharing it for a moment: whoever wants it just then is told to try again."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def centres(home: Home) -> Iterator[Finding]:
    """Whether the registry of centres is sound."""
    there = home.centres()
    if not there:
        yield ok("centres", "there is no centre yet: `ucc reference use pukou` makes one")
        return
    doubled = [partition for partition, times in Counter(centre.partition for centre in there).items() if times > 1]
    if doubled:
        names = ", ".join(centre.centre for centre in there if centre.partition in doubled)
        yield wrong("centres", f"{names} have the same partition: their histories would mix", "put centres.json back from a backup; a partition is for life")
    for centre in there:
        if centre.time_zone not in available_timezones():
            yield wrong("centres", f"{centre.centre} has the time zone {centre.time_zone!r}, which this machine does not know", "install tzdata, or mend it")
    if not doubled and all(ZoneInfo(centre.time_zone) for centre in there if centre.time_zone in available_timezones()):
        yield ok("centres", ", ".join(f"{centre.centre} (partition {centre.partition}, {centre.mode})" for centre in there))


def packs(home: Home) -> Iterator[Finding]:
    """Whether every pack on the shelf is whole, and every centre has one there."""
    sound: list[str] = []
    for shelved in shelf.names(home.packs):
        try:
            if load.load(shelved.folder).hash == shelved.hash:
                sound.append(shelved.name)
                continue
            said = "it is not what its name says: somebody has changed it"
        except UccError as error:
            said = str(error)
        yield wrong("packs", f"{shelved.folder.name}: {said}", "put the folder back from a backup; decisions name it, so never edit or delete one")
    lacking = [centre for centre in home.centres() if centre.pack_name not in sound]
    for centre in lacking:
        yield wrong("packs", f"no sound pack {centre.pack_name} of {centre.centre} is on the shelf", _bring(centre))
    if sound and not lacking:
        yield ok("packs", f"{len(sound)} on the shelf, all whole")
    elif not sound and not home.centres():
        yield unknown("packs", "none is on the shelf yet")


def _bring(centre: Centre) -> str:
    return f"`ucc reference use {centre.pack_name} --centre {centre.centre}`, or copy its folder from another installation or a backup"
