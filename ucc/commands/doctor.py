"""`ucc doctor`: what is wrong with this installation."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Looks at settings, home, centres, packs, log, warehouse and clocks: what is wrong, and what to do. Changes nothing.

    Exit code 1 when something is wrong. Example: `ucc doctor`.
    """
    from ucc.checks.finding import State
    from ucc.doctor import examined

    found = []
    for finding in examined():
        found.append(finding)
        if not as_json:
            typer.echo(f"{finding.state:<8}{finding.check:<14}{finding.said}" + (f"\n{'':<8}{'':<14}→ {finding.todo}" if finding.todo else ""))
    well = all(finding.state is not State.WRONG for finding in found)
    if as_json:
        typer.echo(json.dumps({"well": well, "findings": [finding._asdict() for finding in found]}, ensure_ascii=False))
    else:
        wrong = sum(finding.state is State.WRONG for finding in found)
        typer.echo("nothing is wrong" if well else f"{wrong} things are wrong" if wrong > 1 else "one thing is wrong")
    raise typer.Exit(0 if well else 1)
