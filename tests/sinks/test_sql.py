from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.errors import Refused
from sinks.sql import kept, literal, may_stream, question, statements, tokens


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        " select count() from reports; ",
        "-- said first\nSELECT 1 -- and last; really",
        "/* a; b */ WITH x AS (SELECT 1) SELECT * FROM x",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SHOW TABLES",
        "DESCRIBE reports",
        "EXPLAIN SELECT 1",
        "SELECT 'a;b', 'it''s', 'it\\'s; ok', `file`, \"x;y\"",
        "SELECT file FROM reports",
        "SELECT 'into outfile ''x'''",
        "SELECT '$5', '“so”'",
    ],
)
def test_one_question_may_be_asked(sql: str) -> None:
    assert question(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        " ; ",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "SELECT 1;\nDROP TABLE reports",
        "INSERT INTO reports VALUES (1)",
        "KILL QUERY WHERE 1",
        "SET readonly = 0",
        "SYSTEM SHUTDOWN",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 into\noutfile '/tmp/x'",
        "SELECT file('/etc/passwd')",
        "SELECT FILE ('/etc/passwd')",
        "SELECT `file`('/etc/passwd')",
        "SELECT \"file\" /* here */ ('/etc/passwd')",
        "SELECT * FROM Python(os)",
        "/* SELECT */ DROP TABLE reports",
        "SELECT ‘'’; SELECT file(‘/etc/passwd’); SELECT ‘'’",
        "SELECT “a'”; DROP TABLE reports; SELECT “'b”",
        "SELECT 1 AS a$$; DROP TABLE reports; SELECT 1 AS b$$",
        "SELECT $a b$'$a b$; DROP TABLE reports; SELECT $a b$'$a b$",
    ],
)
def test_what_is_no_single_question_is_refused(sql: str) -> None:
    with pytest.raises(Refused):
        question(sql)


@given(st.text())
def test_any_text_is_one_literal_and_nothing_else(text: str) -> None:
    assert [token.kind for token in tokens(f"SELECT {literal(text)}")] == ["word", "text"]


@given(st.text())
@example("0# ")
@example("0# ;1 --x \n")
def test_any_text_is_cut_into_statements_without_losing_a_word(text: str) -> None:
    said = [t.text for t in tokens(text) if t.text != ";"]
    assert [t.text for part in statements(text) for t in tokens(part)] == said


def test_a_script_is_cut_at_its_semicolons_alone() -> None:
    assert statements("-- one; not\nSELECT ';';\n\nSELECT 2 /* ; */;;") == ["SELECT ';'", "SELECT 2 /* ; */"]


@pytest.mark.parametrize(
    ("sql", "output_format", "may"),
    [
        ("SELECT 1", "JSONEachRow", True),
        ("-- x\n(SELECT 'FORMAT JSON', `format`)", "CSV", True),
        ("SELECT 1", "JSON", False),
        ("SELECT 1", "CSVWithNames", False),
        ("SELECT 1 FORMAT JSON", "JSONEachRow", False),
        ("DESCRIBE reports", "JSONEachRow", False),
    ],
)
def test_only_rows_in_formats_without_head_or_foot_are_answered_piece_by_piece(sql: str, output_format: str, may: bool) -> None:
    assert may_stream(sql, output_format) is may


def test_kept_statements_take_values_as_literals_only() -> None:
    assert "'x\\' OR 1=1'" in kept("case_named", wanted="x' OR 1=1")
