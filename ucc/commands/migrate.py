"""`ucc migrate`: the warehouse's tables and views."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Annotated

import typer

from ucc.settings import home, settings


def migrate(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    show: Annotated[
        bool, typer.Option("--print", help="Only say what would make all of it, as SQL: for another who does it, or for a server that joins a cluster.")
    ] = False,
) -> None:
    """Applies the migrations that the warehouse lacks, and names them. May be run any number of times; `ucc sink` does it, too, when it starts.

    Example: `UCC_WAREHOUSE=clickhouse://ucc@localhost:9000/ucc ucc migrate`.
    """
    if show:
        from ucc.warehouse import statements

        typer.echo("\n\n".join(f"{statement};" for statement in statements(settings())))
        return
    applied = _applied()
    if as_json:
        typer.echo(json.dumps({"applied": applied}))
    else:
        typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing was missing")


def _applied() -> list[str]:
    from ucc.warehouse import served, warehouse_at

    kept = settings()
    server = served(kept)
    if server is not None:
        with closing(server):
            return server.migrate()
    with home().owned("migrate"), closing(warehouse_at(kept)) as warehouse:
        return warehouse.migrate()
