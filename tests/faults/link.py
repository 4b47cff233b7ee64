"""The network between a part and the brokers, as a proxy of TCP: it can be cut, as switches, firewalls and cables do it."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from contextlib import suppress
from typing import Literal

from tests.served.process import free_port

Cut = Literal["stall", "lost", "deaf", "reset"]
"""How it is cut.

    stall   nothing passes; when it is healed, what was on its way arrives late (a cable that was pulled)
    lost    nothing passes; when it is healed, the connections are gone with what was on its way (a firewall that forgot them)
    deaf    what is asked arrives, answers do not; when it is healed, the connections are gone: who asked cannot know what came about
    reset   connections are reset at once, and each new one, too, until it is healed
"""
CUTS: tuple[Cut, ...] = ("stall", "lost", "deaf", "reset")
_PIECE = 1 << 16
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset."""


class Link:
    """The way of some parts to the brokers: a port in front of each broker's, all cut and healed together."""

    def __init__(self, name: str) -> None:
        """Nothing is listened at yet."""
        self.name = name
        self.fronts: list[int] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"link {name}", daemon=True)
        self._thread.start()
        self._cut: Cut | None = None
        self._healed = asyncio.Event()
        self._healed.set()
        self._servers: list[asyncio.Server] = []
        self._carried: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def front(self, port: int) -> int:
        """Listens at a port of loopback for what is behind `port` of loopback; returns it."""
        front = free_port()
        asyncio.run_coroutine_threadsafe(self._listen(front, port), self._loop).result(10)
        self.fronts.append(front)
        return front

    def cut(self, how: Cut) -> None:
        """From now on nothing passes as it should."""
        asyncio.run_coroutine_threadsafe(self._change(how), self._loop).result(10)

    def heal(self) -> None:
        """All passes again."""
        asyncio.run_coroutine_threadsafe(self._change(None), self._loop).result(10)

    def close(self) -> None:
        """Ends all connections, and listens no more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    # in the loop

    async def _listen(self, front: int, port: int) -> None:
        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            try:
                await self._meet(reader, writer, port)
            except asyncio.CancelledError:  # at its end alone; the server would tell the loop's handler of it
                pass
            finally:
                self._tasks.discard(task)

        self._servers.append(await asyncio.start_server(meet, "127.0.0.1", front, backlog=256))

    async def _change(self, how: Cut | None) -> None:
        before, self._cut = self._cut, how
        if before in {"lost", "deaf"} or how == "reset":
            self._drop()
        if how is None:
            self._healed.set()
        else:
            self._healed.clear()

    def _drop(self) -> None:
        for writer in self._carried:
            reset(writer)
        self._carried.clear()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        self._drop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        if self._cut == "reset":
            reset(writer)
            return
        self._carried.add(writer)
        while self._cut not in {None, "deaf"}:
            await self._healed.wait()
        try:
            beyond, onward = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            self._carried.discard(writer)
            reset(writer)
            return
        self._carried.add(onward)
        asked = asyncio.create_task(self._carry(reader, onward, answers=False))
        answered = asyncio.create_task(self._carry(beyond, writer, answers=True))
        try:
            await asyncio.wait({asked, answered}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (asked, answered):
                task.cancel()
            await asyncio.gather(asked, answered, return_exceptions=True)
            for end in (writer, onward):
                self._carried.discard(end)
                reset(end)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                while self._cut is not None and (answers or self._cut != "deaf"):
                    await self._healed.wait()
                if writer.is_closing():
                    return
                writer.write(piece)
                await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection as one that is not there."""
    ours = writer.get_extra_info("socket")
    if ours is not None and ours.fileno() >= 0:
        with suppress(OSError):
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
