"""The shipped pack on a shelf, and intake by it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from pipeline.intake.intake import Intake
from reference import shelf
from reference.tables import PACKS
from schemas.vocabulary import Mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf with the shipped pack, and the same pack under another hash: a rule was changed."""
    folder = tmp_path_factory.mktemp("packs")
    first = shelf.materialise(PACKS / "pukou", folder)
    changed = tmp_path_factory.mktemp("changed") / "pukou"
    changed.mkdir()
    for file in first.iterdir():
        (changed / file.name).write_bytes(file.read_bytes())
    duties = (changed / "duties.csv").read_text("utf-8")
    assert duties.count("D-0101,0101,,,chengguan,") == 1
    (changed / "duties.csv").write_text(duties.replace("D-0101,0101,,,chengguan,", "D-0101,0101,,,jiaotong,"), "utf-8")
    shelf.put(changed, folder)
    return folder


@pytest.fixture(scope="session")
def hashes(packs: Path) -> tuple[str, str]:
    """The shipped pack's hash, and the changed one's."""
    shipped = shelf.put(PACKS / "pukou", packs).hash
    return shipped, next(shelved.hash for shelved in shelf.names(packs) if shelved.hash != shipped)


@pytest.fixture(scope="session")
def reading(packs: Path) -> Callable[[str], Intake]:
    """Intake by the hash of a pack, for a centre that lives by its stream."""
    return cache(lambda wanted: Intake(shelf.get(packs, wanted), Mode.STREAM))
