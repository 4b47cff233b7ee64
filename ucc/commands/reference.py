"""`ucc reference`: a centre as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from schemas.event import Centre
from schemas.vocabulary import Crs, Mode
from ucc.home import Home
from ucc.settings import brokers, home

app = typer.Typer(help="A centre as data: check a reference pack, make one from polygons, put one to use.", no_args_is_help=True)


def _put_to_use(where: Home, folder: Path, name: str, mode: Mode) -> tuple[Centre, str]:
    """By the runtime that the installation has; returns the centre and the hash of the pack."""
    from ucc import on_kafka
    from ucc.installing import use as embedded
    from ucc.owner import owner_of

    served = brokers()
    if served is not None:
        return on_kafka.use(where, served, folder, name, mode)
    with owner_of(where, f"put a pack to use in {name}") as owner:
        centre = embedded(where, folder, name, mode, owner)
        owner.drain(centre.centre)
        return centre, owner.intake(centre.centre).pack


def _own_packs(where: Home) -> Path:
    return where.path / "made"


@app.command()
def check(
    pack: Annotated[str, typer.Argument(help="A shipped pack's name, one made in this home, or a folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="The problems as a JSON list.")] = False,
) -> None:
    """Says everything that is wrong with a pack; exit code 1 when there is something. Example: `ucc reference check pukou`."""
    from reference import load, shelf

    folder = shelf.find(pack, _own_packs(home()))
    problems = load.check(folder)
    if as_json:
        typer.echo(json.dumps([{"where": p.where, "value": p.value, "wrong": p.wrong, "allowed": p.allowed} for p in problems], ensure_ascii=False))
    elif problems:
        typer.echo("\n".join(map(str, problems)))
    else:
        found = load.load(folder)
        typer.echo(
            f"{found.name} {found.hash}: sound. {len(found.grids)} grids, {len(found.units)} units, {len(found.duties)} duties, {len(found.responders)} responders"
        )
    raise typer.Exit(1 if problems else 0)


@app.command("import")
def import_pack(
    name: Annotated[str, typer.Option(help="Of the new centre and its pack.")],
    grids: Annotated[Path, typer.Option(help="GeoJSON polygons of communities or grids; .gz too.")],
    table: Annotated[list[str], typer.Option(help="A table of your own, as name=file.csv (units, duties, responders, …); may be given several times.")] = [],  # noqa: B006  typer copies it
    title: Annotated[str, typer.Option(help="Name for people.")] = "",
    mode: Annotated[
        Mode,
        typer.Option(
            help="stream: the centre lives by the time of what is imported, and its cases are looked at; live: by the wall clock; simulated: by a clock that is driven."
        ),
    ] = Mode.STREAM,
    time_zone: Annotated[str, typer.Option(help="IANA name.")] = "Asia/Shanghai",
    name_field: Annotated[str, typer.Option(help="Property that holds the polygon's name; found out when not given.")] = "",
    code_field: Annotated[str, typer.Option(help="Property that holds its code.")] = "",
    street_field: Annotated[str, typer.Option(help="Property that holds its street's name.")] = "",
    district_field: Annotated[str, typer.Option(help="Property that holds its district's name.")] = "",
    district: Annotated[str, typer.Option(help="Which district, where the file has several.")] = "",
    crs: Annotated[Crs | None, typer.Option(help="Of the file; its own word, else WGS-84.", show_default=False)] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Make it anew where it is there already.")] = False,
) -> None:
    """Makes a centre from polygons, and puts it to use. What is not given is filled in, marked synthetic.

    Example: `ucc reference import --name tainan --grids villages.geojson.gz`.
    """
    from reference import fill

    where = home()
    tables = {key: Path(value) for key, _, value in (item.partition("=") for item in table)}
    options = fill.Options(
        time_zone=time_zone,
        mode=mode,
        name_field=name_field or None,
        code_field=code_field or None,
        street_field=street_field or None,
        district_field=district_field or None,
        district=district or None,
        crs=crs,
    )
    made = fill.import_centre(name, grids, _own_packs(where) / name, title=title, tables=tables, options=options, replace=replace)
    for sentence in (*made.repaired, *made.filled):
        typer.echo(f"ucc: {sentence}", err=True)
    centre, _ = _put_to_use(where, made.folder, name, mode)
    typer.echo(f"centre {centre.centre}: {made.grids} grids, pack in {made.folder}, in use")


@app.command()
def use(
    pack: Annotated[str, typer.Argument(help="A shipped pack's name, one made in this home, or a folder.")],
    centre: Annotated[str, typer.Option(help="In which centre; of the pack's name when not given.")] = "",
    mode: Annotated[Mode, typer.Option(help="Of a centre that is made by this: live, stream or simulated.")] = Mode.LIVE,
) -> None:
    """Puts a pack to use in a centre; the centre is made when it is not there. Example: `ucc reference use pukou`."""
    from reference import load, shelf

    where = home()
    folder = shelf.find(pack, _own_packs(where))
    name = centre or load.load(folder).name
    made, hashed = _put_to_use(where, folder, name, mode)
    typer.echo(f"centre {made.centre}: pack {made.pack_name} {hashed} is in use")


@app.command("list")
def list_packs() -> None:
    """Says which packs there are, and which centres use them. Example: `ucc reference list`."""
    from reference import shelf

    where = home()
    for name, folder in shelf.shipped().items():
        typer.echo(f"shipped  {name}  {folder}")
    for shelved in shelf.names(where.packs):
        typer.echo(f"used     {shelved.name}  {shelved.hash}")
    for centre in where.centres():
        typer.echo(f"centre   {centre.centre}  pack {centre.pack_name}, {centre.mode}, {centre.time_zone}")
