"""Where an installation on Kafka keeps its dead letters, and how they are replayed there."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from connectors.kafka_reader import KafkaReader
from pipeline.casework.state import SEALED
from pipeline.runtime.kafka.log import KafkaLog
from pipeline.runtime.kafka.loop import LoopThread
from schemas.brokers import Brokers
from schemas.case import DeadLetter
from schemas.errors import Refused
from schemas.event import Centre, DismissEvent
from schemas.ports import Questions
from schemas.report import Accepted
from schemas.topics import OUTCOMES
from schemas.vocabulary import Source
from sinks.sql import kept
from ucc.acceptance import KafkaAcceptance
from ucc.asking import asking
from ucc.dead_letters import DOOR, appended, opened_to_write
from ucc.home import Home
from ucc.reading import key_ring, read_message

QUIET_S = 30.0
"""How long nothing may be folded before one stops waiting: no worker may be there."""
_LOOK_S = 0.2


class KafkaShelf:
    """The dead letters of a centre on Kafka; implements `Shelf`. Without an acceptance it can only be read.

    What was replayed is asked of the warehouse, which may be a little behind: a letter that is replayed twice changes nothing.
    """

    def __init__(self, home: Home, brokers: Brokers, centre: Centre, reader: KafkaReader, warehouse: Questions, acceptance: KafkaAcceptance | None) -> None:
        self.centre, self.reader = centre.centre, reader
        self._home, self._brokers, self._of, self._warehouse, self._acceptance = home, brokers, centre, warehouse, acceptance
        self._end, self._moved_at = -1, time.monotonic()

    def replayed(self, letters: Sequence[DeadLetter]) -> frozenset[str]:  # noqa: ARG002  as the port says
        """By what the warehouse says."""
        answer = self._warehouse.query(kept("replayed", centre=self.centre), "TSV")
        return frozenset(answer.decode().split())

    def hidden(self, name: str) -> bytes | None:
        """From the state, read back as a worker does: it may take a while."""
        with tempfile.TemporaryDirectory(dir=self._home.path) as folder, closing(LoopThread("dead letters")) as loop:
            log = KafkaLog(loop, self._brokers, self.centre, self._of.partition, cache=Path(folder) / "state.db", writer=False)
            with closing(log):
                return log.load(SEALED, [name]).get(name)

    def is_sealed(self, source: str, source_id: str) -> bool:
        """By what the warehouse says."""
        return int(self._warehouse.query(kept("is_sealed", centre=self.centre, source=source, source_id=source_id), "TSV")) > 0

    def accepted(self, letter: DeadLetter, original: bytes) -> Accepted:
        """Read by the mapping of its source, as it is now."""
        lines = list(read_message(self._home, key_ring(self._home).sealing)(Source(letter.source), self.centre, original))
        if len(lines) != 1 or lines[0].accepted is None:
            raise lines[0].refusal or Refused("its line is not there any more") if lines else Refused("its line is empty")
        return lines[0].accepted

    def append(self, lines: Sequence[Accepted], source: str) -> tuple[int, int]:
        """In transactions of this door's own."""
        return appended(self._acceptance, lines, source)

    def dismiss(self, event: DismissEvent) -> tuple[int, int]:
        """As an event of its own."""
        return opened_to_write(self._acceptance).pass_on(event)

    def wait(self) -> bool:
        """A moment, as long as something is folded."""
        end = self.reader.end(OUTCOMES.name)
        if end != self._end:
            self._end, self._moved_at = end, time.monotonic()
        time.sleep(_LOOK_S)
        return time.monotonic() - self._moved_at < QUIET_S


@contextmanager
def read(home: Home, brokers: Brokers, centre: Centre) -> Iterator[KafkaShelf]:
    """The dead letters of a centre, to be read. Raises LogUnavailable, WarehouseUnavailable."""
    with asking(home) as warehouse, closing(KafkaReader(brokers, centre.centre, centre.partition)) as reader:
        yield KafkaShelf(home, brokers, centre, reader, warehouse, None)


@contextmanager
def replaying(home: Home, brokers: Brokers, centres: Sequence[Centre]) -> Iterator[list[KafkaShelf]]:
    """The dead letters of centres, to be replayed: their workers do the rest. Raises LogUnavailable, WarehouseUnavailable."""
    with asking(home) as warehouse, ExitStack() as stack:
        shelves = []
        for centre in centres:
            reader = stack.enter_context(closing(KafkaReader(brokers, centre.centre, centre.partition)))
            acceptance = stack.enter_context(closing(KafkaAcceptance(brokers, centre, DOOR)))
            shelves.append(KafkaShelf(home, brokers, centre, reader, warehouse, acceptance))
        yield shelves
