"""What every warehouse must do (`schemas.ports.Warehouse`), whatever it is made of. A new one is a new `Backend` in `warehouses.py` and a line here."""

# ruff: noqa: S608  our own names

from __future__ import annotations

import random
import threading
import time

import orjson
import pytest

from schemas.errors import Broken, Refused, UccError, WarehouseUnavailable
from schemas.ports import Warehouse
from tests.conformance.lines import SAID, lines, picture, step
from tests.conformance.warehouses import Backend
from tests.sinks.asking import number, rows


def there(warehouse: Warehouse, centre: str) -> int:
    """Lines in the journal of a centre."""
    return number(warehouse, f"SELECT count() FROM journal WHERE centre = '{centre}'")


def steps(centre: str, first: int, count: int, case: str = "k") -> bytes:
    return lines(*(step(centre, seq, case) for seq in range(first, first + count)))


def test_what_goes_in_comes_out_and_what_a_line_leaves_out_is_at_its_default(warehouse: Warehouse, centre: str) -> None:
    warehouse.insert("case_rows", lines(picture(centre, 1, 3)), rows=1, token="t")
    (row,) = rows(warehouse, f"SELECT * FROM cases_current WHERE centre = '{centre}'")
    assert (row["number"], int(row["version"]), row["reports"], row["co_units"], row["lng"], row["lat"]) == (SAID, 1, 3, ["a", "b"], 118.6, None)
    assert (row["intent"], row["urgency"], row["precision"], bool(row["sealed"])) == ("OTHR", "U3", "none", False)
    assert row["opened_at"].startswith(("2018-01-05T08:30:00", "2018-01-05 08:30:00"))


def test_the_same_batch_twice_is_there_once(warehouse: Warehouse, centre: str) -> None:
    for _ in range(3):
        warehouse.insert("journal_rows", steps(centre, 0, 50), rows=50, token="t")
    assert there(warehouse, centre) == 50


def test_batches_of_one_token_with_different_rows_are_all_there(warehouse: Warehouse, centre: str) -> None:
    warehouse.insert("journal_rows", steps(centre, 0, 10), rows=10, token="t")
    warehouse.insert("journal_rows", steps(centre, 10, 10), rows=10, token="t")
    assert there(warehouse, centre) == 20


