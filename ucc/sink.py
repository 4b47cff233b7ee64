"""The sink: lands what the workers write in the warehouse, and, where that is chDB, answers for it."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from schemas.brokers import Brokers
from schemas.errors import Broken, HomeBusy, UccError
from schemas.ports import Questions
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.ranges import Ranges
from sinks.writer import Writer
from ucc.analysts import door_of
from ucc.answering import Answering
from ucc.health import HealthDoor
from ucc.home import Home, new_token
from ucc.landing import KafkaLanding
from ucc.settings import Settings
from ucc.sink_metrics import Landing, SinkMetrics
from ucc.warehouse import served

if TYPE_CHECKING:
    from sinks.clickhouse_warehouse import ClickHouseWarehouse

HELD_S = 60.0
"""How long a sink waits for whoever holds the warehouse now: another sink, or a command that asks it for a moment."""


def land(home: Home, brokers: Brokers, settings: Settings) -> None:
    """Lands until it is told to end (SIGTERM, SIGINT). Raises HomeBusy when another sink holds the warehouse."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with ExitStack() as stack:
        held(stack, home, "sink", ended)
        server = served(settings)
        landing: Landing
        warehouse: Questions
        if server is not None:
            stack.callback(server.close)
            landing, warehouse = _to_server(stack, home, brokers, server), server
        else:
            here = stack.enter_context(ChdbWarehouse(home.warehouse, KafkaLanding(home.path, brokers)))
            landing = warehouse = here
            _answer(stack, home, settings, here)
        told = SinkMetrics(home, brokers, landing, warehouse)
        stack.enter_context(HealthDoor(settings.metrics, told.health))
        stack.enter_context(told)
        while not ended.wait(1.0):
            if (why := told.ended()) is not None:
                raise Broken(f"landing has ended for good: {why}")


def held(stack: ExitStack, home: Home, doing: str, ended: threading.Event) -> None:
    """Holds the home's warehouse until the stack is left; waits for whoever holds it for a moment."""
    until = time.monotonic() + HELD_S
    while True:
        try:
            stack.enter_context(home.owned(doing))
        except HomeBusy:
            if time.monotonic() > until or ended.wait(0.2):
                raise
        else:
            return


def _answer(stack: ExitStack, home: Home, settings: Settings, warehouse: ChdbWarehouse) -> None:
    token = new_token()
    answering = Answering(warehouse.query, token)
    stack.callback(answering.close)
    home.announce(answering.port, token, "sink")
    door = door_of(home.path, settings.analysts, warehouse.answer)
    if door is not None:
        stack.callback(door.close)


def _to_server(stack: ExitStack, home: Home, brokers: Brokers, server: ClickHouseWarehouse) -> Writer:
    server.migrate()
    ranges = Ranges(home.path / "sink" / "sink.db")
    stack.callback(ranges.close)
    writer = Writer(server, KafkaLanding(home.path, brokers), ranges)

    def run() -> None:
        try:
            writer.run()
        except UccError as error:
            writer.give_up(error)
        except BaseException as error:
            writer.give_up(UccError(f"{type(error).__name__}: {error}"))
            raise

    thread = threading.Thread(target=run, name="writer", daemon=True)
    thread.start()

    def stop() -> None:
        writer.stop()
        thread.join(60)

    stack.callback(stop)
    return writer
