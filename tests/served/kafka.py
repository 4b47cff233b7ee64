"""A real Apache Kafka without containers: one node, or three (`shared/TRAPS.md` has the recipe).

`python -m tests.served.kafka --port 9092 --data DIR` runs one node in the foreground, for developers and benchmarks.
"""

from __future__ import annotations

import argparse
import base64
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from kafka.errors import KafkaError

from connectors.kafka_clients import admin
from schemas.brokers import SCHEME, Brokers
from schemas.errors import LogUnavailable
from schemas.wire import LARGEST_MESSAGE
from tests.served.jars import jars
from tests.served.process import NotReadyError, free_port, is_free, launch, wait_until

LOG4J = Path(__file__).with_name("log4j2.properties")
START_S = 90.0
"""A node alone answers after about 4 s; where cores are shared with other tests it takes longer."""
STOP_S = 30.0
Settings = Mapping[str, object]

SETTINGS: Settings = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "message.max.bytes": LARGEST_MESSAGE,
    "replica.fetch.max.bytes": LARGEST_MESSAGE,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1_000,
    # A node that was killed is known to be gone, and may come back, after 4 s instead of 9.
    "broker.session.timeout.ms": 4_000,
    "broker.heartbeat.interval.ms": 1_000,
    # Fewer files to make when they are first used.
    "offsets.topic.num.partitions": 8,
    "transaction.state.log.num.partitions": 8,
    # A transaction past its own timeout is ended within a second instead of ten.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1_000,
    # What a test wants to see compacted is compacted while it waits, not after up to fifteen seconds.
    "log.cleaner.backoff.ms": 200,
}


