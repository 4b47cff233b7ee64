"""How the demo's tables are made."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table

from schemas.vocabulary import Word


def table(title: str, *columns: str, words: int = 1) -> Table:
    """The first columns hold words, the others numbers."""
    made = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        made.add_column(name, justify="right" if number >= words else "left", no_wrap=True)
    return made


def beside(tables: Sequence[Table], *, wide: bool) -> Sequence[RenderableType]:
    """Tables beside each other where there is room, else below each other; those that are empty are left out."""
    found = [one for one in tables if one.row_count]
    if not wide or not found:
        return found
    row = Table.grid(padding=(0, 3))
    row.add_row(*found)
    return [row]


def word(words: type[Word], code: str) -> str:
    """A code with its Chinese name."""
    return f"{words(code).zh} {code}" if code in set(words) else code
