"""The door at which a part says how it is: `/metrics` for Prometheus, `/health` for whoever would restart it.

It is for the machine room: no secrets, no reports, nothing about people goes through it, and it asks nobody who they are. So it listens on
loopback unless it is told otherwise; where it is told, it belongs behind the installation's own network.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from types import TracebackType
from typing import Any, Self

import orjson
from prometheus_client import CollectorRegistry, GCCollector, Metric, PlatformCollector, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import choose_encoder

from schemas.errors import BrokenSetting, without_words
from schemas.metrics import REGISTRY, STARTED

LOOPBACK = "127.0.0.1"
PATIENCE = 10
"""Seconds that a caller may take for its request; a silent one holds a thread no longer."""
Alive = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether the part gets on with its work, and what it says of it: names, counts and seconds only. Called from another thread; must not block."""


def _of_the_process() -> CollectorRegistry:
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


class _Everything:
    """Our metrics, and beside them the process's: memory, processor time, open files, Python."""

    _process = _of_the_process()

    def collect(self) -> Iterable[Metric]:
        yield from REGISTRY.collect()
        yield from self._process.collect()


class HealthDoor:
    """Answers `/metrics` and `/health` until it is closed; also a context.

    `address` is `host:port` or a port on loopback (0: any free one; `port` says which), empty for no door at all.
    `/health` answers 200 when `alive` says so, else 503, with `{"alive": …, …}`; a failing `alive` is not alive.

    Raises BrokenSetting when it cannot listen there.
    """

    def __init__(self, address: str, alive: Alive) -> None:
        self._server: ThreadingHTTPServer | None = None
        self.port: int | None = None
        if not address:
            return
        STARTED.set_to_current_time()
        # `_created` series would double what is scraped; nobody asks them anything.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library says nothing of its type
        self._server = _listening(address, _handler(alive))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def close(self) -> None:
        """Stops answering; may be called twice."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _listening(address: str, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or LOOPBACK

    class Server(ThreadingHTTPServer):
        address_family = AF_INET6 if ":" in host else AF_INET
        daemon_threads = True

    try:
        return Server((host, int(port)), handler)
    except (OSError, ValueError, OverflowError) as error:
        raise BrokenSetting(
            f"cannot listen on {address!r}: {error}; another part may have that port: give each part one of its own", where="UCC_METRICS"
        ) from error


def _health(alive: Alive) -> tuple[int, bytes]:
    try:
        well, said = alive()
    except Exception as error:  # noqa: BLE001  whatever keeps it from saying that it is well, it is not
        well, said = False, {"error": without_words(error)}
    return 200 if well else 503, orjson.dumps({"alive": well, **said}, default=str) + b"\n"


def _handler(alive: Alive) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept", ""))
                self._answer(200, kind, encode(_Everything()))
            elif path == "/health":
                status, body = _health(alive)
                self._answer(status, "application/json", body)
            else:
                self._answer(404, "text/plain; charset=utf-8", b"there are /metrics and /health\n")

        do_HEAD = do_GET  # noqa: N815  the library's name

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
            """A scrape every few seconds is nothing to log."""

    return Handler
