"""The analysts' door: the part that holds a chDB warehouse answers ClickHouse's HTTP interface, read-only, so that the tools of analysts connect.

    door = AnalystsDoor("127.0.0.1:8123", warehouse.answer, token_of(home.path))
    door.close()

Who asks is the user `analyst`, with the token as password, and sees the views (`sinks.analysts_views`). An answer is made whole before
its first byte is sent: so an error is told by its status, and a slow reader keeps nobody waiting but himself.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader, RawIOBase
from pathlib import Path
from secrets import compare_digest
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import uuid4

from schemas.errors import BrokenSetting, UccError, WarehouseUnavailable, without_words
from sinks.asked import Answered, Asked, NotAnswered
from sinks.opening import Bounds
from ucc import analysts_reply as reply
from ucc.analysts_connections import Connections
from ucc.analysts_request import Credentials, Wanted, body_of, credentials, fields_of, wanted
from ucc.home import new_token

USER = "analyst"
TOKEN_FILE = "analysts.token"  # noqa: S105  the name of a file
MOST_CONNECTIONS = 128
MOST_HEADER_FIELDS = 100
WAITING_S = 30.0
"""How long a question waits for others to be answered."""
IDLE_S = 60.0
"""How long a connection may be silent between two requests."""
READING_S = 20.0
"""How long a request may take to arrive, from its second line to its last byte."""
WRITING_S = 60.0
"""How long a reader may take for each piece of an answer, at most a mebibyte."""
_IN_MEMORY = 1 << 20
"""Bytes of an answer above which it is kept in a file until it is sent."""

Ask = Callable[[Asked, IO[bytes]], Answered | NotAnswered]
"""Question, and an empty file for the answer."""


class AnalystsDoor:
    """Answers at `address` (host:port, or a port on loopback; 0: any that is free) until it is closed."""

    def __init__(self, address: str, ask: Ask, token: str, *, spool: Path | None = None, at_once: int = Bounds().analysts) -> None:
        """`spool` is the folder of answers that wait to be sent; `at_once`: how many are asked for at the same time.

        Raises BrokenSetting when the address cannot be had.
        """
        host, _, port = address.rpartition(":")
        host = host.strip("[]") or "127.0.0.1"

        class Server(_Server):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        class Handler(_Handler):
            door = self

        self.ask, self.token, self.spool = ask, token, spool
        self.places = threading.BoundedSemaphore(at_once)
        try:
            self._server = Server((host, int(port)), Handler)
        except (OSError, OverflowError, ValueError) as error:
            raise BrokenSetting(f"analysts cannot be answered at {address!r}: {error}", where="UCC_ANALYSTS") from error
        self.port: int = self._server.server_address[1]
        self.connections = self._server.connections
        self._thread = threading.Thread(target=self._server.serve_forever, name="analysts", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops answering; who is connected is cut off."""
        self._server.shutdown()
        self._server.server_close()
        self.connections.close()


def door_of(home: Path, address: str, ask: Ask) -> AnalystsDoor | None:
    """The door of a home at the address of the setting; none where that is empty. Raises BrokenSetting."""
    return AnalystsDoor(address, ask, token_of(home), spool=home) if address else None


