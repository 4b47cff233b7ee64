"""An event loop in a thread of its own: blocking code asks it to do what aiokafka does asynchronously."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as OutOfTime
from typing import Any, TypeVar

import structlog

from schemas.errors import LogUnavailable

logger = structlog.get_logger()
T = TypeVar("T")


class LoopThread:
    """One loop, used by any number of threads, none of them its own."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_left_behind)
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def wait(self, doing: Coroutine[Any, Any, T], seconds: float) -> T:
        """Does it and waits for what comes of it; raises LogUnavailable after so many seconds."""
        future = asyncio.run_coroutine_threadsafe(doing, self._loop)
        try:
            return future.result(seconds)
        except (OutOfTime, CancelledError) as error:
            future.cancel()
            raise LogUnavailable(f"Kafka did not answer within {seconds:.0f} s") from error

    def close(self) -> None:
        """Ends the loop; what still runs in it is given up."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        if not self._thread.is_alive():
            self._loop.close()


def _left_behind(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """One line: the error of a producer that was fenced is left in a future that nobody asks, too; whoever waited has been told."""
    logger.warning("left behind by Kafka's client", what=context["message"], why=type(context.get("exception")).__name__)
