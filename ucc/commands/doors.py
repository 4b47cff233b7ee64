"""`ucc doors`: the HTTP door where the log is Kafka."""

from __future__ import annotations

from typing import Annotated

import typer

from schemas.errors import BrokenSetting
from ucc.settings import brokers, home, settings


def doors(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Where it answers; 0: any that is free.")] = 8080,
    host: Annotated[str, typer.Option(help="At which address of this machine.")] = "127.0.0.1",
) -> None:
    """Takes what departments push over HTTP, and tells them what became of it; several may run beside each other.

    It runs until it is told to end. Example: `UCC_LOG=kafka://127.0.0.1:9092 ucc doors --port 8080`.
    """
    from ucc.doors import run

    served = brokers()
    if served is None:
        raise BrokenSetting("doors by themselves need Kafka (UCC_LOG=kafka://host:port); `ucc up` opens the door of an embedded log", where="UCC_LOG")
    run(home(), served, settings(), host, port)
