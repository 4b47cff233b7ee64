"""What commands do in a home whose log is Kafka: they write and read topics, and ask whoever holds the warehouse."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from connectors.kafka_publisher import Publisher
from connectors.kafka_reader import KafkaReader
from connectors.kafka_topics import PARTITIONS, apply
from pipeline.casework.state import META, Meta
from reference import shelf
from schemas.brokers import Brokers
from schemas.errors import Unavailable
from schemas.event import Centre, RuleEvent
from schemas.frame import frame_of
from schemas.topics import CASES, RAW, STATE
from schemas.vocabulary import Mode
from sinks.reconcile import difference, figures
from sinks.sql import kept
from ucc.asking import asking
from ucc.home import Home
from ucc.installing import DEFAULT_PACK, start_of

QUIET_S = 30.0
"""How long nothing may land before one stops waiting for it."""
_LOOK_S = 0.3
_META = f"{META}/0".encode()


def use(home: Home, brokers: Brokers, folder: Path, name: str, mode: Mode) -> tuple[Centre, str]:
    """Puts a pack on the shelf and to use in a centre, which is made when it is not there, and its topics with it; returns centre and hash.

    Raises BrokenReference, LogUnavailable.
    """
    pack = shelf.put(folder, home.packs)
    known = next((c for c in home.centres() if c.centre == name), None)
    centre = home.register(Centre(centre=name, name=pack.title, partition=0, pack_name=pack.name, mode=known.mode if known else mode, time_zone=pack.time_zone))
    apply(brokers, partitions=max(PARTITIONS, centre.partition + 1))
    rule = RuleEvent(kind="rule", at=start_of(centre), pack=pack.hash, pack_name=pack.name)
    with closing(Publisher(brokers)) as publisher:
        publisher.send(RAW.name, centre.partition, frame_of(centre.centre, "rule", [rule.to_json()]))
    return centre, pack.hash


def centre_for(home: Home, brokers: Brokers, name: str) -> Centre:
    """The centre of that name; in an empty home the default pack's centre is made first."""
    if not home.centres() and name in ("", DEFAULT_PACK):
        return use(home, brokers, shelf.find(DEFAULT_PACK), DEFAULT_PACK, Mode.LIVE)[0]
    return home.centre(name)


class Landed:
    """What became of the lines of one door, once they are in the warehouse."""

    def __init__(self, home: Home, brokers: Brokers, centre: Centre, door: str, first: int, last: int, lines: int) -> None:
        """`first` and `last`: raw offsets of its frames; others' frames lie between them."""
        self._home, self._brokers, self._centre, self._door = home, brokers, centre, door
        self._first, self._last, self._lines = first, last, lines

    def wait(self, said: Callable[[int, int], None]) -> dict[str, int]:
        """Lines by outcome; waits as long as something lands. `said` is told how many of how many lines have."""
        if self._first < 0:
            return {}
        ours: frozenset[int] = frozenset()
        found: Counter[str] = Counter()
        moved_at = time.monotonic()
        while sum(found.values()) < self._lines and time.monotonic() - moved_at < QUIET_S:
            before = sum(found.values())
            try:
                ours = ours or self._ours()
                found = self._found(ours)
            except Unavailable:
                time.sleep(_LOOK_S)
                continue
            if sum(found.values()) > before:
                moved_at = time.monotonic()
                said(sum(found.values()), self._lines)
            elif sum(found.values()) < self._lines:
                time.sleep(_LOOK_S)
        return dict(found)

    def _ours(self) -> frozenset[int]:
        ours, after = set(), self._first - 1
        with closing(KafkaReader(self._brokers, self._centre.centre, self._centre.partition)) as reader:
            while after < self._last and (frames := reader.read(RAW.name, after, 64)):
                ours |= {placed.offset for placed in frames if any(hop.endswith(self._door) for hop in placed.frame.header.hops)}
                after = frames[-1].offset
        return frozenset(ours)

    def _found(self, ours: frozenset[int]) -> Counter[str]:
        with asking(self._home) as warehouse:
            answer = warehouse.query(
                kept("outcomes_by_frame", centre=self._centre.centre, first=str(self._first), last=str(self._last)),
                "JSONEachRow",
            )
        found: Counter[str] = Counter()
        for row in map(orjson.loads, answer.splitlines()):
            if int(row["raw_offset"]) in ours:
                found[row["outcome"]] += int(row["lines"])
        return found


