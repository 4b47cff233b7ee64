"""`ucc import`: a file of a source into a centre."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from pipeline.runtime.collector import look_seldom
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.event import Centre
from schemas.vocabulary import OutcomeKind, Source
from ucc.home import Home
from ucc.importing import FileImport
from ucc.importing import Progress as Imported
from ucc.installing import centre_for
from ucc.owner import Owner, owner_of
from ucc.settings import settings

Moved = Callable[[float, Imported], None]


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSON lines; plain or gzip.")],
    source: Annotated[Source, typer.Option(help="The channel that it comes from.")],
    mapping: Annotated[str, typer.Option(help="A shipped mapping's name, or a YAML file.")] = "example-csv",
    encoding: Annotated[str, typer.Option(help="Of the file; found out when not given.")] = "",
    centre: Annotated[str, typer.Option(help="Whose reports these are (UCC_CENTRE).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The last line is a JSON object with the counts.")] = False,
) -> None:
    """Imports a file, with a progress bar; stopped or killed, it goes on where it was. Example: `ucc import changes.csv.gz --source hotline12345 --mapping tainan-1999`.

    Refused lines stand beside the file, as <file>.refused.jsonl, each with its reason.
    """
    kept = settings()
    home = Home(kept.home, log=kept.log, warehouse=kept.warehouse)
    began = time.monotonic()
    with owner_of(home, f"import {file.name}") as owner:
        whose = centre_for(home, centre or kept.centre, owner)
        running, outcomes = _run(owner, whose, file, source, mapping, encoding)
    done = running.progress
    resent = outcomes.get(OutcomeKind.RESENT.value, 0)
    summary = {"read": done.read, "accepted": done.read - done.refused - resent, "resent": resent, "refused": done.refused, "outcomes": outcomes}
    if not as_json:
        _table(summary, file, whose, time.monotonic() - began)
    if done.broke_off:
        print(f"ucc: {done.broke_off}", file=sys.stderr)  # noqa: T201  the command line speaks to people
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    raise typer.Exit(1 if done.broke_off else 0)


def _run(owner: Owner, whose: Centre, file: Path, source: Source, mapping: str, encoding: str) -> tuple[FileImport, dict[str, int]]:
    log: SqliteLog = owner.log(whose.centre)
    running = FileImport(file, source, mapping, whose.centre, log, owner.intake(whose.centre), encoding=encoding or None)
    look_seldom()
    with _bars(file) as (reading, landing):

        def moved(share: float, done: Imported) -> None:
            owner.nudge(whose.centre)
            reading(share, done.read)

        running.run(moved)
        owner.drain(whose.centre, landing)
    for sentence in running.said:
        print(f"ucc: {sentence}", file=sys.stderr)  # noqa: T201  the command line speaks to people
    return running, owner.outcomes_between(whose.centre, running.progress.first_raw, running.progress.last_raw)


@contextmanager
def _bars(file: Path) -> Iterator[tuple[Callable[[float, int], None], Callable[[int, int], None]]]:
    """Two bars on the terminal: reading, and what follows until all has landed."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[count]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=False) as bars:
        reading = bars.add_task(f"reading {file.name[:20]}", total=1.0, count="")
        landing = bars.add_task("cases, into the warehouse", total=None, count="")

        def read(share: float, lines: int) -> None:
            bars.update(reading, completed=share, count=f"{lines:,} lines")

        def landed(done: int, end: int) -> None:
            bars.update(reading, completed=1.0)
            bars.update(landing, total=end + 1, completed=done + 1, count="frames")

        yield read, landed
        bars.update(reading, completed=1.0)
        bars.update(landing, total=1, completed=1, count="")


def _table(summary: dict[str, Any], file: Path, whose: Centre, seconds: float) -> None:
    table = Table(title=f"What became of {file.name} in centre {whose.centre}", title_justify="left")
    table.add_column("outcome")
    table.add_column("结果")
    table.add_column("lines", justify="right")
    for kind in OutcomeKind:
        if kind is not OutcomeKind.REFUSED and (count := summary["outcomes"].get(kind.value, 0)):
            table.add_row(kind.value, kind.zh, f"{count:,}")
    refused = summary["refused"] + summary["outcomes"].get(OutcomeKind.REFUSED.value, 0)
    table.add_row("refused", OutcomeKind.REFUSED.zh, f"{refused:,}")
    table.add_section()
    table.add_row("all lines read", "合计", f"{summary['read']:,}")
    Console().print(table)
    Console().print(
        f'{seconds:.1f} s, {summary["read"] / max(seconds, 0.001):,.0f} lines/s; ask on with: ucc sql "SELECT * FROM cases_current ORDER BY reports DESC LIMIT 10"'
    )
