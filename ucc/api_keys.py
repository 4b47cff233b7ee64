"""API keys of the doors: who may push as which source, and who may command. Only hashes are kept; a key is shown once, when it is made.

A key is `ucc_<id>_<secret>`; the secret has 256 bits, so a plain SHA-256 of it is as good as any slower hash.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from connectors.http.ports import Holder, Person
from schemas.command import Actor
from schemas.errors import Broken, NotFound
from schemas.fields import CentreId, Instant, Model
from schemas.vocabulary import Source
from ucc.home import write_whole

FILE = Path("keys") / "doors.json"
PREFIX = "ucc"


class ApiKey(Model):
    """One key, as it is kept: of a source, or of who acts."""

    id: str
    centre: CentreId
    source: Source | None = None
    actor: Actor | None = None
    name: str = ""
    hash: str
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None

    def opens(self, now: datetime) -> bool:
        """Whether it lets somebody in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def revoked(self, now: datetime) -> Self:
        """The same, for nobody any more; a key that was revoked before stays as it was."""
        return self if self.revoked_at is not None else self.model_copy(update={"revoked_at": now})


_KEYS = TypeAdapter(list[ApiKey])


class ApiKeys:
    """The keys of a home. Implements `connectors.http.ports.Keys`; what another process changes is seen at the next question."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._seen: tuple[int, int, int] | None = None
        self._known: dict[str, ApiKey] = {}

    def holder(self, key: str) -> Holder | Person | None:
        """Whom a key lets in now. Where the file is not readable: nobody."""
        prefix, _, rest = key.partition("_")
        name, _, secret = rest.partition("_")
        if prefix != PREFIX or not secret:
            return None
        try:
            self._look()
        except (Broken, OSError):
            return None
        found = self._known.get(name)
        if found is None or not compare_digest(found.hash, _hashed(secret)) or not found.opens(datetime.now(UTC)):
            return None
        if found.actor is not None:
            return Person(found.id, found.centre, found.actor)
        return Holder(found.id, found.centre, found.source) if found.source is not None else None

    def all(self) -> list[ApiKey]:
        """All keys, oldest first, those too that let nobody in any more. Raises Broken."""
        self._look()
        return list(self._known.values())

    def create(self, centre: str, whose: Source | Actor, *, name: str = "", lasts: timedelta | None = None) -> tuple[ApiKey, str]:
        """A new key, of a source or of who acts, and how it is shown this once. `lasts` none: until it is revoked."""
        now, secret = datetime.now(UTC), secrets.token_urlsafe(32)
        with self._changing() as keys:
            made = ApiKey(
                id=_new_id(keys),
                centre=centre,
                source=whose if isinstance(whose, Source) else None,
                actor=whose if isinstance(whose, Actor) else None,
                name=name,
                hash=_hashed(secret),
                created_at=now,
                expires_at=None if lasts is None else now + lasts,
            )
            keys[made.id] = made
        return made, f"{PREFIX}_{made.id}_{secret}"

    def revoke(self, name: str) -> ApiKey:
        """Lets nobody in with it from now on; may be called twice. Raises NotFound."""
        with self._changing() as keys:
            if name not in keys:
                raise NotFound("there is no key with this id; `ucc keys list` shows them", where=name)
            keys[name] = keys[name].revoked(datetime.now(UTC))
            return keys[name]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, ApiKey]]:
        """The keys, to be changed by one process at a time; they are written whole when the block ends."""
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        with self._path.with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._look()
            keys = dict(self._known)
            yield keys
            write_whole(self._path, _KEYS.dump_json(list(keys.values()), indent=1))

    def _look(self) -> None:
        """Reads the file if it is another than the one that was read."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._seen, self._known = None, {}
            return
        seen = (found.st_mtime_ns, found.st_ino, found.st_size)
        if seen == self._seen:
            return
        try:
            self._known = {key.id: key for key in _KEYS.validate_python(json.loads(self._path.read_bytes()))}
        except (ValidationError, ValueError) as error:
            self._seen, self._known = None, {}
            raise Broken("the file of API keys is not readable: put it back from a backup, or delete it and make new keys", where=str(self._path)) from error
        self._seen = seen


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _new_id(known: dict[str, ApiKey]) -> str:
    while (made := secrets.token_hex(4)) in known:
        pass
    return made
