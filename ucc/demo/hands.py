"""The hands of the people of a simulated day: what they command is POSTed at the door, each with the key of whoever acts, as their screens would."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Self
from zlib import crc32

from schemas.command import Actor, CommandEvent
from ucc.api_keys import ApiKeys
from ucc.demo.pushing import Pusher

CLIENTS = 8
"""So many people command at the same time; what is commanded of one case, one after the other."""


class Hands:
    """Gives commands until it is closed. Used by one thread."""

    def __init__(self, address: str, keys: ApiKeys, centre: str, ended: threading.Event) -> None:
        """`address`: of the door."""
        self._keys, self._centre, self._shown = keys, centre, dict[Actor, str]()
        self._stack = ExitStack()
        self._clients = [self._stack.enter_context(Pusher(address, ended)) for _ in range(CLIENTS)]
        self._lanes = [self._stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="hand")) for _ in range(CLIENTS)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def give(self, events: Sequence[CommandEvent]) -> None:
        """Gives them all, and waits until the door has answered. Raises Unavailable, EndedError, UccError."""
        given: list[Future[None]] = []
        for event in events:
            command = event.command
            lane = crc32((command.case or command.actor.responder).encode()) % CLIENTS
            given.append(self._lanes[lane].submit(self._clients[lane].command, self._key(command.actor), command.to_json()))
        for one in given:
            one.result()

    def _key(self, actor: Actor) -> str:
        """Whoever acts for the first time is given a key."""
        if actor not in self._shown:
            self._shown[actor] = self._keys.create(self._centre, actor, name="demo")[1]
        return self._shown[actor]
