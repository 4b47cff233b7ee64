"""A source's own system, as far as write-back sees it: takes results by HTTP, and believes only what is signed with the secret that both know."""

from __future__ import annotations

import hashlib
import hmac
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

PATH = "/results"


class Receiver:
    """Answers on a free port of this machine until it is closed."""

    def __init__(self, secret: bytes) -> None:
        self._guard = threading.Lock()
        self._taken: set[str] = set()
        self._refused = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                signed = f"{self.headers.get('X-UCC-Timestamp', '')}.".encode() + body
                wanted = "sha256=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
                sound = self.path == PATH and hmac.compare_digest(wanted, self.headers.get("X-UCC-Signature", ""))
                receiver.note(self.headers.get("Idempotency-Key", ""), sound=sound)
                self.send_response(204 if sound else 401)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
                """What was told to a source is nobody else's."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{PATH}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def note(self, name: str, *, sound: bool) -> None:
        """A result came; the same again is the same."""
        with self._guard:
            if sound:
                self._taken.add(name)
            else:
                self._refused += 1

    def taken(self) -> tuple[int, int]:
        """How many results were taken, and how many POSTs were refused because nobody had signed them."""
        with self._guard:
            return len(self._taken), self._refused
