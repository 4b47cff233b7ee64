"""However much analysts ask at once: landing, the owner's own questions, and the next analyst go on."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import clickhouse_connect
import pytest

from tests.sinks.asking import number
from tests.sinks.city import CENTRE
from tests.ucc.analysts_door import Knocking, Reply, knocking
from tests.ucc.conftest import Desk
from ucc import analysts
from ucc.analysts import AnalystsDoor
from ucc.home import Home
from ucc.owner import owner_of

SLOW = "SELECT sleepEachRow(0.25) FROM numbers(2)"
HEAVY = "SELECT length(groupArray(repeat('x', 1000))) FROM numbers(1000000)"
ENDLESS = "SELECT count() FROM numbers(30000000000) WHERE sipHash64(number) = 1"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Knocking]:
    with knocking(tmp_path, frames=2) as found:
        yield found


@contextmanager
def crowd(here: Knocking, sql: str, many: int = 20) -> Iterator[list[int]]:
    """So many who ask the same again and again until the block ends; the statuses of what they were answered."""
    enough, statuses = threading.Event(), []

    def ask() -> None:
        while not enough.is_set():
            statuses.append(here.knock(sql).status)

    threads = [threading.Thread(target=ask) for _ in range(many)]
    for thread in threads:
        thread.start()
    while here.door.places.acquire(blocking=False):  # until all places are taken
        here.door.places.release()
    yield statuses
    enough.set()
    for thread in threads:
        thread.join()


def test_twenty_slow_questions_stop_neither_landing_nor_other_answers(here: Knocking) -> None:
    with crowd(here, SLOW) as statuses:
        for seed in range(3):
            here.city.live(seed=seed, frames=1)
            here.warehouse.land(CENTRE, seconds=120)
            assert number(here.warehouse, "SELECT count() FROM outcomes") == len(here.city.outcomes)
        assert here.knock("SELECT count() FROM outcomes").body == f"{len(here.city.outcomes)}\n".encode()
    assert set(statuses) == {200}


def test_questions_that_take_all_memory_are_refused_and_landing_goes_on(here: Knocking) -> None:
    with crowd(here, HEAVY, many=6) as statuses:
        here.city.live(seed=5, frames=2)
        here.warehouse.land(CENTRE, seconds=120)
        assert number(here.warehouse, "SELECT count() FROM outcomes") == len(here.city.outcomes)
    assert set(statuses) == {500}


def test_who_waits_too_long_for_a_place_is_told_to_come_again(here: Knocking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysts, "WAITING_S", 0.05)
    with here.door.places, here.door.places, here.door.places, here.door.places:
        answer = here.knock("SELECT 1")
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"], answer.headers["Retry-After"]) == (503, "202", "1")
    assert here.knock("SELECT 1").status == 200


def answered_while(here: Knocking, meanwhile: Callable[[], None], sql: str) -> Reply:
    replies: list[Reply] = []
    asking = threading.Thread(target=lambda: replies.append(here.knock(sql)))
    asking.start()
    while asking.is_alive():
        meanwhile()
        asking.join(1.0)
    return replies[0]


def test_a_question_that_the_warehouse_dies_of_is_given_up_and_the_next_is_answered(here: Knocking) -> None:
    def kill() -> None:
        with suppress(ProcessLookupError):  # it is just being started again
            if number(here.warehouse, "SELECT count() FROM system.processes WHERE query LIKE '%30000000000%sipHash64%' AND query NOT LIKE '%system%'"):
                os.kill(here.warehouse.pid, signal.SIGKILL)

    answer = answered_while(here, kill, ENDLESS)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (500, "1002")
    assert b"ended twice" in answer.body
    assert here.knock("SELECT count() FROM outcomes").body == f"{len(here.city.outcomes)}\n".encode()


def test_a_warehouse_that_is_killed_once_costs_the_question_a_retry(here: Knocking) -> None:
    killed: list[int] = []

    def kill() -> None:
        if not killed:
            killed.append(here.warehouse.pid)
            os.kill(killed[0], signal.SIGKILL)

    answer = answered_while(here, kill, "SELECT count() + sum(sleepEachRow(0.001)) FROM journal")
    assert (answer.status, answer.body) == (200, f"{len(here.city.journal)}\n".encode())
    assert here.warehouse.pid not in killed


def test_a_closed_door_answers_nobody_and_frees_its_address(here: Knocking) -> None:
    door = AnalystsDoor("127.0.0.1:0", here.warehouse.answer, "t")
    with socket.create_connection(("127.0.0.1", door.port), timeout=60) as connection:
        connection.sendall(b"GET /ping HTTP/1.1\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        door.close()
        while connection.recv(65536):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", door.port), timeout=60)
    AnalystsDoor(f"127.0.0.1:{door.port}", here.warehouse.answer, "t").close()


def test_the_owner_of_a_home_opens_the_door_that_the_setting_names(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(desk.home)
    with owner_of(home, "test") as owner:
        assert owner.analysts is None
    assert not (desk.home / "analysts.token").exists()
    monkeypatch.setenv("UCC_ANALYSTS", "127.0.0.1:0")
    with owner_of(home, "test") as owner:
        assert owner.analysts is not None
        token = (desk.home / "analysts.token").read_text().strip()
        client = clickhouse_connect.get_client(host="127.0.0.1", port=owner.analysts.port, username="analyst", password=token)
        assert client.query("SELECT count() FROM reports_current").first_row == (0,)
        client.close()
    monkeypatch.setenv("UCC_ANALYSTS", "somewhere")
    assert "UCC_ANALYSTS" in desk_says(desk)


def desk_says(desk: Desk) -> str:
    desk.env["UCC_ANALYSTS"] = "somewhere"
    return desk.run("sql", "SELECT 1", code=2).err
