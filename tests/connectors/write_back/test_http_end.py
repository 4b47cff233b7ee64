"""Results to an address: signed, in the order of each report, tried again, given up where it can be seen."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.write_back.delivery import Delivery, kept_in
from connectors.write_back.http_end import LONGEST_PAUSE_S
from connectors.write_back.kept import Kept
from connectors.write_back.ways import Way
from schemas.vocabulary import CaseState, Source
from tests.connectors.write_back.receiver import SECRET, Receiver, Taken
from tests.connectors.write_back.results import ResultLog, ids, result, ways_of

HOTLINE = Source.HOTLINE12345


class Desk:
    """Delivery to a receiver, by a clock that the test moves."""

    def __init__(self, folder: Path, stack: ExitStack, url: str, **fields: Any) -> None:
        self.folder, self.now = folder, 1_000_000.0
        (folder / "secret").write_bytes(SECRET + b"\n")
        (folder / "secret").chmod(0o600)
        self.way = Way.model_validate({"url": url, "secret_file": folder / "secret", "timeout_s": 5, **fields})
        self.log = ResultLog(folder / "casework.db")
        stack.callback(self.log.close)
        self.delivery = self.begun()
        stack.callback(self.close)

    def begun(self) -> Delivery:
        """As after a start."""
        return Delivery(self.folder, HOTLINE, self.way, self.log.readers, lambda: self.now)

    def close(self) -> None:
        """As at an end."""
        self.delivery.close()

    def pass_(self, seconds: float = 0.0) -> None:
        """Does all that is due, a time later."""
        self.now += seconds
        while self.delivery.step():
            pass

    def undelivered(self) -> list[dict[str, Any]]:
        """The list that people read."""
        path = self.folder / "undelivered.ndjson"
        return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Makes a delivery to a receiver."""
    with ExitStack() as stack:
        yield lambda url, **fields: Desk(tmp_path, stack, url, **fields)


def test_a_result_comes_as_it_stands_signed_over_the_time_and_the_body(desk: Callable[..., Desk]) -> None:
    with Receiver() as receiver:
        office = desk(receiver.url)
        line = result("a", CaseState.CLOSED)
        office.log.add([line])
        office.pass_()
    (taken,) = receiver.took
    assert (taken.path, taken.body) == ("/told?of=reports", line)
    assert taken.headers["Idempotency-Key"] == "a-CLOSED"
    assert taken.headers["X-UCC-Timestamp"] == "1000000"
    assert taken.headers["X-UCC-Signature"] == "sha256=" + hmac.new(SECRET, b"1000000." + line, hashlib.sha256).hexdigest()
    assert office.undelivered() == []


def test_results_of_a_report_come_in_order_and_none_before_the_one_before_it_was_taken(desk: Callable[..., Desk]) -> None:
    def answer(taken: Taken, number: int) -> int:
        return 503 if taken.result["report_id"] == "a" and number < 2 else 200

    with Receiver(answer) as receiver:
        office = desk(receiver.url)
        lines = ways_of("a", "b", "c")
        office.log.add(lines)
        for _ in range(200):
            office.pass_(LONGEST_PAUSE_S)
    took = [taken.result["result_id"] for taken in receiver.took]
    assert sorted(took) == sorted(ids(lines))
    for report in "abc":
        assert [name for name in took if name.startswith(report)] == ids(ways_of(report))
    assert took.index("b-CLOSED") < took.index("a-CLOSED")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_an_answer_that_asks_for_patience_is_tried_again(desk: Callable[..., Desk], status: int) -> None:
    with Receiver(lambda _taken, number: status if number < 3 else 204) as receiver:
        office = desk(receiver.url)
        office.log.add([result("a", CaseState.CLOSED)])
        office.pass_()
        assert len(receiver.came) == 1
        for seconds in (1, 2, 4):
            office.pass_(seconds - 0.01)
            before = len(receiver.came)
            office.pass_(0.01)
            assert len(receiver.came) == before + 1
    assert len(receiver.took) == 1
    assert {taken.body for taken in receiver.came} == {result("a", CaseState.CLOSED)}


