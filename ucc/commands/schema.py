"""`ucc schema export`: JSON Schemas of what flows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

app = typer.Typer(help="What flows, as JSON Schema.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """What flows, as JSON Schema."""


@app.command()
def export(into: Annotated[Path, typer.Argument(help="Folder that the files go into; made when it is not there.")]) -> None:
    """Writes one JSON Schema a model. Example: `ucc schema export build/schemas`."""
    from schemas.export import schemas

    into.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (into / f"{name}.schema.json").write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    typer.echo(f"{len(schemas())} schemas in {into}")
