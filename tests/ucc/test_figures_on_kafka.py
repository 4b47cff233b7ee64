"""Readings and positions where the log is Kafka: from the door over the topics to the views, whatever is killed in between."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.kafka_reader import KafkaReader
from schemas.topics import POSITIONS, READINGS
from tests.served.kafka import Broker
from tests.served.up import NDJSON, PATIENCE_S, Up

RESPONDER = "gridworker-320111004001001-1"


@pytest.fixture
def up(tmp_path: Path, broker: Broker, namespace: str) -> Iterator[Up]:
    broker.start()
    up = Up(tmp_path, log=f"kafka://{broker.address}", namespace=namespace)
    yield up
    up.close()


def push(up: Up, path: str, key: str, *lines: dict[str, Any]) -> list[str]:
    """Pushes lines until they are taken: what a centre takes is known when its pack has been put to use."""
    until = time.monotonic() + PATIENCE_S
    while True:
        answer = up.ask("POST", path, key, b"\n".join(json.dumps(line).encode() for line in lines), NDJSON)
        if answer.status != 503:
            return [line["status"] for line in answer.said["lines"]]
        assert time.monotonic() < until
        time.sleep(0.2)


def test_figures_come_over_their_topics_into_the_views_once(up: Up, broker: Broker, namespace: str) -> None:
    department, patrol = up.key("department"), up.key("joint_patrol")
    up.start()
    now = datetime.now(UTC)
    readings = [{"metric": "air.pm25", "object_id": "S", "at": (now - timedelta(minutes=n)).isoformat(), "value": n} for n in range(600)]
    assert set(push(up, "/v1/readings", department, *readings)) == {"accepted"}
    fixes = [{"responder": RESPONDER, "at": (now - timedelta(seconds=n)).isoformat(), "lng": 118 + n / 10, "lat": 32, "accuracy_m": 5} for n in (2, 1, 3)]
    assert set(push(up, "/v1/positions", patrol, *fixes)) == {"accepted"}
    up.kill()
    up.start()
    assert set(push(up, "/v1/readings", department, *readings[:10])) == {"accepted"}
    assert set(push(up, "/v1/positions", patrol, fixes[1])) == {"accepted"}
    until = time.monotonic() + PATIENCE_S
    asked = f"SELECT (SELECT count() FROM readings) AS n, (SELECT any(lng) FROM positions_latest WHERE responder = '{RESPONDER}') AS lng"  # noqa: S608  our own name
    while (found := up.rows(asked)) != [{"n": 600, "lng": 118.1}] and time.monotonic() < until:
        time.sleep(0.3)
    assert found == [{"n": 600, "lng": 118.1}]
    with closing(KafkaReader(broker.brokers(namespace), "pukou", 0)) as reader:
        assert [placed.frame.header.lines for placed in reader.read(READINGS.name, -1, 10)] == [500, 100, 10]
        assert {placed.frame.header.lines for placed in reader.read(POSITIONS.name, -1, 10)} == {1}
    assert up.end() == 0
