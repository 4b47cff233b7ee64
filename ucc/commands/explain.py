"""`ucc explain`: the story of a case."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import NotFound
from schemas.vocabulary import Mode
from ucc.home import Home
from ucc.settings import home

if TYPE_CHECKING:
    from reference.pack import Reference


class Lang(StrEnum):
    """In which language."""

    ZH = "zh"
    EN = "en"


def explain(
    case: Annotated[str, typer.Argument(help="The case's number (TAINAN-20180105-00012) or id.")],
    lang: Annotated[Lang, typer.Option("--lang", help="中文 (zh) or English (en).")] = Lang.ZH,
    as_json: Annotated[bool, typer.Option("--json", help="The story as one JSON object.")] = False,
) -> None:
    """Tells what happened to a case, and why each decision fell as it did. Example: `ucc explain TAINAN-20180105-00012 --lang en`."""
    from sinks.story import Known, settled, story, told
    from ucc.asking import asking

    where = home()
    with asking(where) as warehouse:
        found = story(warehouse, case)
    reference = _reference(where, found.pack)
    if reference is not None:
        found = settled(found, reference.transitions)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    centre = where.centre(found.centre)
    now = datetime.now(UTC) if centre.mode is Mode.LIVE else None
    known = None if reference is None else Known.of(reference)
    typer.echo(told(found, lang.value, time_zone=centre.time_zone, known=known, now=now), nl=False)


def _reference(where: Home, pack: str) -> Reference | None:
    """The pack by which the case is worked on, where it is still on the shelf: it has the names, and what reaches which milestone."""
    from reference import shelf

    with suppress(NotFound):
        return shelf.get(where.packs, pack)
    return None
