"""`ucc keys`: who may push and command through the doors; and the key ring, which closes personal fields."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import Actor
from schemas.errors import BrokenSetting
from schemas.event import Centre
from schemas.vocabulary import Role, Source
from ucc.settings import brokers, home, settings

if TYPE_CHECKING:
    from ucc.api_keys import ApiKey

app = typer.Typer(help="Keys of the doors: who may push, as which source, and who may command; and the key ring of personal fields.", no_args_is_help=True)
_Centre = Annotated[str, typer.Option(help="Which centre (UCC_CENTRE).")]
_LASTS = re.compile(r"(\d{1,5})([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


@app.command()
def create(
    source: Annotated[Source | None, typer.Option(help="The source whose reports come with it.", show_default=False)] = None,
    role: Annotated[Role | None, typer.Option(help="Instead of a source: desk, unit or responder, who commands with it.", show_default=False)] = None,
    unit: Annotated[str, typer.Option(help="With --role unit: which one.", show_default=False)] = "",
    responder: Annotated[str, typer.Option(help="With --role responder: which one.", show_default=False)] = "",
    centre: _Centre = "",
    expires: Annotated[str, typer.Option(help="After which time it lets nobody in: 90d, 12h; never, when not given.", show_default=False)] = "",
    name: Annotated[
        str, typer.Option(help="Whom it is given to. Of a source: for your own list. With --role: the post or account that acts; it stands in the journal.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The last line is a JSON object.")] = False,
) -> None:
    """Makes a key, and shows it this once: only its hash is kept. In an empty home the shipped centre is made first.

    A key of a source opens the doors for what that source sends; one with --role opens /v1/commands alone.
    Examples: `ucc keys create --source police110 --expires 90d --name "110 desk"`, `ucc keys create --role unit --unit gongshui --name "供水公司调度"`.
    """
    from ucc.api_keys import ApiKeys

    lasts, whose = _duration(expires), _whose(source, role, name, unit, responder)
    made, key = ApiKeys(home().path).create(_centre(centre or settings().centre).centre, whose, name=name, lasts=lasts)
    if as_json:
        typer.echo(json.dumps({**_shown(made), "key": key}, ensure_ascii=False))
    else:
        typer.echo("ucc: this is shown once; give it to nobody but whom it is made for", err=True)
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


def _whose(source: Source | None, role: Role | None, name: str, unit: str, responder: str) -> Source | Actor:
    """Whose key it is. Raises BrokenSetting."""
    from ucc.commanding import PEOPLE, actor_of

    if (source is None) == (role is None):
        raise BrokenSetting("say whose it is: --source S for what a source sends, or --role desk, unit or responder for who commands", where="--source")
    if source is not None:
        return source
    if role is None or role not in PEOPLE:
        raise BrokenSetting("nobody commands as that; there are desk, unit and responder", where="--role")
    return actor_of(role, name, unit=unit, responder=responder)


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
    said = {"id": key.id, "centre": key.centre, "source": key.source.value if key.source is not None else ""}
    if key.actor is not None:
        said |= {name: str(value) for name, value in key.actor.model_dump(mode="json", exclude={"name"}).items() if value}
    return said | {"state": state, "expires_at": expires, "name": key.name}
