"""Casework inside the app: which centres this worker owns, their owners and lanes, from assignment to revocation.

Rebalances come and go: a centre that is still ours afterwards goes on undisturbed. Were another worker faster, it has fenced our
owner, and what that one still writes does not count.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import structlog
from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError
from mode import Service

from pipeline.casework.fold import Books, Rules
from pipeline.runtime.kafka.lane import IntakeLane, Post, Raw, Reading
from pipeline.runtime.kafka.loop import LoopThread
from pipeline.runtime.kafka.owner import CentreOwner
from pipeline.runtime.kafka.watchdog import Watched
from schemas import metrics
from schemas.brokers import Brokers
from schemas.errors import LogUnavailable
from schemas.event import Centre

logger = structlog.get_logger()
REVOKED_S = 10.0
"""How long an owner that was fenced waits for the rebalance that explains it. None came: this worker is a zombie, and ends."""
DEADLINE_S = 20.0
"""For all owners together to end the frames that they are at."""


class Place(NamedTuple):
    """Where a worker finds what it needs, and who it is."""

    brokers: Brokers
    centres: Callable[[], Iterable[Centre]]
    """The registry, as it is now."""
    cache: Path
    """A folder of this worker's own."""
    rules: Rules
    books: Books
    reading: Reading
    name: str


class CaseworkService(Service):
    """Owners and lanes by partition. Everything but the owners runs in the app's event loop."""

    def __init__(self, place: Place, post: Post, end: Callable[[str, Exception | None], None]) -> None:
        """`end` ends the process: it may be started again (no error), or has to be mended."""
        super().__init__()
        self._place, self._post, self._end = place, post, end
        self._owners: dict[int, CentreOwner] = {}
        self._lanes: dict[int, IntakeLane] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._assigned: frozenset[int] = frozenset()
        self._threads: LoopThread | None = None

    async def on_start(self) -> None:
        """Begins to look for centres."""
        self._threads = LoopThread("kafka")

    async def on_stop(self) -> None:
        """Ends all owners within one shared deadline."""
        await self._leave(list(self._owners))

    def watched(self) -> list[Watched]:
        """How each centre of this worker gets on."""
        found = []
        for partition, owner in list(self._owners.items()):
            lane = self._lanes.get(partition)
            moved_at = max(owner.moved_at, lane.moved_at if lane is not None else 0.0)
            found.append(Watched(owner.centre.centre, owner.standing is not None, lane is None or lane.waits(), moved_at))
        return found

    async def assign(self, partitions: Iterable[int]) -> None:
        """After a rebalance: these are ours. What is ours no more ends first."""
        self._assigned = frozenset(partitions)
        metrics.REBALANCES.labels("worker").inc()
        await self._leave([partition for partition in self._owners if partition not in self._assigned])
        self._begin()

    def _begin(self) -> None:
        """Starts owners of what is ours and has a centre."""
        by_partition = {centre.partition: centre for centre in self._place.centres()}
        loop = asyncio.get_running_loop()

        def told(owner: CentreOwner) -> None:
            with suppress(RuntimeError):  # the app has ended meanwhile
                loop.call_soon_threadsafe(self._heard, owner)

        for partition in self._assigned - self._owners.keys():
            centre = by_partition.get(partition)
            if centre is None or self._threads is None:
                continue
            cache = self._place.cache / f"{self._place.brokers.named(centre.centre)}.db"
            owner = CentreOwner(self._threads, self._place.brokers, centre, cache, (self._place.rules, self._place.books), told)
            self._owners[partition] = owner
            owner.start()

    @Service.task
    async def _look(self) -> None:
        """Centres come while we run; an owner that ended by itself is followed up."""
        while not self.should_stop:
            self._begin()
            await self.sleep(1.0)

    def _heard(self, owner: CentreOwner) -> None:
        """An owner stands, or has ended."""
        partition = owner.centre.partition
        if self._owners.get(partition) is not owner or self.should_stop:
            return
        if owner.error is not None:
            self._end(f"casework of {owner.centre.centre} cannot go on: {owner.error}", owner.error)
        elif owner.fenced:
            asyncio.get_running_loop().call_later(REVOKED_S, self._still_fenced, owner)
        elif owner.is_alive():
            self._follow(partition, owner)

    def _still_fenced(self, owner: CentreOwner) -> None:
        if self._owners.get(owner.centre.partition) is owner and not self.should_stop:
            self._end(f"another worker has taken {owner.centre.centre} over, and no rebalance told us", None)

    def _follow(self, partition: int, owner: CentreOwner) -> None:
        """Starts the lane of a centre whose fold stands; anew where the owner had to read its state back again."""
        before = self._running.pop(partition, None)
        if before is not None:
            before.cancel()
        lane = IntakeLane(self._place.brokers, owner, self._place.reading, self._post, self._place.name)
        self._lanes[partition] = lane
        self._running[partition] = asyncio.create_task(self._run(lane, owner), name=f"intake {owner.centre.centre}")

    async def _run(self, lane: IntakeLane, owner: CentreOwner) -> None:
        while True:
            try:
                await lane.run()
            except (KafkaError, ProducerSendError, LogUnavailable) as error:
                logger.warning("intake waits for the log", centre=owner.centre.centre, why=str(error))
                lane.moved_at = time.monotonic()
                await asyncio.sleep(1.0)
            except Exception as error:  # noqa: BLE001  a crash is the safe state: what was not made durable is made again
                self._end(f"intake of {owner.centre.centre} cannot go on: {error}", error)
                return

    async def take(self, partition: int, raw: Raw) -> None:
        """A raw frame of a centre; where its lane is not there yet it is found by the lane itself."""
        lane = self._lanes.get(partition)
        if lane is None:
            return
        try:
            await lane.take(raw)
        except (KafkaError, ProducerSendError, LogUnavailable) as error:
            logger.warning("intake waits for the log", partition=partition, why=str(error))
        except Exception as error:  # noqa: BLE001  as above; an exception that leaves a Faust agent would be taken for done
            self._end(f"intake cannot go on: {error}", error)

    async def _leave(self, partitions: list[int]) -> None:
        owners = [self._owners.pop(partition) for partition in partitions]
        for owner in owners:
            owner.stop()
        for partition in partitions:
            self._lanes.pop(partition, None)
            task = self._running.pop(partition, None)
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        until = time.monotonic() + DEADLINE_S
        for owner in owners:
            await asyncio.to_thread(owner.join, max(0.0, until - time.monotonic()))
            if owner.is_alive():
                self._end(f"casework of {owner.centre.centre} did not end in time", None)
            metrics.forget(owner.centre.centre)
