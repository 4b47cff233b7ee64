"""`ucc reconcile`: accepted = sum of outcomes = warehouse."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from ucc.settings import home, settings


def reconcile(
    centre: Annotated[str, typer.Option(help="Which centre; all when not given.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Compares what was accepted with its outcomes and with the warehouse; exit code 1 when something is missing or too many.

    When nobody owns the home, what was left half done is finished first. Example: `ucc reconcile`.
    """
    from ucc.reconciling import reconciled

    found = reconciled(home(), centre or settings().centre)
    balanced = all(not one["differences"] for one in found)
    if as_json:
        typer.echo(json.dumps({"balanced": balanced, "centres": found}, ensure_ascii=False))
    else:
        for one in found:
            typer.echo(_text(one))
    raise typer.Exit(0 if balanced else 1)


def _text(one: dict[str, Any]) -> str:
    figures = "\n".join(f"  {name:<22}{number:>12,}" for name, number in one["figures"].items())
    said = "balanced" if not one["differences"] else "NOT balanced:\n  " + "\n  ".join(one["differences"])
    return f"centre {one['centre']}: {one['accepted']:,} lines accepted\n{figures}\n{said}"
