"""What analysts may read of chDB, and what of it nobody else has to suffer from."""
# ruff: noqa: S608  the questions are put together from the tests' own words

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from sinks.analysts_views import VIEWS as SEEN
from sinks.analysts_views import analysts_of, views
from sinks.asked import Answered, Asked, NotAnswered
from sinks.chdb_roles import HIDDEN, SHOWN
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.opening import Bounds
from tests.sinks.asking import VIEWS, number, rows
from tests.sinks.conftest import Landed

RAW = "outcome_rows"
SECRET = "路灯"
"""Stands in what people wrote."""


def ask(warehouse: ChdbWarehouse, sql: str, output_format: str = "TabSeparated", **of_it: Any) -> bytes | NotAnswered:
    into = io.BytesIO()
    answered = warehouse.answer(Asked(sql, output_format, **of_it), into)
    return answered if isinstance(answered, NotAnswered) else into.getvalue()


def below_the_views(warehouse: ChdbWarehouse) -> list[str]:
    """All tables that are no views for analysts."""
    return [row["name"] for row in rows(warehouse, "SELECT name FROM system.tables WHERE database = 'ucc'") if row["name"] not in VIEWS]


def test_analysts_see_exactly_the_views_of_the_guide(landed: Landed) -> None:
    assert set(SEEN) == set(VIEWS)
    shown = ask(landed.warehouse, "SHOW TABLES")
    assert isinstance(shown, bytes)
    assert set(shown.decode().split()) == set(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_analysts_what_it_shows_the_owner_where_nothing_needs_masking(landed: Landed, view: str) -> None:
    sql = f"SELECT * FROM {view} ORDER BY {VIEWS[view]}"
    assert ask(landed.warehouse, sql, "RowBinary") == landed.warehouse.query(sql, "RowBinary")


def test_the_views_that_show_what_was_said_are_not_the_analysts(landed: Landed) -> None:
    for view in {*SEEN, *SEEN.values(), "present_reports"}:
        answer = ask(landed.warehouse, f"SELECT count() FROM ucc.{view}")
        assert isinstance(answer, NotAnswered)
        assert answer.name == "ACCESS_DENIED"
    for view in SEEN:
        assert isinstance(ask(landed.warehouse, f"SELECT count() FROM analysts.{view}"), bytes)


def test_the_operators_guide_makes_the_same_views_on_a_server() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")
    assert [statement for statement in views("ucc") if f"{statement};\n" not in guide] == []


def test_no_table_below_the_views_can_be_read_described_or_found(landed: Landed) -> None:
    tables = below_the_views(landed.warehouse)
    assert RAW in tables
    assert len(tables) > 8
    for table in tables:
        assert number(landed.warehouse, f"SELECT count() >= 0 FROM {table}") == 1, "who owns the warehouse reads it"
        for sql in (
            f"SELECT count() FROM ucc.{table}",
            f"SELECT * FROM ucc.`{table}` LIMIT 0",
            f"DESCRIBE ucc.{table}",
            f"SHOW CREATE TABLE ucc.{table}",
            f"EXISTS ucc.{table}",
        ):
            answer = ask(landed.warehouse, sql)
            assert isinstance(answer, NotAnswered), sql
            assert answer.name == "ACCESS_DENIED", sql
        found = ask(landed.warehouse, "SELECT count() FROM system.tables WHERE name = {t:String}", parameters={"t": table})
        assert found == b"0\n"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM (SELECT * FROM ucc.outcome_rows)",
        "SELECT (SELECT any(text) FROM ucc.outcome_rows)",
        "SELECT toUInt8((SELECT any(text) FROM ucc.outcome_rows WHERE text != ''))",
        "SELECT throwIf(1, (SELECT any(text) FROM ucc.outcome_rows))",
        "WITH x AS (SELECT text FROM ucc.outcome_rows) SELECT * FROM x",
        "SELECT 1 IN ucc.outcome_rows",
        "SELECT 'x' IN (SELECT text FROM ucc.outcome_rows)",
        "SELECT * FROM reports JOIN ucc.outcome_rows USING (report_id)",
        "SELECT * FROM reports UNION ALL SELECT * FROM ucc.outcome_rows",
        "SELECT text FROM merge('ucc', '^outcome_rows$')",
        "SELECT text FROM merge(REGEXP('.*'), '.*_rows$')",
        "SELECT * FROM view(SELECT text FROM ucc.outcome_rows)",
        "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT text FROM ucc.outcome_rows))",
        "SELECT * FROM loop('ucc', 'outcome_rows') LIMIT 1",
        "SELECT * FROM remote('127.0.0.1', 'ucc', 'outcome_rows')",
        "SELECT * FROM cluster('default', 'ucc', 'outcome_rows')",
        "SELECT * FROM mergeTreeIndex('ucc', 'outcome_rows')",
        "SELECT * FROM mergeTreeAnalyzeIndexes('ucc', 'outcome_rows')",
        "SELECT * FROM mergeTreeProjection('ucc', 'outcome_rows', 'x')",
        "SELECT * FROM eval('SELECT text FROM outcome_rows')",
        "SELECT * FROM {t:Identifier}",
        "SELECT hasColumnInTable('ucc', 'outcome_rows', 'text')",
        "SELECT joinGet('ucc.outcome_rows', 'text', 'x')",
        "SELECT dictGet('ucc.outcome_rows', 'text', 1)",
        "EXPLAIN QUERY TREE SELECT (SELECT any(text) FROM ucc.outcome_rows)",
        "EXPLAIN ESTIMATE SELECT * FROM ucc.outcome_rows",
        "DESCRIBE (SELECT * FROM ucc.outcome_rows)",
        "SELECT * FROM default.`/etc/hostname`",
        "SELECT * FROM `/etc/hostname`",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT file('/etc/hostname')",
        "SELECT `file`('/etc/hostname')",
        "SELECT * FROM filesystem('/etc')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM executable('ls', 'TSV', 'a String')",
        "SELECT * FROM sqlite('/etc/hostname', 'x')",
        "SELECT * FROM s3('http://127.0.0.1:1/x')",
        "SELECT * FROM Python(os)",
        "SELECT * FROM os",
        "SELECT * FROM system.users",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 FORMAT CSV SETTINGS max_memory_usage = 0",
        "SELECT 1; SELECT text FROM ucc.outcome_rows",
        "SELECT 1; SET ROLE owner; SELECT text FROM ucc.outcome_rows",
        "SELECT 1 PARALLEL WITH SET ROLE owner",
        "SELECT 1 PARALLEL WITH DROP TABLE journal_rows",
        "SELECT ‘'’; SET ROLE owner; SELECT text FROM ucc.outcome_rows; SELECT ‘'’",
        "SELECT “'”; SET ROLE owner; SELECT text FROM ucc.outcome_rows; SELECT “'”",
        "SELECT 1 AS a$$; SET ROLE owner; SELECT text AS b$$ FROM ucc.outcome_rows",
        "SELECT $a b$'$a b$; SET ROLE owner; SELECT $a b$'$a b$, text FROM ucc.outcome_rows",
        "SELECT '\\\\'; SET ROLE owner; SELECT text FROM ucc.outcome_rows; --'",
        "SELECT x'\\'; SET ROLE owner; SELECT text FROM ucc.outcome_rows; SELECT '",
        "SET ROLE owner",
        "EXECUTE AS default SELECT text FROM ucc.outcome_rows",
        "INSERT INTO journal_rows (seq) VALUES (1)",
        "INSERT INTO FUNCTION file('/tmp/x') SELECT 1",
        "CREATE TEMPORARY TABLE x AS SELECT 1",
        "CREATE VIEW x SQL SECURITY NONE AS SELECT * FROM ucc.outcome_rows",
        "ALTER TABLE journal DELETE WHERE 1",
        "DROP TABLE journal",
        "KILL QUERY WHERE 1",
        "SYSTEM SHUTDOWN",
        "USE system",
    ],
)
def test_no_way_leads_below_the_views_or_out_of_the_warehouse(landed: Landed, sql: str) -> None:
    answer = ask(landed.warehouse, sql, parameters={"t": "ucc.outcome_rows"})
    assert isinstance(answer, NotAnswered), answer[:300]
    assert SECRET not in answer.said
    assert answer.name
    assert ask(landed.warehouse, "SELECT currentRoles()") == b"['analyst']\n", "the next one asks with the same rights"


