"""Makes a new centre's pack from its polygons: what is not given is filled in, and marked synthetic."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import ValidationError

from reference import geography, grid_file, manifest, posts, rows
from reference.load import check
from reference.manifest import Manifest
from reference.problem import broken
from reference.rows import Origin, as_cells, as_problem
from reference.tables import AREAS, BASE, CSV_TABLES, GRIDS_FILE, MANIFEST_FILE, RESPONDERS, UNITS, M, Table
from schemas.errors import BrokenSetting
from schemas.vocabulary import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reference.geography import Geography
    from reference.problem import Problem
    from schemas.centre import Area, Responder, Unit
    from schemas.vocabulary import Crs

_NO_TABLES: Mapping[str, Path] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Imported:
    """A pack that was made. `repaired` and `filled` are sentences for the person who made it."""

    folder: Path
    repaired: tuple[str, ...]
    filled: tuple[str, ...]
    grids: int


@dataclass(frozen=True, slots=True)
class Options:
    """How the new centre lives, and how its polygons are read (`geography.read_polygons`; None: found out)."""

    title_en: str = ""
    time_zone: str = "Asia/Shanghai"
    mode: Mode = Mode.LIVE
    name_field: str | None = None
    code_field: str | None = None
    street_field: str | None = None
    district_field: str | None = None
    district: str | None = None
    crs: Crs | None = None


_USUAL = Options()


def import_centre(
    name: str,
    grids: Path,
    out: Path,
    *,
    title: str = "",
    tables: Mapping[str, Path] = _NO_TABLES,
    options: Options = _USUAL,
    replace: bool = False,
) -> Imported:
    """Makes the pack folder `out` from polygons (GeoJSON, also gzipped) and optional CSV tables (name of the table → file).

    Areas and grids come from the polygons; `units` and `responders` that are not given are made by rule; all other tables
    that are not given are the base's. The pack is validated as a whole before it appears, and appears at once or not at
    all; its files can then be edited. Raises BrokenSetting when `out` is there already (unless `replace`) or the name, an
    option or a table's name cannot be used, BrokenReference for polygons or tables that do not validate.
    """
    _check_tables(tables)
    if out.exists() and not replace:
        raise BrokenSetting("is there already; remove it, choose another name, or say that it shall be replaced", where=str(out))
    its_manifest = _manifest(name, title, options)
    read = geography.read_polygons(
        grids,
        name_field=options.name_field,
        code_field=options.code_field,
        street_field=options.street_field,
        district_field=options.district_field,
        district=options.district,
        crs=options.crs,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=out.parent) as scratch:
        folder = Path(scratch) / out.name
        folder.mkdir()
        filled = _write(folder, read, tables)
        known = {"district": read.district, "provenance": _provenance(grids, read, tables), "synthetic": tuple(filled)}
        (folder / MANIFEST_FILE).write_bytes(manifest.write(its_manifest.model_copy(update=known)))
        if problems := check(folder):
            raise broken(problems, name)
        if out.exists():
            shutil.rmtree(out)
        folder.rename(out)
    return Imported(out, tuple(read.repaired), tuple(filled), len(read.grids))


def _check_tables(tables: Mapping[str, Path]) -> None:
    known = {table.name for table in CSV_TABLES}
    for name, path in tables.items():
        if name not in known:
            raise BrokenSetting(f"there is no table of this name; known: {', '.join(sorted(known))}", where=name)
        if not path.is_file():
            raise BrokenSetting(f"there is no such file for the table {name}", where=str(path))


def _write(folder: Path, read: Geography, tables: Mapping[str, Path]) -> list[str]:
    """Writes the pack's files; returns what was filled in."""
    for name, path in tables.items():
        (folder / f"{name}.csv").write_bytes(path.read_bytes())
    (folder / GRIDS_FILE).write_bytes(grid_file.write(read.grids, read.polygons))
    filled: list[str] = []
    areas: list[Area] = list(read.areas)
    if AREAS.name in tables:
        areas = _given(folder, AREAS)
    else:
        (folder / AREAS.file).write_bytes(rows.write(AREAS, map(as_cells, areas)))
        if made := sum(area.synthetic for area in areas):
            filled.append(f"{made} of {len(areas)} areas were made from the polygons and are synthetic")
    if synthetic := sum(grid.synthetic for grid in read.grids):
        filled.append(f"{synthetic} grids are synthetic")
    units = _fill_units(folder, areas, filled)
    if RESPONDERS.name not in tables:
        made_posts: list[Responder] = posts.responders(posts.FEW, areas, read.grids, units)
        (folder / RESPONDERS.file).write_bytes(rows.write(RESPONDERS, map(as_cells, made_posts)))
        filled.append(f"{len(made_posts)} responders are synthetic: a few of each force a street, one grid worker a community")
    base = sorted(table.name for table in CSV_TABLES if table.name not in tables and table not in (AREAS, UNITS, RESPONDERS) and (BASE / table.file).exists())
    filled.append(f"from the base pack, not from this city: {', '.join(base)}")
    return filled


def _fill_units(folder: Path, areas: list[Area], filled: list[str]) -> list[Unit]:
    """Adds a unit for each street and community that has none; returns all units, the base's included."""
    given = _given(folder, UNITS) if (folder / UNITS.file).exists() else []
    own = {unit.unit for unit in given}
    base = [unit for unit in _given(BASE, UNITS) if unit.unit not in own]
    added = posts.local_units(areas, [*base, *given])
    (folder / UNITS.file).write_bytes(rows.write(UNITS, map(as_cells, [*given, *added])))
    filled.append(f"{len(added)} units of streets and communities are synthetic; the departments are the base's generic ones")
    return [*base, *given, *added]


def _given(folder: Path, table: Table[M]) -> list[M]:
    """The rows of a table that must validate before the rest can be filled in."""
    problems: list[Problem] = []
    validated = rows.validate(table, rows.read(folder / table.file, table, problems), problems)
    if problems:
        raise broken(problems, folder.name)
    return validated.items


def _provenance(grids: Path, read: Geography, tables: Mapping[str, Path]) -> tuple[str, ...]:
    digest = hashlib.sha256(grids.read_bytes()).hexdigest()[:16]
    said = [f"grids from {grids.name} (sha256 {digest}…)", *(f"polygons: {sentence}" for sentence in read.repaired)]
    return (*said, *(f"{table} from {path.name}" for table, path in sorted(tables.items())))


def _manifest(name: str, title: str, options: Options) -> Manifest:
    """The manifest as far as it is known before the polygons are read."""
    try:
        return Manifest(name=name, title=title or name, title_en=options.title_en, time_zone=options.time_zone, district="X", mode=options.mode)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        problem = as_problem(detail, Origin("pack", 0), detail["loc"])
        raise BrokenSetting(str(problem).partition(": ")[2], where=problem.field) from error
