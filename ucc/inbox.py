"""The inbox of one centre: what several requests push at the same time becomes durable together (group commit), one writer for all of them.

Whatever else is written to the log of the centre (commands, positions) is written in the same thread, `do`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

import structlog

from connectors.accept import accept
from connectors.http.ports import Noted
from schemas.errors import Unavailable, without_words
from schemas.frame import MAX_LINES
from schemas.report import Accepted, Report
from schemas.vocabulary import Source
from ucc.receipts import Receipts

logger = structlog.get_logger()
IDLE_S = 0.5
"""How often the writer looks after other things while nothing comes."""
Take = Callable[[Sequence[Accepted], str], int]
"""Makes up to 500 accepted lines of a source durable; returns the offset of their (last) raw frame. Raises LogUnavailable."""


Clock = Callable[[], datetime]
"""What time it is, aware, in UTC."""


def wall_clock() -> datetime:
    """As everybody has it; a simulated day has its own."""
    return datetime.now(UTC)


class _Push(NamedTuple):
    source: Source
    reports: Sequence[Report]
    done: Future[list[Noted]]


class _Errand(NamedTuple):
    what: Callable[[], Any]
    done: Future[Any]


T = TypeVar("T")


class Inbox:
    """Takes reports until it is closed. `take` and `do` may be called from any thread; all else happens in the one thread that writes."""

    def __init__(
        self, centre: str, take: Take, receipts: Receipts, *, alone: bool, taken: Callable[[], None], idle: Callable[[], None], clock: Clock = wall_clock
    ) -> None:
        """`alone`: nobody else accepts lines of this centre, so what is noted here need not be looked for in the log.

        `taken` is called after lines have become durable, `idle` about twice a second: both in the writing thread.
        """
        self._centre, self._take, self._receipts, self._alone, self._taken, self._idle, self._clock = centre, take, receipts, alone, taken, idle, clock
        self._pushes: SimpleQueue[_Push | _Errand | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._waiting = 0
        self._thread = threading.Thread(target=self._run, name=f"inbox {centre}", daemon=True)

    def start(self) -> None:
        """Begins to take."""
        self._thread.start()

    @property
    def runs(self) -> bool:
        """Whether reports are taken."""
        return self._thread.is_alive()

    def take(self, source: Source, reports: Sequence[Report]) -> Future[list[Noted]]:
        """As the port `connectors.http.ports.Way` says."""
        done: Future[list[Noted]] = Future()
        self._count(len(reports))
        self._pushes.put(_Push(source, reports, done))
        return done

    def do(self, what: Callable[[], T]) -> Future[T]:
        """Does something else in the thread that writes; the future is done with what it returns, or raises what it raises. Does not block."""
        done: Future[T] = Future()
        self._pushes.put(_Errand(what, done))
        return done

    def waiting(self) -> int:
        """Lines that wait to be taken."""
        return self._waiting

    def close(self) -> None:
        """Takes what waits, and ends."""
        self._pushes.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            try:
                gathered, goes_on = self._gathered()
                self._run_errands([one for one in gathered if isinstance(one, _Errand)])
                pushes = [one for one in gathered if isinstance(one, _Push)]
                for source in dict.fromkeys(push.source for push in pushes):
                    self._of(source, [push for push in pushes if push.source is source])
                self._idle()
            except Exception as error:
                # What is not ours to mend here ends the inbox, and with it whoever watches it; the safe state is a new process.
                logger.error("the inbox has ended", centre=self._centre, why=without_words(error))  # noqa: TRY400  without its words
                raise

    def _run_errands(self, errands: Sequence[_Errand]) -> None:
        for errand in errands:
            if not errand.done.set_running_or_notify_cancel():
                continue  # whoever asked has gone
            try:
                errand.done.set_result(errand.what())
            except Exception as error:  # noqa: BLE001  it is handed to whoever asked
                errand.done.set_exception(error)
        if errands:
            self._taken()

    def _gathered(self) -> tuple[list[_Push | _Errand], bool]:
        """What waits: all of it, up to a frame's worth where it is many; and whether more may come."""
        found: list[_Push | _Errand] = []
        size = 0
        try:
            while size < MAX_LINES:
                push = self._pushes.get(timeout=IDLE_S) if not found else self._pushes.get_nowait()
                if push is None:
                    return found, False
                found.append(push)
                size += len(push.reports) if isinstance(push, _Push) else 1
        except Empty:
            pass
        return found, True

    def _of(self, source: Source, pushes: list[_Push]) -> None:
        """Makes the pushes of one source durable, together; one by one where that fails for a reason that is one push's own."""
        try:
            noted = iter(self._durable(source, [report for push in pushes for report in push.reports]))
            answers = [list(islice(noted, len(push.reports))) for push in pushes]
        except Unavailable as error:
            for push in pushes:
                self._answer(push, error)
        except Exception as error:  # noqa: BLE001  it is handed to whoever pushed
            if len(pushes) == 1:
                self._answer(pushes[0], error)
                return
            for push in pushes:
                self._of(source, [push])
        else:
            for push, answer in zip(pushes, answers, strict=True):
                self._answer(push, answer)
            self._taken()

    def _durable(self, source: Source, reports: list[Report]) -> Iterator[Noted]:
        noted: list[Noted] = []
        for first in range(0, len(reports), MAX_LINES):
            lines = accept(reports[first : first + MAX_LINES], self._centre, self._clock())
            known = self._receipts.known([line.receipt_id for line in lines])
            raw = self._take(lines, source.value)
            for line in lines:
                noted.append(Noted(line.receipt_id, line.receipt_id in known))
                known.add(line.receipt_id)
            self._note([(line.receipt_id, source.value, raw) for line in lines], raw)
        return iter(noted)

    def _note(self, lines: list[tuple[str, str, int]], raw: int) -> None:
        try:
            self._receipts.note(lines, raw if self._alone else -1)
        except Unavailable as error:  # they are durable all the same; the follower finds them in the log
            self._alone = False
            logger.warning("receipts were not noted, and will be", why=error.code)

    def _answer(self, push: _Push, answer: list[Noted] | BaseException) -> None:
        self._count(-len(push.reports))
        if not push.done.set_running_or_notify_cancel():
            return  # whoever asked has gone
        if isinstance(answer, BaseException):
            push.done.set_exception(answer)
        else:
            push.done.set_result(answer)

    def _count(self, change: int) -> None:
        with self._guard:
            self._waiting += change
