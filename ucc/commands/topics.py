"""`ucc topics`: the topics of an installation whose log is Kafka."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import BrokenSetting
from ucc.settings import brokers

if TYPE_CHECKING:
    from connectors.kafka_topics import Difference
    from schemas.brokers import Brokers

app = typer.Typer(help="The topics of an installation on Kafka.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Replication = Annotated[int, typer.Option(min=0, max=9, help="Copies of each; 0: 3 where there are as many brokers, else 1.", show_default=False)]


@app.command()
def apply(
    partitions: Annotated[int, typer.Option(min=1, max=4_000, help="At least so many; each centre has its own.")] = 16,
    replication: Replication = 0,
    as_json: Json = False,
) -> None:
    """Creates what is missing and grows what is too small; names what differs otherwise, and changes nothing of that.

    May be run any number of times. Example: `UCC_LOG=kafka://localhost:9092 ucc topics apply`.
    """
    from connectors.kafka_topics import apply as applied

    done = applied(_brokers(), partitions, replication or None)
    if as_json:
        typer.echo(json.dumps({"created": done.created, "grown": done.grown, "same": done.same, "differing": _plain(done.differing)}))
        return
    typer.echo(f"{len(done.created)} created, {len(done.grown)} grown, {len(done.same)} as they should be")
    _tell(done.differing)


@app.command()
def check(replication: Replication = 0, as_json: Json = False) -> None:
    """Names what is missing or differs; exit code 1 when there is something. Changes nothing.

    Example: `ucc topics check`.
    """
    from connectors.kafka_topics import check as checked

    found = checked(_brokers(), replication or None)
    if as_json:
        typer.echo(json.dumps({"differing": _plain(found)}))
    elif not found:
        typer.echo("all topics are as they should be")
    else:
        _tell(found)
    raise typer.Exit(1 if found else 0)


def _brokers() -> Brokers:
    named = brokers()
    if named is None:
        raise BrokenSetting("this installation's log is not Kafka; set it to kafka://host:port,…", where="UCC_LOG")
    return named


def _plain(found: Iterable[Difference]) -> list[dict[str, str]]:
    return [one._asdict() for one in found]


def _tell(found: Iterable[Difference]) -> None:
    for one in found:
        typer.echo(str(one))
