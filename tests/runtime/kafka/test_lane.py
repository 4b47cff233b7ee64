from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.kafka_publisher import Publisher
from pipeline.intake.intake import Intake
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.kafka import lane as lane_module
from pipeline.runtime.kafka.lane import IntakeLane, Raw
from pipeline.runtime.kafka.loop import LoopThread
from pipeline.runtime.kafka.owner import CentreOwner, Standing
from pipeline.runtime.sqlite_log import SqliteLog
from schemas import metrics
from schemas.brokers import Brokers
from schemas.errors import LogUnavailable, NewerFrame, NotFound
from schemas.event import Centre, RuleEvent, TickEvent
from schemas.frame import MAX_LINES, Frame, frame_of
from schemas.topics import EVENTS, RAW
from schemas.vocabulary import Mode
from schemas.wire import headers_of
from tests.runtime.kafka.messages import produce
from tests.runtime.streams import CENTRE, START, frames, stream

PATIENCE_S = 120


class Posted:
    """What a lane has handed to the producer; each frame is durable at once, unless it is told to fail."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.fails = 0

    async def __call__(self, topic: str, partition: int, frame: Frame) -> asyncio.Future[object]:
        assert topic == EVENTS.name
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if self.fails:
            self.fails -= 1
            future.set_exception(LogUnavailable("away"))
        else:
            self.frames.append(frame)
            future.set_result(partition)
        return future

    async def reach(self, count: int) -> None:
        """Waits until so many frames were sent."""
        await until(lambda: len(self.frames) >= count)
        assert len(self.frames) == count

    def chain(self) -> list[tuple[int | None, int | None]]:
        """Of each frame the raw frame before, and its own."""
        return [(frame.header.previous_raw_offset, frame.header.raw_offset) for frame in self.frames]


@pytest.fixture
def owner(loop: LoopThread, brokers: Brokers, partition: int, tmp_path: Path) -> CentreOwner:
    """The owner of a centre that has folded nothing yet; its thread is not started, so that a test says how far the fold is."""
    centre = Centre(centre=CENTRE, name=CENTRE, partition=partition, pack_name="pukou", mode=Mode.STREAM)
    made = CentreOwner(loop, brokers, centre, tmp_path / "state.db", (lambda _: {}, None), lambda _: None)
    made.standing = Standing(-1, "")
    return made


@pytest.fixture
def posted() -> Posted:
    """What the lane sends."""
    return Posted()


@pytest.fixture
def lane(brokers: Brokers, owner: CentreOwner, reading: Callable[[str], Intake], posted: Posted) -> IntakeLane:
    """The lane of that owner's centre."""
    return IntakeLane(brokers, owner, lambda pack, _: reading(pack), posted, "w1")


@pytest.fixture
def offer(brokers: Brokers, partition: int) -> Callable[..., list[int]]:
    """Appends to `ucc.raw` as a door would; the offsets."""
    return partial(produce, brokers, RAW.name, partition)


