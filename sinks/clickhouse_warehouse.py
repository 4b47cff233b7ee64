"""The warehouse on a ClickHouse server, or a cluster of them; implements `schemas.ports.Warehouse`.

    warehouse = ClickHouseWarehouse(Server.at("clickhouse://ucc@localhost/ucc", password_file=…))
    warehouse.migrate()
    warehouse.insert("journal_rows", lines, rows=500, token="pukou casework ucc.journal 0-7")
    warehouse.query("SELECT …", "CSVWithNames")
    warehouse.close()

Nothing is connected before it is needed, and a server that was away is connected to again by the next call. Any thread may call.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from types import TracebackType
from typing import Any, NamedTuple, Self

from schemas.errors import Broken, Refused, WarehouseUnavailable
from schemas.topics import OUTCOMES
from sinks.analysts_views import analysts_of, views
from sinks.clickhouse_address import Server
from sinks.clickhouse_cluster import Cluster, shards_of
from sinks.clickhouse_columns import Column, Rows, Table, rows_of
from sinks.clickhouse_errors import of_insert, of_order
from sinks.clickhouse_http import Http
from sinks.clickhouse_native import Named, Native, Settings
from sinks.clickhouse_types import UNKNOWN_FIELD, Values
from sinks.landing import SEALS, TABLES
from sinks.migrate import Render, as_it_is, every_statement, migrate, migrations
from sinks.sql import kept, literal, question

OLDEST = (24, 8)
"""The first version that our SQL works on: tried with the engines of 24.8, 25.5, 25.8 and 26.9."""
QUESTION_S = 60
"""Seconds after which a question is given up, as in the embedded warehouse."""
_FORMAT = re.compile(r"[A-Za-z0-9]{1,64}")
_ANSWERS: Settings = {
    "max_execution_time": QUESTION_S,
    "date_time_output_format": "iso",
    "output_format_json_quote_64bit_integers": 0,
    "http_write_exception_in_output_format": 0,
}
_INSERTS: Settings = {
    "async_insert": 0,  # the server's default on newer ones: rows would wait in its memory, and views not be told of the token
    "materialized_views_ignore_errors": 0,
    "max_insert_threads": 1,
}
_ON_A_CLUSTER: Settings = {
    "insert_quorum": "auto",  # most replicas have it when an insert returns
    "insert_quorum_timeout": 60_000,
    "distributed_foreground_insert": 1,  # and the shard has it, not a queue on the server that we speak to
}
_CHANGES: Settings = {"distributed_ddl_output_mode": "throw", "distributed_ddl_task_timeout": 180}
_OF_ONE_SHARD: Settings = {"distributed_product_mode": "local"}
"""Joined tables are joined on each shard: all of a centre is on one."""
_MACROS = ("shard", "replica")
TOKEN, TOKEN_OF_VIEWS = "insert_deduplication_token", "deduplicate_blocks_in_dependent_materialized_views"
_UNKNOWN_SETTING = 115


class Facts(NamedTuple):
    """What the server says of itself."""

    version: str
    settings: frozenset[str]
    readonly: int
    """1: its user may only read and set nothing; 2: only read."""

    def known(self, settings: Settings) -> dict[str, str | int]:
        """Those of the settings that this server has."""
        return {name: value for name, value in settings.items() if name in self.settings}


class ClickHouseWarehouse:
    """The warehouse of one database."""

    def __init__(self, server: Server) -> None:
        """Connects to nothing yet."""
        self._server = server
        self._native = Native(server, server.database)
        self._http = Http(server)
        self._tables: dict[str, Table] = {}
        self._facts: Facts | None = None
        self._guard = threading.Lock()
        self._cluster: Cluster | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends all connections; may be called twice."""
        self._native.close()

    @property
    def version(self) -> str:
        """The server's. Raises WarehouseUnavailable, Broken."""
        return self._known().version

    @property
    def tokens_supported(self) -> bool:
        """Whether a batch that comes twice is known by its token. Raises WarehouseUnavailable, Broken.

        Only where its settings are there, and on a cluster: a replicated table notes token and rows in one transaction of Keeper. A table that is
        not replicated notes the token first: killed in between, it would take the batch for known that it does not have
        (`docs/adr/0012-tokens-only-where-tables-are-replicated.md`).
        """
        return bool(self._server.cluster) and self._known().settings.issuperset({TOKEN, TOKEN_OF_VIEWS})

    # the port

    def migrate(self) -> list[str]:
        """Applies the missing migrations; see the port. Raises Broken also for a server that is too old, or has not the cluster."""
        self._fit()
        changes, render = self._known().known(_CHANGES), self._rendering()
        for statement in render(self._database()):
            self._outside(statement, settings=changes)
        done = migrate(lambda statement: self._native.rows(statement, changes), self._applied, render=render)
        self._tables.clear()
        return done

    def show_analysts(self) -> str:
        """Makes the analysts' database and its views, over ours as they are now. Returns why it could not, nothing where it could.

        Our user need not be allowed to: the operator then makes them (docs/operators.md). Raises WarehouseUnavailable.
        """
        try:
            for statement in self._of_analysts():
                self._outside(statement, settings=self._known().known(_CHANGES))
        except Broken as error:
            return error.detail
        return ""

    def statements(self) -> list[str]:
        """All that `migrate` says where nothing is there yet. Raises WarehouseUnavailable, Broken."""
        render = self._rendering()
        return [*render(self._database()), f"USE `{self._server.database}`", *every_statement(render), *self._of_analysts()]

    def _of_analysts(self) -> list[str]:
        on = f" ON CLUSTER {literal(self._server.cluster)}" if self._server.cluster else ""
        return list(views(self._server.database, analysts_of(self._server.database), on))

    def insert(self, table: str, lines: bytes, *, rows: int, token: str) -> None:
        """Inserts NDJSON lines; see the port. Raises Broken, too, where the table is not there."""
        said = rows_of(lines)
        if not said:
            return
        where = f"{table} {token}, {rows} rows"
        known, columns = self._columns(table, said, where)
        try:
            self._native.insert(known.statement, columns, self._inserting(lines, token), where)
        except WarehouseUnavailable as error:
            if error.number == _UNKNOWN_SETTING:
                self._facts = None
            raise
        if table == TABLES[OUTCOMES.name] and SEALS in lines:
            self._erase(said)

    def query(self, sql: str, output_format: str) -> bytes:
        """Answers one question; see the port. Raises Broken where the server does not let us in."""
        asked = question(sql)
        if not _FORMAT.fullmatch(output_format):
            raise Refused(f"{output_format!r} is no output format of the warehouse's")
        facts = self._known()
        settings: dict[str, str | int] = {} if facts.readonly == 1 else facts.known({**_ANSWERS, **(_OF_ONE_SHARD if self._server.cluster else {})})
        if not facts.readonly:
            settings["readonly"] = 1
        return self._http.ask(asked, output_format, settings)

    # what the server is

    def _known(self, named: Named = of_order) -> Facts:
        with self._guard:
            if self._facts is None:
                ((version,),) = self._outside("SELECT version()", named)
                settings = dict(self._outside("SELECT name, value FROM system.settings", named))
                self._facts = Facts(version, frozenset(settings), int(settings.get("readonly", 0)))
            return self._facts

    def _outside(self, sql: str, named: Named = of_order, settings: Settings | None = None) -> list[tuple[Any, ...]]:
        """A statement that does not need the database: it may not be there yet."""
        outside = Native(self._server, "")
        try:
            return outside.rows(sql, settings, named=named, where=f"the warehouse at {self._server}")
        finally:
            outside.close()

    def _fit(self) -> None:
        """Raises Broken when migrations cannot work there."""
        version = self._known().version
        if tuple(map(int, version.split(".")[:2])) < OLDEST:
            raise Broken(f"the ClickHouse server has version {version}, which is too old: {OLDEST[0]}.{OLDEST[1]} or newer is needed", where=f"{self._server}")
        macros = {name for (name,) in self._outside("SELECT macro FROM system.macros")} if self._server.cluster else set(_MACROS)
        if missing := set(_MACROS) - macros:
            raise Broken(f"the server's configuration has no macro {' and no macro '.join(sorted(missing))}; docs/operators.md shows both", where="UCC_CLUSTER")

    def _rendering(self) -> Render:
        """How statements are said there. Raises Broken when there is no such cluster, WarehouseUnavailable."""
        if not self._server.cluster:
            return as_it_is
        if self._cluster is None:
            self._cluster = Cluster(self._server.cluster, self._server.database, migrations(), self._shards())
        return self._cluster.rendered

    def _shards(self) -> int:
        """As many as there were when the first table was made; where there is none yet, as there are."""
        name, database = self._server.cluster, literal(self._server.database)
        there = dict(self._outside("SELECT cluster, max(shard_num) FROM system.clusters GROUP BY cluster"))
        if name not in there:
            raise Broken(f"the server knows no cluster {name!r}; it knows {', '.join(sorted(there)) or 'none'}", where="UCC_CLUSTER")
        asked = f"SELECT engine_full FROM system.tables WHERE database = {database} AND name = '{TABLES[OUTCOMES.name]}'"  # noqa: S608  quoted, and our own
        made = self._outside(asked)
        shards = max((shards_of(engine) for (engine,) in made), default=0) or int(there[name])
        if shards > there[name]:
            raise Broken(
                f"the tables were made for {shards} shards, and the cluster {name!r} has {there[name]}: rows of some centres are not there", where="UCC_CLUSTER"
            )
        return shards

    def _database(self) -> str:
        return f"CREATE DATABASE IF NOT EXISTS `{self._server.database}`"

    def _applied(self, asked: str) -> Mapping[str, str]:
        return dict(self._native.rows(asked))

    # inserting

    def _columns(self, name: str, said: Rows, where: str) -> tuple[Table, list[Values]]:
        try:
            try:
                table = self._table(name)
                return table, table.columns(said)
            except Refused as error:
                if error.where != UNKNOWN_FIELD:
                    raise
                table = self._table(name, afresh=True)  # a migration may have added a column since the table was described
                return table, table.columns(said)
        except Refused as error:
            raise Refused(error.detail, where=where) from error

    def _table(self, name: str, *, afresh: bool = False) -> Table:
        if afresh or name not in self._tables:
            described = [row[:4] for row in self._native.rows(f"DESCRIBE TABLE {name}", named=of_insert, where=name)]
            defaults = {column: expression for column, _, kind, expression in described if kind == "DEFAULT"}
            values = self._native.rows(f"SELECT {', '.join(defaults.values())}", named=of_insert, where=name)[0] if defaults else ()
            found = dict(zip(defaults, values, strict=True))
            self._tables[name] = Table(name, [Column(column, kind, found.get(column)) for column, kind, how, _ in described if how in ("", "DEFAULT")])
        return self._tables[name]

    def _inserting(self, lines: bytes, token: str) -> dict[str, str | int]:
        cluster: Settings = _ON_A_CLUSTER if self._server.cluster else {}
        settings = self._known(of_insert).known({**_INSERTS, **cluster})
        return settings | told_once(lines, token) if self.tokens_supported else settings

    def _erase(self, said: Rows) -> None:
        """Takes what the revisions before had said, and where, out of the rows of reports that these lines seal."""
        reports = sorted({tuple(str(row.get(name, "")) for name in KEY) for row in said if row.get("outcome") == "sealed"})
        if not reports:
            return
        # On a cluster a server may lag behind, so that it has nothing to erase yet: there it is told in any case.
        if not self._server.cluster and self._native.rows(to_erase(reports)) == [(0,)]:
            return
        for statement in self._rendering()(erasing(reports)):
            self._native.rows(statement, self._known().known(_CHANGES))


