"""The brokers of an installation under faults: one or three, each with a listener behind every link."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from schemas.brokers import SCHEME
from tests.faults.link import Link
from tests.served.kafka import Broker, Cluster
from tests.served.process import free_port


class Served:
    """One node, or a cluster of three, and the links that lead to them."""

    def __init__(self, folder: Path, *, nodes: int, links: Sequence[str]) -> None:
        """Nothing is started yet. `links`: names of the ways that can be cut."""
        folder.mkdir(parents=True, exist_ok=True)
        self.cluster = Cluster(folder) if nodes > 1 else None
        self.nodes = self.cluster.nodes if self.cluster is not None else [Broker(folder)]
        self.links = {name: Link(name) for name in links}
        for node in self.nodes:
            self._behind_links(node)

    def _behind_links(self, node: Broker) -> None:
        """Kafka's clients go where a broker says that it is: behind a link it has to say the link's port."""
        controller = f"CONTROLLER://127.0.0.1:{node.controller_port}"
        inner, outer, kinds = [f"PLAINTEXT://{node.address}"], [f"PLAINTEXT://{node.address}"], ["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT"]
        for name, link in self.links.items():
            port = free_port()
            inner.append(f"{name.upper()}://127.0.0.1:{port}")
            outer.append(f"{name.upper()}://127.0.0.1:{link.front(port)}")
            kinds.append(f"{name.upper()}:PLAINTEXT")
        node._settings |= {  # noqa: SLF001  as Cluster does: what goes over the node's own settings
            "listeners": ",".join([*inner, controller]),
            "advertised.listeners": ",".join([*outer, controller]),
            "listener.security.protocol.map": ",".join(kinds),
            "inter.broker.listener.name": "PLAINTEXT",
        }

    def start(self) -> None:
        """Starts what does not run, and waits until it answers."""
        (self.cluster or self.nodes[0]).start()

    def close(self) -> None:
        """Ends all of it."""
        for link in self.links.values():
            link.heal()
        for node in self.nodes:
            node.kill()
        for link in self.links.values():
            link.close()

    def log(self, link: str = "") -> str:
        """As `UCC_LOG` says it: directly, or through a link."""
        fronts = [f"127.0.0.1:{port}" for port in self.links[link].fronts] if link else [node.address for node in self.nodes]
        return SCHEME + ",".join(fronts)
