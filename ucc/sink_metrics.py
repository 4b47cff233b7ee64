"""What the sink tells the metrics: how landing gets on, how the warehouse is, and whether everything that was accepted is there."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from types import TracebackType
from typing import Any, Protocol, Self

import orjson
import structlog

from schemas import metrics
from schemas.brokers import Brokers
from schemas.errors import UccError
from schemas.ports import Questions
from schemas.vocabulary import Mode
from sinks.sql import kept
from sinks.writer import Progress
from ucc import on_kafka
from ucc.home import Home
from ucc.sink_lag import SinkLag

logger = structlog.get_logger()
LOOK_S = 2.0
PARTS_EVERY_S = 30.0
LAG_EVERY_S = 10.0
RECONCILE_EVERY_S = 120.0
"""Counting everything again costs the warehouse a second or more; a difference is looked for, not waited for."""
STUCK_S = 120.0
"""After which landing that does not get on is no longer called alive."""


class Landing(Protocol):
    """Something that lands, and tells how far it is."""

    def progress(self) -> Progress:
        """How far; the ages are handed over with it."""
        ...


class SinkMetrics:
    """A thread that looks every few seconds; a context."""

    def __init__(self, home: Home, brokers: Brokers, landing: Landing, warehouse: Questions) -> None:
        self._home, self._brokers, self._landing, self._warehouse = home, brokers, landing, warehouse
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sink metrics", daemon=True)
        self._lag = SinkLag(home, brokers)
        self._told = Progress()
        self._last = Progress()
        self._looked_at = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join(5)

    def ended(self) -> str | None:
        """Why landing has ended for good; none while it has not. To ask it how far it is hands the ages over, so only one may."""
        return self._last.trouble if self._last.ended else None

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether landing gets on. An outage of log or warehouse is told, and is no fault of the sink."""
        last = self._last
        alive = not last.ended and (bool(last.trouble) or last.idle_s < STUCK_S) and time.monotonic() - self._looked_at < STUCK_S
        return alive, {"rows": last.rows, "refused": last.refused, "waits_for": last.trouble, "idle_seconds": round(last.idle_s, 1)}

    def _run(self) -> None:
        with closing(self._lag):
            self._look()

    def _look(self) -> None:
        parts_at = lag_at = reconciled_at = float("-inf")
        while not self._stopping.wait(LOOK_S):
            try:
                self._tell(self._landing.progress())
                now = self._looked_at = time.monotonic()
                if now - lag_at > LAG_EVERY_S:
                    self._lag.tell(self._last.done)
                    lag_at = now
                if now - parts_at > PARTS_EVERY_S:
                    self._parts()
                    parts_at = now
                if now - reconciled_at > RECONCILE_EVERY_S:
                    self._reconcile()
                    reconciled_at = now
            except UccError as error:
                logger.warning("a look at landing failed", why=str(error))

    def _tell(self, now: Progress) -> None:
        """Adds what has come since the last look. A warehouse's child that was started again counts from nothing."""
        before = self._told if now.rows >= self._told.rows else Progress()
        for table, batches in now.batches.items():
            metrics.WAREHOUSE_BATCHES.labels(table).inc(max(0, batches - before.batches.get(table, 0)))
            metrics.WAREHOUSE_ROWS.labels(table).inc(max(0, now.rows_of[table] - before.rows_of.get(table, 0)))
        for code, times in now.retries.items():
            metrics.WAREHOUSE_RETRIES.labels(code).inc(max(0, times - before.retries.get(code, 0)))
        for age in now.ages:
            metrics.EVENT_AGE.labels("warehouse").observe(age)
        for centre in {centre for centre, _, _ in now.done}:
            if not now.trouble:
                metrics.LAST_COMMIT.labels("sink", centre).set(time.time() - now.idle_s)
        self._told = self._last = now

    def _parts(self) -> None:
        for row in map(orjson.loads, self._warehouse.query(kept("parts"), "JSONEachRow").splitlines()):
            metrics.WAREHOUSE_PARTS.labels(row["table"]).set(int(row["parts"]))
        metrics.WAREHOUSE_TOKENS.set(1 if getattr(self._warehouse, "tokens_supported", False) else 0)

    def _reconcile(self) -> None:
        rows = map(orjson.loads, self._warehouse.query(kept("oldest_letters"), "JSONEachRow").splitlines())
        oldest = {row["centre"]: int(row["oldest"]) for row in rows}
        for centre in self._home.centres():
            if centre.mode is Mode.LIVE:  # another's clock says nothing of how long somebody has waited
                metrics.DEAD_LETTER_OLDEST.labels(centre.centre).set(oldest.get(centre.centre, 0))
            found = on_kafka.compared(self._home, self._brokers, centre, live=False)
            metrics.RECONCILE_DIFFERENCE.labels(centre.centre).set(found["off"])
            metrics.DEAD_LETTERS_WAITING.labels(centre.centre).set(found["figures"].get("dead letters waiting", 0))
