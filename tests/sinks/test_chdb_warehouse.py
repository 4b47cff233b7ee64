from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from schemas.errors import Broken, Refused, WarehouseUnavailable
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.opening import Bounds
from sinks.writer import Gathering
from tests.sinks.asking import number, picture
from tests.sinks.city import CENTRE, readers
from tests.sinks.conftest import Landed, MakeCity


def _gone(pid: int, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("output_format", "answer"),
    [
        ("JSONEachRow", b'{"a":1,"b":"x"}\n'),
        ("TSV", b"1\tx\n"),
        ("CSVWithNames", b'"a","b"\n1,"x"\n'),
        ("JSONCompactEachRow", b'[1, "x"]\n'),
        ("Vertical", "Row 1:\n──────\na: 1\nb: x\n".encode()),
    ],
)
def test_answers_in_any_format(landed: Landed, output_format: str, answer: bytes) -> None:
    assert landed.warehouse.query("SELECT 1 AS a, 'x' AS b", output_format) == answer


@pytest.mark.parametrize(
    "sql",
    ["SHOW TABLES", "DESCRIBE reports", "EXPLAIN SELECT 1", "EXISTS reports", "WITH 1 AS a SELECT a", "(SELECT 1) UNION ALL (SELECT 2)", "SELECT 1 FORMAT TSV"],
)
def test_every_kind_of_question_is_answered(landed: Landed, sql: str) -> None:
    assert landed.warehouse.query(sql, "JSONEachRow")


def test_instants_are_shown_with_their_zone(landed: Landed) -> None:
    assert landed.warehouse.query("SELECT min(at) FROM outcomes", "TSV").endswith(b"Z\n")


def test_a_large_answer_is_whole(landed: Landed) -> None:
    answer = landed.warehouse.query("SELECT number, repeat('x', 100) FROM numbers(300000)", "JSONCompactEachRow")
    assert answer.count(b"\n") == 300_000


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nothing FROM reports", "Unknown expression identifier `nothing`"),
        ("SELECT * FROM nowhere", "Unknown table expression identifier 'nowhere'"),
        ("SELECT (", "Syntax error"),
        ("INSERT INTO journal_rows (seq) VALUES (1)", "only questions"),
        ("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", "READ ON URL"),
        ("SELECT * FROM default.`/etc/hostname`", "READ ON FILE"),
        ("SELECT * FROM executable('x.sh', 'TSV', 'a String')", "CREATE TEMPORARY TABLE"),
        ("SELECT * FROM file('/etc/hostname', 'LineAsString')", "not in the warehouse"),
        ("SELECT throwIf(number = 100000) FROM numbers(200000)", "throwIf"),
        ("SELECT 1 SETTINGS readonly = 0", "readonly"),
        ("SELECT groupArray(repeat('x', 1000)) FROM numbers(1000000)", "memory limit"),
        ("SELECT 1 FORMAT Nonsense", "Unknown format"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_the_warehouses_own_sentence(landed: Landed, sql: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        landed.warehouse.query(sql, "JSONEachRow")
    assert said in caught.value.detail
    assert "DB::Exception" not in str(caught.value)
    assert "version 2" not in str(caught.value)


def test_an_unknown_format_is_refused(landed: Landed) -> None:
    with pytest.raises(Refused, match="no output format"):
        landed.warehouse.query("SELECT 1", "JSON; DROP")


def test_an_insert_that_the_engine_has_no_memory_for_is_never_taken_for_done(tmp_path: Path, landed: Landed) -> None:
    lines = b"\n".join(landed.city.outcomes * 20)
    with ChdbWarehouse(tmp_path, bounds=Bounds(insert_memory=20_000_000)) as warehouse, pytest.raises(WarehouseUnavailable, match="memory limit"):
        warehouse.insert("outcome_lines", lines, rows=20 * len(landed.city.outcomes), token="t")
    with ChdbWarehouse(tmp_path) as warehouse:  # parts of it may have landed: the same insert again makes it whole
        warehouse.insert("outcome_lines", lines, rows=20 * len(landed.city.outcomes), token="t")
        assert number(warehouse, "SELECT count() FROM outcomes") == len(landed.city.outcomes)


def test_questions_are_answered_while_others_are(landed: Landed) -> None:
    answers: list[int] = []

    def ask(n: int) -> None:
        answers.append(number(landed.warehouse, f"SELECT {n} + sleepEachRow(0.05) FROM numbers(1)"))  # noqa: S608  our own number

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(12))


def test_a_killed_warehouse_is_there_again_and_the_question_is_asked_again(landed: Landed) -> None:
    before = landed.warehouse.pid
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append(landed.warehouse.query("SELECT count() FROM journal WHERE NOT sleepEachRow(0.001)", "TSV")))
    asking.start()
    os.kill(before, signal.SIGKILL)
    asking.join()
    assert answers == [f"{len(landed.city.journal)}\n".encode()]
    assert landed.warehouse.pid != before


