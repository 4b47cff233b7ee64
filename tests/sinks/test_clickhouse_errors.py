from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import Broken, Refused, WarehouseUnavailable
from sinks.clickhouse_errors import CODES, INSTALLATION, LINE, MOMENT, number_in, of_insert, of_order, of_question, sentence
from tests.sinks.engine import Engine


@pytest.mark.parametrize(
    "said",
    [
        "DB::Exception: Unknown identifier: nope. Stack trace:\n\n0. /lib/x86_64-linux-gnu/libclickhouse.so(StackTrace::StackTrace()+0x16)",
        "Code: 47, e.displayText() = DB::Exception: Unknown identifier: nope, e.what() = DB::Exception",
        "Code: 47. DB::Exception: Unknown identifier: nope. (UNKNOWN_IDENTIFIER) (version 24.8.4.13 (official build))",
        "Code: 47. DB::Exception: Received from ch-2:9000. DB::Exception: Unknown identifier: nope. (UNKNOWN_IDENTIFIER) (version 26.9.2.1)",
        "Unknown identifier: nope.",
    ],
)
def test_the_servers_own_sentence_stays_and_nothing_else(said: str) -> None:
    assert sentence(said) == "Unknown identifier: nope"


def test_a_sentence_may_hold_brackets_and_may_be_missing() -> None:
    assert sentence("DB::Exception: Column x (of t) is Nullable(String). Stack trace:\n") == "Column x (of t) is Nullable(String)"
    assert sentence("") == "the warehouse gives no reason"


def test_the_number_is_read_off_what_older_servers_say() -> None:
    assert (number_in("Code: 193, e.displayText()"), number_in("Code: 47. DB"), number_in("<html>")) == (193, 47, 0)


def test_numbers_and_names_are_those_of_the_server(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        told = engine.query("SELECT DISTINCT code, name FROM system.errors SETTINGS system_events_show_zero_values = 1").decode()
    names = {int(code): name for code, name in (line.split("\t") for line in told.splitlines())}
    assert {number: known.name for number, known in CODES.items()} == {number: names.get(number) for number in CODES}


def test_each_number_stands_once_and_has_a_reason() -> None:
    assert len(CODES) == len(MOMENT) + len(LINE) + len(INSTALLATION)
    assert all(known.why for known in CODES.values())


@pytest.mark.parametrize(
    ("number", "insert", "question", "order"),
    [
        (252, WarehouseUnavailable, WarehouseUnavailable, WarehouseUnavailable),
        (241, WarehouseUnavailable, Refused, WarehouseUnavailable),
        (117, Refused, Refused, Broken),
        (60, Broken, Refused, Broken),
        (516, WarehouseUnavailable, Broken, Broken),
        (497, WarehouseUnavailable, Refused, Broken),
        (424_242, WarehouseUnavailable, Refused, Broken),
        (0, WarehouseUnavailable, Refused, Broken),
    ],
)
def test_what_an_error_means_depends_on_what_was_asked_and_an_unknown_one_never_costs_a_line(
    number: int, insert: type[Exception], question: type[Exception], order: type[Exception]
) -> None:
    made = [make(number, "DB::Exception: why. Stack trace:", "where") for make in (of_insert, of_question, of_order)]
    assert [type(error) for error in made] == [insert, question, order]
    assert {(error.detail, error.where) for error in made} == {("why", "where")}


def test_an_outage_tells_the_servers_number_for_the_metrics() -> None:
    error = of_insert(252, "Too many parts", "t")
    assert isinstance(error, WarehouseUnavailable)
    assert error.number == 252
