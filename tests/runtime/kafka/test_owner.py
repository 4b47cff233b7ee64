from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.kafka_topics import apply
from pipeline.casework import state
from pipeline.intake.intake import Intake
from pipeline.runtime.casework_process import Rulebook
from pipeline.runtime.kafka import owner as owner_module
from pipeline.runtime.kafka.loop import LoopThread
from pipeline.runtime.kafka.owner import CentreOwner, Standing
from schemas.brokers import Brokers
from schemas.errors import NewerFrame, NotFound
from schemas.event import EVENT, Centre, RuleEvent, TickEvent
from schemas.frame import Frame, frame_of
from schemas.topics import EVENTS, JOURNAL, RAW
from schemas.vocabulary import Mode
from tests.runtime.kafka.messages import messages, produce
from tests.runtime.streams import CENTRE, START, frames, stream
from tests.served.kafka import Broker

PATIENCE_S = 120


class Owned:
    """Owners of the centre of one partition, and what happens to it."""

    def __init__(self, loop: LoopThread, brokers: Brokers, partition: int, folder: Path, packs: Path, mode: Mode) -> None:
        self.brokers, self.partition = brokers, partition
        self._parts = (loop, folder, Rulebook(packs).merge_rules)
        self.centre = Centre(centre=CENTRE, name=CENTRE, partition=partition, pack_name="pukou", mode=mode)
        self._last = -1

    @contextmanager
    def owner(self, name: str = "w1") -> Iterator[tuple[CentreOwner, threading.Semaphore]]:
        """An owner at work, and how often it has told."""
        loop, folder, rules = self._parts
        told = threading.Semaphore(0)
        made = CentreOwner(loop, self.brokers, self.centre, folder / f"{name}.db", (rules, None), lambda _: told.release())
        made.start()
        try:
            yield made, told
        finally:
            made.stop()
            made.join(PATIENCE_S)
            assert not made.is_alive()

    def events(self, kind: str, lines: list[bytes]) -> int:
        """What happens: a raw frame, and its frame of events; the raw offset."""
        (offset,) = produce(self.brokers, RAW.name, self.partition, frame_of(CENTRE, kind, lines))
        self.of_raw(offset, kind, lines)
        return offset

    def of_raw(self, offset: int, kind: str, lines: list[bytes]) -> None:
        """The frame of events of a raw frame."""
        produce(self.brokers, EVENTS.name, self.partition, frame_of(CENTRE, kind, lines, raw_offset=offset, previous=self._last))
        self._last = offset

    def ticks(self) -> list[tuple[int, TickEvent]]:
        """All ticks that were appended, with their offsets."""
        found = [
            (message.offset, EVENT.validate_json(message.value))
            for message in messages(self.brokers, RAW.name, self.partition)
            if message.value is not None and b'"tick"' in message.value
        ]
        return [(offset, event) for offset, event in found if isinstance(event, TickEvent)]

    def journal(self) -> list[bytes]:
        """What was decided."""
        return [message.value or b"" for message in messages(self.brokers, JOURNAL.name, self.partition)]


@pytest.fixture
def owned(loop: LoopThread, brokers: Brokers, partition: int, tmp_path: Path, packs: Path) -> Owned:
    """A centre that lives by its stream."""
    return Owned(loop, brokers, partition, tmp_path, packs, Mode.STREAM)


@pytest.fixture
def live(loop: LoopThread, brokers: Brokers, partition: int, tmp_path: Path, packs: Path, monkeypatch: pytest.MonkeyPatch) -> Owned:
    """A centre that lives by the wall clock, and whose reports go cold at once; its owner looks often."""
    monkeypatch.setattr(state, "WARM", timedelta(0))
    monkeypatch.setattr(owner_module, "IDLE_S", 0.05)
    return Owned(loop, brokers, partition, tmp_path, packs, Mode.LIVE)


def rule(pack: str) -> list[bytes]:
    """A pack takes effect."""
    return [RuleEvent(kind="rule", at=START, pack=pack, pack_name="pukou").to_json()]


def until(holds: Callable[[], bool]) -> None:
    """Waits for a condition."""
    patience = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < patience, "it never came about"
        time.sleep(0.02)


