"""The shelf of an installation: every pack that was ever put to use, complete and unchanged, each in a folder `<name>-<hash>`.

Decisions name their pack by its hash, so a pack must be there for as long as its decisions are read.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reference import load as loading
from reference.draft import HASH_LENGTH
from reference.tables import BASE, MANIFEST_FILE, PACKS
from schemas.errors import NotFound

if TYPE_CHECKING:
    from reference.pack import Reference

_READ_ONLY = 0o444
_OPEN_TO_READ = 0o755


class Shelved(NamedTuple):
    """One pack of a shelf."""

    name: str
    hash: str
    folder: Path


def shipped() -> dict[str, Path]:
    """The packs that come with the program, by name."""
    return {folder.name: folder for folder in sorted(PACKS.iterdir()) if (folder / MANIFEST_FILE).is_file()}


def find(name: str, *places: Path) -> Path:
    """The folder of the pack `name`: in one of `places` (folders of packs), else among the shipped ones, else `name` as a path.

    Raises NotFound, naming the packs that there are.
    """
    for folder in (*(place / name for place in places), PACKS / name, Path(name)):
        if (folder / MANIFEST_FILE).is_file():
            return folder
    known = sorted({*shipped(), *(found.parent.name for place in places for found in place.glob(f"*/{MANIFEST_FILE}"))})
    raise NotFound(f"there is no reference pack '{name}'; known: {', '.join(known)}; `ucc reference import` makes one from grid polygons", where=name)


def materialise(folder: Path, into: Path, *, base: Path = BASE) -> Path:
    """Writes the pack in `folder`, complete with the base's rows, as `into/<name>-<hash>`; returns that folder.

    Its files are read-only; it appears at once, or not at all, and is durable on return. A folder that is there already is
    kept. Raises BrokenReference when the pack, or what stands there, does not validate.
    """
    reference = put(folder, into, base=base)
    return into / _folder_name(reference)


def put(folder: Path, shelf: Path, *, base: Path = BASE) -> Reference:
    """As `materialise`; returns the pack as it stands on the shelf. May be called any number of times."""
    reference, contents = loading.read_valid(folder, base=base)
    target = shelf / _folder_name(reference)
    if target.exists():
        return loading.load(target)
    _write(contents, target)
    return reference


def get(shelf: Path, wanted: str) -> Reference:
    """The pack with the hash `wanted`. Raises NotFound, naming what to do, and BrokenReference when it was changed."""
    for shelved in names(shelf):
        if shelved.hash == wanted:
            return loading.load(shelved.folder)
    known = ", ".join(f"{shelved.name} ({shelved.hash})" for shelved in names(shelf)) or "none"
    detail = (
        f"the reference pack {wanted} is not on the shelf (there: {known}); put it there with `ucc reference use`, or copy its folder from another installation"
    )
    raise NotFound(detail, where=str(shelf))


def names(shelf: Path) -> list[Shelved]:
    """What stands on a shelf, by name and hash; an absent shelf is an empty one."""
    if not shelf.is_dir():
        return []
    found = []
    for folder in sorted(shelf.iterdir()):
        name, dash, code = folder.name.rpartition("-")
        if dash and len(code) == HASH_LENGTH and not folder.name.startswith(".") and (folder / MANIFEST_FILE).is_file():
            found.append(Shelved(name, code, folder))
    return found


def _folder_name(reference: Reference) -> str:
    return f"{reference.name}-{reference.hash}"


def _write(contents: dict[str, bytes], target: Path) -> None:
    """Writes the files of a pack beside `target` and gives them its name when they are durable. Who comes second leaves the first's."""
    shelf = target.parent
    shelf.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=shelf))
    try:
        for name, content in contents.items():
            _write_durably(making / name, content)
        making.chmod(_OPEN_TO_READ)
        _sync(making)
        try:
            making.rename(target)
        except OSError:
            if not target.exists():
                raise
        _sync(shelf)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(_READ_ONLY)


def _sync(folder: Path) -> None:
    """Makes names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
