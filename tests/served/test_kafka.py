from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.kafka_clients import admin, producer
from tests.served.kafka import Broker, Cluster, nodes_known
from tests.served.process import NotReadyError, free_port

PATIENCE_S = 120


def produced(served: Broker | Cluster, topic: str, value: bytes) -> int:
    """Sends one message, once, however long a broker takes to come back; its offset."""
    long = PATIENCE_S * 1000
    with producer(served.brokers(), bootstrap_timeout_ms=long, max_block_ms=long, delivery_timeout_ms=long) as sending:
        return int(sending.send(topic, value, partition=0).get(PATIENCE_S).offset)


def knows(address: str, nodes: int) -> bool:
    """Whether the node there knows so many to be well, some time: where cores are shared an answer may come late, and a node seem to be gone."""
    until = time.monotonic() + PATIENCE_S
    while nodes_known(address) != nodes:
        if time.monotonic() > until:
            return False
    return True


def with_topic(served: Broker | Cluster, topic: str, replication: int) -> None:
    with admin(served.brokers(), bootstrap_timeout_ms=PATIENCE_S * 1000, request_timeout_ms=PATIENCE_S * 1000) as asked:
        asked.create_topics({topic: {"num_partitions": 1, "replication_factor": replication}}, wait_for_metadata=True)


def test_a_broker_keeps_its_messages_over_stop_and_kill(broker: Broker, namespace: str) -> None:
    topic = f"{namespace}.x"
    with_topic(broker, topic, 1)
    assert produced(broker, topic, b"a") == 0
    broker.restart()
    assert produced(broker, topic, b"b") == 1
    broker.kill()
    assert not broker.running
    assert nodes_known(broker.address) == 0
    broker.start()
    assert produced(broker, topic, b"c") == 2


def test_a_cluster_goes_on_with_two_of_three(cluster: Cluster, namespace: str) -> None:
    topic = f"{namespace}.x"
    with_topic(cluster, topic, 3)
    assert produced(cluster, topic, b"a") == 0
    cluster.nodes[1].kill()
    assert produced(cluster, topic, b"b") == 1
    cluster.start()
    assert all(knows(node.address, 3) for node in cluster.nodes)


def test_a_broker_that_does_not_come_up_says_why(tmp_path: Path, broker: Broker) -> None:
    with pytest.raises(NotReadyError, match="somebody else listens"):
        Broker(tmp_path / "a", port=broker.port).start()
    with pytest.raises(NotReadyError, match=r"num\.io\.threads"):
        Broker(tmp_path / "b", settings={"num.io.threads": 0}).start()
    third = Broker(tmp_path / "c")
    third.controller_port = broker.port
    with pytest.raises(NotReadyError, match="Address already in use"):
        third.start()


def test_the_command_runs_a_broker_until_it_is_told_to_end_and_takes_it_along_when_it_is_killed(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "tests.served.kafka", "--port", str(port), "--data", str(tmp_path)]
    for number, code in ((signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline().startswith(b"ready: export UCC_LOG=kafka://127.0.0.1:%d" % port)
            java = int((tmp_path / "pid").read_text())
            assert knows(f"127.0.0.1:{port}", 1)
            os.kill(process.pid, number)
            assert process.wait(PATIENCE_S) == code
        assert gone(java, seconds=PATIENCE_S)


def gone(pid: int, *, seconds: int) -> bool:
    """Whether a process that is not our child ends within that time."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], seconds)[0])
    finally:
        os.close(watched)