def test_of_several_pictures_of_a_case_the_latest_is_shown_in_whatever_order_they_came(warehouse: Warehouse, centre: str) -> None:
    for version in (2, 3, 1):
        warehouse.insert("case_rows", lines(picture(centre, version, 10 * version)), rows=1, token=f"t{version}")
    assert [row["reports"] for row in rows(warehouse, f"SELECT reports FROM cases_current WHERE centre = '{centre}'")] == [30]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b'{"transition_id":"x","brand_new":1}', "brand_new"),
        (b'{"transition_id":"x","seq":"many"}', "seq"),
        (b'{"transition_id":"x","seq":-1}', "seq"),
        (b'{"transition_id":"x","at":"yesterday"}', "at"),
        (b'{"transition_id":"x"', "JSON"),
    ],
)
def test_a_line_that_does_not_fit_refuses_its_batch_and_nothing_of_it_is_there(warehouse: Warehouse, centre: str, bad: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        warehouse.insert("journal_rows", steps(centre, 0, 3) + b"\n" + bad, rows=4, token="t")
    assert there(warehouse, centre) == 0
    warehouse.insert("journal_rows", steps(centre, 0, 3), rows=3, token="t")
    assert there(warehouse, centre) == 3


def test_a_table_that_is_not_there_takes_nothing_and_says_so(warehouse: Warehouse, centre: str) -> None:
    with pytest.raises((Refused, Broken), match="nowhere"):
        warehouse.insert("nowhere", steps(centre, 0, 1), rows=1, token="t")


@pytest.mark.parametrize("output_format", ["JSONEachRow", "CSVWithNames", "TSV", "PrettyCompact", "Vertical", "JSONCompact", "XML"])
def test_a_question_is_answered_in_any_format(warehouse: Warehouse, output_format: str) -> None:
    answer = warehouse.query("SELECT 'x' AS a, 1 AS b", output_format)
    assert b"x" in answer
    assert b"1" in answer


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("INSERT INTO journal_rows (seq) VALUES (1)", "only questions"),
        ("DROP TABLE journal_rows", "only questions"),
        ("SELECT 1; SELECT 2", "one question at a time"),
        ("", "no question"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "not written into a file"),
        ("SELECT * FROM file('/etc/hostname', 'TSV', 'a String')", "not in the warehouse"),
        ("SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String')", "readonly|privileges"),
        ("SELECT 1 SETTINGS readonly = 0", "readonly"),
        ("SELECT nothing FROM journal", "nothing"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT (", "Syntax error"),
        ("SELECT 1 FORMAT Nonsense", "Nonsense"),
    ],
)
def test_what_is_no_question_or_has_no_answer_is_refused_in_one_sentence(warehouse: Warehouse, centre: str, sql: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as caught:
        warehouse.query(sql, "TSV")
    assert "DB::Exception" not in str(caught.value)
    assert "version 2" not in str(caught.value)
    assert "Stack trace" not in str(caught.value)
    assert there(warehouse, centre) == 0


def test_an_answer_that_fails_in_its_middle_is_no_answer(warehouse: Warehouse) -> None:
    with pytest.raises(Refused, match=r"(?i)division by zero"):
        warehouse.query("SELECT intDiv(1, toInt64(number) - 150000) FROM (SELECT number FROM system.numbers LIMIT 200000)", "TSV")


def test_many_may_insert_and_ask_at_the_same_time(warehouse: Warehouse, centre: str) -> None:
    failures: list[UccError] = []

    def work(name: str) -> None:
        try:
            for first in range(0, 30, 10):
                warehouse.insert("journal_rows", steps(centre, first, 10, name), rows=10, token=f"{name} {first}")
                there(warehouse, centre)
        except UccError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"k{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert there(warehouse, centre) == 180


def until_it_is_there(warehouse: Warehouse, batch: bytes, token: str) -> None:
    """Inserts the same batch until it is taken, as the writer does."""
    until = time.monotonic() + 120
    while True:
        try:
            warehouse.insert("journal_rows", batch, rows=batch.count(b"\n") + 1, token=token)
        except WarehouseUnavailable:
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return


def test_killed_in_the_middle_of_a_batch_the_same_batch_again_makes_it_whole(backend: Backend, warehouse: Warehouse, centre: str) -> None:
    rng = random.Random(7)
    began = time.monotonic()
    until_it_is_there(warehouse, steps(centre, 0, 4_000), "first")
    takes = time.monotonic() - began
    for round_ in range(1, 5):
        batch = steps(centre, 4_000 * round_, 4_000)
        inserting = threading.Thread(target=until_it_is_there, args=(warehouse, batch, f"t{round_}"))
        inserting.start()
        time.sleep(rng.uniform(0, takes))
        with backend.killed(warehouse):
            pass
        inserting.join()
        (found,) = rows(warehouse, f"SELECT count() AS n, uniqExact(transition_id) AS keys FROM journal WHERE centre = '{centre}'")
        assert (int(found["n"]), int(found["keys"])) == (4_000 * (round_ + 1), 4_000 * (round_ + 1))


def test_what_was_taken_is_there_after_a_kill(backend: Backend, warehouse: Warehouse, centre: str) -> None:
    warehouse.insert("journal_rows", steps(centre, 0, 100), rows=100, token="t")
    with backend.killed(warehouse):
        pass
    assert there(warehouse, centre) == 100


@pytest.mark.parametrize("backend", ["clickhouse"], indirect=True)  # chDB is started again at once by its owner: nobody sees it away
def test_while_it_is_away_it_says_so_and_goes_on_when_it_is_back(backend: Backend, warehouse: Warehouse, centre: str) -> None:
    warehouse.insert("journal_rows", steps(centre, 0, 10), rows=10, token="a")
    with backend.killed(warehouse):
        for _ in range(2):
            with pytest.raises(WarehouseUnavailable, match=r"away|cut off"):
                warehouse.insert("journal_rows", steps(centre, 10, 10), rows=10, token="b")
            with pytest.raises(WarehouseUnavailable, match="does not answer"):
                warehouse.query("SELECT 1", "TSV")
    warehouse.insert("journal_rows", steps(centre, 10, 10), rows=10, token="b")
    assert there(warehouse, centre) == 20


def test_every_row_says_what_its_line_said(warehouse: Warehouse, centre: str) -> None:
    told = [step(centre, seq, why=f"rule:{seq} {SAID}") for seq in range(20)]
    warehouse.insert("journal_rows", lines(*told), rows=20, token="t")
    found = [orjson.loads(line) for line in warehouse.query(f"SELECT * FROM journal WHERE centre = '{centre}' ORDER BY seq", "JSONEachRow").splitlines()]
    assert [row["actor"] for row in found] == [line.actor for line in told]
