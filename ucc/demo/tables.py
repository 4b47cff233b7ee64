"""How the demo's tables are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from schemas.vocabulary import Word

GAP = 2
"""Columns between two tables."""


def table(title: str, *columns: str, words: int = 1) -> Table:
    """The first columns hold words, the others numbers."""
    made = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        made.add_column(name, justify="right" if number >= words else "left", no_wrap=True)
    return made


def beside(tables: Iterable[Table], width: int) -> Iterator[Table]:
    """Rows of tables, as many beside each other as there is room for; those that are empty are left out."""
    console, row, used = Console(width=width), list[Table](), 0
    for one in tables:
        if not one.row_count:
            continue
        wide = console.measure(one).maximum + GAP
        if row and used + wide > width + GAP:
            yield _row(row)
            row, used = [], 0
        row.append(one)
        used += wide
    if row:
        yield _row(row)


def _row(tables: list[Table]) -> Table:
    made = Table.grid(padding=(0, GAP, 0, 0))
    made.add_row(*tables)
    return made


def word(words: type[Word], code: str) -> str:
    """A code with its Chinese name."""
    return f"{words(code).zh} {code}" if code in set(words) else code