def test_what_is_offered_to_those_who_may_not_read_is_nothing(landed: Landed) -> None:
    assert ask(landed.warehouse, "SELECT * FROM viewIfPermitted(SELECT text FROM ucc.outcome_rows ELSE null('text String'))") == b""


def test_every_table_of_the_engine_is_either_shown_or_hidden(landed: Landed) -> None:
    there = {row["name"] for row in rows(landed.warehouse, "SELECT name FROM system.tables WHERE database = 'system'")}
    assert not SHOWN & set(HIDDEN)
    assert there == SHOWN | set(HIDDEN), "a new engine has new tables: decide which of them analysts may see"


@pytest.mark.parametrize("table", HIDDEN)
def test_what_tells_of_the_machine_and_of_others_has_no_rows_for_analysts(landed: Landed, table: str) -> None:
    for sql in (f"SELECT count() FROM system.{table}", f"SELECT count() FROM merge('system', '^{table}$')"):
        answer = ask(landed.warehouse, sql)
        assert answer == b"0\n" or isinstance(answer, NotAnswered)


def test_analysts_do_not_see_what_others_ask(landed: Landed) -> None:
    asking = threading.Thread(target=lambda: landed.warehouse.query("SELECT 'told in confidence', sleepEachRow(0.3) FROM numbers(3)", "TSV"))
    asking.start()
    answers = [ask(landed.warehouse, "SHOW PROCESSLIST FORMAT TSV"), ask(landed.warehouse, "SELECT query FROM system.processes")]
    asking.join()
    assert answers == [b"", b""]


