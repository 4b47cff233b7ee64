"""The key ring of an installation: closes a reporter's personal fields into a box, and opens boxes (`docs/adr/0014-personal-fields.md`).

    ring = KeyRing(home / "keys")
    reporter = ring.sealing("pukou")(report, personal)
    personal = ring.open(reporter, "pukou", report.source, report.source_id)
    ring.rotate()

A box is AES-256-GCM under the current key: twelve bytes that are used once, what is closed in, sixteen bytes that show any change; base64. It belongs
to one report: centre, source and source id are bound to it, and it opens for no other. Keys are versioned; older ones stay, to open with.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Base64UrlBytes, ValidationError

from schemas.errors import Broken, NotFound
from schemas.fields import Instant, Model
from schemas.masking import domestic, masked_home, masked_id, masked_name, masked_phone, plain_digits, plain_paper
from schemas.personal import Personal, Reporter
from schemas.report import Report
from schemas.vocabulary import Source

FILE = "ring.json"
_BITS = 256
_NONCE = 12
"""Bytes; drawn for each box. One key may close 2^32 boxes: a district does not in a thousand years."""
_BETWEEN = "\0"
"""In no field of a person: free text refuses it."""
_LEAST = 7
"""Digits of the shortest telephone number that is somebody's."""
_LONGEST_HOME = 300
Seal = Callable[[Report, Personal], Reporter]


class Key(Model):
    """One version."""

    version: str
    made_at: Instant
    key: Base64UrlBytes


class Ring(Model):
    """The file: all versions, oldest first; the last one closes. `salt` makes tokens, and stays for life: another would tell nobody apart any more."""

    salt: Base64UrlBytes
    keys: tuple[Key, ...]


class _Held(NamedTuple):
    """A ring as it is used."""

    salt: bytes
    current: str
    ciphers: dict[str, AESGCM]


class KeyRing:
    """The ring of a folder (`<home>/keys`), made when it is first needed. May be used by any thread; a rotation by another process is seen."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._seen: tuple[int, int] | None = None
        self._held: _Held | None = None

    def sealing(self, centre: str) -> Seal:
        """Closes what is known of persons who report to a centre. Raises Broken when the ring is there and not readable."""

        def seal(report: Report, personal: Personal) -> Reporter:
            return self.seal(personal, centre, report.source, report.source_id)

        return seal

    def seal(self, personal: Personal, centre: str, source: Source, source_id: str) -> Reporter:
        """Masked, and whole in a box. Raises Broken."""
        held = self._look()
        said = _BETWEEN.join((personal.name, personal.phone, personal.id_number, personal.home)).rstrip(_BETWEEN)
        nonce = os.urandom(_NONCE)
        box = nonce + held.ciphers[held.current].encrypt(nonce, said.encode(), _bound(centre, source, source_id))
        return Reporter(
            name=masked_name(personal.name),
            phone=masked_phone(personal.phone),
            id_number=masked_id(personal.id_number),
            home=masked_home(personal.home)[:_LONGEST_HOME],
            token=_token(held.salt, centre, personal),
            key=held.current,
            box=urlsafe_b64encode(box).decode().rstrip("="),
        )

    def open(self, reporter: Reporter, centre: str, source: Source, source_id: str) -> Personal:
        """What is in the box of a report. Note who opens it before (promise 7).

        Raises NotFound when the ring has not the key that closed it, Broken when the box was changed, or is another report's.
        """
        cipher = self._look(make=False).ciphers.get(reporter.key)
        if cipher is None:
            raise NotFound(
                f"the key {reporter.key} that closed this box is not in the key ring; put the ring of that time back from the backup", where=str(self.path)
            )
        try:
            data = urlsafe_b64decode(reporter.box + "=" * (-len(reporter.box) % 4))
            said = cipher.decrypt(data[:_NONCE], data[_NONCE:], _bound(centre, source, source_id)).decode()
        except (InvalidTag, ValueError, NotBase64) as error:
            raise Broken("the box does not open: it was changed, or belongs to another report", where=f"{source.value} {source_id}") from error
        fields = said.split(_BETWEEN)
        return Personal(**dict(zip(("name", "phone", "id_number", "home"), fields, strict=False)))

    def rotate(self) -> str:
        """Makes a new version, which closes from now on; the older ones stay. Returns its name. Raises Broken."""
        with self._locked():
            ring = self._read() if self.path.exists() else _fresh()
            ring = ring.model_copy(update={"keys": (*ring.keys, _key(len(ring.keys) + 1))})
            self._write(ring)
        return ring.keys[-1].version

    def versions(self) -> list[tuple[str, datetime]]:
        """All versions with the time of their making (UTC), oldest first; none where nothing was closed yet. Raises Broken."""
        return [(key.version, key.made_at) for key in self._read().keys] if self.path.exists() else []

    # the file

    def _look(self, *, make: bool = True) -> _Held:
        """The ring as the file has it now."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            if not make:
                raise NotFound("there is no key ring; put it back from the backup: without it no personal field can be read", where=str(self.path)) from None
            self._make()
            stat = self.path.stat()
        seen = stat.st_ino, stat.st_mtime_ns
        if self._held is None or seen != self._seen:
            ring = self._read()
            self._held = _Held(ring.salt, ring.keys[-1].version, {key.version: AESGCM(key.key) for key in ring.keys})
            self._seen = seen
        return self._held

    def _make(self) -> None:
        with self._locked():
            if not self.path.exists():
                self._write(_fresh())

    def _read(self) -> Ring:
        try:
            if self.path.stat().st_mode & 0o077:
                raise Broken("others may read the key ring: `chmod 600` it", where=str(self.path))
            ring = Ring.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError) as error:
            raise Broken("the key ring is not readable; put it back from the backup: without it no personal field can be read", where=str(self.path)) from error
        if not ring.keys or any(len(key.key) * 8 != _BITS for key in ring.keys):
            raise Broken("the key ring holds no key, or one of another length; put it back from the backup", where=str(self.path))
        return ring

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time makes or changes a ring."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, ring: Ring) -> None:
        """Whole or not at all, for its owner alone, and on the disk before anything is closed with it."""
        fresh = self.path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(ring.model_dump_json(indent=1).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _fresh() -> Ring:
    return Ring(salt=_written(secrets.token_bytes(32)), keys=(_key(1),))


def _key(number: int) -> Key:
    """A new version. Its name tells it from the one that another ring, made when this one had been lost, would have at its place."""
    return Key(version=f"{number}-{secrets.token_hex(4)}", made_at=datetime.now(UTC), key=_written(AESGCM.generate_key(_BITS)))


def _written(data: bytes) -> bytes:
    """As pydantic takes it."""
    return urlsafe_b64encode(data)


def _bound(centre: str, source: Source, source_id: str) -> bytes:
    """What a box belongs to."""
    return _BETWEEN.join((centre, source.value, source_id)).encode()


def _token(salt: bytes, centre: str, personal: Personal) -> str:
    """The same for the same telephone within a centre, else for the same identity card; empty where there is neither."""
    phone = domestic(plain_digits(personal.phone))
    paper = plain_paper(personal.id_number)
    if len(phone) >= _LEAST:
        said = "phone", phone
    elif paper:
        said = "id", paper
    else:
        return ""
    return hmac.new(salt, _BETWEEN.join((centre, *said)).encode(), hashlib.sha256).hexdigest()[:32]
