"""A problem of reference data: which file, row and field, what stands there, what it should be, and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import BrokenReference

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 50
"""How many problems one error lists: enough to mend a file in a few rounds, few enough to read."""
_ALLOWED_SHOWN = 12
_VALUE_SHOWN = 80


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with a pack.

    `row` is the line in a CSV file (the header is line 1), the number of the feature in a GeoJSON file (from 1), and 0 where
    the file as a whole is meant. `allowed` is empty where no list can be given.
    """

    file: str
    row: int
    field: str
    value: str
    wrong: str
    allowed: str = ""

    @property
    def where(self) -> str:
        """`file:row field`, as the errors of the tree have it."""
        return f"{self.file}{f':{self.row}' if self.row else ''}{f' {self.field}' if self.field else ''}"

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= _VALUE_SHOWN else self.value[:_VALUE_SHOWN] + "…"
        value = f"value '{shown}' " if self.value else ""
        return f"{self.where}: {value}{self.wrong}{f'; allowed: {self.allowed}' if self.allowed else ''}"


def some_of(words: Sequence[str] | set[str] | frozenset[str]) -> str:
    """The first few of `words`, sorted, and how many more there are: what a person needs to see his slip of the pen."""
    known = sorted(words)
    more = len(known) - _ALLOWED_SHOWN
    return ", ".join(known[:_ALLOWED_SHOWN]) + (f" and {more} more" if more > 0 else "")


def broken(problems: Sequence[Problem], pack: str) -> BrokenReference:
    """The error that says all of `problems` (at least one; `SHOWN` of them are written out)."""
    count = len(problems)
    lines = "\n".join(f"  {problem}" for problem in problems[:SHOWN])
    more = f"\n  … and {count - SHOWN} more" if count > SHOWN else ""
    what = "1 problem" if count == 1 else f"{count} problems"
    return BrokenReference(f"the reference pack '{pack}' has {what}; mend the files and try again:\n{lines}{more}", where=problems[0].where)