def test_what_clients_ask_when_they_connect_is_answered(landed: Landed) -> None:
    for table in SHOWN:
        answer = ask(landed.warehouse, f"SELECT * FROM system.{table} LIMIT 1")
        assert isinstance(answer, bytes), answer
    settings = ask(landed.warehouse, "SELECT readonly, value FROM system.settings WHERE name IN ('enable_http_compression')")
    assert settings == b"1\t1\n"
    for sql in ("SELECT version(), timezone()", "SELECT * FROM information_schema.columns LIMIT 1", "SHOW CREATE TABLE reports", "SELECT currentDatabase()"):
        assert isinstance(ask(landed.warehouse, sql), bytes)


@pytest.mark.parametrize("name", ["", "default", "ucc", "analysts"])
def test_the_views_are_in_the_database_that_clients_name_first(landed: Landed, name: str) -> None:
    assert ask(landed.warehouse, "SELECT currentDatabase(), count() > 0 FROM journal", database=name) == b"analysts\t1\n"


def test_another_database_is_refused_by_name(landed: Landed) -> None:
    answer = ask(landed.warehouse, "SELECT 1", database="x; DROP")
    assert isinstance(answer, NotAnswered)
    assert (answer.number, answer.name) == (81, "UNKNOWN_DATABASE")


@pytest.mark.parametrize(
    ("sql", "default", "told", "answer"),
    [
        ("SELECT 1 AS a", "CSVWithNames", "CSVWithNames", b'"a"\n1\n'),
        ("SELECT 1 AS a FORMAT TSV", "CSV", "TSV", b"1\n"),
        ("SELECT 1 -- FORMAT JSON\n FORMAT `CSV`;", "TSV", "CSV", b"1\n"),
        ("SELECT 'x\nFORMAT CSV' AS a", "JSONEachRow", "JSONEachRow", b'{"a":"x\\nFORMAT CSV"}\n'),
        ("SELECT 1 AS FORMAT ORDER BY FORMAT ASC", "TSV", "TSV", b"1\n"),
        ("SELECT number FROM numbers(2) FORMAT Null", "TSV", "Null", b""),
        ("WITH 1 AS x SELECT x UNION ALL SELECT 2 ORDER BY x FORMAT TSV", "CSV", "TSV", b"1\n2\n"),
    ],
)
def test_an_answer_has_the_format_that_the_question_says_or_else_its_asker(landed: Landed, sql: str, default: str, told: str, answer: bytes) -> None:
    into = io.BytesIO()
    answered = landed.warehouse.answer(Asked(sql, default), into)
    assert isinstance(answered, Answered)
    assert (answered.output_format, into.getvalue()) == (told, answer)


def test_an_answer_tells_how_much_was_read_and_said(landed: Landed) -> None:
    for output_format in ("TSV", "JSON"):
        answered = landed.warehouse.answer(Asked("SELECT count() FROM numbers(100)", output_format), io.BytesIO())
        assert isinstance(answered, Answered)
        assert (answered.rows, answered.read_rows, answered.read_bytes) == (1, 100, 800)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM nowhere", (60, "UNKNOWN_TABLE")),
        ("SELECT nothing", (47, "UNKNOWN_IDENTIFIER")),
        ("SELEC 1", (62, "SYNTAX_ERROR")),
        ("SELECT 1 FORMAT Nonsense", (73, "UNKNOWN_FORMAT")),
        ("SELECT throwIf(1, 'so')", (395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")),
        ("SELECT groupArray(repeat('x', 1000)) FROM numbers(1000000)", (241, "MEMORY_LIMIT_EXCEEDED")),
        ("SELECT {x:String}", (456, "UNKNOWN_QUERY_PARAMETER")),
        ("DROP TABLE journal", (164, "READONLY")),
    ],
)
def test_errors_have_the_engines_number_name_and_sentence(landed: Landed, sql: str, expected: tuple[int, str]) -> None:
    answer = ask(landed.warehouse, sql)
    assert isinstance(answer, NotAnswered)
    assert (answer.number, answer.name) == expected
    assert "formatQuery" not in answer.said
    assert "DB::Exception" not in answer.said


