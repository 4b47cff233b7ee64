"""`ucc write-back`: what sources are told of their reports."""

from __future__ import annotations

from typing import Annotated

import typer

from schemas.errors import BrokenSetting
from ucc.settings import brokers, home, settings


def write_back(
    again: Annotated[bool, typer.Option("--again", help="Try what was given up once more; whoever delivers now does it.")] = False,
) -> None:
    """Tells sources what becomes of their reports, by the ways that write_back.yaml of the home names. One a home.

    It runs until it is told to end. Example: `UCC_LOG=kafka://127.0.0.1:9092 ucc write-back`.
    """
    from ucc import write_back as part

    if again:
        counts = part.again(home())
        typer.echo("\n".join(f"{source}: {count} results are tried again" for source, count in counts.items()) or "nothing was given up")
        return
    served = brokers()
    if served is None:
        raise BrokenSetting("needs Kafka (UCC_LOG=kafka://host:port); `ucc up` delivers what is in an embedded log", where="UCC_LOG")
    part.run(home(), served, settings())