def test_an_owner_folds_what_comes_and_tells_where_it_stands(owned: Owned, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> None:
    portions = [reading(hashes[0]).lines(portion) for portion in frames(stream(30), 10)]
    with owned.owner() as (owner, told):
        assert told.acquire(timeout=PATIENCE_S)
        assert owner.standing == Standing(-1, "")
        first = owned.events("rule", rule(hashes[0]))
        until(lambda: owner.standing == Standing(first, hashes[0]))
        for portion in portions:
            last = owned.events("report", portion)
        until(lambda: owner.standing == Standing(last, hashes[0]))
        assert len(owned.journal()) == len(portions)
    assert told.acquire(timeout=PATIENCE_S), "and tells when it ends"
    assert (owner.fenced, owner.error) == (False, None)
    with owned.owner() as (owner, told):
        assert told.acquire(timeout=PATIENCE_S)
        assert owner.standing == Standing(last, hashes[0]), "the next one stands where it ended"
        assert len(owned.journal()) == len(portions)


def test_an_idle_clock_is_moved_by_one_tick_when_something_is_due(live: Owned, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> None:
    with live.owner() as (owner, _):
        live.events("rule", rule(hashes[0]))
        last = live.events("report", reading(hashes[0]).lines(stream(3)))
        until(lambda: bool(live.ticks()))
        for _ in range(10):
            beat(owner)
        ((offset, tick),) = live.ticks()
        assert offset > last
        assert abs(datetime.now(UTC) - tick.at) < timedelta(minutes=5)
        live.of_raw(offset, "tick", [tick.to_json()])
        until(lambda: owner.standing == Standing(offset, hashes[0]))
        for _ in range(10):
            beat(owner)
        assert len(live.ticks()) == 1, "nothing is due any more"
        later = live.events("report", reading(hashes[0]).lines(stream(6)[3:]))
        until(lambda: owner.standing == Standing(later, hashes[0]))


def beat(owner: CentreOwner) -> None:
    """Gives an idle owner the time for a look."""
    owner.join(owner_module.IDLE_S)


def test_a_centre_that_lives_by_its_stream_is_not_moved_by_the_wall_clock(
    owned: Owned, reading: Callable[[str], Intake], hashes: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "WARM", timedelta(0))
    monkeypatch.setattr(owner_module, "IDLE_S", 0.05)
    with owned.owner() as (owner, _):
        owned.events("rule", rule(hashes[0]))
        last = owned.events("report", reading(hashes[0]).lines(stream(3)))
        until(lambda: owner.standing == Standing(last, hashes[0]))
        for _ in range(10):
            beat(owner)
        assert owned.ticks() == []


def test_of_two_owners_the_later_one_goes_on_and_what_the_other_folds_counts_no_more(
    owned: Owned, reading: Callable[[str], Intake], hashes: tuple[str, str]
) -> None:
    with owned.owner("w1") as (first, told_first):
        assert told_first.acquire(timeout=PATIENCE_S)
        owned.events("rule", rule(hashes[0]))
        until(lambda: first.standing is not None and first.standing.pack == hashes[0])
        with owned.owner("w2") as (second, told_second):
            assert told_second.acquire(timeout=PATIENCE_S)
            assert second.standing == first.standing
            last = owned.events("report", reading(hashes[0]).lines(stream(9)))
            until(lambda: second.standing == Standing(last, hashes[0]))
            assert told_first.acquire(timeout=PATIENCE_S)
            first.join(PATIENCE_S)
            assert (first.fenced, first.error) == (True, None)
            assert (second.fenced, second.error) == (False, None)
            assert len(owned.journal()) == 1


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (frame_of(CENTRE, "rule", rule("f" * 16), raw_offset=0, previous=-1), NotFound),
        (Frame(frame_of(CENTRE, "rule", [b"{}"]).header.model_copy(update={"v": 9}), b"{}"), NewerFrame),
    ],
    ids=["a pack that is not here", "a newer release's"],
)
def test_what_has_to_be_mended_ends_an_owner_with_its_reason(owned: Owned, frame: Frame, kind: type[Exception]) -> None:
    with owned.owner() as (owner, _):
        produce(owned.brokers, EVENTS.name, owned.partition, frame)
        owner.join(PATIENCE_S)
        assert not owner.is_alive()
        assert isinstance(owner.error, kind)
        assert not owner.fenced


def test_an_owner_waits_for_topics_that_are_made_while_it_runs(loop: LoopThread, broker: Broker, namespace: str, tmp_path: Path, packs: Path) -> None:
    brokers = broker.brokers(namespace)
    with Owned(loop, brokers, 0, tmp_path, packs, Mode.STREAM).owner() as (owner, told):
        assert not told.acquire(timeout=0.5)
        apply(brokers, partitions=1)
        assert told.acquire(timeout=PATIENCE_S)
        assert owner.standing == Standing(-1, "")