def test_a_question_that_the_warehouse_dies_of_twice_is_given_up_and_the_next_is_answered(landed: Landed) -> None:
    answered = threading.Event()
    asked = "SELECT count() > 0 FROM system.processes WHERE query LIKE '%30000000000%' AND query NOT LIKE '%system%'"

    def kill_every_child() -> None:
        while not answered.wait(0.2):
            if number(landed.warehouse, asked):  # not one that is just being started
                os.kill(landed.warehouse.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_every_child)
    killer.start()
    with pytest.raises(WarehouseUnavailable, match="ended twice"):
        landed.warehouse.query("SELECT count() FROM numbers(30000000000) WHERE sipHash64(number) = 1", "TSV")
    answered.set()
    killer.join()
    assert number(landed.warehouse, "SELECT count() FROM journal") == len(landed.city.journal)


def test_it_ends_when_its_owner_is_killed_and_the_next_owner_finds_everything(tmp_path: Path, make_city: MakeCity) -> None:
    city = make_city("city").live(seed=3, frames=4)
    owner = subprocess.Popen([sys.executable, "-m", "tests.sinks.owner", str(tmp_path / "city")], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    child = int(owner.stdout.readline())
    owner.kill()
    owner.wait()
    owner.stdout.close()
    with ChdbWarehouse(tmp_path / "city" / "warehouse", partial(readers, tmp_path / "city")) as warehouse:
        assert _gone(child)
        warehouse.land(CENTRE, seconds=60)
        assert number(warehouse, "SELECT count() FROM outcomes") == len(city.outcomes)


def test_it_ends_in_order_when_it_is_closed(tmp_path: Path) -> None:
    warehouse = ChdbWarehouse(tmp_path)
    child = warehouse.pid
    warehouse.close()
    warehouse.close()
    assert _gone(child, seconds=5)
    with pytest.raises(WarehouseUnavailable, match="closed"):
        warehouse.query("SELECT 1", "TSV")


def test_landing_that_has_ended_for_good_says_why(tmp_path: Path, make_city: MakeCity) -> None:
    city = make_city("city")
    city.append("ucc.outcomes", *(b'{"centre":"c","raw_offset":%d,"unheard_of":1}' % n for n in range(150)))
    with ChdbWarehouse(tmp_path / "w", partial(readers, tmp_path / "city")) as warehouse:
        with pytest.raises(Broken, match="unheard_of"):
            warehouse.land(CENTRE, seconds=60)
        assert number(warehouse, "SELECT count() FROM outcomes") == 0


def test_waiting_for_logs_has_an_end(tmp_path: Path) -> None:
    with ChdbWarehouse(tmp_path) as warehouse, pytest.raises(Broken, match="without logs"):
        warehouse.land(CENTRE, seconds=1)


def test_a_name_that_is_no_name_of_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no name of a database"):
        ChdbWarehouse(tmp_path, database="x; DROP")


def test_frames_appended_while_it_lands_are_landed_too(tmp_path: Path, make_city: MakeCity) -> None:
    city = make_city("city")
    gathering = Gathering(rows=100, seconds=0.01)
    with ChdbWarehouse(tmp_path / "w", partial(readers, tmp_path / "city"), gathering=gathering) as warehouse:
        for seed in range(5):
            city.live(seed=seed, frames=1)
            warehouse.land(CENTRE, seconds=60)
            assert number(warehouse, "SELECT count() FROM outcomes") == len(city.outcomes)
        whole = picture(warehouse)
    with ChdbWarehouse(tmp_path / "other", partial(readers, tmp_path / "city")) as other:
        other.land(CENTRE, seconds=60)
        assert picture(other) == whole
