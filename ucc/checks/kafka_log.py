"""The log on Kafka: do the brokers answer, are the topics as registered, what waits, do the clocks agree."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime

import orjson
from kafka import TopicPartition
from kafka.admin import OffsetSpec

from connectors import kafka_topics
from connectors.kafka_clients import admin, asking
from connectors.kafka_reader import KafkaReader
from schemas.brokers import Brokers
from schemas.event import Centre
from schemas.topics import RAW
from ucc.checks.embedded_log import fold
from ucc.checks.finding import Finding, ok, unknown, wrong
from ucc.home import Home
from ucc.on_kafka import meta_of

OLD_S = 60.0
"""After which what was accepted and is not folded has waited too long: a worker that gets on needs a second, a take-over fifteen."""
SKEW_S = 5.0
"""By which clocks of machines that are told the time never differ."""


def checksum() -> Iterator[Finding]:
    """Whether checksums are made by the processor: without it, reading costs eight times as much."""
    if importlib.util.find_spec("crc32c") is None:
        yield wrong("crc32c", "the package crc32c is not installed: Kafka is read at an eighth of its speed", "pip install crc32c")
    else:
        yield ok("crc32c", "installed")


def reachable(brokers: Brokers) -> Iterator[Finding]:
    """Whether the brokers answer to who we are. Raises LogUnavailable, BrokenSetting."""
    with closing(admin(brokers)) as client, asking(brokers):
        nodes = client.describe_cluster()["brokers"]
    fenced = [node for node in nodes if node.get("is_fenced")]
    if fenced:
        yield wrong("kafka", f"{len(fenced)} of {len(nodes)} brokers are fenced off", "look at the logs of the brokers; two of three must be well")
    else:
        yield ok("kafka", f"{len(nodes)} brokers answer at {', '.join(brokers.addresses)}")


def topics(brokers: Brokers) -> Iterator[Finding]:
    """Whether the topics are there, and as registered."""
    found = [str(difference) for difference in kafka_topics.check(brokers)]
    for difference in found:
        yield wrong("topics", difference, "`ucc topics apply` makes what is missing; what differs is changed by hand, after a look at why it does")
    if not found:
        yield ok("topics", "all are there, and as registered")


def centres(home: Home, brokers: Brokers) -> Iterator[Finding]:
    """What waits in each centre, and what its fold says of itself."""
    for centre in home.centres():
        with closing(KafkaReader(brokers, centre.centre, centre.partition)) as reader:
            meta = meta_of(reader, centre.centre)
            waiting = reader.read(RAW.name, meta.raw_offset, 1)
            behind = reader.end(RAW.name) - meta.raw_offset
            since = _accepted_at(waiting[0].frame.lines()) if waiting else None
        yield _lag(centre, behind if waiting else 0, None if since is None else (datetime.now(UTC) - since).total_seconds())
        yield from fold(centre, meta)


def _accepted_at(lines: Iterable[bytes]) -> datetime | None:
    """When the first of these lines was accepted; none for a rule or a tick, whose own time says nothing of that."""
    said = orjson.loads(next(iter(lines))).get("accepted_at")
    return datetime.fromisoformat(said) if isinstance(said, str) else None


def _lag(centre: Centre, messages: int, seconds: float | None) -> Finding:
    if not messages:
        return ok("lag", f"{centre.centre}: everything is folded")
    said = f"{centre.centre}: {messages} messages wait to be folded"
    if seconds is not None and seconds > OLD_S:
        return wrong(
            "lag", f"{said}, the first for {seconds:,.0f} s", "is `ucc worker` running, and does its /health answer 200? Its log says what it waits for"
        )
    return ok("lag", said)


def clocks(home: Home, brokers: Brokers) -> Iterator[Finding]:
    """Whether a machine that writes has a clock before ours, seen at the latest message of each centre."""
    places = {TopicPartition(brokers.named(RAW.name), centre.partition): OffsetSpec.MAX_TIMESTAMP for centre in home.centres()}
    if not places:
        yield unknown("clocks", "there is nothing to compare them by yet")
        return
    with closing(admin(brokers)) as client, asking(brokers):
        latest = client.list_partition_offsets(places)
    ahead = max((found.timestamp / 1000 - time.time() for found in latest.values()), default=0.0)
    if ahead > SKEW_S:
        yield wrong("clocks", f"a message is stamped {ahead:,.0f} s in our future", "set the clocks of all machines (chrony, NTP)")
    else:
        yield ok("clocks", "no message is stamped in our future")
