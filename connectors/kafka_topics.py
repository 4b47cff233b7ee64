"""The topics of an installation on Kafka: creates what is missing, grows, and names what differs; never shrinks or changes a setting by itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any, NamedTuple

from kafka import errors as kafka_errors
from kafka.admin import ConfigResource, ConfigResourceType

from connectors.kafka_clients import PATIENCE_S, admin, asking
from schemas.brokers import Brokers
from schemas.errors import BrokenSetting, LogUnavailable
from schemas.topics import TOPICS, Topic
from schemas.wire import LARGEST_MESSAGE

PARTITIONS = 16
"""As many centres find place before topics have to grow."""
REPLICATION = 3
"""Where there are as many brokers: one may be gone, and what was accepted is still on two."""
_DAY_MS = 86_400_000
_TEN_MINUTES_MS = 600_000
_WELL = kafka_errors.NoError.errno
_THERE = kafka_errors.TopicAlreadyExistsError.errno
_GROWN = kafka_errors.InvalidPartitionsError.errno


class Difference(NamedTuple):
    """What of a topic is not as the registry has it. Texts as Kafka writes them."""

    topic: str
    setting: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.found}, not {self.wanted}"


class Applied(NamedTuple):
    """What became of the topics, by the names that they have on the broker."""

    created: list[str]
    grown: list[str]
    same: list[str]
    differing: list[Difference]


class Found(NamedTuple):
    """A topic as it is on the broker."""

    partitions: int
    replication: int
    settings: Mapping[str, str]


def settings_of(topic: Topic, replication: int) -> dict[str, str]:
    """A topic's settings on the broker, times in milliseconds, sizes in bytes."""
    said = {
        "max.message.bytes": LARGEST_MESSAGE,
        "compression.type": "zstd",
        "min.insync.replicas": 2 if replication >= REPLICATION else 1,
        "unclean.leader.election.enable": "false",
    }
    if topic.compacted:
        # A segment that is written to is never compacted: small ones, changed daily, keep what a worker reads back near what there is.
        said |= {
            "cleanup.policy": "compact",
            "delete.retention.ms": _DAY_MS,
            "segment.bytes": 64 << 20,
            "segment.ms": _DAY_MS,
            "max.compaction.lag.ms": _DAY_MS,
        }
    else:
        said |= {"cleanup.policy": "delete", "retention.ms": -1, "segment.bytes": 256 << 20, "segment.ms": 7 * _DAY_MS}
    if topic.retention is not None:
        # Only whole segments are forgotten: a tenth of the retention in each.
        kept = topic.retention // timedelta(milliseconds=1)
        said |= {"retention.ms": kept, "segment.ms": min(7 * _DAY_MS, max(_TEN_MINUTES_MS, kept // 10))}
    if not topic.by_centre:
        # What a department's clock says must not decide how long its lines are kept.
        said["message.timestamp.type"] = "LogAppendTime"
    return {name: str(value) for name, value in said.items()}


def apply(brokers: Brokers, partitions: int = PARTITIONS, replication: int | None = None) -> Applied:
    """Creates every topic that is missing, and grows those by centre that have fewer than `partitions`. Any number of times, also two at once.

    `replication` None: 3 where there are as many brokers, else 1. What differs otherwise is named only. Topics of departments keep
    their partitions: more would part the lines of one source id. Raises LogUnavailable, BrokenSetting (not so many brokers, no right).
    """
    with closing(admin(brokers)) as asked, asking(brokers):
        copies = replication or _copies(asked)
        before = _found(asked, brokers)
        widest = max((found.partitions for found in before.values()), default=0)
        missing = [name for name in TOPICS if name not in before]
        created = _create(asked, brokers, missing, max(partitions, widest), copies)
        short = [name for name, found in before.items() if TOPICS[name].by_centre and found.partitions < partitions]
        grown = _grow(asked, brokers, short, partitions)
        differing = _differences(brokers, _found(asked, brokers), copies)
    apart = {*created, *grown, *(difference.topic for difference in differing)}
    return Applied(created, grown, [name for name in map(brokers.named, TOPICS) if name not in apart], differing)


def check(brokers: Brokers, replication: int | None = None) -> list[Difference]:
    """What is missing or differs, without changing anything. Raises LogUnavailable, BrokenSetting."""
    with closing(admin(brokers)) as asked, asking(brokers):
        found = _found(asked, brokers)
        missing = [Difference(brokers.named(name), "the topic", "missing", "there: run `ucc topics apply`") for name in TOPICS if name not in found]
        return missing + _differences(brokers, found, replication or _copies(asked))


def _copies(asked: Any) -> int:  # noqa: ANN401  kafka-python carries no types
    return REPLICATION if len(asked.describe_cluster()["brokers"]) >= REPLICATION else 1


def _found(asked: Any, brokers: Brokers) -> dict[str, Found]:  # noqa: ANN401  kafka-python carries no types
    """Those of our topics that are there, in the registry's order."""
    names = {brokers.named(name): name for name in TOPICS}
    described = {one["name"]: one["partitions"] for one in asked.describe_topics(list(names)) if one["error_code"] == _WELL and one["partitions"]}
    if not described:
        return {}
    wanted = {setting: None for topic in TOPICS.values() for setting in settings_of(topic, 1)}
    told = asked.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=wanted) for name in described], config_filter="all")["topic"]
    return {
        short: Found(
            len(described[name]),
            min(len(partition["replica_nodes"]) for partition in described[name]),
            {setting: str(one["value"]) for setting, one in told.get(name, {}).items()},
        )
        for name, short in names.items()
        if name in described
    }