class Counted(NamedTuple):
    """Lines of reports in `ucc.raw`, as far as it is kept: from `first` up to the last frame folded, and behind it."""

    first: int
    folded: int
    waiting: int


def accepted(reader: KafkaReader, folded_to: int) -> Counted:
    """Counts the lines of `ucc.raw`."""
    first, folded, waiting, after = -1, 0, 0, -1
    while frames := reader.read(RAW.name, after, 64):
        for offset, frame in frames:
            first = offset if first < 0 else first
            lines = frame.header.lines if frame.header.kind in ("report", "dismiss") else 0
            folded, waiting = (folded + lines, waiting) if offset <= folded_to else (folded, waiting + lines)
        after = frames[-1].offset
    return Counted(first, folded, waiting)


def meta_of(reader: KafkaReader, centre: str) -> Meta:
    """What the fold says of itself: the last row of its kind in `ucc.state`, which stands near its end."""
    for count in (50, 5_000, 500_000, 50_000_000):
        messages = reader.tail(STATE.name, count)
        for key, value in reversed(messages):
            if key == _META and value is not None:
                return Meta.from_bytes(value)
        if len(messages) < count:
            break
    return Meta(centre)


def live_cases(reader: KafkaReader) -> tuple[int, int]:
    """How many cases `ucc.cases` holds, and how many standing reports are in them."""
    reports: dict[str, int] = {}
    after = -1
    while frames := reader.read(CASES.name, after, 2_000):
        for placed in frames:
            for line in placed.frame.lines():
                case = orjson.loads(line)
                reports[case["case_id"]] = case["reports"]
        after = frames[-1].offset
    return len(reports), sum(reports.values())


def compared(home: Home, brokers: Brokers, centre: Centre, *, live: bool = True) -> dict[str, Any]:
    """Log, fold, warehouse and live cases of a centre side by side, with the sentences that say what differs, and by how many lines.

    What is on its way is no difference yet, but the centre is not balanced before it has landed. Raises LogUnavailable,
    WarehouseUnavailable.
    """
    with closing(KafkaReader(brokers, centre.centre, centre.partition)) as reader:
        meta = meta_of(reader, centre.centre)
        raw = accepted(reader, meta.raw_offset)
        counted = meta.figures()
        with asking(home) as warehouse:
            found = [str(one) for one in difference(counted, figures(warehouse, centre.centre))]
            rows = warehouse.query(
                kept("outcomes_between", centre=centre.centre, first=str(max(raw.first, 0)), last=str(max(meta.raw_offset, 0))), "JSONEachRow"
            )
        landed = sum(int(orjson.loads(line)["lines"]) for line in rows.splitlines()) if raw.first >= 0 else 0
        off = abs(raw.folded - landed)
        if off:
            found.insert(0, f"outcomes: {raw.folded} lines of the log were folded, {landed} of them have an outcome in the warehouse")
        if raw.waiting:
            found.insert(0, f"on their way: {raw.waiting} lines were accepted and are not folded yet")
        elif live and not found:
            cases, reports = live_cases(reader)
            if (cases, reports) != (counted["cases"], counted["standing in cases"]):
                found.append(
                    f"live cases: ucc.cases holds {cases} cases with {reports} reports, the fold {counted['cases']} with {counted['standing in cases']}"
                )
                off += abs(cases - counted["cases"]) + abs(reports - counted["standing in cases"])
    return {"centre": centre.centre, "accepted": counted["lines"] + raw.waiting, "figures": counted, "differences": found, "off": off}
