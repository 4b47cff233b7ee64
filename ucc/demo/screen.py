"""What the demo shows: tables that are live on a terminal, and once more at the end. Their figures are the warehouse's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from schemas.vocabulary import OutcomeKind, Source, Urgency
from ucc.demo import screen_work
from ucc.demo.ended import Delivered
from ucc.demo.figures import Rows, first
from ucc.demo.tables import beside, table, word


class Shown(NamedTuple):
    """What is said beside the warehouse's figures."""

    now: datetime
    zone: ZoneInfo
    speed: str
    address: str
    pushed: int
    refused: int
    """Lines that the door refused: they are nobody's yet, so the warehouse does not know of them."""
    delivered: Delivered
    command: str
    """How a command begins that a person types; empty: none any more."""
    matters: Mapping[str, str]
    """Names by code."""
    units: Mapping[str, str]
    """Whose duty a matter is, by its code."""
    posts: Mapping[str, str]
    """Of responders."""


WIDE = 150
"""Columns from which on codes stand beside words."""


def screen(found: Mapping[str, Rows], shown: Shown, width: int) -> RenderableType:
    """The whole, for a terminal of so many columns."""
    at = shown.now.astimezone(shown.zone)
    head = Text.assemble(
        (f" {at:%m-%d %H:%M:%S} ", "bold reverse"),
        f"  {shown.speed}   door {shown.address}   pushed {shown.pushed:,}, refused at the door {shown.refused:,}",
    )
    tables = [
        _outcomes(found["outcomes"], wide=width >= WIDE),
        screen_work.states(found["states"]),
        screen_work.orders(found["orders"]),
        screen_work.latest_orders(found["latest_orders"], shown.matters, shown.posts),
        screen_work.latest_alerts(found["latest_alerts"], shown.matters),
        screen_work.alerts(found["alerts"]),
        screen_work.returns(found, shown.delivered),
        _cases(found["cases"]),
        _busiest(found["busiest"], shown.matters),
        screen_work.commands(found["commands"]),
        _figures(found),
    ]
    waiting = screen_work.waiting(found["waiting"], found["at_the_desk"], shown.command, shown.units, shown.matters)
    return Group(head, *waiting, *beside(tables, width))


def _outcomes(found: Rows, *, wide: bool) -> Table:
    """Sources × outcomes."""
    kinds = [kind for kind in OutcomeKind if any(row["outcome"] == kind.value for row in found)]
    made = Table(title="来源 × 结果  what became of every line", title_justify="left")
    made.add_column("来源 source", no_wrap=True)
    for kind in kinds:
        made.add_column(f"{kind.zh}\n{kind.value}", justify="right")
    made.add_column("合计\nall", justify="right")
    numbers = {(row["source"], row["outcome"]): int(row["number"]) for row in found}
    for source in Source:
        of = [numbers.get((source.value, kind.value), 0) for kind in kinds]
        made.add_row(f"{source.zh} {source.value}" if wide else source.zh, *(f"{number:,}" if number else "" for number in of), f"{sum(of):,}")
    of = [sum(numbers.get((source.value, kind.value), 0) for source in Source) for kind in kinds]
    made.add_section()
    made.add_row("合计 all", *(f"{number:,}" for number in of), f"{sum(of):,}")
    return made


def _cases(found: Rows) -> Table:
    cases = table("在办案件  open cases", "紧急程度", "案件 cases", "诉求 reports", "最多 largest")
    for row in found:
        cases.add_row(word(Urgency, row["urgency"]), f"{int(row['number']):,}", f"{int(row['told']):,}", f"{int(row['largest']):,}")
    return cases


def _busiest(found: Rows, matters: Mapping[str, str]) -> Table:
    busiest = table("高发事项  busiest matters", "事项", "案件 cases", "诉求 reports")
    for row in found:
        busiest.add_row(f"{row['matter']} {matters.get(row['matter'], '')}", f"{int(row['number']):,}", f"{int(row['told']):,}")
    return busiest


def _figures(found: Mapping[str, Rows]) -> Table:
    figures = table("其他  beside", "", "")
    for name, said in (
        ("读数 readings", "readings"),
        ("在岗力量 responders seen", "responders"),
        ("死信 dead letters", "dead_letters"),
    ):
        figures.add_row(name, f"{int(first(found[said])):,}")
    return figures
