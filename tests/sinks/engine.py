"""ClickHouse's engine (chDB) with any statement and any configuration, in a process of its own: what no warehouse of ours lets in.

with Engine(folder) as engine:
    engine.query("SELECT 1")
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from clickhouse_driver.block import ColumnOrientedBlock
from clickhouse_driver.bufferedwriter import BufferedSocketWriter
from clickhouse_driver.client import Client
from clickhouse_driver.streams.native import BlockOutputStream

ONE_SERVER = """
<clickhouse>
  <tcp_port>9000</tcp_port>
  <zookeeper><implementation>testkeeper</implementation></zookeeper>
  <macros><shard>1</shard><replica>r1</replica></macros>
  <remote_servers>
    <north><shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>9000</port></replica></shard></north>
    <twice>
      <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
      <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
    </twice>
  </remote_servers>
</clickhouse>
"""
"""A cluster of one server, with a Keeper in its memory. Tables that are replicated can be made, and take no rows: nobody sends them parts."""


class EngineError(Exception):
    """What the engine says."""


class Engine:
    """One engine. Its answers are those of any server of its version, where no network is needed."""

    def __init__(self, folder: Path, config: str = "<clickhouse/>") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.xml").write_text(config, encoding="utf-8")
        url = f"{folder / 'store'}?config-file={quote(str(folder / 'config.xml'))}"
        self._process = subprocess.Popen([sys.executable, "-m", "tests.sinks.engine", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def query(self, sql: str, output_format: str = "TSV") -> bytes:
        """Does one statement; raises EngineError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([sql, output_format]) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise EngineError(told["error"])
        return base64.b64decode(told["answer"])

    def all(self, statements: Iterable[str]) -> None:
        """Does statements, one after the other."""
        for statement in statements:
            self.query(statement)

    def types(self, table: str) -> list[tuple[str, str]]:
        """Names and types of the columns that take values, as a server sends them before an insert."""
        asked = f"SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = '{table}' AND default_kind IN ('', 'DEFAULT')"  # noqa: S608
        return [(row["name"], row["type"]) for row in map(json.loads, self.query(f"{asked} ORDER BY position", "JSONEachRow").splitlines())]


class _Told:
    """Where the driver believes that it writes to a server: the oldest revision, whose blocks are those of files."""

    used_revision = 0

    def __init__(self) -> None:
        self.data = bytearray()

    def sendall(self, data: bytes) -> None:
        self.data += data


def written_by_the_driver(types: list[tuple[str, str]], columns: list[list[Any]]) -> bytes:
    """A block as clickhouse-driver writes it on its way to a server."""
    client = Client("127.0.0.1")
    context, told = client.connection.context, _Told()
    context.server_info, context.settings, context.client_settings = told, {}, client.client_settings
    BlockOutputStream(BufferedSocketWriter(told, 1 << 20), context).write(ColumnOrientedBlock(types, columns))
    return bytes(told.data)


def _main(url: str) -> None:
    from chdb import session as library  # noqa: PLC0415  200 MB, for this process alone

    session: Any = vars(library)["Session"](url)  # the library's functions have no types
    for line in sys.stdin:
        sql, output_format = json.loads(line)
        try:
            told = {"answer": base64.b64encode(session.query(sql, output_format).bytes()).decode()}
        except Exception as error:  # noqa: BLE001  whatever the engine raises is its answer
            told = {"error": str(error)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(sys.argv[1])
