"""The embedded log: are SQLite's files sound, is everything folded, does anything wait."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.casework.state import META, Meta
from pipeline.runtime.casework_runner import READER
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.event import Centre
from schemas.topics import EVENTS
from schemas.vocabulary import Mode
from ucc.checks.finding import Finding, ok, unknown, wrong
from ucc.home import Home

PATIENCE_S = 30.0
"""For looking through one file: a sound one of some gigabytes is read in that time, a larger one by its operator."""
AHEAD = timedelta(minutes=5)
"""How far a centre's clock may be before ours: what machines that are told the time differ by, and more."""


def files(home: Home) -> Iterator[Finding]:
    """Whether each file is what SQLite calls sound."""
    there = [
        file
        for centre in home.centres()
        for file in (home.intake_log(centre.centre), home.casework_log(centre.centre), home.figures_log(centre.centre))
        if file.exists()
    ]
    found = [finding for file in there if (finding := _file(file)) is not None]
    yield from found
    if there and not found:
        yield ok("log", f"{len(there)} files in {home.logs} are sound")
    elif not there:
        yield unknown("log", "nothing has been accepted yet")


def _file(path: Path) -> Finding | None:
    until = time.monotonic() + PATIENCE_S
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            database.set_progress_handler(lambda: time.monotonic() > until, 100_000)
            said = [row[0] for row in database.execute("PRAGMA quick_check(3)")]
        finally:
            database.close()
    except sqlite3.DatabaseError as error:
        if "interrupted" in str(error):
            return unknown("log", f"{path} is large; look through it with: sqlite3 {path} 'PRAGMA quick_check'")
        said = [str(error)]
    if said == ["ok"]:
        return None
    return wrong("log", f"{path} is not sound: {'; '.join(said)}", "stop everything, keep a copy of the file as it is, and put the home back from a backup")


def figures(home: Home) -> Iterator[Finding]:
    """What waits: frames to be folded, dead letters; and whether a live centre's clock runs before ours."""
    for centre in home.centres():
        if home.intake_log(centre.centre).exists() and home.casework_log(centre.centre).exists():
            waiting, meta = _read(home, centre)
            said = "everything is folded" if not waiting else f"{waiting} frames of events wait to be folded; the next command goes on with them"
            yield ok("lag", f"{centre.centre}: {said}")
            yield from fold(centre, meta)


def _read(home: Home, centre: Centre) -> tuple[int, Meta]:
    intake = SqliteLog(home.intake_log(centre.centre), writer=False)
    try:
        casework = SqliteLog(home.casework_log(centre.centre), writer=False)
        try:
            kept = casework.load(META, [0])
            waiting = intake.end(EVENTS.name) - casework.committed(READER, EVENTS.name)
        finally:
            casework.close()
    finally:
        intake.close()
    return waiting, Meta.from_bytes(kept[0]) if 0 in kept else Meta(centre.centre)


def fold(centre: Centre, meta: Meta) -> Iterator[Finding]:
    """What the fold of a centre says of itself; the log may be of either kind."""
    if meta.waiting > 0:
        yield wrong(
            "dead letters",
            f"{centre.centre}: {meta.waiting} wait, and later lines of their reports behind them",
            'find out why (`ucc sql "SELECT stage, code, detail, count() FROM dead_letters GROUP BY stage, code, detail"`), mend it, and replay them',
        )
    else:
        yield ok("dead letters", f"{centre.centre}: none waits")
    if meta.gaps:
        yield wrong(
            "log", f"{centre.centre}: {meta.gaps} frames of events did not follow the one before", "keep the logs as they are, and report it to the developers"
        )
    if centre.mode is Mode.LIVE and meta.clock > datetime.now(UTC) + AHEAD:
        yield wrong(
            "clocks",
            f"the clock of {centre.centre} stands at {meta.clock:%Y-%m-%d %H:%M} UTC, before ours: a machine's clock was wrong once, and it never goes back",
            "set the clocks of all machines (chrony, NTP); deadlines are right again when time has caught up",
        )
