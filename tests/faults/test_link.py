from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.link import Link
from tests.served.process import free_port


class Echo:
    """Answers what it is told, and remembers it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.heard = threading.Semaphore(0)
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                met, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(met,), daemon=True).start()

    def _answer(self, met: socket.socket) -> None:
        with met:
            try:
                while said := met.recv(100):
                    self.heard.release()
                    met.sendall(said)
            except OSError:
                return

    def close(self) -> None:
        with suppress(OSError):  # it may be closed already
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.close()


@pytest.fixture
def link(echo: Echo) -> Iterator[Link]:
    made = Link("test")
    made.front(echo.port)
    yield made
    made.close()


def connected(link: Link) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.fronts[0]), timeout=20)


def silent(met: socket.socket) -> bool:
    """Nothing comes for a moment."""
    met.settimeout(0.2)
    try:
        return not met.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return True
    finally:
        met.settimeout(20)


def test_what_a_healthy_link_is_told_arrives_and_is_answered(link: Link) -> None:
    with connected(link) as met:
        met.sendall(b"a")
        assert met.recv(10) == b"a"


def test_a_stalled_link_delivers_late(link: Link) -> None:
    with connected(link) as met:
        link.cut("stall")
        met.sendall(b"a")
        with connected(link) as late:
            late.sendall(b"b")
            assert silent(met)
            assert silent(late)
            link.heal()
            assert (met.recv(10), late.recv(10)) == (b"a", b"b")


def test_a_deaf_link_lets_questions_through_and_loses_the_answers(link: Link, echo: Echo) -> None:
    with connected(link) as met:
        link.cut("deaf")
        met.sendall(b"a")
        assert echo.heard.acquire(timeout=20)
        assert silent(met)
        link.heal()
        with pytest.raises(ConnectionResetError):
            met.recv(10)
    with connected(link) as met:
        met.sendall(b"b")
        assert met.recv(10) == b"b"


def test_a_lost_link_loses_questions_and_connections(link: Link, echo: Echo) -> None:
    with connected(link) as met:
        met.sendall(b"a")
        assert met.recv(10) == b"a"
        assert echo.heard.acquire(timeout=20)
        link.cut("lost")
        met.sendall(b"b")
        assert silent(met)
        link.heal()
        with pytest.raises(ConnectionResetError):
            met.recv(10)
    assert not echo.heard.acquire(timeout=0.2)


def test_a_reset_link_ends_connections_and_takes_none(link: Link) -> None:
    with connected(link) as met:
        met.sendall(b"a")
        assert met.recv(10) == b"a"
        link.cut("reset")
        with pytest.raises(ConnectionResetError):
            met.recv(10)
    with pytest.raises(ConnectionResetError), connected(link) as met:
        met.recv(10)
    link.heal()
    with connected(link) as met:
        met.sendall(b"b")
        assert met.recv(10) == b"b"


def test_a_link_whose_other_end_is_away_resets(link: Link, echo: Echo) -> None:
    echo.close()
    with pytest.raises(ConnectionResetError), connected(link) as met:
        met.recv(10)
