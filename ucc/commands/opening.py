"""`ucc open`: who sent a report, for a purpose."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ucc.settings import home


def open_report(
    report_id: Annotated[str, typer.Argument(help="Its report_id, as the view `reports` has it.")],
    purpose: Annotated[str, typer.Option(help="What it is opened for; noted in audit.log with who opens it.")] = "",
    field: Annotated[list[str] | None, typer.Option(help="Only this: name, phone, id_number or home; may be said several times. All, when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object.")] = False,
) -> None:
    """Shows the personal fields of who sent a report. It is noted first: who, when, which report, which fields, what for.

    Example: `ucc open 3f2a91c4-… --purpose "call back about case PUKOU-20260105-00042" --field phone`.
    """
    from ucc.asking import asking
    from ucc.opened import FIELDS, opened

    where = home()
    with asking(where) as warehouse:
        found = opened(where, warehouse, report_id, purpose, field or FIELDS)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        typer.echo(f"{name:<10} {value}")
