"""The little of SQL's grammar that this folder needs: where words, texts and comments begin and end.

Enough to tell one question from several, a question from a command, and to cut a migration into its statements. What a
statement means is the warehouse's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import NamedTuple

from schemas.errors import Refused

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|\#[!\s][^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<text>'(?:[^'\\]|\\.|'')*(?:'|\Z)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
    | (?P<quoted>`(?:[^`\\]|\\.|``)*(?:`|\Z)|"(?:[^"\\]|\\.|"")*(?:"|\Z))
    | (?P<word>[^\W\d]\w*)
    | (?P<other>\d\w*|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUESTIONS = frozenset({"SELECT", "WITH", "EXPLAIN", "SHOW", "DESCRIBE", "DESC", "EXISTS", "FROM"})
_READS_FILES = frozenset({"FILE", "PYTHON"})
"""Functions that read what is not in the warehouse, and that the engine's read-only mode lets through."""
STREAMABLE = frozenset({"JSONEachRow", "JSONLines", "NDJSON", "JSONCompactEachRow", "CSV", "TSV", "TabSeparated", "Native", "RowBinary"})
"""Output formats without head or foot: answers may be made piece by piece."""
_OTHERWISE = "$‘’“”"
"""Signs that the engine takes for quotes in places where we do not, and the other way round."""


class Token(NamedTuple):
    """A word, a quoted name, a text, a sign; `text` as it stands."""

    kind: str
    text: str


def pieces(sql: str) -> Iterator[Token]:
    """All that a statement consists of: put together, they are the statement. White space and comments are of the kind `space`."""
    for match in _TOKEN.finditer(sql):
        kind = "text" if match.lastgroup == "tag" else match.lastgroup
        if kind is not None:
            yield Token(kind, match.group())


def tokens(sql: str) -> Iterator[Token]:
    """What a statement consists of, without white space and comments."""
    return (token for token in pieces(sql) if token.kind != "space")


def statements(script: str) -> list[str]:
    """The statements of a script, without comments before them and without semicolons."""
    found: list[str] = []
    begin, end = None, 0
    for match in _TOKEN.finditer(script):
        if match.group() == ";" and match.lastgroup != "space":
            if begin is not None:
                found.append(script[begin:end])
            begin = None
        elif match.lastgroup != "space":
            begin, end = match.start() if begin is None else begin, match.end()
        elif not match.group().isspace():
            end = match.end()  # a comment: without its last space it may be none
    if begin is not None:
        found.append(script[begin:end])
    return found


def question(sql: str) -> str:
    """One read-only question, as it may be asked; raises Refused when it is something else.

    The engine's read-only mode refuses what changes the warehouse; here is refused what it lets through: several statements,
    commands such as KILL and SET, answers written into files, and functions that read files.
    """
    asked = statements(sql)
    if len(asked) != 1:
        raise Refused("ask one question at a time" if asked else "there is no question")
    said = list(tokens(asked[0]))
    first = next((t.text.upper() for t in said if t.text != "("), "")
    if first not in _QUESTIONS:
        raise Refused(f"only questions are answered (SELECT, WITH, SHOW, DESCRIBE, EXPLAIN, EXISTS), not {first or sql.strip()[:20]}")
    if any(token.text[0] in _OTHERWISE for token in said):
        raise Refused("write texts in '…' and names in `…`, without $ and curly quotes around them")
    for this, after in zip(said, [*said[1:], Token("other", "")], strict=True):
        name = this.text.strip('`"').upper()
        if this.kind == "word" and name == "OUTFILE":
            raise Refused("an answer is not written into a file of the warehouse's; take it from the output")
        if this.kind in ("word", "quoted") and name in _READS_FILES and after.text == "(":
            raise Refused(f"the function {this.text} reads what is not in the warehouse")
    return asked[0]


def may_stream(sql: str, output_format: str) -> bool:
    """Whether a question may be answered piece by piece: rows only (no DESCRIBE, SHOW or EXPLAIN), in a format that allows it."""
    said = list(tokens(sql))
    rows_only = next((t.text.upper() for t in said if t.text != "("), "") in ("SELECT", "WITH", "FROM")
    return rows_only and output_format in STREAMABLE and not any(t.kind == "word" and t.text.upper() == "FORMAT" for t in said)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def kept(name: str, **values: str) -> str:
    """A statement of `sinks/statements/`, with `$name` replaced by the literals of `values`."""
    text = (Path(__file__).parent / "statements" / f"{name}.sql").read_text(encoding="utf-8")
    return statements(Template(text).substitute({key: literal(value) for key, value in values.items()}))[0]
