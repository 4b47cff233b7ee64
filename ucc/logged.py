"""What our long-running parts write: lines of JSON to stderr, for whoever collects them."""

from __future__ import annotations

import json
import logging
import sys
import time

import structlog


class Seldom(logging.Filter):
    """Lets the same complaint of a library through once in a while: while a broker is away its clients complain dozens of times a second."""

    EVERY_S = 30.0

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it was not said lately; what differs in its values alone is the same."""
        key, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._said_at.get(key, float("-inf")) < self.EVERY_S:
            return False
        self._said_at[key] = now
        return True


def log_to_stderr() -> None:
    """Lines of JSON for whoever collects them; of the libraries only warnings."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(Seldom())
    logging.getLogger("mode.timers").setLevel(logging.ERROR)  # a timer that is late for a full frame is no news
    for library in ("aiokafka", "faust", "mode", "asyncio"):  # Faust opens the root logger for all they have to say
        logging.getLogger(library).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def _json(value: object, **_: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
