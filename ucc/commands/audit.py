"""`ucc audit`: who saw it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ucc.settings import home


def audit(
    what: Annotated[str, typer.Argument(help="A case's number or id, a report's report_id or the source's own id; everything, when not given.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON, one object a line.")] = False,
) -> None:
    """Lists who opened what a person may not simply see: when, and what for. Example: `ucc audit PUKOU-20260105-00042`."""
    from ucc.asking import asking
    from ucc.audit import about, named

    where = home()
    names = {what}
    if what:
        with asking(where) as warehouse:
            names |= named(warehouse, what)
    for line in about(where.path, names - {""}):
        rest = "  ".join(f"{name}={value}" for name, value in line.items() if name not in ("at", "who", "what", "purpose"))
        typer.echo(json.dumps(line, ensure_ascii=False) if as_json else f"{line['at']}  {line['who']}  {line['what']}  {line['purpose']}  {rest}")
