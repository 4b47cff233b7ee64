"""Questions over ClickHouse's HTTP interface: there the server itself writes the answer in the format that was asked for.

The native protocol answers in columns only; to make any of the server's formats of them would be to write ClickHouse's writers anew.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode

from schemas.errors import BrokenSetting
from sinks.clickhouse_address import Server
from sinks.clickhouse_errors import away, number_in, of_question

_SILENCE_S = 600.0
_OK, _OF_THE_SERVER = 200, 500
_NETWORK = 210
NUMBER = "X-ClickHouse-Exception-Code"


class Http:
    """Asks a server; each question has a connection of its own."""

    def __init__(self, server: Server) -> None:
        """Nothing is connected yet."""
        self._server = server

    def ask(self, sql: str, output_format: str, settings: Mapping[str, str | int]) -> bytes:
        """The answer, whole. Raises Refused with the server's sentence, Broken where we may not ask, WarehouseUnavailable."""
        server = self._server
        # The server holds the answer back until it is whole, so that an error in its middle is an error and no end of it.
        said = {"database": server.database, "default_format": output_format, "wait_end_of_query": 1, **settings}
        entry = b64encode(f"{server.user}:{server.password()}".encode()).decode()
        headers = {"Authorization": f"Basic {entry}", "Content-Type": "text/plain; charset=utf-8"}
        tried = ""
        for host, _ in server.hosts:
            connection = self._connection(host)
            try:
                connection.request("POST", f"/?{urlencode(said)}", sql.encode(), headers)
                reply = connection.getresponse()
                status, number, answer = reply.status, reply.getheader(NUMBER, ""), reply.read()
            except (OSError, HTTPException) as error:
                tried = f"the warehouse does not answer at {host}:{server.http_port} over HTTP: {error}"
                continue
            finally:
                connection.close()
            if status == _OK and not number:
                return answer
            raise self._error(status, int(number or 0), answer.decode(errors="replace").strip())
        raise away(_NETWORK, tried, "")

    def _connection(self, host: str) -> HTTPConnection:
        server = self._server
        if not server.secure:
            return HTTPConnection(host, server.http_port, timeout=_SILENCE_S)
        try:
            context = ssl.create_default_context(cafile=None if server.ca_file is None else str(server.ca_file))
        except OSError as error:
            raise BrokenSetting(f"what signed the warehouse's certificate cannot be read: {error}", where=str(server.ca_file)) from error
        return HTTPSConnection(host, server.http_port, timeout=_SILENCE_S, context=context)

    def _error(self, status: int, number: int, said: str) -> Exception:
        number = number or number_in(said)
        if not number and status >= _OF_THE_SERVER:  # somebody between us and the server
            return away(0, f"instead of the warehouse somebody answers with HTTP {status}", f"{self._server}")
        return of_question(number, said, "")
