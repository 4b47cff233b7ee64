"""How other commands on a home ask its owner, and command through it: one question, one answer, on loopback, with the owner's token."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from schemas.errors import HomeBusy, Refused, UccError, WarehouseUnavailable

if TYPE_CHECKING:
    from ucc.home import Running

TOKEN = "X-UCC-Token"  # noqa: S105  the name of a header
LARGEST_QUESTION = 1 << 20
Ask = Callable[[str, str], bytes]
"""SQL and output format → answer."""
Command = Callable[[str, bytes, float], bytes]
"""Centre, a line of `schemas.command.Command`, seconds to wait → the line of its verdict, empty where it takes longer."""
COMMAND = "command"


class Answering:
    """Answers questions for the warehouse's owner until it is closed."""

    def __init__(self, ask: Ask, token: str, command: Command | None = None) -> None:
        """`command` none: nothing is commanded here."""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                if not compare_digest(self.headers.get(TOKEN, "").encode(), token.encode()):
                    self._answer(403, b"this home is somebody else's")
                elif size > LARGEST_QUESTION:
                    self._answer(413, b"the question is larger than 1 MiB")
                else:
                    self._said(self.rfile.read(size), unquote(self.path.lstrip("/")))

            def _said(self, body: bytes, path: str) -> None:
                try:
                    self._answer(200, _answer_to(path, body, ask, command))
                except Refused as error:
                    self._answer(400, str(error).encode())
                except UccError as error:
                    self._answer(503, str(error).encode())

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
                """Questions are not logged: they may hold what people said."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="answering", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops answering."""
        self._server.shutdown()
        self._server.server_close()


def _answer_to(path: str, body: bytes, ask: Ask, command: Command | None) -> bytes:
    """A question (its path is the output format), or a command (`command/<centre>/<seconds>`)."""
    kind, _, rest = path.partition("/")
    if kind != COMMAND:
        return ask(body.decode(), path)
    if command is None:
        raise HomeBusy("this owner takes no commands")
    centre, _, seconds = rest.partition("/")
    return command(centre, body, float(seconds))


class OwnersWarehouse:
    """The warehouse of a home that another process owns; implements `schemas.ports.Questions`."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def query(self, sql: str, output_format: str) -> bytes:
        """Asks the owner. Raises Refused with the warehouse's sentence, WarehouseUnavailable when the owner has gone."""
        return _asked(self._running, sql, output_format)


def commanded(running: Running, centre: str, line: bytes, seconds: float) -> bytes:
    """Commands through the owner; the line of the verdict, empty where it takes longer than `seconds`.

    Raises Refused with the owner's sentence, HomeBusy where it takes no commands or has gone.
    """
    try:
        return _asked(running, line.decode(), f"{COMMAND}/{centre}/{seconds:g}")
    except WarehouseUnavailable as error:
        raise HomeBusy(f"`{running.doing}` (pid {running.pid}) owns this home: {error.detail}") from error


def _asked(running: Running, sql: str, output_format: str) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{running.port}/{quote(output_format)}", data=sql.encode(), headers={TOKEN: running.token})
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310  loopback
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        sentence = error.read().decode(errors="replace")
        raise (Refused if error.code == 400 else WarehouseUnavailable)(sentence) from error  # noqa: PLR2004  an HTTP status
    except OSError as error:
        raise WarehouseUnavailable(f"the owner of this home (pid {running.pid}) does not answer: {error}") from error
