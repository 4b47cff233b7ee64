"""What `ucc import` shows: two bars while it runs, and a table of what became of the lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from schemas.vocabulary import OutcomeKind

ASK_ON = """
Ask on:
  ucc sql "SELECT number, reports, matter, street, community FROM cases_current ORDER BY reports DESC LIMIT 10"
  ucc explain NUMBER
  ucc reconcile"""


@contextmanager
def bars(file: Path) -> Iterator[tuple[Callable[[float, int], None], Callable[[int, int], None]]]:
    """Two bars on the terminal: reading, and what follows until all has landed."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[count]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        reading = shown.add_task(f"reading {file.name[:20]}", total=1.0, count="")
        landing = shown.add_task("cases, into the warehouse", total=None, count="")

        def read(share: float, lines: int) -> None:
            shown.update(reading, completed=share, count=f"{lines:,} lines")

        def landed(done: int, end: int) -> None:
            shown.update(reading, completed=1.0)
            shown.update(landing, total=end + 1, completed=done + 1, count="frames")

        yield read, landed
        shown.update(reading, completed=1.0)
        shown.update(landing, total=1, completed=1, count="")


def show(summary: dict[str, Any], file: Path, centre: str, seconds: float) -> None:
    """The table of what became of the lines, and what to ask next."""
    table = Table(title=f"{file.name} → centre {centre}", title_justify="left")
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
    Console().print(f"{seconds:.1f} s, {summary['read'] / max(seconds, 0.001):,.0f} lines a second")
    Console(soft_wrap=True).print(ASK_ON, highlight=False)
