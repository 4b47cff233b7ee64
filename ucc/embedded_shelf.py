"""Where an embedded installation keeps its dead letters, and how they are replayed there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial

import orjson

from pipeline.casework.letters import LETTERS, UNKNOWN, letter_from
from pipeline.casework.rows import entry_from, register_key
from pipeline.casework.state import META, REGISTER, SEALED
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.case import DeadLetter
from schemas.errors import Refused
from schemas.event import Centre, DismissEvent
from schemas.ids import SEPARATOR
from schemas.report import Accepted
from ucc.acceptance import EmbeddedAcceptance
from ucc.dead_letters import DOOR, IN_ORDER, appended, opened_to_write
from ucc.home import Home
from ucc.owner import Owner, owner_of


class EmbeddedShelf:
    """The dead letters of a centre in the embedded log; implements `Shelf`. Without an acceptance it can only be read."""

    def __init__(self, centre: str, log: SqliteLog, acceptance: EmbeddedAcceptance | None = None, drain: Callable[[], None] | None = None) -> None:
        self.centre, self.reader = centre, log
        self._log, self._acceptance, self._drain = log, acceptance, drain

    def replayed(self, letters: Sequence[DeadLetter]) -> frozenset[str]:
        """By what the fold says stands."""
        rows = {str(name): letter_from(data).dead_letter_id for name, data in self._log.scan(LETTERS)}
        standing = set(rows.values())
        unknown = {name.removesuffix(SEPARATOR) for name, letter in rows.items() if letter == UNKNOWN}
        unknown |= {key for data in self._log.load(META, [0]).values() for key in orjson.loads(data).get("poisoned", ())}
        in_order = (letter for letter in letters if letter.stage in IN_ORDER and letter.source_id)
        return frozenset(
            letter.dead_letter_id
            for letter in in_order
            if letter.dead_letter_id not in standing and register_key(letter.source, letter.source_id) not in unknown
        )

    def hidden(self, name: str) -> bytes | None:
        """From the sealed store."""
        return self._log.load(SEALED, [name]).get(name)

    def is_sealed(self, source: str, source_id: str) -> bool:
        """By the register."""
        key = register_key(source, source_id)
        return any(entry_from(data).facts.sealed for data in self._log.load(REGISTER, [key]).values())

    def accepted(self, letter: DeadLetter, original: bytes) -> Accepted:  # noqa: ARG002  as the port says
        """There are none: files keep what was refused beside them."""
        raise Refused("it was refused before it was accepted: send it again")

    def append(self, lines: Sequence[Accepted], source: str) -> tuple[int, int]:
        """Through the owner's intake."""
        return appended(self._acceptance, lines, source)

    def dismiss(self, event: DismissEvent) -> tuple[int, int]:
        """As an event of its own."""
        return opened_to_write(self._acceptance).pass_on(event)

    def wait(self) -> bool:
        """Until all is folded and has landed."""
        if self._drain is not None:
            self._drain()
        return False


@contextmanager
def read(home: Home, centre: Centre) -> Iterator[EmbeddedShelf | None]:
    """The dead letters of a centre, to be read; none before its first line. Whoever owns the home goes on."""
    path = home.casework_log(centre.centre)
    if not path.exists():
        yield None
        return
    with closing(SqliteLog(path, writer=False)) as log:
        yield EmbeddedShelf(centre.centre, log)


@contextmanager
def replaying(home: Home, centres: Sequence[Centre]) -> Iterator[list[EmbeddedShelf]]:
    """The dead letters of centres, to be replayed; the home is owned for the time, and what was left half done in it is finished first.

    Raises HomeBusy.
    """
    with owner_of(home, "replay dead letters") as owner, ExitStack() as stack:
        yield [_ready(owner, home, centre, stack) for centre in centres]


def _ready(owner: Owner, home: Home, centre: Centre, stack: ExitStack) -> EmbeddedShelf:
    intake, name = owner.centre(centre), centre.centre
    owner.drain(name)
    log = stack.enter_context(closing(SqliteLog(home.casework_log(name), writer=False)))
    return EmbeddedShelf(name, log, EmbeddedAcceptance(owner.log(name), intake, DOOR), partial(owner.drain, name))
