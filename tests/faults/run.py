"""One run: an installation is fed and meets the faults of its seed; afterwards nothing may be lost, doubled or changed."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.found import Found, Landed, Logged, landed
from tests.faults.full_disk import FullDisk, small_disk
from tests.faults.injector import Injector
from tests.faults.installation import Desk, Installation, Shape, clean
from tests.faults.plan import Planned, plan
from tests.faults.stream import Stream
from tests.faults.verdict import violations

FINISH_S = 480.0
"""For the feeds to end what they have begun when the last fault is over."""
FULL_DISK = "disk full (embedded)"
FOREIGN = "who else writes this topic"
"""In a part's log: a message that is no frame. Here nobody else writes, so it would be ours."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What a run is to be."""

    seed: str
    shape: Shape
    stream: Stream
    faults: int


@dataclass
class Record:
    """What a run was, for `build/faults/<seed>.json`."""

    seed: str
    shape: dict[str, Any]
    stream: str
    faults: list[dict[str, Any]] = field(default_factory=list)
    fed: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    """How parts and imports ended, and how often."""
    restarts: dict[str, int] = field(default_factory=dict)
    """Why workers started themselves again, and how often."""
    settled_s: float = 0.0
    """From the end of the last fault until all was balanced."""
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)

    def add(self, other: Record) -> None:
        """What another part of the same run was."""
        self.faults += other.faults
        self.fed |= other.fed
        self.violations += other.violations
        self.seconds = round(self.seconds + other.seconds, 1)

    def counts(self) -> Counter[str]:
        """Faults that hit something, by kind."""
        return Counter(one["kind"] for one in self.faults if one["hit"])


def run(
    wanted: Wanted, folder: Path, say: Say, planned: Sequence[Planned] | None = None, then: Callable[[Installation, dict[str, Landed]], None] | None = None
) -> Record:
    """One run in an empty folder. `planned`: other faults than the seed's; `then` gets the installation before it is ended, and the clean run's centres."""
    began = time.monotonic()
    rng = random.Random(wanted.seed)
    record = Record(wanted.seed, vars(wanted.shape).copy(), wanted.stream.name)
    faults = planned if planned is not None else plan(rng, wanted.shape, wanted.faults)
    at = Installation(folder / "kafka", wanted.shape, _shifted(wanted.stream, rng), wanted.seed)
    try:
        at.start()
        injected = Injector(at, lambda one: say(f"{one.at:6.1f} s  {one}{'' if one.hit else ': nothing to hit'}")).run(faults)
        over = time.monotonic()
        record.faults = [{"kind": one.fault.kind, "said": str(one), "at": round(one.at, 1), "hit": one.hit} for one in injected]
        record.violations += [f"the harness: {one.trouble}" for one in injected if one.trouble]
        say("the last fault is over; what was begun is fed to its end")
        record.violations += at.finish(FINISH_S)
        said = at.settle()
        record.settled_s = round(time.monotonic() - over, 1)
        record.fed = {feed.centre: len(feed.fed) for feed in at.feeds}
        say(
            f"{sum(record.fed.values()):,} lines fed; {'balanced' if said.get('balanced') else 'NOT balanced'} after {record.settled_s:.0f} s; a clean run beside it …"
        )
        expected = _clean(folder / "clean", at)
        record.violations += [sentence for found in at.found(said) for sentence in violations(found, expected[found.centre])]
        if then is not None:
            then(at, expected)
        record.violations += at.stop()
        _told(at, record)
    finally:
        at.close()
    record.seconds = round(time.monotonic() - began, 1)
    return record


def _shifted(stream: Stream, rng: random.Random) -> Stream:
    """The stream from another line on: each seed sees other lines."""
    first = rng.randrange(len(stream.lines) // 4)
    return Stream(stream.name, stream.columns, stream.lines[first:], stream.mapping, stream.pack)


def _clean(folder: Path, at: Installation) -> dict[str, Landed]:
    desk = clean(folder, at.stream, {feed.centre: feed.fed for feed in at.feeds})
    return landed(desk.ask, at.centres)


def _told(at: Installation, record: Record) -> None:
    """What ended how, and what the logs say of it."""
    record.ended = dict(sorted(Counter(f"{one.part.rstrip(' 0123456789')}: {one.code}" for one in at.ended()).items()))
    record.violations += [f"{one.part} ended with {one.code}{'' if one.told else ', which nobody told it'}" for one in at.ended() if not one.as_it_should]
    logs = "".join(part.log.read_text("utf-8", errors="replace") for part in at.parts if part.log.exists())
    record.restarts = dict(Counter(re.findall(r"^ucc: worker ends: (.*)$", logs, re.MULTILINE)))
    if FOREIGN in logs:
        record.violations.append(f"{logs.count(FOREIGN)} messages that are no frames, and nobody else writes")


def full_disks(seed: str, stream: Stream, many: int, folder: Path, say: Say) -> Record:
    """The embedded runtime with disks that are full: half of them by a limit to files, half on a small disk where there may be one."""
    began = time.monotonic()
    rng = random.Random(f"{seed} {FULL_DISK}")
    centre, stream = "full1", _shifted(stream, rng)
    record = Record(seed, {}, stream.name)
    with small_disk(folder / "disk") as is_small:
        desk = Desk(folder / "disk" / "home")
        desk.use(stream, [centre])
        filled = FullDisk(desk, folder, stream, centre, stream.lines, rng)
        for number in range(many):
            how = filled.disk_fills_up if is_small and number % 2 else filled.files_may_not_grow
            one = {"kind": FULL_DISK, "said": f"{FULL_DISK}: {how.__name__.replace('_', ' ')}", "at": round(time.monotonic() - began, 1), "hit": how()}
            record.faults.append(one)
            say(f"{one['at']:6.1f} s  {one['said']}{'' if one['hit'] else ': nothing to hit'}")
        said = desk.reconciled()
        expected = landed(clean(folder / "clean", stream, {centre: filled.fed}).ask, [centre])[centre]
        found = landed(desk.ask, [centre])[centre]
    record.fed[centre] = len(filled.fed)
    # What lies in its logs is compared by its own reconciliation.
    logged = Logged([receipt for receipt, _ in found.outcomes], found.outcomes, found.journal)
    reconciled: dict[str, Any] = next((one for one in said.get("centres", ()) if one["centre"] == centre), {})
    record.violations += filled.unexpected + violations(Found(centre, twice=False, logged=logged, landed=found, reconciled=reconciled), expected)
    record.seconds = round(time.monotonic() - began, 1)
    return record