@asynccontextmanager
async def running(lane: IntakeLane) -> AsyncIterator[asyncio.Task[None]]:
    """The lane at work for the time of the block."""
    task = asyncio.create_task(lane.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def until(holds: Callable[[], bool]) -> None:
    """Waits for a condition."""
    for _ in range(PATIENCE_S * 100):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came about")


def run(scenario: Coroutine[Any, Any, None]) -> None:
    """Runs a test's scenario."""
    asyncio.run(asyncio.wait_for(scenario, 3 * PATIENCE_S))


def rule(pack: str) -> Frame:
    """A pack takes effect."""
    return frame_of(CENTRE, "rule", [RuleEvent(kind="rule", at=START, pack=pack, pack_name="pukou").to_json()])


def reports(count: int, size: int = 3) -> list[Frame]:
    """Raw frames of reports."""
    return [frame_of(CENTRE, "report", [line.to_json() for line in portion], source="test") for portion in frames(stream(count * size), size)]


def raw(offset: int, frame: Frame) -> Raw:
    """A raw frame as the agent hands it in."""
    return Raw(offset, frame.body, headers_of(frame))


def test_all_that_waits_is_made_as_the_embedded_intake_makes_it(
    lane: IntakeLane, posted: Posted, offer: Callable[..., list[int]], reading: Callable[[str], Intake], hashes: tuple[str, str], tmp_path: Path
) -> None:
    tick = frame_of(CENTRE, "tick", [TickEvent(kind="tick", at=START).to_json()])
    broken = frame_of(CENTRE, "report", [b"{", b"\xff", b""])
    accepted = [rule(hashes[0]), *reports(5), rule(hashes[1]), tick, broken, *reports(3)]
    offer(*accepted)

    async def scenario() -> None:
        async with running(lane):
            await posted.reach(len(accepted))

    run(scenario())
    with closing(SqliteLog(tmp_path / "intake.db", writer=True)) as log:
        with log.transaction() as transaction:
            for frame in accepted:
                transaction.append(RAW.name, frame)
        EmbeddedIntake(log, CENTRE, reading, "w").catch_up()
        expected = [placed.frame for placed in log.read(EVENTS.name, -1, 100)]
    assert [frame.body for frame in posted.frames] == [frame.body for frame in expected]
    assert [plain(frame) for frame in posted.frames] == [plain(frame) for frame in expected]
    assert all(frame.header.hops[-1].split(" ")[0::2] == ["intake", "w1"] for frame in posted.frames)


def plain(frame: Frame) -> object:
    """A header without what tells of the way."""
    return frame.header.model_copy(update={"hops": (), "source": ""})


def test_it_begins_behind_what_is_folded_with_the_pack_that_was_in_effect_there(
    lane: IntakeLane, owner: CentreOwner, posted: Posted, offer: Callable[..., list[int]], hashes: tuple[str, str]
) -> None:
    offer(rule(hashes[0]), *reports(4))
    owner.standing = Standing(2, hashes[1])

    async def scenario() -> None:
        async with running(lane):
            await posted.reach(2)

    run(scenario())
    assert posted.chain() == [(2, 3), (3, 4)]
    assert f'"pack":"{hashes[1]}"'.encode() in posted.frames[0].body


def test_what_the_agent_hands_in_is_made_once_however_often_it_does_and_whatever_it_loses(
    lane: IntakeLane, owner: CentreOwner, posted: Posted, offer: Callable[..., list[int]], hashes: tuple[str, str]
) -> None:
    told = reports(12)

    async def hand_in(*numbers: int) -> None:
        for number in numbers:
            await lane.take(raw(number + 1, told[number]))

    async def scenario() -> None:
        offer(rule(hashes[0]), *told[:2])
        await lane.take(raw(2, told[1]))
        async with running(lane):
            await until(lambda: not lane.waits() or len(posted.frames) == 3)
            owner.standing = Standing(2, hashes[0])
            await until(lambda: not lane.waits())
            offer(*told[2:5])
            await hand_in(2, 3, 2, 3, 1, 4)
            assert len(posted.frames) == 6, "made as they are handed in"
            offer(*told[5:])
            await hand_in(5, 8)
            await posted.reach(13)
            await hand_in(*range(12))

    run(scenario())
    assert posted.chain() == [(number - 1, number) for number in range(13)]


def test_frames_that_came_in_transactions_are_made_too_whether_the_agent_hands_them_in_or_not(
    lane: IntakeLane, brokers: Brokers, partition: int, posted: Posted, hashes: tuple[str, str]
) -> None:
    told = [rule(hashes[0]), *reports(9)]

    async def scenario() -> None:
        with closing(Publisher(brokers, f"door-{partition}")) as door:
            offsets: list[int] = []
            async with running(lane):
                for first in range(0, 10, 2):
                    with door.transaction() as transaction:
                        offsets += [transaction.send(RAW.name, partition, frame) for frame in told[first : first + 2]]
                    for number in (first, first + 1) if first % 4 else ():
                        await lane.take(raw(offsets[number], told[number]))
                await posted.reach(len(told))
        assert [offset for _, offset in posted.chain()] == offsets
        assert offsets[-1] > len(told), "the marks of transactions lie between"
        assert [previous for previous, _ in posted.chain()] == [-1, *offsets[:-1]]

    run(scenario())


def test_a_message_that_is_no_frame_costs_itself_alone(lane: IntakeLane, posted: Posted, offer: Callable[..., list[int]], hashes: tuple[str, str]) -> None:
    def counted() -> float:
        return metrics.REGISTRY.get_sample_value("ucc_invariants_broken_total", {"invariant": "foreign message in ucc.raw"}) or 0

    before, told = counted(), reports(4)
    offer(rule(hashes[0]), told[0])
    offer(None, b"no header that is one", headers=[("ucc", b"{")])
    offer(b"\n".join([b"{}"] * (MAX_LINES + 1)), headers=[])
    offer(told[1])

    async def scenario() -> None:
        async with running(lane):
            await posted.reach(3)
            assert counted() - before == 3
            await until(lambda: lane._ready)  # noqa: SLF001  nobody but a test asks
            offer(b"x", headers=[("ucc", b"{")])
            offer(*told[2:])
            await lane.take(Raw(6, b"x", [("ucc", b"{")]))
            await lane.take(raw(7, told[2]))
            await lane.take(raw(8, told[3]))
            await posted.reach(5)

    run(scenario())
    assert posted.chain() == [(-1, 0), (0, 1), (1, 5), (5, 7), (7, 8)]
    assert counted() > before + 3


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (Frame(frame_of(CENTRE, "report", [b"{}"]).header.model_copy(update={"v": 9}), b"{}"), NewerFrame),
        (rule("f" * 16), NotFound),
        (reports(1)[0], NotFound),
    ],
    ids=["a newer release's", "a pack that is not here", "before the first pack"],
)
def test_what_has_to_be_mended_ends_the_lane_with_its_reason(
    lane: IntakeLane, posted: Posted, offer: Callable[..., list[int]], frame: Frame, kind: type[Exception]
) -> None:
    offer(frame)

    async def scenario() -> None:
        async with running(lane) as task:
            with pytest.raises(kind):
                await asyncio.wait_for(task, PATIENCE_S)

    run(scenario())
    assert posted.frames == []


