"""`ucc keys`: who may push through the doors; and the key ring, which closes personal fields."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import BrokenSetting
from schemas.event import Centre
from schemas.vocabulary import Source
from ucc.settings import brokers, home, settings

if TYPE_CHECKING:
    from ucc.api_keys import ApiKey

app = typer.Typer(help="Keys of the doors: who may push, as which source; and the key ring of personal fields.", no_args_is_help=True)
_Centre = Annotated[str, typer.Option(help="Which centre (UCC_CENTRE).")]
_LASTS = re.compile(r"(\d{1,5})([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


@app.command()
def create(
    source: Annotated[Source, typer.Option(help="The source whose reports come with it.")],
    centre: _Centre = "",
    expires: Annotated[str, typer.Option(help="After which time it lets nobody in: 90d, 12h; never, when not given.", show_default=False)] = "",
    name: Annotated[str, typer.Option(help="Whom it is given to, for your own list: a department, never a person.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The last line is a JSON object.")] = False,
) -> None:
    """Makes a key, and shows it this once: only its hash is kept. In an empty home the shipped centre is made first.

    Example: `ucc keys create --source police110 --expires 90d --name "110 desk"`.
    """
    from ucc.api_keys import ApiKeys

    lasts = _duration(expires)
    made, key = ApiKeys(home().path).create(_centre(centre or settings().centre).centre, source, name=name, lasts=lasts)
    if as_json:
        typer.echo(json.dumps({**_shown(made), "key": key}, ensure_ascii=False))
    else:
        typer.echo("ucc: this is shown once; give it to nobody but the source", err=True)
        typer.echo(key)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="JSON, one object a line.")] = False) -> None:
    """Lists all keys, without their secrets. Example: `ucc keys list`."""
    from ucc.api_keys import ApiKeys

    for key in ApiKeys(home().path).all():
        said = _shown(key)
        typer.echo(json.dumps(said, ensure_ascii=False) if as_json else "  ".join(str(value) for value in said.values() if value))


@app.command()
def revoke(key: Annotated[str, typer.Argument(help="Its id, as `ucc keys list` shows it.")]) -> None:
    """Lets nobody in with a key any more, from now on. Example: `ucc keys revoke 3f2a91c4`."""
    from ucc.api_keys import ApiKeys

    typer.echo(f"revoked: {ApiKeys(home().path).revoke(key).id}", err=True)


@app.command()
def rotate(as_json: Annotated[bool, typer.Option("--json", help="A JSON object.")] = False) -> None:
    """Makes a new key for personal fields: what is accepted from now on is closed with it. Older keys stay in the ring, to open what they closed.

    Parts that run take it with the next report. Back up `keys/ring.json` afterwards. Example: `ucc keys rotate`.
    """
    from ucc.reading import key_ring

    ring = key_ring(home())
    version = ring.rotate()
    if as_json:
        typer.echo(json.dumps({"version": version, "versions": [name for name, _ in ring.versions()]}))
    else:
        typer.echo(f"closes from now on: {version}; {len(ring.versions())} in the ring. Back up {ring.path} now", err=True)


def _centre(name: str) -> Centre:
    served = brokers()
    if served is None:
        from ucc.installing import prepared

        return prepared(home(), name)
    from ucc.on_kafka import centre_for

    return centre_for(home(), served, name)


def _duration(text: str) -> timedelta | None:
    if not text:
        return None
    found = _LASTS.fullmatch(text)
    if found is None:
        raise BrokenSetting("say how long as 90d, 12h or 30m", where="--expires")
    return int(found.group(1)) * _UNITS[found.group(2)]


def _shown(key: ApiKey) -> dict[str, str]:
    state = "revoked" if key.revoked_at else "open" if key.opens(datetime.now(UTC)) else "expired"
    expires = key.expires_at.isoformat(timespec="seconds") if key.expires_at else ""
    return {"id": key.id, "centre": key.centre, "source": key.source.value, "state": state, "expires_at": expires, "name": key.name}
