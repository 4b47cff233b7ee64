"""`ucc up`: everything in one go."""

from __future__ import annotations

from typing import Annotated

import typer

from ucc.settings import brokers, home, settings


def up(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where the HTTP door answers; 0: any that is free.")] = 8080,
    host: Annotated[str, typer.Option(help="At which address of this machine.")] = "127.0.0.1",
) -> None:
    """Opens the HTTP door, and sees that what comes in is folded and lands; in an empty home it makes the shipped centre first.

    It runs until it is told to end (Ctrl-C), and finishes first what it has begun; killed, it loses nothing. On Kafka it starts a worker and a sink
    beside the door, and write-back where it is set up. Example: `ucc up --port 8080`.
    """
    served = brokers()
    if served is None:
        from ucc.up import run

        run(home(), settings(), host, port)
        return
    from connectors.write_back.ways import FILE
    from ucc.doors import PARTS
    from ucc.doors import run as run_on_kafka

    told = ("write-back",) if (home().path / FILE).exists() else ()
    run_on_kafka(home(), served, settings(), host, port, parts=(*PARTS, *told))
