"""An ASGI app behind a socket, in a thread of its own."""

from __future__ import annotations

import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from schemas.errors import BrokenSetting

BACKLOG = 1_024
DRAINED_S = 15
"""How long requests that have begun may take when the server is told to end."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; connections wait in it until somebody serves. `port` 0: any that is free. Raises BrokenSetting."""
    # The protocol is named because asyncio sends at once (TCP_NODELAY) on such sockets alone: an answer would else wait 40 ms for the client's acknowledgement.
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        made.close()
        raise BrokenSetting(f"cannot listen at {host}:{port}: {error}; another program may have that port", where="--port") from error
    return made


class Server:
    """Serves an app until it is closed."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        """Begins at once."""
        settings = uvicorn.Config(
            app,
            http="httptools",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,  # it would say what people send; what goes wrong is said by the app
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=DRAINED_S,
        )
        self._server, self._listener = uvicorn.Server(settings), listener
        self.port: int = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, name="door", daemon=True)
        self._thread.start()

    @property
    def runs(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Takes no more connections, lets requests that have begun end, and waits for that."""
        self._server.should_exit = True
        self._thread.join(DRAINED_S + 5)
        self._listener.close()