def test_it_runs_ahead_of_the_fold_only_so_far(
    lane: IntakeLane, owner: CentreOwner, posted: Posted, offer: Callable[..., list[int]], hashes: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "ROOM_FRAMES", 3)
    told = reports(9)
    offer(rule(hashes[0]), *told[:7])

    async def scenario() -> None:
        async with running(lane):
            for made, folded in ((3, 0), (4, 2), (6, 4)):
                await posted.reach(made)
                owner.standing = Standing(folded, hashes[0])
            await posted.reach(8)
            assert lane.waits()
            offer(told[7])
            await lane.take(raw(8, told[7]))
            assert len(posted.frames) == 8, "the agent does not wait for the fold, and nothing is made beyond the room"
            owner.standing = Standing(7, hashes[0])
            await posted.reach(9)
            owner.standing = Standing(8, hashes[0])
            await until(lambda: not lane.waits())

    run(scenario())
    assert posted.chain() == [(number - 1, number) for number in range(9)]


@pytest.mark.parametrize("fails", [1, 2, 5])
def test_of_frames_that_could_not_be_sent_the_fold_misses_none(
    lane: IntakeLane, owner: CentreOwner, posted: Posted, offer: Callable[..., list[int]], hashes: tuple[str, str], fails: int
) -> None:
    told = reports(8)
    offer(rule(hashes[0]), *told[:3])

    def folded(last: int) -> int:
        """As the fold takes what comes: the successor of the last one only."""
        for previous, offset in posted.chain():
            last = offset if previous == last and offset is not None else last
        return last

    async def scenario() -> None:
        async with running(lane):
            await posted.reach(4)
        owner.standing = Standing(1, hashes[0])
        posted.frames.clear()
        posted.fails = fails
        offer(*told[3:])
        while folded(1) < 8:
            async with running(lane) as task:
                await until(lambda: task.done() or folded(1) == 8)
        assert posted.fails == 0

    run(scenario())
