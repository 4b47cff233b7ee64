"""A district that is simulated whole: what sources push, what people do, where responders are; through the real intake into the real fold on the real log.

Time goes by in windows. What happens in one is written as frames, in one transaction, as the doors write it; casework folds them, in its own; then people
are told what it has written. So nobody acts on what has not been made durable.
"""

from __future__ import annotations

import heapq
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from connectors import city_management, department, hotline12345, joint_patrol, petition, police110
from connectors.accept import accept
from connectors.channel import Channel
from connectors.simulation.faults import Push, pushes
from connectors.simulation.happening import Happening
from connectors.simulation.happenings import happenings
from connectors.simulation.people.people import People, Told
from connectors.simulation.storm import storm
from pipeline.casework.dispatch.choice import Choice
from pipeline.casework.dispatch.choosing import Dispatcher
from pipeline.casework.lifecycle.book import Book
from pipeline.intake.intake import Intake
from pipeline.runtime.casework_runner import CaseworkRunner
from pipeline.runtime.sqlite_log import SqliteLog
from reference import load
from reference.pack import Reference
from reference.tables import PACKS
from schemas.errors import Refused
from schemas.event import RuleEvent, TickEvent
from schemas.frame import Frame, frame_of
from schemas.ports import Transaction
from schemas.topics import ALERTS, CASES, EVENTS, JOURNAL, OUTCOMES, VERDICTS
from schemas.vocabulary import Mode, Source, Urgency
from schemas.wire import portions

CENTRE = "pukou"
SHARES = {
    Source.HOTLINE12345: 300,
    Source.POLICE110: 80,
    Source.CITY_MANAGEMENT: 400,
    Source.PETITION: 15,
    Source.JOINT_PATROL: 600,
    Source.DEPARTMENT: 105,
}
"""Reports of each source on an ordinary day (`domain/domain.md` §0, volumes)."""
QUARTERS, NARROWED = 3, 0.05
"""Where a storm strikes: so many quarters, the district narrowed to so much round the middle of each."""
HOUSES, APART_DEGREES = 5, 0.0018
"""Of each thing people tell at so many places, so far apart (170 m, too far to be merged)."""
READ = 400
"""Frames that people read at once."""
DAY = timedelta(days=1)


class Wanted(NamedTuple):
    """What is simulated. `start` is aware; `reports` of an ordinary day; `storm`: on which day it comes, from 0.

    `storm_share`: of a day's reports so many more come with it, within two hours.
    """

    start: datetime
    days: int
    reports: int
    responders: int
    seed: int
    storm: int
    storm_share: float = 0.6
    window: timedelta = timedelta(seconds=20)
    positions: timedelta = timedelta(minutes=1)


def staffed(count: int) -> Reference:
    """The shipped district with so many responders, on the shifts that it has."""
    shipped = load.load(PACKS / CENTRE)
    step = max(1, len(shipped.responders) // count)
    few = shipped.responders[::step][:count]
    more = [one.model_copy(update={"responder": f"{one.responder}-b"}) for one in shipped.responders[: max(0, count - len(few))]]
    return replace(shipped, responders=(*few, *more))


class TimedBook(Book):
    """The rules, with a watch on choosing."""

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self.dispatcher: TimedDispatcher = TimedDispatcher(reference)


class TimedDispatcher(Dispatcher):
    """Choosing, timed: milliseconds by the clock on the wall, and of this thread alone."""

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference)
        self.wall_ms, self.processor_ms = array("d"), array("d")

    def choose(self, *args: Any, **kwargs: Any) -> Choice:  # noqa: ANN401  as `Dispatcher.choose`
        """As `Dispatcher.choose`."""
        began, busy = time.perf_counter(), time.thread_time()
        try:
            return super().choose(*args, **kwargs)
        finally:
            self.processor_ms.append((time.thread_time() - busy) * 1e3)
            self.wall_ms.append((time.perf_counter() - began) * 1e3)


