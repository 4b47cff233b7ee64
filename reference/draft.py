"""A pack that has been read but not yet trusted: its tables with their origins, its polygons, and the bytes it is made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reference import grid_file, manifest, rows
from reference.problem import Problem
from reference.tables import (
    CSV_TABLES,
    GRIDS_FILE,
    MANIFEST_FILE,
    M,
    Table,
)

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from reference.manifest import Manifest
    from reference.rows import Rows
    from schemas.centre import Grid

HASH_LENGTH = 16


@dataclass(slots=True)
class Draft:
    """What was read. `contents` is the pack as complete files (the base's rows laid in): the hash is over them."""

    manifest: Manifest | None
    grids: Rows[Grid]
    polygons: npt.NDArray[np.object_]
    tables: dict[str, Rows[Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def of(self, table: Table[M]) -> Rows[M]:
        """The rows of one table."""
        return self.tables[table.name]

    @property
    def hash(self) -> str:
        """First 16 hex digits of SHA-256 over the names and bytes of all files, by name."""
        digest = hashlib.sha256()
        for name, content in sorted(self.contents.items()):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()[:HASH_LENGTH]


def read(folder: Path, base: Path, problems: list[Problem]) -> Draft:
    """Reads the pack in `folder`, over the rows of `base` unless it is complete. What is wrong with single rows goes to `problems`."""
    its_manifest = manifest.read(folder, problems)
    complete = its_manifest is not None and its_manifest.complete
    grids, polygons = grid_file.read(folder / GRIDS_FILE, problems)
    draft = Draft(its_manifest, grids, polygons)
    _stray_files(folder, problems)
    for table in CSV_TABLES:
        _read_table(draft, table, folder, None if complete else base, problems)
    if (folder / GRIDS_FILE).exists():
        draft.contents[GRIDS_FILE] = (folder / GRIDS_FILE).read_bytes()
    if its_manifest is not None:
        written = (folder / MANIFEST_FILE).read_bytes() if complete else manifest.write(its_manifest.model_copy(update={"complete": True}))
        draft.contents[MANIFEST_FILE] = written
    return draft


def _stray_files(folder: Path, problems: list[Problem]) -> None:
    """A table under a name of its own would be left out without a word."""
    known = {GRIDS_FILE, *(table.file for table in CSV_TABLES)}
    stray = [path.name for path in sorted(folder.iterdir()) if path.suffix.lower() in (".csv", ".geojson", ".xlsx") and path.name not in known]
    problems += [Problem(f"{folder.name}/{name}", 0, "", "", "is no file of a pack and would not be read", ", ".join(sorted(known))) for name in stray]


def _read_table(draft: Draft, table: Table[Any], folder: Path, base: Path | None, problems: list[Problem]) -> None:
    own, below = folder / table.file, None if base is None else base / table.file
    before = len(problems)
    parts = [rows.read(path, table, problems) if path is not None and path.exists() else [] for path in (below, own)]
    raw = rows.overlay(parts[0], parts[1], table, problems)
    draft.tables[table.name] = validated = rows.validate(table, raw, problems)
    if len(problems) > before:
        validated.intact = False
    elif table.required and not raw:
        problems.append(
            Problem(f"{folder.name}/{table.file}", 0, "", "", "is missing or has no rows", "a table with these columns: " + ", ".join(table.columns))
        )
        validated.intact = False
    if base is None:
        if own.exists():
            draft.contents[table.file] = own.read_bytes()
    elif raw:
        draft.contents[table.file] = rows.write(table, (row.cells for row in raw))