def test_the_receiver_may_say_how_long_to_wait(desk: Callable[..., Desk]) -> None:
    with Receiver(lambda _taken, number: 429 if number == 0 else 200, {"Retry-After": "60"}) as receiver:
        office = desk(receiver.url)
        office.log.add([result("a", CaseState.CLOSED)])
        office.pass_()
        office.pass_(59)
        assert len(receiver.came) == 1
        office.pass_(1)
    assert len(receiver.took) == 1


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 422])
def test_an_answer_that_will_not_change_ends_it_visibly_and_the_next_one_goes_on(tmp_path: Path, desk: Callable[..., Desk], status: int) -> None:
    with Receiver(lambda taken, _try: status if taken.result["state"] == "SIGNED" else 200, {"Location": "http://127.0.0.1:9/"}) as receiver:
        office = desk(receiver.url)
        office.log.add(ways_of("a"))
        office.pass_()
        (given_up,) = office.undelivered()
        assert (given_up["source"], given_up["code"], given_up["tries"]) == ("hotline12345", str(status), 1)
        assert given_up["result"]["result_id"] == "a-SIGNED"
        assert [taken.result["state"] for taken in receiver.took] == ["DISPATCHED", "FEEDBACK", "CLOSED"]
        receiver.answer = lambda _taken, _try: 200
        kept = Kept(kept_in(tmp_path, HOTLINE))
        assert (kept.undelivered(), kept.again(office.now), kept.undelivered()) == (1, 1, 0)
        office.pass_()
    assert receiver.took[-1].result["state"] == "SIGNED"


def test_a_receiver_that_is_silent_costs_a_timeout_and_its_result_comes_later(desk: Callable[..., Desk]) -> None:
    with Receiver(lambda _taken, number: None if number == 0 else 200) as receiver:
        office = desk(receiver.url, timeout_s=0.3)
        office.log.add([result("a", CaseState.CLOSED)])
        office.pass_()
        assert receiver.took == []
        office.pass_(1)
        assert ids(taken.body for taken in receiver.took) == ["a-CLOSED"]


def test_what_nobody_takes_for_as_long_as_was_said_is_given_up(tmp_path: Path, desk: Callable[..., Desk]) -> None:
    with Receiver() as receiver:
        gone = receiver.url
    office = desk(gone, give_up_hours=1)
    office.log.add([result("a", CaseState.CLOSED)])
    for _ in range(11):
        office.pass_(300)
    assert office.undelivered() == []
    for _ in range(3):
        office.pass_(300)
    assert [line["code"] for line in office.undelivered()] == ["connection"]
    assert (tmp_path / "undelivered.ndjson").stat().st_mode & 0o777 == 0o600


def test_a_restart_forgets_neither_what_waits_nor_what_was_taken(desk: Callable[..., Desk]) -> None:
    with Receiver(lambda taken, _try: 503 if taken.result["report_id"] == "b" else 200) as receiver:
        office = desk(receiver.url)
        office.log.add(ways_of("a", "b"))
        office.pass_()
        for _ in range(9):
            office.pass_(LONGEST_PAUSE_S)
        office.delivery.close()
        receiver.answer = lambda _taken, _try: 200
        office.delivery = office.begun()
        office.pass_(LONGEST_PAUSE_S)
    assert ids(taken.body for taken in receiver.took) == [*ids(ways_of("a")), *ids(ways_of("b"))]


def test_a_secret_that_is_changed_signs_from_then_on_and_one_that_is_gone_sends_nothing(tmp_path: Path, desk: Callable[..., Desk]) -> None:
    with Receiver() as receiver:
        office = desk(receiver.url)
        (tmp_path / "secret").unlink()
        office.log.add([result("a", CaseState.CLOSED)])
        office.pass_()
        assert receiver.came == []
        (tmp_path / "secret").write_bytes(b"another secret of both")
        (tmp_path / "secret").chmod(0o600)
        office.pass_(1)
    (taken,) = receiver.took
    assert taken.headers["X-UCC-Signature"] == "sha256=" + hmac.new(b"another secret of both", b"1000001." + taken.body, hashlib.sha256).hexdigest()
