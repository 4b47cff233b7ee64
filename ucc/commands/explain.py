"""`ucc explain`: the story of a case."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from schemas.errors import NotFound
from ucc.home import Home
from ucc.settings import home


def explain(
    case: Annotated[str, typer.Argument(help="The case's number (TAINAN-20180105-00012) or id.")],
    as_json: Annotated[bool, typer.Option("--json", help="The story as one JSON object.")] = False,
) -> None:
    """Tells what happened to a case, and why each decision fell as it did. Example: `ucc explain TAINAN-20180105-00012`."""
    from sinks.story import story, told
    from ucc.asking import asking

    where = home()
    with asking(where) as warehouse:
        found = story(warehouse, case)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    matters, units = _names(where, found.reports[0].pack if found.reports else "")
    typer.echo(told(found, time_zone=where.centre(found.centre).time_zone, matters=matters, units=units), nl=False)


def _names(where: Home, pack: str) -> tuple[dict[str, str], dict[str, str]]:
    """Names of matters and units, where the pack that decided is still on the shelf."""
    from reference import shelf

    with suppress(NotFound):
        reference = shelf.get(where.packs, pack)
        return {code: matter.name for code, matter in reference.matters.items()}, {code: unit.name for code, unit in reference.units.items()}
    return {}, {}
