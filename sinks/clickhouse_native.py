"""The native protocol, by clickhouse-driver: statements of ours, and inserts of columns. A connection a thread, compressed."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from clickhouse_driver import Client
from clickhouse_driver.errors import Error, NetworkError, ServerException, SocketTimeoutError

from schemas.errors import Refused, UccError
from sinks.clickhouse_address import Server
from sinks.clickhouse_errors import away, of_insert, of_order
from sinks.clickhouse_types import Values

logging.getLogger("clickhouse_driver").setLevel(logging.ERROR)  # an outage is ours to tell, once; the driver would print each try with a trace
Settings = Mapping[str, str | int]
Named = Callable[[int, str, str], UccError]
"""Makes an error of ours from the server's number and message, and where it was."""
_CONNECT_S, _SILENCE_S = 10, 300
"""How long a server may take to accept us, and how long it may say nothing: a change of all rows of a table takes minutes."""
_ALIVE = (30, 10, 3)
"""Seconds of silence after which the kernel asks whether the other machine is there, how often, and how often in vain."""
_CUT_OFF, _SLOW = 210, 209
"""ClickHouse's own numbers for a connection that broke, and one that fell silent."""


class Native:
    """Connections to a server. May be used by any thread; each has its own."""

    def __init__(self, server: Server, database: str) -> None:
        """Nothing is connected yet. An empty `database`: the user's own."""
        self._server, self._database = server, database
        self._mine = threading.local()
        self._all: weakref.WeakSet[_OfAThread] = weakref.WeakSet()

    def rows(self, sql: str, settings: Settings | None = None, *, named: Named = of_order, where: str = "") -> list[tuple[Any, ...]]:
        """Does one statement; returns its rows. Raises WarehouseUnavailable, or, unless `named` says otherwise, Broken with the server's sentence."""
        found = self._do(sql, None, settings, named, where or sql.split("\n", 1)[0][:80])
        return found if isinstance(found, list) else []

    def insert(self, statement: str, columns: list[Values], settings: Settings, where: str) -> None:
        """Inserts columns as one block. Raises WarehouseUnavailable, Refused, Broken."""
        self._do(statement, columns, settings, of_insert, where)

    def close(self) -> None:
        """Ends all connections; what is asked afterwards makes new ones."""
        for held in list(self._all):
            held.client.disconnect()

    def _do(self, sql: str, columns: list[Values] | None, settings: Settings | None, named: Named, where: str) -> Any:  # noqa: ANN401  the driver's own
        client = self._client()
        try:
            return client.execute(sql, columns, settings=dict(settings or {}), columnar=columns is not None)
        except ServerException as error:
            raise named(error.code or 0, error.message, where) from error
        except SocketTimeoutError as error:
            raise away(_SLOW, f"the warehouse at {self._server} does not answer: {error.message}", where) from error
        except NetworkError as error:
            raise away(_CUT_OFF, f"the warehouse at {self._server} is away: {error.message}", where) from error
        except (OSError, EOFError) as error:
            raise away(_CUT_OFF, f"the connection to the warehouse at {self._server} was cut off: {error}", where) from error
        except Error as error:
            raise Refused(f"the driver cannot write this: {error.message}", where=where) from error

    def _client(self) -> Client:
        held: _OfAThread | None = getattr(self._mine, "held", None)
        if held is None:
            held = self._mine.held = _OfAThread(self._connecting())
            self._all.add(held)
        if not held.client.connection.connected:
            held.client.connection.password = self._server.password()
        return held.client

    def _connecting(self) -> Client:
        server = self._server
        (host, port), *others = server.hosts
        return Client(
            host,
            port,
            alt_hosts=",".join(f"{name}:{number}" for name, number in others) or None,
            database=self._database,
            user=server.user,
            client_name="ucc",
            compression="lz4",
            secure=server.secure,
            ca_certs=None if server.ca_file is None else str(server.ca_file),
            connect_timeout=_CONNECT_S,
            send_receive_timeout=_SILENCE_S,
            tcp_keepalive=_ALIVE,
            settings_is_important=True,  # a setting that the server does not know is an error, never ignored
        )


class _OfAThread:
    """The connection of a thread: it ends when the thread does."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __del__(self) -> None:
        self.client.disconnect()