class Broker:
    """One node, alone unless it is told otherwise. Its address stays the same over restarts, and so does its data."""

    def __init__(self, folder: Path, *, port: int | None = None, node: int = 1, heap: str = "512m", settings: Settings | None = None) -> None:
        """Nothing is started yet. `settings` go over ours; data, configuration, `broker.log` and `pid` lie in `folder`."""
        self.node, self.folder, self.log = node, folder, folder / "broker.log"
        self.port, self.controller_port = port or free_port(), free_port()
        self._heap, self._settings = heap, dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process, for SIGSTOP and the like."""
        assert self._process is not None, "it was never started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def brokers(self, namespace: str = "") -> Brokers:
        """As our settings say it."""
        return Brokers(addresses=(self.address,), namespace=namespace)

    def env(self, namespace: str = "") -> dict[str, str]:
        """Our settings as environment variables."""
        return {"UCC_LOG": f"{SCHEME}{self.address}", "UCC_NAMESPACE": namespace}

    def start(self, *, wait: bool = True) -> None:
        """Starts it where it does not run, and waits until it answers."""
        if self.running:
            return
        configuration = self._written()
        if not (self.folder / "data" / "meta.properties").exists():
            self.format(new_uuid())
        if not is_free(self.port):
            raise NotReadyError(f"somebody else listens at {self.address}")
        self._process = launch([*self._java(), "kafka.Kafka", str(configuration)], self.log)
        (self.folder / "pid").write_text(str(self.pid), encoding="ascii")
        if wait:
            self.wait()

    def wait(self, nodes: int = 1) -> None:
        """Until it answers and knows so many nodes that are well."""
        assert self._process is not None, "it was never started"
        wait_until(lambda: nodes_known(self.address) >= nodes, self._process, self.log, seconds=START_S)

    def format(self, cluster: str) -> None:
        """Makes its folder of data; not when it is there."""
        standalone = [] if "controller.quorum.voters" in self._settings else ["--standalone"]
        command = [*self._java(), "kafka.tools.StorageTool", "format", "-g", "-t", cluster, *standalone, "-c", str(self._written())]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotReadyError(f"its folder could not be made: {done.stdout}{done.stderr}")

    def stop(self) -> None:
        """SIGTERM, as an operator would; killed when it does not end within 30 s."""
        if self._process is None or not self.running:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL: as if the power went, but what the kernel has is kept."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stops it, and starts it again on the same address and data."""
        self.stop()
        self.start()

    def _java(self) -> list[str]:
        return ["java", f"-Xmx{self._heap}", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={LOG4J}", "-cp", f"{jars()}/*"]

    def _written(self) -> Path:
        """Its configuration, as a file."""
        controller = f"127.0.0.1:{self.controller_port}"
        alone: Settings = {
            "controller.quorum.bootstrap.servers": controller,
            "offsets.topic.replication.factor": 1,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
        }
        own: Settings = {
            "node.id": self.node,
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address},CONTROLLER://{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
            "log.dirs": self.folder / "data",
        }
        said = {**SETTINGS, **({} if "controller.quorum.voters" in self._settings else alone), **own, **self._settings}
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in said.items()), encoding="utf-8")
        return file


class Cluster:
    """Three nodes, each broker and controller; two of them are enough to go on."""

    def __init__(self, folder: Path, *, settings: Settings | None = None) -> None:
        """Nothing is started yet."""
        self.nodes = [Broker(folder / f"node-{number}", node=number, heap="400m") for number in (1, 2, 3)]
        voters = ",".join(f"{node.node}@127.0.0.1:{node.controller_port}" for node in self.nodes)
        together: Settings = {
            "controller.quorum.voters": voters,
            "offsets.topic.replication.factor": 3,
            "transaction.state.log.replication.factor": 3,
            "transaction.state.log.min.isr": 2,
        }
        for node in self.nodes:
            node._settings = {**together, **(settings or {})}  # noqa: SLF001  the nodes are parts of this

    @property
    def address(self) -> str:
        """`host:port,host:port,host:port`."""
        return ",".join(node.address for node in self.nodes)

    def brokers(self, namespace: str = "") -> Brokers:
        """As our settings say it."""
        return Brokers(addresses=tuple(node.address for node in self.nodes), namespace=namespace)

    def env(self, namespace: str = "") -> dict[str, str]:
        """Our settings as environment variables."""
        return {"UCC_LOG": f"{SCHEME}{self.address}", "UCC_NAMESPACE": namespace}

    def start(self) -> None:
        """Starts the nodes that do not run, and waits until all know each other."""
        cluster = new_uuid()
        for node in self.nodes:
            if not (node.folder / "data" / "meta.properties").exists():
                node.format(cluster)
        for node in self.nodes:
            node.start(wait=False)
        for node in self.nodes:
            node.wait(len(self.nodes))

    def stop(self) -> None:
        """Ends all: without a majority a node does not end of itself, so they are killed."""
        for node in self.nodes:
            node.kill()


def new_uuid() -> str:
    """As `kafka-storage random-uuid` makes it: never with a dash first, which commands take for an option."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return made


def nodes_known(address: str) -> int:
    """How many nodes the one at that address knows to be well; 0 when it does not answer."""
    try:
        asked = admin(Brokers(addresses=(address,)), bootstrap_timeout_ms=1_000, request_timeout_ms=2_000)
    except LogUnavailable:
        return 0
    try:
        return sum(not node["is_fenced"] for node in asked.describe_cluster()["brokers"])
    except (KafkaError, OSError):
        return 0
    finally:
        asked.close()


def main(words: Sequence[str] | None = None) -> int:
    """Runs one node until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9092, help="where clients speak to it, on 127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="folder of its data, kept over restarts")
    parser.add_argument("--heap", default="512m", help="its largest heap, as Java's -Xmx says it")
    said = parser.parse_args(words)
    broker = Broker(said.data.absolute(), port=said.port, heap=said.heap)
    ended: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: ended.append(number))
    broker.start()
    print(f"ready: export UCC_LOG={SCHEME}{broker.address}   (its log: {broker.log})", flush=True)  # noqa: T201  a command speaks to people
    while not ended and broker.running:
        time.sleep(0.2)
    broker.stop()
    return 0 if ended else 1


if __name__ == "__main__":
    sys.exit(main())