class District:
    """The district, its centre and its people. Files lie in `folder`; what lies there already is gone on with."""

    def __init__(self, wanted: Wanted, folder: Path) -> None:
        self.wanted, self.reference = wanted, staffed(wanted.responders)
        self.people = People(self.reference, wanted.seed, wanted.start)
        self.book = TimedBook(self.reference)
        self._intake = Intake(self.reference, Mode.SIMULATED)
        self._events = SqliteLog(folder / "events.db", writer=True)
        self.log = SqliteLog(folder / "casework.db", writer=True)
        self.runner = CaseworkRunner(self._events, self.log, CENTRE, lambda _: self.reference.merge_rules, self.reference.time_zone, lambda _: self.book)
        self._read = dict.fromkeys((CASES.name, JOURNAL.name, ALERTS.name, VERDICTS.name), -1)
        self._raw = self._sent = -1
        self.now = wanted.start
        self._positions_at = wanted.start
        self._pushes = self._pushed()
        self._ahead: Push | None = None
        self.counts: Counter[str] = Counter()
        self.by_day: Counter[tuple[str, str]] = Counter()
        self._digest = blake2b(digest_size=16)
        self._write([("rule", [RuleEvent(kind="rule", at=datetime(1970, 1, 1, tzinfo=UTC), pack=self.reference.hash, pack_name=CENTRE).to_json()])])

    def close(self) -> None:
        """Closes the files."""
        self.log.close()
        self._events.close()

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.wanted.start + self.wanted.days * DAY

    @property
    def journal(self) -> str:
        """Digest of all journal lines so far."""
        return self._digest.hexdigest()

    # time

    def step(self) -> None:
        """Lets a window go by: what is told and done in it is written, folded, and told to people."""
        until = min(self.now + self.wanted.window, self.end)
        frames = list(self._frames(until))
        if not frames and (due := self.runner.state.due()) is not None and due <= until:
            frames = [("tick", [TickEvent(kind="tick", at=until).to_json()])]
        if frames:
            self._write(frames)
        self.now = until

    def _frames(self, until: datetime) -> Iterator[tuple[str, list[bytes]]]:
        """What happens by an instant: positions, then what is reported and commanded, in the order of time."""
        if until - self._positions_at >= self.wanted.positions:
            self._positions_at = until
            seen = self.people.out.seen(self.now)
            if seen is not None:
                self.counts["fixes"] += len(seen.responders)
                yield "positions", [seen.to_json()]
        told: list[tuple[datetime, int, str, bytes | Push]] = [(push.at, 0, "report", push) for push in self._due(until)]
        told += [(event.at, 1, "command", event.to_json()) for event in self.people.commands(until)]
        told.sort(key=lambda one: one[:2])
        same: list[bytes | Push] = []
        kind = ""
        for _, _, which, what in told:
            if which != kind and same:
                yield from self._lines(kind, same)
                same = []
            kind = which
            same.append(what)
        if same:
            yield from self._lines(kind, same)

    def _lines(self, kind: str, what: Sequence[bytes | Push]) -> Iterator[tuple[str, list[bytes]]]:
        if kind == "command":
            for portion in portions([one for one in what if isinstance(one, bytes)]):
                yield kind, list(portion)
            return
        for push in what:
            if isinstance(push, Push):
                self.counts["lines pushed"] += 1
                at = push.at.astimezone(UTC)
                try:
                    report = self._channels[push.source].read(push.line, at).report
                except Refused:
                    self.counts["refused at the door"] += 1
                    continue
                yield kind, self._intake.lines(accept([report], CENTRE, at))

    @cached_property
    def _channels(self) -> dict[Source, Channel]:
        known = (hotline12345.CHANNEL, police110.CHANNEL, city_management.CHANNEL, petition.CHANNEL, joint_patrol.CHANNEL, department.channel())
        return {channel.source: channel for channel in known}

    def _due(self, until: datetime) -> Iterator[Push]:
        while True:
            push = self._ahead or next(self._pushes, None)
            self._ahead = None
            if push is None:
                return
            if push.at > until:
                self._ahead = push
                return
            yield push

    def _pushed(self) -> Iterator[Push]:
        """What all sources push, day after day; what is held up over midnight comes on the next."""
        waiting: list[tuple[datetime, int, Push]] = []
        number = 0
        for day in range(self.wanted.days):
            start = self.wanted.start + day * DAY
            for push in pushes(self._told(day, start), self.wanted.seed * 1000 + day, start):
                number += 1
                heapq.heappush(waiting, (push.at, number, push))
                while waiting[0][0] < push.at - DAY / 4:
                    yield heapq.heappop(waiting)[2]
            while waiting and waiting[0][0] < start + DAY:
                yield heapq.heappop(waiting)[2]

    def _told(self, day: int, start: datetime) -> Iterator[tuple[Source, Happening]]:
        seed, parts = self.wanted.seed * 1000 + day, []
        for source, share in SHARES.items():
            count = max(1, round(self.wanted.reports * share / sum(SHARES.values())))
            parts.append([(source, one) for one in happenings(self.reference, source, count, seed, start)])
            if day == self.wanted.storm:
                many = max(1, round(count * self.wanted.storm_share))
                parts.append([(source, self._gathered(one)) for one in storm(self.reference, source, many, seed, start)])
        return heapq.merge(*parts, key=lambda told: told[1].at)

    def _gathered(self, one: Happening) -> Happening:
        """A storm strikes some quarters of the town: what would lie all over the district lies in one of these, as near each other as mass events are."""
        if one.place is None:
            return one
        grids = self.reference.grids
        at = self.reference.polygons[len(grids) * (int(one.matter) % QUARTERS) // QUARTERS].representative_point()
        lng, lat = (float(centre) + (there - float(centre)) * NARROWED for centre, there in ((at.x, one.place.lng), (at.y, one.place.lat)))
        house = one.number % HOUSES
        place = one.place._replace(lng=lng + house * APART_DEGREES, lat=lat)
        return one._replace(place=place, urgency=Urgency.U2 if house else one.urgency)

    def tick(self) -> None:
        """Time comes to now: what is due by then has happened."""
        self._write([("tick", [TickEvent(kind="tick", at=self.now).to_json()])])

    # frames

    def _write(self, frames: Sequence[tuple[str, list[bytes]]]) -> None:
        with self._events.transaction() as transaction:
            for kind, lines in frames:
                self._append(transaction, kind, lines)
        while self.runner.offset < self._sent:
            self.runner.step()
        self._tell()

    def _append(self, transaction: Transaction, kind: str, lines: list[bytes]) -> None:
        if kind == "positions":
            frame: Frame = frame_of(CENTRE, kind, lines)
        else:
            self._raw += 1
            frame = frame_of(CENTRE, kind, lines, raw_offset=self._raw, previous=self._raw - 1)
        transaction.append(EVENTS.name, frame)
        self._sent += 1
        self.counts[f"frames {kind}"] += 1
        self.counts[f"lines {kind}"] += len(lines)

    def _tell(self) -> None:
        cases, journal, alerts, verdicts = (self._new(topic) for topic in self._read)
        self._count(journal, alerts, verdicts)
        self.people.told(Told(cases, journal, alerts, verdicts))

    def _new(self, topic: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while placed := self.log.read(topic, self._read[topic], READ):
            self._read[topic] = placed[-1].offset
            for one in placed:
                lines = one.frame.lines()
                if topic == JOURNAL.name:
                    for line in lines:
                        self._digest.update(line)
                found += map(orjson.loads, lines)
        return found

    def _count(self, journal: Sequence[dict[str, Any]], alerts: Sequence[dict[str, Any]], verdicts: Sequence[dict[str, Any]]) -> None:
        for line in journal:
            self.counts[f"action {line['action']}"] += 1
            if line["action"] == "order_told":
                self.counts[f"order {line['data']['act']}"] += 1
            elif line["action"] in ("opened", "incident"):
                self.by_day[line["action"], line["at"][:10]] += 1
        for alert in alerts:
            self.counts[f"alert lines {alert['kind']}"] += 1
        for verdict in verdicts:
            self.counts[f"verdicts {verdict['verdict']}"] += 1
            if verdict.get("code") == "failed":
                self.counts["verdict failed"] += 1
            if verdict.get("code"):
                self.counts[f"verdict {verdict['action']} {verdict['code']}"] += 1

    def trim(self) -> None:
        """Forgets what has been read by all, as `ucc up` does: journal, alerts and results stay, as long as their retention says."""
        self._events.trim(EVENTS.name, self.runner.offset)
        for topic in (CASES.name, VERDICTS.name):
            self.log.trim(topic, self._read[topic])
        self.log.trim(OUTCOMES.name, self.log.end(OUTCOMES.name))
