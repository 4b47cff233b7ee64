"""Making centres in a home, and putting packs to use."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from reference import shelf
from schemas.event import Centre
from schemas.vocabulary import Mode
from ucc.home import Home
from ucc.owner import Owner

DEFAULT_PACK = "pukou"
"""The shipped pack: what a home gets when nothing else was put to use."""

START_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a centre lives by its stream, a pack takes effect where the stream stands: the wall clock must not move the centre's."""


def centre_for(home: Home, name: str, owner: Owner) -> Centre:
    """The centre of that name, its parts started; in an empty home the default pack's centre is made first."""
    if not home.centres() and name in ("", DEFAULT_PACK):
        return use(home, shelf.find(DEFAULT_PACK), DEFAULT_PACK, Mode.LIVE, owner)
    centre = home.centre(name)
    owner.centre(centre)
    return centre


def use(home: Home, folder: Path, name: str, mode: Mode, owner: Owner) -> Centre:
    """Puts a pack on the shelf and to use in a centre, which is made when it is not there. Raises BrokenReference."""
    pack = shelf.put(folder, home.packs)
    known = next((c for c in home.centres() if c.centre == name), None)
    centre = Centre(centre=name, name=pack.title, partition=0, pack_name=pack.name, mode=known.mode if known else mode, time_zone=pack.time_zone)
    centre = home.register(centre)
    intake = owner.centre(centre)
    intake.use(pack.hash, pack.name, start_of(centre))
    return centre


def start_of(centre: Centre) -> datetime:
    """From when a pack takes effect that is put to use now."""
    return datetime.now(UTC) if centre.mode is Mode.LIVE else START_OF_TIME
