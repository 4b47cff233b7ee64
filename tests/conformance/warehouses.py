"""The warehouses that the conformance suite runs on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from schemas.ports import Warehouse
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.clickhouse_warehouse import ClickHouseWarehouse
from sinks.sql import statements
from tests.served.clickhouse import ClickHouse

SUBSET = Path(__file__).with_name("older_tables.sql")
"""The tables that the suite needs, of what a ClickHouse server of 2018 has: the one that tests can run."""


class Backend(Protocol):
    """One kind of warehouse, one of which is empty."""

    def opened(self) -> AbstractContextManager[Warehouse]:
        """Opens it, with our tables."""
        ...

    def killed(self, warehouse: Warehouse) -> AbstractContextManager[None]:
        """Kills what holds the rows (-9) and, where nobody else does, starts it again at the end of the block."""
        ...


@dataclass(frozen=True)
class Chdb:
    """The embedded one, in a folder."""

    folder: Path

    @contextmanager
    def opened(self) -> Iterator[Warehouse]:
        """Its owner is this process."""
        with ChdbWarehouse(self.folder) as warehouse:
            yield warehouse

    @contextmanager
    def killed(self, warehouse: Warehouse) -> Iterator[None]:
        """Its child is killed."""
        assert isinstance(warehouse, ChdbWarehouse)
        os.kill(warehouse.pid, signal.SIGKILL)
        yield


class Served:
    """A database of its own on a server."""

    def __init__(self, server: ClickHouse) -> None:
        """Nothing is made yet."""
        self._server, self._database = server, f"c{uuid4().hex[:12]}"

    @contextmanager
    def opened(self) -> Iterator[Warehouse]:
        """With the tables that an old server can have; they are gone afterwards."""
        server = self._server
        server.start()
        server.ask(f"CREATE DATABASE IF NOT EXISTS {self._database}")
        for statement in statements(SUBSET.read_text(encoding="utf-8")):
            server.ask(statement, self._database)
        try:
            with ClickHouseWarehouse(server.server(self._database)) as warehouse:
                yield warehouse
        finally:
            server.start()
            server.ask(f"DROP DATABASE {self._database}")

    @contextmanager
    def killed(self, warehouse: Warehouse) -> Iterator[None]:
        """The whole server is killed, and started again."""
        del warehouse
        self._server.kill()
        try:
            yield
        finally:
            self._server.start()
