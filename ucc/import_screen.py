"""What `ucc import` shows: two bars while it runs, and a table of what became of the lines."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from schemas.vocabulary import OutcomeKind
from ucc.settings import settings

_ASK_ON = """
Ask on:
  {ucc} sql "SELECT number, reports, matter, street, community FROM cases_current ORDER BY reports DESC LIMIT 10"
  {ucc} explain NUMBER
  {ucc} reconcile"""


@contextmanager
def bars(file: Path) -> Iterator[tuple[Callable[[float, int], None], Callable[[int, int], None]]]:
    """Two bars on the terminal: reading, and what follows until all has landed. They appear when there is something to show."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[count]}"), TimeRemainingColumn())
    shown = Progress(*columns, console=Console(stderr=True))
    reading = shown.add_task(f"reading {file.name[:20]}", total=1.0, count="")
    landing = shown.add_task("cases, into the warehouse", total=1.0, count="")

    def read(share: float, lines: int) -> None:
        shown.start()
        shown.update(reading, completed=share, count=f"{lines:,} lines")

    def landed(share: float) -> None:
        shown.update(reading, completed=1.0)
        shown.update(landing, completed=share)

    try:
        yield read, lambda done, end: landed((done + 1) / (end + 1) if end >= 0 else 1.0)
        landed(1.0)
    finally:
        shown.stop()


def show(summary: dict[str, Any], file: Path, seconds: float) -> None:
    """The table of what became of the lines, and what to ask next."""
    table = Table()
    table.add_column("outcome")
    table.add_column("结果")
    table.add_column("lines", justify="right")
    for kind in OutcomeKind:
        if kind is not OutcomeKind.REFUSED and (count := summary["outcomes"].get(kind.value, 0)):
            table.add_row(kind.value, kind.zh, f"{count:,}")
    refused = summary["refused"] + summary["outcomes"].get(OutcomeKind.REFUSED.value, 0)
    table.add_row("refused", OutcomeKind.REFUSED.zh, f"{refused:,}")
    table.add_section()
    table.add_row("all lines", "合计", f"{summary['read']:,}")
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"What became of {file.name} in the centre {summary['centre']} ({seconds:.1f} s):")
    console.print(table)
    console.print(_ASK_ON.format(ucc=_ourselves()))


def _ourselves() -> str:
    """How the person has to call us: as on the PATH or by the place of the program, and with the home where it was said."""
    command = Path(sys.argv[0])
    found = shutil.which("ucc")
    called = "ucc" if found and Path(found).samefile(command) else _short(command)
    return f"{called} --home {_short(settings().home)}" if "--home" in sys.argv else called


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_absolute() and path.is_relative_to(Path.cwd()) else str(path)
