"""Our migrations on a cluster: the same statements, told to all its servers, each table replicated, and one above it that spans the shards.

    outcome_rows          Distributed over outcome_rows_local: what is asked and inserted
    outcome_rows_local    ReplicatedReplacingMergeTree: what a shard's replicas hold
    reports               Distributed over reports_local
    reports_local         the view, over the tables of its own shard

All rows of a centre lie on one shard: a report, its case and its journal are beside each other, so a view joins what its own server
has, and FINAL finds all rows of a key. The text that is check-summed is the file's (`sinks.migrate`), never what is rendered here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from schemas.errors import Broken
from sinks.migrate import MIGRATIONS, Migration
from sinks.sql import Token, literal, pieces, statements, tokens

LOCAL = "_local"
WINDOW = "replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800"
"""Of the last inserts into a table, how many, and for how long, the cluster knows by their tokens: a week of retries."""
_PATH = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
_PATH_OF_ALL = "'/clickhouse/tables/{database}/{table}', '{shard}-{replica}'"
"""Where Keeper knows a table whose shards are alike, and one that is the same everywhere."""
_BEFORE_A_TABLE = frozenset({"FROM", "JOIN"})
_ON_BOTH = frozenset({"ADD", "DROP", "MODIFY", "COMMENT", "RENAME"})
_REST_OF_SETTINGS = re.compile(r"\bSETTINGS\b")
_SHARDS = re.compile(r"cityHash64\(centre\) % (\d+)")
Words = tuple[str, ...]


class Cluster:
    """Renders statements for one cluster."""

    def __init__(self, name: str, database: str, migrations: Iterable[Migration], shards: int = 1) -> None:
        """`migrations`: all that there are; they say which names are tables and views of ours.

        `shards`: how many there were when the first table was made, for life: with another number a centre would go on elsewhere.
        """
        self._on = f"ON CLUSTER {literal(name)}"
        self._shard = f"cityHash64(centre) % {shards}"
        self._name, self._database = name, database
        self._local, self._views = _names(migrations)

    def rendered(self, statement: str) -> list[str]:
        """The statements that do on the cluster what one does on a server. Raises Broken for one that it does not know."""
        said = _words(statement)
        for beginning, render in self._kinds().items():
            if said[: len(beginning)] == beginning:
                return render(statement)
        raise Broken(f"this release cannot say this to a cluster: {statement.split(chr(10), 1)[0][:80]}", where=self._name)

    def _kinds(self) -> Mapping[Words, Callable[[str], list[str]]]:
        return {
            ("CREATE", "DATABASE"): lambda statement: [f"{statement} {self._on}"],
            ("CREATE", "TABLE", "IF", "NOT", "EXISTS"): self._table,
            ("CREATE", "MATERIALIZED", "VIEW", "IF", "NOT", "EXISTS"): self._materialized,
            ("CREATE", "OR", "REPLACE", "VIEW"): self._view,
            ("ALTER", "TABLE"): self._alter,
        }

    def _table(self, statement: str) -> list[str]:
        name = _word(statement, 5)
        if name == MIGRATIONS:
            return [_engine(_after(statement, 5, self._on), _PATH_OF_ALL)]
        if "centre" not in {token.text for token in tokens(statement)}:
            raise Broken("a table of ours has a column `centre`, by which a cluster parts its rows", where=name)
        inner = _engine(_after(_renamed(statement, 5), 5, self._on), _PATH)
        return [inner, self._spanning("CREATE TABLE IF NOT EXISTS", name, f", {self._shard}")]

    def _materialized(self, statement: str) -> list[str]:
        to = _words(statement).index("TO") + 1
        return [self._of_its_shard(_after(_renamed(statement, to), 6, self._on))]

    def _view(self, statement: str) -> list[str]:
        name = _word(statement, 4)
        inner = self._of_its_shard(_after(_renamed(statement, 4), 4, self._on))
        return [inner, self._spanning("CREATE OR REPLACE TABLE", name, "")]

    def _alter(self, statement: str) -> list[str]:
        name, what = _word(statement, 2), _words(statement)[3:5]
        if name not in self._local:  # a view that fills a table: it has no other above it
            return [self._of_its_shard(_after(statement, 2, self._on))]
        inner = self._of_its_shard(_after(_renamed(statement, 2), 2, self._on))
        above = what[0] in _ON_BOTH and what[1] == "COLUMN"
        return [inner, _after(statement, 2, self._on)] if above else [inner]

    def _spanning(self, verb: str, name: str, shard: str) -> str:
        target = ", ".join(literal(part) for part in (self._name, self._database, f"{name}{LOCAL}"))
        return f"{verb} {name} {self._on} AS {name}{LOCAL} ENGINE = Distributed({target}{shard})"

    def _of_its_shard(self, statement: str) -> str:
        """With the tables that are read replaced by those of the same server."""
        found: list[Token] = []
        before = ""
        for piece in pieces(statement):
            if piece.kind == "word" and before in _BEFORE_A_TABLE and piece.text in self._local | self._views:
                found.append(Token("word", f"{piece.text}{LOCAL}"))
            else:
                found.append(piece)
            before = before if piece.kind == "space" else piece.text.upper()
        return _text(found)


def shards_of(engine: str) -> int:
    """The number of shards that the engine of a spanning table was made for; 0 where it says none."""
    found = _SHARDS.search(engine)
    return int(found[1]) if found else 0


def _names(migrations: Iterable[Migration]) -> tuple[frozenset[str], frozenset[str]]:
    """Our tables, and our views, by the statements that make them."""
    tables, views = set(), set()
    for migration in migrations:
        for statement in statements(migration.text):
            said = _words(statement)
            if said[:2] == ("CREATE", "TABLE"):
                tables.add(_word(statement, 5))
            elif said[:4] == ("CREATE", "OR", "REPLACE", "VIEW"):
                views.add(_word(statement, 4))
    return frozenset(tables), frozenset(views)


def _engine(statement: str, path: str) -> str:
    """With the engine's replicated kind. Settings end our statements, so that one may be added."""
    found = re.search(r"ENGINE = (\w+)(?:\(([^()]*)\))?", statement)
    if found is None or found[1] not in ("Null", "ReplacingMergeTree"):
        raise Broken("a table of ours has the engine Null or ReplacingMergeTree", where=statement.split("\n", 1)[0][:80])
    if found[1] == "Null":
        return statement
    arguments = f"{path}, {found[2]}" if found[2] else path
    replicated = f"{statement[: found.start()]}ENGINE = Replicated{found[1]}({arguments}){statement[found.end() :]}"
    return _REST_OF_SETTINGS.sub(f"SETTINGS {WINDOW},", replicated) if _REST_OF_SETTINGS.search(replicated) else f"{replicated} SETTINGS {WINDOW}"


# one statement, by the number of a word in it


def _words(statement: str) -> Words:
    return tuple(token.text.upper() for token in tokens(statement))


def _word(statement: str, number: int) -> str:
    return next(token.text for n, token in enumerate(tokens(statement)) if n == number)


def _renamed(statement: str, number: int) -> str:
    """With `_local` behind a word."""
    return _with(statement, number, lambda word: [Token(word.kind, f"{word.text}{LOCAL}")])


def _after(statement: str, number: int, more: str) -> str:
    """With something behind a word."""
    return _with(statement, number, lambda word: [word, Token("space", " "), Token("word", more)])


def _with(statement: str, number: int, instead: Callable[[Token], Sequence[Token]]) -> str:
    found: list[Token] = []
    at = -1
    for piece in pieces(statement):
        at += piece.kind != "space"
        found.extend(instead(piece) if at == number and piece.kind != "space" else [piece])
    return _text(found)


def _text(found: Iterable[Token]) -> str:
    return "".join(piece.text for piece in found)
