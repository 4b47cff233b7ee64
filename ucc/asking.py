"""Where a command asks: the warehouse's server, the part of the home that holds the warehouse, or a warehouse of its own for the time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from schemas.errors import HomeBusy, NotFound, UccError, WarehouseUnavailable
from schemas.ports import Questions
from sinks.chdb_warehouse import ChdbWarehouse
from ucc.answering import OwnersWarehouse
from ucc.home import Home
from ucc.owner import ASK, owner_of
from ucc.settings import brokers, settings
from ucc.warehouse import served

PATIENCE_S = 30.0
"""How long one waits for a sink that is just being started again."""


@contextmanager
def asking(home: Home) -> Iterator[Questions]:
    """Where to ask for the time of the block. Raises NotFound where nothing is yet, WarehouseUnavailable, HomeBusy."""
    with ExitStack() as stack:
        server = served(settings())
        if server is not None:
            stack.callback(server.close)
            yield server
        elif brokers() is not None:
            yield _Patient(home)
        elif (running := home.running()) is not None:
            yield OwnersWarehouse(running)
        elif not home.centres():
            raise NotFound("there is nothing in this home yet; import something first", where=str(home.path))
        else:
            yield stack.enter_context(owner_of(home, ASK)).warehouse


class _Patient:
    """Asks the part that holds the warehouse, whichever it is at that moment; where there is none, the folder itself."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def query(self, sql: str, output_format: str) -> bytes:
        """Asks; a part that is being started again is waited for. Raises WarehouseUnavailable when none comes."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                running = self._home.running()
                return OwnersWarehouse(running).query(sql, output_format) if running is not None else self._alone(sql, output_format)
            except (WarehouseUnavailable, HomeBusy) as error:
                if time.monotonic() > until:
                    raise _away(error) from error
                time.sleep(0.2)

    def _alone(self, sql: str, output_format: str) -> bytes:
        with self._home.owned("ask"), ChdbWarehouse(self._home.warehouse) as warehouse:
            return warehouse.query(sql, output_format)


def _away(error: UccError) -> WarehouseUnavailable:
    return WarehouseUnavailable(f"nobody who holds the warehouse answers: {error.detail}; is `ucc sink` running?", where=error.where)
