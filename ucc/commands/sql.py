"""`ucc sql`: a question to the warehouse."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ucc.settings import home


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT; the views are in docs/analysts.md.")],
    output_format: Annotated[str, typer.Option("--format", help="Any output format of ClickHouse.")] = "PrettyCompact",
) -> None:
    """Asks the warehouse; the part that holds it answers while it runs.

    Example: `ucc sql "SELECT matter, count() FROM reports_current GROUP BY matter" --format CSVWithNames`.
    """
    from ucc.asking import asking

    with asking(home()) as warehouse:
        sys.stdout.buffer.write(warehouse.query(query, output_format))
