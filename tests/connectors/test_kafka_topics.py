from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from connectors.kafka_clients import admin
from connectors.kafka_topics import PARTITIONS, Difference, apply, check, settings_of
from schemas.brokers import Brokers
from schemas.errors import BrokenSetting, LogUnavailable
from schemas.topics import CASES, EVENTS, IN, POSITIONS, RAW, STATE, TOPICS
from schemas.wire import LARGEST_MESSAGE
from tests.served.kafka import Broker, Cluster
from tests.served.process import free_port


@pytest.fixture
def brokers(broker: Broker, namespace: str) -> Brokers:
    """An installation without topics."""
    return broker.brokers(namespace)


def partitions(brokers: Brokers) -> dict[str, int]:
    """Topics that are there, without the namespace, and how many partitions each has."""
    with admin(brokers) as asked:
        prefix = f"{brokers.namespace}."
        found = asked.describe_topics([name for name in asked.list_topics() if name.startswith(prefix)])
    return {one["name"].removeprefix(prefix): len(one["partitions"]) for one in found}


def made(brokers: Brokers, topic: str, count: int, settings: Mapping[str, str]) -> None:
    """A topic as somebody else might have made it."""
    with admin(brokers) as asked:
        asked.create_topics({brokers.named(topic): {"num_partitions": count, "replication_factor": 1, "configs": settings}}, wait_for_metadata=True)


def test_all_topics_of_the_registry_are_made_and_again_nothing_is_to_do(brokers: Brokers) -> None:
    assert {difference.found for difference in check(brokers)} == {"missing"}
    first = apply(brokers)
    assert sorted(first.created) == sorted(brokers.named(name) for name in TOPICS)
    assert (first.grown, first.same, first.differing) == ([], [], [])
    assert partitions(brokers) == dict.fromkeys(TOPICS, PARTITIONS)
    second = apply(brokers)
    assert (second.created, second.grown, second.differing) == ([], [], [])
    assert sorted(second.same) == sorted(first.created)
    assert check(brokers) == []


def test_two_at_once_do_not_fail_and_each_topic_is_made_once(brokers: Brokers) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: apply(brokers, partitions=2), range(4)))
        assert sorted(name for one in done for name in one.created) == sorted(brokers.named(name) for name in TOPICS)
        grown = list(pool.map(lambda _: apply(brokers, partitions=3), range(4)))
    assert sorted(name for one in grown for name in one.grown) == sorted(brokers.named(name) for name, topic in TOPICS.items() if topic.by_centre)
    assert check(brokers) == []


def test_topics_grow_when_more_is_asked_and_never_shrink(brokers: Brokers) -> None:
    apply(brokers, partitions=2)
    assert len(apply(brokers, partitions=5).grown) == len(TOPICS) - len(IN)
    assert apply(brokers, partitions=2).grown == []
    found = partitions(brokers)
    assert found[RAW.name] == 5
    assert found[IN[0].name] == 2, "more partitions would part the lines of one source id"
    assert check(brokers) == []


def test_what_is_missing_is_made_as_wide_as_the_widest(brokers: Brokers) -> None:
    made(brokers, EVENTS.name, 7, settings_of(EVENTS, 1))
    applied = apply(brokers, partitions=3)
    assert partitions(brokers)[RAW.name] == 7
    assert applied.differing == []


def test_what_differs_is_named_and_left_as_it_is(brokers: Brokers) -> None:
    made(brokers, RAW.name, 4, settings_of(RAW, 1) | {"retention.ms": "1000", "cleanup.policy": "compact"})
    applied = apply(brokers, partitions=4)
    expected = [
        Difference(brokers.named(RAW.name), "cleanup.policy", "compact", "delete"),
        Difference(brokers.named(RAW.name), "retention.ms", "1000", str(30 * 86_400_000)),
    ]
    assert sorted(applied.differing) == expected
    assert sorted(check(brokers)) == expected
    assert str(expected[0]) == f"{brokers.named(RAW.name)}: cleanup.policy is compact, not delete"
    assert brokers.named(RAW.name) not in applied.same


def test_one_narrower_than_the_others_is_named_until_it_has_grown(brokers: Brokers) -> None:
    made(brokers, RAW.name, 2, settings_of(RAW, 1))
    made(brokers, EVENTS.name, 4, settings_of(EVENTS, 1))
    assert apply(brokers, partitions=2).differing == [Difference(brokers.named(RAW.name), "partitions", "2", "4")]
    assert apply(brokers, partitions=4).differing == []


def test_more_copies_than_brokers_are_refused_in_a_sentence(brokers: Brokers) -> None:
    with pytest.raises(BrokenSetting, match="replication factor of 3"):
        apply(brokers, replication=3)


def test_on_three_brokers_each_topic_is_kept_thrice_and_twice_when_one_is_gone(cluster: Cluster, namespace: str) -> None:
    brokers = cluster.brokers(namespace)
    apply(brokers, partitions=1)
    with admin(brokers) as asked:
        found = asked.describe_topics([brokers.named(RAW.name)])[0]["partitions"][0]
    assert len(found["replica_nodes"]) == 3
    assert settings_of(RAW, 3)["min.insync.replicas"] == "2"
    assert check(brokers) == []
    assert {difference.setting for difference in check(brokers, replication=1)} == {"replication", "min.insync.replicas"}


def test_nobody_there_is_said_with_the_address() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(LogUnavailable, match=address):
        check(Brokers(addresses=(address,)))


def test_what_is_for_ever_is_compacted_and_the_rest_is_kept_as_the_registry_says() -> None:
    for topic in TOPICS.values():
        said = settings_of(topic, 1)
        assert int(said["max.message.bytes"]) == LARGEST_MESSAGE
        assert said["cleanup.policy"] == ("compact" if topic.compacted else "delete")
        if not topic.compacted:
            assert topic.retention is not None
            assert timedelta(milliseconds=int(said["retention.ms"])) == topic.retention
            assert int(said["segment.ms"]) * 6 <= int(said["retention.ms"]), "only whole segments are forgotten"
    assert int(settings_of(POSITIONS, 1)["segment.ms"]) == 600_000
    assert settings_of(STATE, 1)["delete.retention.ms"] == settings_of(CASES, 1)["delete.retention.ms"] == "86400000"
