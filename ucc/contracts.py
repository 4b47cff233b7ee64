"""What a centre takes of figures: its contract, by the pack that is in effect."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from connectors.figures import Contract
from reference import shelf
from schemas.errors import NotFound, UccError
from schemas.event import Centre
from schemas.vocabulary import Mode

PACK_S = 30.0
"""How often one looks which pack is in effect."""


class Contracts:
    """The contract of a centre by the pack that is in effect now. Used by any thread."""

    def __init__(self, centre: Centre, packs: Path, pack: Callable[[], str]) -> None:
        """`pack`: hash of the pack in effect; may block."""
        self._centre, self._packs, self._pack = centre, packs, pack
        self._guard = threading.Lock()
        self._made: Contract | None = None
        self._hash, self._look_at = "", 0.0

    def __call__(self) -> Contract:
        """What the centre takes. Raises NotFound before the first pack, LogUnavailable."""
        with self._guard:
            if self._made is None or time.monotonic() >= self._look_at:
                self._look()
            assert self._made is not None, "made by looking"  # noqa: S101
            return self._made

    def _look(self) -> None:
        try:
            found = self._pack()
            if self._made is None or found != self._hash:
                self._made = Contract(self._centre.centre, shelf.get(self._packs, found), live=self._centre.mode is Mode.LIVE)
                self._hash = found
        except UccError:
            if self._made is None:
                raise
        self._look_at = time.monotonic() + PACK_S


def shelved(packs: Path, name: str) -> str:
    """Hash of the pack of a name that was put on the shelf last. Raises NotFound."""
    found = [pack for pack in shelf.names(packs) if pack.name == name]
    if not found:
        raise NotFound("the centre has no reference pack yet: `ucc reference use` puts one to use", where=name)
    return max(found, key=lambda pack: pack.folder.stat().st_mtime).hash
