"""`ucc demo`: a district's day."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from schemas.errors import BrokenSetting
from ucc.settings import brokers, home, settings


def demo(
    speed: Annotated[str, typer.Option(help="How fast the day goes by: 60x is a minute a second; max waits for nothing.")] = "60x",
    reports: Annotated[int, typer.Option(min=10, max=200_000, help="Reports of the day, of all sources together.")] = 1_500,
    responders: Annotated[int, typer.Option(min=0, max=5_000, help="Responders of the pack who are out today, by day and by night.")] = 800,
    hours: Annotated[float, typer.Option(min=0.1, max=24, help="How long the day is.")] = 24,
    seed: Annotated[int, typer.Option(min=0, max=999_999_999, help="The same seed, the same day.")] = 1,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where the HTTP door answers; 0: any that is free.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="At the end, the figures as one line of JSON.")] = False,
) -> None:
    """Simulates a day of a district, and pushes it through the real doors: all sources with faults and a storm, figures, responders who move.

    The table shows what the warehouse says; when the day is over it is shown once more, with the questions of `ucc sql` behind it, and what was accepted
    is compared with what became of it (exit 1 if not the same). The home is the demo's own: it is made anew each time, and one that holds something else
    is left alone. Nobody said any of it. Example: `ucc --home build/demo demo --speed 600x`.
    """
    if brokers() is not None:
        raise BrokenSetting("the demo runs on the embedded log: leave UCC_LOG away", where="UCC_LOG")
    from ucc.demo.clock import speed as read
    from ucc.demo.run import Wanted, run

    ended = run(home(), settings(), Wanted(read(speed), speed, reports, responders, hours, seed, port), quiet=as_json)
    if as_json:
        typer.echo(json.dumps(ended.said(), ensure_ascii=False))
    raise typer.Exit(0 if ended.balanced else 1)
