"""`ucc import`: a file of a source into a centre."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from schemas.vocabulary import Source
from ucc.settings import brokers, home, settings


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSON lines; plain or gzip.")],
    source: Annotated[Source, typer.Option(help="The channel that it comes from.")],
    mapping: Annotated[str, typer.Option(help="A shipped mapping's name, or a YAML file.")] = "example-csv",
    encoding: Annotated[str, typer.Option(help="Of the file; found out when not given.")] = "",
    centre: Annotated[str, typer.Option(help="Whose reports these are (UCC_CENTRE).")] = "",
    refused: Annotated[Path | None, typer.Option(help="Folder for the refused lines; beside the file when not given.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The last line is a JSON object with the counts.")] = False,
) -> None:
    """Imports a file, with a progress bar; stopped or killed, it goes on where it was. Exit code 1: the file broke off.

    Refused lines stand beside the file, as <file>.refused.jsonl, each with its reason.

    Example: `ucc import changes.csv.gz --source hotline12345 --mapping tainan-1999`.
    """
    from ucc.import_screen import bars, show
    from ucc.importing import Wanted, run

    began = time.monotonic()
    with bars(file) as (reading, landing):
        summary, importing = run(home(), brokers(), Wanted(file, source, mapping, centre or settings().centre, encoding, refused), reading, landing)
    for sentence in importing.said:
        typer.echo(f"ucc: {sentence}", err=True)
    if importing.progress.broke_off:
        typer.echo(f"ucc: {importing.progress.broke_off}", err=True)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    else:
        show(summary, file, time.monotonic() - began)
    raise typer.Exit(1 if importing.progress.broke_off else 0)
