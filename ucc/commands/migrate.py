"""`ucc migrate`: the warehouse's tables and views."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from ucc.settings import home, settings

if TYPE_CHECKING:
    from sinks.clickhouse_warehouse import ClickHouseWarehouse


def migrate(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    show: Annotated[
        bool, typer.Option("--print", help="Only say what would make all of it, as SQL: for another who does it, or for a server that joins a cluster.")
    ] = False,
) -> None:
    """Applies the migrations that the warehouse lacks, and names them. May be run any number of times; `ucc sink` does it, too, when it starts.

    Example: `UCC_WAREHOUSE=clickhouse://ucc@localhost:9000/ucc ucc migrate`.
    """
    from ucc.warehouse import served, warehouse_at

    server = served(settings())
    if show:
        typer.echo("\n\n".join(f"{statement};" for statement in _said(server)))
        return
    if server is not None:
        with closing(server):
            applied = server.migrate()
            if trouble := server.show_analysts():
                typer.echo(f"ucc: the analysts' views were not made ({trouble}); docs/operators.md, ClickHouse, says who may, and how", err=True)
    else:
        with home().owned("migrate"), closing(warehouse_at(settings())) as warehouse:
            applied = warehouse.migrate()
    if as_json:
        typer.echo(json.dumps({"applied": applied}))
    else:
        typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing was missing")


def _said(server: ClickHouseWarehouse | None) -> list[str]:
    """What would make all of it."""
    if server is None:
        from sinks.migrate import every_statement

        return list(every_statement())
    with closing(server):
        return server.statements()
