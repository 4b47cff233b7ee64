"""`ucc worker`: a worker of the Kafka runtime."""

from __future__ import annotations

from schemas.errors import BrokenSetting
from ucc.settings import brokers, home, settings


def worker() -> None:
    """Takes, places, classifies, routes and folds what comes, for the centres that Kafka hands it; any number may run.

    It runs until it is told to end, and finishes first what it has begun. Example: `UCC_LOG=kafka://127.0.0.1:9092 ucc worker`.
    """
    from ucc.worker import work

    served = brokers()
    if served is None:
        raise BrokenSetting("a worker needs Kafka: UCC_LOG=kafka://host:port", where="UCC_LOG")
    work(home(), served, settings().metrics)
