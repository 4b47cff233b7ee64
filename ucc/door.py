"""The HTTP door of an installation: its keys, its ways into the centres, its server, until it is told to end."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from connectors.http.app import Limits, door
from connectors.http.figures import Figures
from connectors.message import MessageReader
from schemas.errors import UccError
from schemas.vocabulary import Source
from ucc.api_keys import ApiKeys
from ucc.health import HealthDoor
from ucc.home import Home
from ucc.logged import log_to_stderr
from ucc.reading import key_ring, mapping_of
from ucc.serving import Server, listening
from ucc.settings import Settings
from ucc.ways import CentreWay, Ways

LOOK_S = 0.5
"""How often it is seen whether all parts run."""


class Door:
    """A door that listens, and does not answer before `open`."""

    def __init__(self, home: Home, settings: Settings, host: str, port: int, stack: ExitStack) -> None:
        """Raises BrokenSetting (the port is taken), BrokenMapping."""
        log_to_stderr()
        self._listener = listening(host, port)
        stack.callback(self._listener.close)
        self._settings, self._stack, self._host = settings, stack, host
        mappings = {source: mapping_of(home, source) for source in Source}
        ring = key_ring(home)

        def reader(centre: str, source: Source) -> MessageReader:
            return MessageReader(source, mappings[source], ring.sealing(centre))

        self.ways = Ways(reader)
        self.figures: dict[str, Figures] = {}
        """Of each centre, where readings and positions are taken."""
        self._keys = ApiKeys(home.path)
        self._server: Server | None = None
        self.ended = threading.Event()

    @property
    def address(self) -> str:
        """Where it answers."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._listener.getsockname()[1]}"

    def add(self, centre: str, way: CentreWay) -> None:
        """Opens a way into a centre. What it needs has to be on the stack before."""
        self._stack.callback(way.close)
        way.start()
        self.ways.open = {**self.ways.open, centre: way}

    def open(self) -> None:
        """Begins to answer."""
        limits = Limits(self._settings.door_requests, self._settings.door_lines, self._settings.door_behind)
        self._server = Server(door(self._keys, self.ways, limits, self.figures.get), self._listener)
        self._stack.callback(self._server.close)
        self._stack.enter_context(HealthDoor(self._settings.metrics, self._health))
        print(f"ucc: reports are taken at {self.address} (docs/departments.md); Ctrl-C ends", file=sys.stderr, flush=True)  # noqa: T201  for the operator

    def until_ended(self, look: Callable[[], None]) -> None:
        """Until SIGTERM or SIGINT; `look` is called about twice a second. Raises the error of a part that has ended for good."""
        while not self.ended.wait(LOOK_S):
            for way in self.ways.open.values():
                if (error := way.error()) is not None:
                    raise error
            if self._server is not None and not self._server.runs:
                raise UccError("the server of the door has ended")
            look()

    def end_on_signals(self) -> None:
        """In the main thread: what tells this process to end lets it end in order."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ended.set())

    def _health(self) -> tuple[bool, dict[str, Any]]:
        return self.ways.well(), {"centres": {centre: {"behind": way.behind()} for centre, way in self.ways.open.items()}}
