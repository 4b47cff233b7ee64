"""A home: the folder of an installation. Its layout, its centres, and who owns it now (`DESIGN.md` §5)."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from schemas.errors import Broken, HomeBusy, NotFound
from schemas.event import Centre

INTAKE_LOG, CASEWORK_LOG, FIGURES_LOG = "intake.db", "casework.db", "figures.db"
_CENTRES = TypeAdapter(list[Centre])


class Running(NamedTuple):
    """Who owns a home, and where it answers."""

    pid: int
    port: int
    token: str
    doing: str


class Home:
    """The folder of an installation; made when it is not there."""

    def __init__(self, path: Path, *, log: str = "", warehouse: str = "") -> None:
        """`log` and `warehouse` are URLs (`sqlite:///…`, `chdb:///…`) of folders elsewhere; empty: in the home."""
        self.path = path.expanduser().absolute()
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.packs = self.path / "packs"
        self.logs = _folder(log) or self.path / "centres"
        self.warehouse = _folder(warehouse) or self.path / "warehouse"

    def intake_log(self, centre: str) -> Path:
        """The file that doors and intake write: raw and events."""
        return self.logs / centre / INTAKE_LOG

    def casework_log(self, centre: str) -> Path:
        """The file that casework writes: state, journal, outcomes, cases."""
        return self.logs / centre / CASEWORK_LOG

    def figures_log(self, centre: str) -> Path:
        """The file that readings and positions are written to."""
        return self.logs / centre / FIGURES_LOG

    # centres

    def centres(self) -> list[Centre]:
        """The registry, in the order of partitions."""
        try:
            return _CENTRES.validate_json((self.path / "centres.json").read_bytes())
        except FileNotFoundError:
            return []
        except ValidationError as error:
            raise Broken(f"the registry of centres is not readable: {error.errors()[0]['msg']}", where=str(self.path / "centres.json")) from error

    def centre(self, name: str) -> Centre:
        """The centre of that name; the only one when `name` is empty. Raises NotFound naming what there is."""
        centres = self.centres()
        if not name and len(centres) == 1:
            return centres[0]
        for centre in centres:
            if centre.centre == name:
                return centre
        there = ", ".join(c.centre for c in centres) or "none yet: `ucc reference use pukou` makes one"
        raise NotFound(
            f"there is no centre {name!r}; there are: {there}" if name else f"which centre? Say --centre or UCC_CENTRE; there are: {there}",
            where=str(self.path),
        )

    def register(self, centre: Centre) -> Centre:
        """Adds a centre, or changes what may change of it; its partition stays for life."""
        centres = self.centres()
        known = next((c for c in centres if c.centre == centre.centre), None)
        partition = known.partition if known else max((c.partition for c in centres), default=-1) + 1
        centre = centre.model_copy(update={"partition": partition})
        kept = sorted([c for c in centres if c.centre != centre.centre] + [centre], key=lambda c: c.partition)
        write_whole(self.path / "centres.json", _CENTRES.dump_json(kept, indent=1))
        return centre

    # owner

    @contextmanager
    def owned(self, doing: str) -> Iterator[None]:
        """Holds the home for the time of the block. Raises HomeBusy naming who holds it."""
        with (self.path / "owner.lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                running = self.running()
                who = f"`{running.doing}` (pid {running.pid})" if running else "another process"
                raise HomeBusy(f"cannot {doing}: {who} owns this home; wait until it ends, or name another home with --home", where=str(self.path)) from error
            try:
                yield
            finally:
                with suppress(FileNotFoundError):
                    (self.path / "run.json").unlink()

    def announce(self, port: int, token: str, doing: str) -> None:
        """Leaves word where the owner answers."""
        write_whole(self.path / "run.json", json.dumps({"pid": os.getpid(), "port": port, "token": token, "doing": doing}).encode())

    def running(self) -> Running | None:
        """Who owns the home now, None when nobody does or it does not answer yet."""
        try:
            running = Running(**json.loads((self.path / "run.json").read_bytes()))
            os.kill(running.pid, 0)
        except (FileNotFoundError, ValueError, TypeError, ProcessLookupError):
            return None
        return running


def _folder(url: str) -> Path | None:
    """The folder that a URL names; none for an empty one, and for one of a server."""
    return Path(url.partition(":")[2].removeprefix("//")) if url.startswith(("sqlite:", "chdb:")) else None


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(32)


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all, for its owner alone."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
