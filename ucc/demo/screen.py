"""What the demo shows: one table that is live on a terminal, and once more at the end. Its figures are the warehouse's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from schemas.vocabulary import OutcomeKind, Source, Urgency
from ucc.demo.figures import Rows


class Shown(NamedTuple):
    """What the caption says, beside the warehouse's figures."""

    now: datetime
    zone: ZoneInfo
    speed: str
    address: str
    pushed: int
    refused: int
    """Lines that the door refused: they are nobody's yet, so the warehouse does not know of them."""
    dead: str = ""


WIDE = 166
"""Columns from which on tables stand beside each other, and codes beside words."""


def screen(found: Mapping[str, Rows], shown: Shown, matters: Mapping[str, str], width: int) -> RenderableType:
    """The whole, for a terminal of so many columns. `matters`: names by code."""
    at = shown.now.astimezone(shown.zone)
    head = Text.assemble(
        (f" {at:%m-%d %H:%M:%S} ", "bold reverse"),
        f"  {shown.speed}   reports at {shown.address}   pushed {shown.pushed:,}, refused at the door {shown.refused:,}",
    )
    tables = [_cases(found["cases"]), _busiest(found["busiest"], matters), _figures(found)]
    if width < WIDE:
        return Group(head, _outcomes(found["outcomes"], wide=False), *tables)
    beside = Table.grid(padding=(0, 3))
    beside.add_row(*tables)
    return Group(head, _outcomes(found["outcomes"], wide=True), beside)


def _outcomes(found: Rows, *, wide: bool) -> Table:
    """Sources × outcomes."""
    kinds = [kind for kind in OutcomeKind if any(row["outcome"] == kind.value for row in found)]
    table = Table(title="来源 × 结果  what became of every line", title_justify="left")
    table.add_column("来源 source", no_wrap=True)
    for kind in kinds:
        table.add_column(f"{kind.zh}\n{kind.value}", justify="right")
    table.add_column("合计\nall", justify="right")
    numbers = {(row["source"], row["outcome"]): int(row["number"]) for row in found}
    for source in Source:
        of = [numbers.get((source.value, kind.value), 0) for kind in kinds]
        table.add_row(f"{source.zh} {source.value}" if wide else source.zh, *(f"{number:,}" if number else "" for number in of), f"{sum(of):,}")
    of = [sum(numbers.get((source.value, kind.value), 0) for source in Source) for kind in kinds]
    table.add_section()
    table.add_row("合计 all", *(f"{number:,}" for number in of), f"{sum(of):,}")
    return table


def _cases(found: Rows) -> Table:
    cases = _table("在办案件  open cases", "紧急程度", "案件 cases", "诉求 reports", "最多 largest")
    for row in found:
        cases.add_row(f"{row['urgency']} {_urgency(row['urgency'])}", f"{int(row['number']):,}", f"{int(row['told']):,}", f"{int(row['largest']):,}")
    return cases


def _busiest(found: Rows, matters: Mapping[str, str]) -> Table:
    busiest = _table("高发事项  busiest matters", "事项", "案件 cases", "诉求 reports")
    for row in found:
        busiest.add_row(f"{row['matter']} {matters.get(row['matter'], '')}", f"{int(row['number']):,}", f"{int(row['told']):,}")
    return busiest


def _figures(found: Mapping[str, Rows]) -> Table:
    figures = _table("其他  beside", "", "")
    for name, said in (
        ("待派 at the desk", "at_the_desk"),
        ("读数 readings", "readings"),
        ("在岗力量 responders seen", "responders"),
        ("死信 dead letters", "dead_letters"),
    ):
        figures.add_row(name, f"{int(_first(found[said])):,}")
    return figures


def _table(title: str, *columns: str) -> Table:
    """The first column holds words, the others numbers."""
    made = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        made.add_column(name, justify="right" if number else "left", no_wrap=True)
    return made


def _urgency(code: str) -> str:
    return Urgency(code).zh if code in set(Urgency) else ""


def _first(rows: Rows) -> Any:  # noqa: ANN401  a number, as JSON has it
    return rows[0]["number"] if rows else 0
