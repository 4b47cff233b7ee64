"""Who is connected to a door: a bounded number, and whoever keeps a place without using it makes room."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Connections:
    """The connections of a door. Those that are silent, or take their time to say what they want, make room for newcomers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._guard = threading.Condition()
        self._waiting: dict[socket.socket, float] = {}
        self._at_work: set[socket.socket] = set()

    def enter(self, connection: socket.socket) -> bool:
        """Takes a newcomer in; the one that has waited longest is cut off where all places are taken. False: all are at work."""
        with self._guard:
            if len(self._waiting) + len(self._at_work) >= self._most:
                if not self._waiting:
                    return False
                longest = min(self._waiting, key=self._waiting.__getitem__)
                del self._waiting[longest]
                _cut(longest)
            self._waiting[connection] = time.monotonic()
            return True

    def leave(self, connection: socket.socket) -> None:
        """Gives the place back."""
        with self._guard:
            self._waiting.pop(connection, None)
            self._at_work.discard(connection)
            self._guard.notify_all()

    @contextmanager
    def at_work(self, connection: socket.socket) -> Iterator[None]:
        """While the block runs, the connection is not asked to make room."""
        with self._guard:
            here = self._waiting.pop(connection, None) is not None
            if here:
                self._at_work.add(connection)
        try:
            yield
        finally:
            with self._guard:
                if here and connection in self._at_work:
                    self._at_work.discard(connection)
                    self._waiting[connection] = time.monotonic()
                    self._guard.notify_all()

    def quiet(self, seconds: float) -> bool:
        """Waits until nobody is at work; False when that takes longer."""
        with self._guard:
            return self._guard.wait_for(lambda: not self._at_work, seconds)

    def close(self) -> None:
        """Cuts all off."""
        with self._guard:
            for connection in (*self._waiting, *self._at_work):
                _cut(connection)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
