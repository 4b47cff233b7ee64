"""What the log, the fold and the warehouse each have counted, side by side (`DESIGN.md` §4, promise 1)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from pipeline.casework.state import META, Meta
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.ports import Questions
from schemas.topics import RAW
from sinks.reconcile import difference, figures
from ucc import on_kafka
from ucc.asking import asking
from ucc.home import Home
from ucc.owner import owner_of
from ucc.settings import brokers

QUIET_S, PATIENCE_S, LOOK_S = 10.0, 120.0, 0.2
"""How long nothing may move, and all together, before what differs is said; how often one looks."""


def reconciled(home: Home, centre: str) -> list[dict[str, Any]]:
    """For each centre (or the one named): lines accepted, figures of the fold, and the sentences that say what differs.

    A home that nobody owns is owned for the time being, and what was left half done in it is finished first. Beside parts that work, what is on its
    way is waited for, as long as something moves: they are compared at a moment when all has landed.
    """
    served = brokers()
    if served is not None:
        return [_settled(partial(on_kafka.compared, home, served, one)) for one in ([home.centre(centre)] if centre else home.centres())]
    names = [home.centre(centre).centre] if centre else [c.centre for c in home.centres()]
    if home.running() is None and names:
        with owner_of(home, "reconcile") as owner:
            for name in names:
                owner.centre(home.centre(name))
                owner.drain(name)
            return [_compared(home, name, owner.warehouse) for name in names]
    with asking(home) as warehouse:
        return [_settled(partial(_compared, home, name, warehouse)) for name in names]


def _settled(compared: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was compared, once nothing is on its way any more; where that does not come about, what differs at the end."""
    last, began = (-1, [""]), time.monotonic()
    moved_at = began
    while True:
        found = compared()
        now = time.monotonic()
        seen = (found["accepted"], found["differences"])
        last, moved_at = seen, (now if seen != last else moved_at)
        if not found["differences"] or now - moved_at > QUIET_S or now - began > PATIENCE_S:
            return found
        time.sleep(LOOK_S)


def _compared(home: Home, centre: str, warehouse: Questions) -> dict[str, Any]:
    accepted = _accepted(home, centre)
    meta = _meta(home, centre)
    counted = meta.figures()
    differences = [str(found) for found in difference(counted, figures(warehouse, centre))]
    if accepted - meta.others != counted["lines"]:
        differences.insert(0, f"outcomes: {accepted - meta.others} lines accepted, {counted['lines']} have an outcome")
    if meta.gaps:
        differences.append(f"gaps: {meta.gaps} frames of events did not follow the one before")
    return {"centre": centre, "accepted": accepted - meta.others, "figures": counted, "differences": differences}


def _accepted(home: Home, centre: str) -> int:
    log = SqliteLog(home.intake_log(centre), writer=False)
    try:
        return log.total_lines(RAW.name)
    finally:
        log.close()


def _meta(home: Home, centre: str) -> Meta:
    log = SqliteLog(home.casework_log(centre), writer=False)
    try:
        kept = log.load(META, [0])
    finally:
        log.close()
    return Meta.from_bytes(kept[0]) if 0 in kept else Meta(centre)
