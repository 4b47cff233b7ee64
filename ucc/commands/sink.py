"""`ucc sink`: lands what the workers write."""

from __future__ import annotations

from schemas.errors import BrokenSetting
from ucc.settings import brokers, home, settings


def sink() -> None:
    """Lands journal, outcomes, cases and dead letters in the warehouse, and answers for it where it is chDB. One a home.

    It runs until it is told to end. Example: `UCC_LOG=kafka://127.0.0.1:9092 ucc sink`.
    """
    from ucc.sink import land

    served = brokers()
    if served is None:
        raise BrokenSetting("a sink needs Kafka (UCC_LOG=kafka://host:port); what is in an embedded log lands by itself", where="UCC_LOG")
    land(home(), served, settings())
