"""Servers for tests of any folder. Each is started once a session, when the first test asks for it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from connectors.kafka_clients import admin
from tests.served.clickhouse import DATABASE, ClickHouse
from tests.served.kafka import Broker, Cluster
from tests.served.secured import SecuredBroker

CLEARED_MS = 120_000
"""For a broker that was killed by the test, and is asked to forget its topics."""


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One node. A test that stops it starts it again; one that wants its own makes a `Broker`."""
    started = Broker(tmp_path_factory.mktemp("kafka"))
    started.start()
    yield started
    started.kill()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three nodes. A test that stops some calls `cluster.start()` at its end."""
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """A ClickHouse server, version 18.16, with an empty database. A test that stops it starts it again, and drops the tables that it made."""
    started = ClickHouse(tmp_path_factory.mktemp("clickhouse"))
    started.start()
    started.ask(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
    yield started
    started.kill()


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """One node as departments reach it: TLS, passwords, rights."""
    started = SecuredBroker(tmp_path_factory.mktemp("secured"))
    started.start()
    yield started
    started.kill()


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace that nobody had before. What topics the test made in it are deleted after it."""
    name = f"t{os.getpid()}-{uuid.uuid4().hex[:8]}"
    yield name
    for served in ("broker", "cluster"):
        if served in request.fixturenames:
            _forget(request.getfixturevalue(served), name)


def _forget(served: Broker | Cluster, namespace: str) -> None:
    """Each topic costs the broker files and memory, and its start after a kill time."""
    served.start()
    with admin(served.brokers(), bootstrap_timeout_ms=CLEARED_MS, request_timeout_ms=CLEARED_MS) as asked:
        topics = [topic for topic in asked.list_topics() if topic.startswith(f"{namespace}.")]
        if topics:
            asked.delete_topics(topics)
