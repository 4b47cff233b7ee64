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
    """Writes one JSON Schema a model, and one for the lines of each source (source.petition). Example: `ucc schema export build/schemas`."""
    from connectors.channels import CHANNELS
    from schemas.export import schemas

    into.mkdir(parents=True, exist_ok=True)
    all_of_them = schemas() | {f"source.{source.value}": channel.schema() for source, channel in CHANNELS.items()}
    for name, schema in all_of_them.items():
        (into / f"{name}.schema.json").write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    typer.echo(f"{len(all_of_them)} schemas in {into}")
