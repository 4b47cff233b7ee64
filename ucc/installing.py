"""Making centres in a home, and putting packs to use."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pipeline.intake.intake import Intake
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
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


def prepared(home: Home, name: str, mode: Mode = Mode.LIVE) -> Centre:
    """The centre of that name; in an empty home the default pack's is made first, and said so. Starts no part. Raises NotFound, HomeBusy, LogUnavailable."""
    if home.centres() or name not in ("", DEFAULT_PACK):
        return home.centre(name)
    with home.owned("make a centre"):
        if home.centres():  # somebody was faster
            return home.centre(name)
        pack = shelf.put(shelf.find(DEFAULT_PACK), home.packs)
        centre = Centre(centre=DEFAULT_PACK, name=pack.title, partition=0, pack_name=pack.name, mode=mode, time_zone=pack.time_zone)
        with closing(SqliteLog(home.intake_log(DEFAULT_PACK), writer=True)) as log:
            intake = EmbeddedIntake(log, DEFAULT_PACK, lambda _: Intake(pack, centre.mode), f"{os.getpid()}")
            intake.use(pack.hash, pack.name, start_of(centre))
        centre = home.register(centre)
    print(f"ucc: this home was empty; it has the shipped centre {DEFAULT_PACK} now ({pack.title})", file=sys.stderr)  # noqa: T201  for the operator
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