def token_of(home: Path) -> str:
    """The token of the home's analysts, made on first use; to change it, delete the file and start again.

    Raises BrokenSetting when the file is empty, or others may read it.
    """
    path = home / TOKEN_FILE
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=home, encoding="utf-8") as file:  # for its owner alone
            file.write(f"{new_token()}\n")
            file.flush()
            with suppress(FileExistsError):  # whole or not at all; of several who make it at once, the first one's stands
                os.link(file.name, path)
    if path.stat().st_mode & 0o077:
        raise BrokenSetting("others may read the token of the analysts: `chmod 600` it, or delete it for a new one", where=str(path))
    token = path.read_text(encoding="utf-8").strip()
    if not token:
        raise BrokenSetting("the token of the analysts is empty; delete the file for a new one", where=str(path))
    return token


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.connections = Connections(MOST_CONNECTIONS)
        super().__init__(address, handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401, ARG002  the library's signature
        return self.connections.enter(request)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        self.connections.leave(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  the library's signature
        """A connection that broke is its owner's business: nothing is printed of what was sent."""


class _Patience(RawIOBase):
    """What a connection sends, until a moment that may be moved."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.until = time.monotonic() + IDLE_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  any buffer
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request takes too long to arrive")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    """One connection: its requests, one after the other."""

    protocol_version = "HTTP/1.1"
    error_content_type = "text/plain; charset=UTF-8"
    error_message_format = "%(message)s\n"
    door: AnalystsDoor

    def setup(self) -> None:
        super().setup()
        self._patience = _Patience(self.connection)
        self.rfile = BufferedReader(self._patience)

    def handle_one_request(self) -> None:
        self._patience.until = time.monotonic() + IDLE_S
        super().handle_one_request()

    def parse_request(self) -> bool:
        self._patience.until = time.monotonic() + READING_S
        if not super().parse_request():
            return False
        if len(self.headers) > MOST_HEADER_FIELDS:  # the library has a bound, too, which other libraries move
            self.send_error(431)
            return False
        return True

    def version_string(self) -> str:
        return reply.DISPLAY_NAME

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Questions are not logged: they may hold what people said."""

    def do_HEAD(self) -> None:
        self._fixed(200, b"")

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        if path in ("/ping", "/replicas_status") or (path == "/" and not query):
            self._fixed(200, b"Ok.\n")
        elif path == "/":
            self._question()
        else:
            self._fixed(404, f"There is no handle {path[:200]!r}\n\nUse / or /ping for health checks.\n".encode())

    def do_POST(self) -> None:
        if urlsplit(self.path).path == "/":
            self._question()
        else:
            self.close_connection = True
            self._fixed(404, b"There is no such handle. Send queries to /.\n")

    def _question(self) -> None:
        body = body_of(self.headers, self.rfile)
        if isinstance(body, NotAnswered):
            self.close_connection = True
            self._problem(body)
            return
        with self.door.connections.at_work(self.connection):
            taken = fields_of(self.path, self.headers, body)
            if isinstance(taken, NotAnswered):
                self._problem(taken)
                return
            fields, question = taken
            problem = _unknown(credentials(self.headers, fields), self.door.token)
            asks = problem or wanted(self.headers, fields, question)
            if isinstance(asks, NotAnswered):
                self._problem(asks)
            else:
                self._ask(asks)

    def _ask(self, asks: Wanted) -> None:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self.door.spool) if self.door.spool else None) as answer:
            answered = self._answered(asks.asked, answer)
            if isinstance(answered, NotAnswered):
                self._problem(answered, asks)
            else:
                self._send(asks, answered, answer)

    def _answered(self, asked: Asked, answer: IO[bytes]) -> Answered | NotAnswered:
        if not self.door.places.acquire(timeout=WAITING_S):
            return NotAnswered(202, "TOO_MANY_SIMULTANEOUS_QUERIES", "too many questions are being answered; ask again in a moment")
        try:
            return self.door.ask(asked, answer)
        except WarehouseUnavailable as error:
            return NotAnswered(1002, "UNKNOWN_EXCEPTION", str(error))
        except UccError as error:
            return NotAnswered(36, "BAD_ARGUMENTS", str(error))
        except OSError as error:
            return NotAnswered(243, "NOT_ENOUGH_SPACE", f"the answer cannot be kept until it is sent: {error.strerror}")
        except Exception as error:  # noqa: BLE001  whatever it is, it costs this answer alone
            return NotAnswered(1002, "UNKNOWN_EXCEPTION", without_words(error))
        finally:
            self.door.places.release()

    def _send(self, asks: Wanted, answered: Answered, answer: IO[bytes]) -> None:
        size = answer.tell()
        encoding = "" if asks.blocks else reply.encoding_for(asks.encodings, size)
        self.send_response(200)
        self._about(asks)
        self.send_header("Content-Type", reply.content_type(answered.output_format))
        self.send_header("X-ClickHouse-Format", answered.output_format)
        self.send_header("X-ClickHouse-Timezone", answered.time_zone)
        self.send_header("X-ClickHouse-Summary", reply.summary(answered, size))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        chunked = (encoding != "" or asks.blocks) and self.request_version == "HTTP/1.1"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not (encoding or asks.blocks):
            self.send_header("Content-Length", str(size))
        else:
            self.close_connection = True
        self.end_headers()
        for piece in reply.blocks(answer) if asks.blocks else reply.encoded(answer, encoding):
            if piece:
                self._write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self._write(b"0\r\n\r\n")

    def _problem(self, problem: NotAnswered, asks: Wanted | None = None) -> None:
        status = reply.status_of(problem)
        headers = {"X-ClickHouse-Exception-Code": str(problem.number)}
        if status == 401:  # noqa: PLR2004  an HTTP status
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        if status == 503:  # noqa: PLR2004
            headers["Retry-After"] = "1"
        self._fixed(status, reply.error_text(problem), headers, asks)

    def _fixed(self, status: int, body: bytes, headers: dict[str, str] | None = None, asks: Wanted | None = None) -> None:
        self.send_response(status)
        self._about(asks)
        self.send_header("Content-Type", "text/plain; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self._write(body)

    def _about(self, asks: Wanted | None) -> None:
        self.send_header("X-ClickHouse-Server-Display-Name", reply.DISPLAY_NAME)
        query_id = asks.query_id if asks is not None else ""
        self.send_header("X-ClickHouse-Query-Id", query_id if query_id.isascii() and query_id.isprintable() and query_id else str(uuid4()))

    def _write(self, data: bytes) -> None:
        self.connection.settimeout(WRITING_S)
        self.wfile.write(data)


def _unknown(said: Credentials | None, token: str) -> NotAnswered | None:
    """Why a client is not let in; nothing when it is."""
    if said is None:
        return NotAnswered(194, "REQUIRED_PASSWORD", f"Password required: the user is {USER}, the password is in the file {TOKEN_FILE} of the home")
    if not (said.user == USER and compare_digest(said.password.encode(), token.encode())):
        return NotAnswered(516, "AUTHENTICATION_FAILED", "Authentication failed: password is incorrect, or there is no user with such name")
    return None