def told_once(lines: bytes, token: str) -> dict[str, str | int]:
    """The settings by which a batch that comes twice is known, in its table and in those that views fill from it.

    Other rows under a token that is known would be dropped without a word: so the token is of the range, and of what is in it.
    """
    return {TOKEN: f"{token} {blake2b(lines, digest_size=16).hexdigest()}", TOKEN_OF_VIEWS: 1}


KEY = ("centre", "source", "source_id")
_WHICH = f"WHERE ({', '.join(KEY)})"
"""Where `statements/erase_sealed.sql` begins to say which rows it is about."""


def _those(reports: Sequence[Sequence[str]]) -> str:
    """Named one by one: a replica that lags would not find them in `sealed_rows`."""
    listed = ", ".join(f"({', '.join(map(literal, report))})" for report in reports)
    return f"{_WHICH} IN ({listed}) AND NOT sealed"


def to_erase(reports: Sequence[Sequence[str]]) -> str:
    """The question how many rows still say something of these reports, each as `KEY`."""
    return f"SELECT count() FROM outcome_rows {_those(reports)}"  # noqa: S608  literals are quoted


def erasing(reports: Sequence[Sequence[str]]) -> str:
    """The statement that takes out of the rows what these reports had said, and waits until it is done."""
    return f"{kept('erase_sealed').partition(_WHICH)[0]}{_those(reports)} SETTINGS mutations_sync = 1"
