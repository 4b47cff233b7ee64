"""Commands and positions where the log is Kafka: by HTTP at any door, from the terminal, over the topics into the fold."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.kafka_reader import KafkaReader
from schemas.command import PositionsEvent
from schemas.event import EVENT
from schemas.topics import EVENTS, RAW, VERDICTS
from tests.served.kafka import Broker
from tests.served.up import Up, lines
from tests.ucc.test_doors_on_kafka import beside

RESPONDER = "gridworker-320111004001001-1"


@pytest.fixture
def up(tmp_path: Path, broker: Broker, namespace: str) -> Iterator[Up]:
    broker.start()
    up = Up(tmp_path, log=f"kafka://{broker.address}", namespace=namespace)
    yield up
    up.close()


def settled(up: Up, path: str, key: str, body: bytes) -> dict[str, object]:
    """The verdict of a command, once there is one."""
    answer = up.ask("POST", path, key, body)
    until = time.monotonic() + 60
    while answer.status == 202:
        assert time.monotonic() < until
        answer = up.ask("GET", answer.headers["location"], key)
    assert answer.status == 200, answer
    return answer.said


def test_a_command_has_one_verdict_at_every_door_and_from_the_terminal(up: Up, broker: Broker, namespace: str) -> None:
    source = up.key()
    desk = json.loads(up.run("keys", "create", "--role", "desk", "--name", "值班一席", "--json").splitlines()[-1])["key"]
    up.start()
    receipts = up.push(source, lines([1])).receipts
    case = up.fates(source, receipts)[receipts[0]]["case_id"]
    body = json.dumps({"command_id": "desk-0000001", "action": "supervised", "case": case, "reason": "领导批示"}).encode()
    first = settled(up, "/v1/commands", desk, body)
    assert (first["verdict"], first["actor"]) == ("done", "desk:值班一席")
    words = ("command", "supervised", case, "--as", "desk:值班一席", "--reason", "领导批示", "--json", "--timeout", "60")
    assert json.loads(up.run(*words, "--id", "desk-0000001")) == first
    assert json.loads(up.run(*words))["verdict"] == "done"
    other = beside(up)
    other.start()
    try:
        until = time.monotonic() + 60
        while (asked := other.ask("GET", "/v1/commands/desk-0000001", desk)).status != 200:
            assert time.monotonic() < until
        assert asked.said == first
        assert settled(other, "/v1/commands", desk, body) == first
    finally:
        other.close()
    with closing(KafkaReader(broker.brokers(namespace), "pukou", 0)) as reader:
        raw = [placed.frame.header.kind for placed in reader.read(RAW.name, -1, 100)]
        assert raw.count("command") == 2
        assert sum(placed.frame.header.lines for placed in reader.read(VERDICTS.name, -1, 100)) == 2
    assert up.end() == 0


def test_positions_come_to_the_fold_outside_the_chain_and_what_follows_them_is_folded(up: Up, broker: Broker, namespace: str) -> None:
    source, patrol = up.key(), up.key("joint_patrol")
    up.start()
    receipts = up.push(source, lines([1])).receipts
    up.fates(source, receipts)
    body = json.dumps({"responder": RESPONDER, "at": datetime.now(UTC).isoformat(), "lng": 118.6, "lat": 32, "accuracy_m": 5}).encode()
    assert up.ask("POST", "/v1/positions", patrol, body).status == 202
    with closing(KafkaReader(broker.brokers(namespace), "pukou", 0)) as reader:
        until = time.monotonic() + 60
        while not (found := [one.frame for one in reader.read(EVENTS.name, -1, 100) if one.frame.header.kind == "positions"]):
            assert time.monotonic() < until
            time.sleep(0.1)
    (frame,) = found
    assert (frame.header.raw_offset, frame.header.previous_raw_offset) == (None, None)
    event = EVENT.validate_json(frame.body)
    assert isinstance(event, PositionsEvent)
    assert event.responders == (RESPONDER,)
    receipts = up.push(source, lines([2])).receipts
    assert up.fates(source, receipts)[receipts[0]]["outcome"] in {"opened", "merged"}
    up.kill()
    up.start()
    receipts = up.push(source, lines([3])).receipts
    assert up.fates(source, receipts)[receipts[0]]["outcome"] in {"opened", "merged"}
    assert json.loads(up.run("reconcile", "--json").splitlines()[-1])["balanced"]
    assert up.end() == 0
