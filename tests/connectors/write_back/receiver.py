"""A department's own address, on a real socket: it takes results, or answers what the test tells it to."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

import orjson

SECRET = b"a secret that both sides know"


class Taken(NamedTuple):
    """One POST as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def result(self) -> dict[str, Any]:
        """What it tells."""
        told: dict[str, Any] = orjson.loads(self.body)
        return told


Answering = Callable[[Taken, int], int | None]
"""The status of the n-th try (from 0) of a result; None: no answer at all."""


class Receiver:
    """Listens on a free port of loopback; a context. `came` holds every POST, `took` those that were answered with 2xx."""

    def __init__(self, answer: Answering = lambda _taken, _try: 200, headers: dict[str, str] | None = None) -> None:
        self.came: list[Taken] = []
        self.took: list[Taken] = []
        self.answer = answer
        self.headers = headers or {}
        self.tries: defaultdict[str, int] = defaultdict(int)
        self.let_go = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                taken = Taken(self.path, dict(self.headers.items()), self.rfile.read(int(self.headers["Content-Length"])))
                key = taken.headers["Idempotency-Key"]
                number, receiver.tries[key] = receiver.tries[key], receiver.tries[key] + 1
                receiver.came.append(taken)
                status = receiver.answer(taken, number)
                if status is None:
                    receiver.let_go.wait()
                    return
                if 200 <= status < 300:
                    receiver.took.append(taken)
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
                """The test looks at what came."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                """Whoever posts may be killed at any time."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/told?of=reports"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