@pytest.mark.parametrize(
    ("parameters", "sql", "answer"),
    [
        ({"x": "it's \\t; DROP"}, "SELECT {x:String}", b"it\\'s \\t; DROP\n"),
        ({"n": "5", "a": "[1,2]"}, "SELECT {n:UInt8} + 1, {a:Array(UInt8)}", b"6\t[1,2]\n"),
        ({"t": "journal"}, "SELECT count() > 0 FROM {t:Identifier}", b"1\n"),
        ({"d": "2018-01-05 00:00:00"}, "SELECT {d:DateTime64(3, 'UTC')}", b"2018-01-05 00:00:00.000\n"),
    ],
)
def test_parameters_are_values_and_nothing_else(landed: Landed, parameters: Mapping[str, str], sql: str, answer: bytes) -> None:
    assert ask(landed.warehouse, sql, parameters=parameters) == answer


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("max_execution_time", "5", "5"),
        ("max_execution_time", "100000", "60"),
        ("max_execution_time", "0", "60"),
        ("max_memory_usage", "1e18", str(Bounds().analyst_memory)),
        ("max_result_rows", "7", "7"),
        ("output_format_json_quote_64bit_integers", "1", "1"),
        ("date_time_output_format", "iso", "iso"),
        ("session_timezone", "Asia/Shanghai", "Asia/Shanghai"),
    ],
)
def test_settings_that_bound_an_answer_or_say_how_it_looks_are_taken_within_bounds(landed: Landed, name: str, value: str, kept: str) -> None:
    assert ask(landed.warehouse, f"SELECT value FROM system.settings WHERE name = '{name}'", settings={name: value}) == f"{kept}\n".encode()


@pytest.mark.parametrize("name", ["readonly", "role", "max_query_size", "format_schema", "allow_introspection_functions", "x = 1, readonly", "use_query_cache"])
def test_other_settings_are_refused_by_name(landed: Landed, name: str) -> None:
    answer = ask(landed.warehouse, "SELECT 1", settings={name: "0"})
    assert isinstance(answer, NotAnswered)
    assert answer.number == 164
    assert name in answer.said


def test_a_setting_that_is_no_number_or_not_known_to_the_engine_is_refused(landed: Landed) -> None:
    bent = ask(landed.warehouse, "SELECT 1", settings={"max_result_rows": "many"})
    assert isinstance(bent, NotAnswered)
    assert bent.name == "CANNOT_PARSE_NUMBER"
    unknown = ask(landed.warehouse, "SELECT 1", settings={"output_format_of_dreams": "1"})
    assert isinstance(unknown, NotAnswered)
    assert unknown.name == "UNKNOWN_SETTING"


def test_a_question_that_takes_too_long_or_says_too_much_ends_and_the_next_is_answered(landed: Landed) -> None:
    late = ask(landed.warehouse, "SELECT count() FROM numbers(30000000000) WHERE sipHash64(number) = 1", settings={"max_execution_time": "0.2"})
    assert isinstance(late, NotAnswered)
    assert late.name == "TIMEOUT_EXCEEDED"
    many = ask(landed.warehouse, "SELECT * FROM journal", settings={"max_result_rows": "3"})
    assert isinstance(many, NotAnswered)
    assert many.name == "TOO_MANY_ROWS_OR_BYTES"
    whole = ask(landed.warehouse, "SELECT repeat('x', 1000) FROM numbers(80000)", "JSON")
    assert isinstance(whole, NotAnswered)
    assert whole.name in ("TOO_MANY_ROWS_OR_BYTES", "MEMORY_LIMIT_EXCEEDED")
    assert ask(landed.warehouse, "SELECT 1") == b"1\n"


def test_an_answer_that_is_made_piece_by_piece_may_be_larger_than_the_memory_of_its_question(landed: Landed) -> None:
    answer = ask(landed.warehouse, "SELECT repeat('x', 1000) FROM numbers(150000)", "RowBinary")
    assert isinstance(answer, bytes)
    assert len(answer) == 150_000 * 1_002 > Bounds().analyst_memory


def test_clients_read_numbers_and_instants_as_clickhouse_writes_them(landed: Landed) -> None:
    answer = ask(landed.warehouse, "SELECT toUInt64(5) AS n, toDateTime64('2018-01-05 00:30:00', 3, 'UTC') AS t FORMAT JSON")
    assert isinstance(answer, bytes)
    assert orjson.loads(answer)["data"] == [{"n": 5, "t": "2018-01-05 00:30:00.000"}]


def test_on_a_server_each_installation_has_analysts_of_its_own() -> None:
    assert (analysts_of("ucc"), analysts_of("north.ucc")) == ("analysts", "north.ucc_analysts")
    made = list(views("north.ucc", analysts_of("north.ucc"), " ON CLUSTER 'north'"))
    assert made[0] == "CREATE DATABASE IF NOT EXISTS `north.ucc_analysts` ON CLUSTER 'north'"
    assert "CREATE OR REPLACE VIEW `north.ucc_analysts`.reports ON CLUSTER 'north' SQL SECURITY NONE AS SELECT * FROM `north.ucc`.reports_shown" in made