def _create(asked: Any, brokers: Brokers, missing: Iterable[str], partitions: int, replication: int) -> list[str]:  # noqa: ANN401  kafka-python carries no types
    """Names of those that did not come about by another's doing at the same time; all have leaders on return."""
    wanted = {
        brokers.named(name): {"num_partitions": partitions, "replication_factor": replication, "configs": settings_of(TOPICS[name], replication)}
        for name in missing
    }
    if not wanted:
        return []
    answers = asked.create_topics(wanted, raise_errors=False)["topics"]
    for answer in answers:
        _refuse(brokers, answer["name"], answer["error_code"], answer["error_message"], _THERE)
    asked.wait_for_topics(list(wanted))
    return [answer["name"] for answer in answers if answer["error_code"] == _WELL]


def _grow(asked: Any, brokers: Brokers, short: Iterable[str], partitions: int) -> list[str]:  # noqa: ANN401  kafka-python carries no types
    wanted = {brokers.named(name): partitions for name in short}
    if not wanted:
        return []
    answers = asked.create_partitions(wanted, raise_errors=False).results
    for answer in answers:
        _refuse(brokers, answer.name, answer.error_code, answer.error_message, _GROWN)
    waits_until = time.monotonic() + PATIENCE_S
    while min((_led(one) for one in asked.describe_topics(list(wanted))), default=0) < partitions and time.monotonic() < waits_until:
        time.sleep(0.05)
    return [answer.name for answer in answers if answer.error_code == _WELL]


def _led(described: Mapping[str, Any]) -> int:
    """How many partitions of a topic have a leader: a broker is told a moment after the controller has decided."""
    return sum(partition["leader_id"] >= 0 for partition in described["partitions"])


def _refuse(brokers: Brokers, topic: str, code: int, message: str | None, besides: int) -> None:
    """Raises for an answer that is neither good nor `besides`: what another has done at the same time."""
    if code in {_WELL, besides}:
        return
    kind = kafka_errors.for_code(code)
    sentence = f"{topic} cannot be made: {message or kind.__name__}"
    if issubclass(kind, kafka_errors.RetriableError):
        raise LogUnavailable(sentence, where=",".join(brokers.addresses))
    raise BrokenSetting(sentence, where="ucc topics apply")


def _differences(brokers: Brokers, found: Mapping[str, Found], replication: int) -> list[Difference]:
    widest = max((one.partitions for name, one in found.items() if TOPICS[name].by_centre), default=0)
    differing = []
    for name, one in found.items():
        topic = TOPICS[name]
        wanted = {"partitions": str(widest), "replication": str(replication), **settings_of(topic, replication)}
        has = {"partitions": str(one.partitions if topic.by_centre else widest), "replication": str(one.replication), **one.settings}
        differing += [
            Difference(brokers.named(name), setting, has.get(setting, "unknown"), value) for setting, value in wanted.items() if has.get(setting) != value
        ]
    return differing
