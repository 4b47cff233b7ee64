from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

from reference import shelf
from reference.load import load
from schemas.errors import BrokenReference, NotFound

if TYPE_CHECKING:
    from pathlib import Path

Small = Any  # SmallPack of conftest.py, which tests do not import


def test_a_pack_put_on_the_shelf_is_complete_and_has_the_hash_of_its_source(small: Small, tmp_path: Path) -> None:
    source = load(small.folder, base=small.base)
    folder = shelf.materialise(small.folder, tmp_path / "shelf", base=small.base)
    shelved = load(folder)
    assert shelved.hash == source.hash == shelf.put(small.folder, tmp_path / "shelf", base=small.base).hash
    assert [(pack.name, pack.hash) for pack in shelf.names(tmp_path / "shelf")] == [("small", source.hash)]
    assert shelved.matters == source.matters
    assert shelved.duties == source.duties
    assert shelved.merge_rules == source.merge_rules
    assert shelved.units == source.units
    assert shelved.manifest == source.manifest


def test_it_needs_neither_its_source_nor_the_base_any_more(small: Small, tmp_path: Path) -> None:
    wanted = shelf.put(small.folder, tmp_path / "shelf", base=small.base).hash
    small.change("units.csv", "\ndesk,", "\ndesk2,", in_base=True)
    small.change("areas.csv", "东街道", "西街道")
    assert shelf.get(tmp_path / "shelf", wanted).areas["9901001"].name == "东街道"


def test_putting_twice_keeps_one(small: Small, tmp_path: Path) -> None:
    first = shelf.put(small.folder, tmp_path / "shelf", base=small.base)
    assert shelf.put(small.folder, tmp_path / "shelf", base=small.base).hash == first.hash
    assert len(list((tmp_path / "shelf").iterdir())) == 1


def test_a_changed_source_is_another_pack_beside_the_first(small: Small, tmp_path: Path) -> None:
    first = shelf.put(small.folder, tmp_path / "shelf", base=small.base)
    small.change("areas.csv", "东街道", "西街道")
    second = shelf.put(small.folder, tmp_path / "shelf", base=small.base)
    assert first.hash != second.hash
    assert {pack.hash for pack in shelf.names(tmp_path / "shelf")} == {first.hash, second.hash}


def test_files_of_the_shelf_are_read_only(small: Small, tmp_path: Path) -> None:
    folder = shelf.materialise(small.folder, tmp_path / "shelf", base=small.base)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}


@pytest.mark.parametrize("file", ["areas.csv", "grids.geojson", "pack.yaml", "deadlines.csv"])
def test_a_pack_that_was_changed_on_the_shelf_is_refused(small: Small, tmp_path: Path, file: str) -> None:
    folder = shelf.materialise(small.folder, tmp_path / "shelf", base=small.base)
    path = folder / file
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"\n")
    wanted = folder.name.rpartition("-")[2]
    with pytest.raises(BrokenReference, match="was changed after it was put on the shelf"):
        shelf.get(tmp_path / "shelf", wanted)
    with pytest.raises(BrokenReference):
        shelf.put(small.folder, tmp_path / "shelf", base=small.base)


def test_a_file_that_is_gone_from_the_shelf_is_noticed(small: Small, tmp_path: Path) -> None:
    folder = shelf.materialise(small.folder, tmp_path / "shelf", base=small.base)
    (folder / "responders.csv").unlink()
    with pytest.raises(BrokenReference, match="was changed"):
        load(folder)


def test_a_broken_pack_does_not_get_on_the_shelf(small: Small, tmp_path: Path) -> None:
    small.change("areas.csv", "街道,street", "街道,road")
    with pytest.raises(BrokenReference):
        shelf.put(small.folder, tmp_path / "shelf", base=small.base)
    assert shelf.names(tmp_path / "shelf") == []


def test_a_pack_that_is_not_there_says_what_is_and_what_to_do(small: Small, tmp_path: Path) -> None:
    known = shelf.put(small.folder, tmp_path / "shelf", base=small.base).hash
    with pytest.raises(NotFound, match=rf"there: small \({known}\).*ucc reference use"):
        shelf.get(tmp_path / "shelf", "0" * 16)
    with pytest.raises(NotFound, match="there: none"):
        shelf.get(tmp_path / "nowhere", known)


def test_a_copy_under_another_name_loads_and_keeps_its_hash(small: Small, tmp_path: Path) -> None:
    folder = shelf.materialise(small.folder, tmp_path / "shelf", base=small.base)
    copy = folder.rename(tmp_path / "from-colleague")
    assert load(copy).hash == folder.name.rpartition("-")[2]


def test_a_pack_is_found_by_name_in_places_then_shipped_then_as_a_path(small: Small) -> None:
    assert shelf.find("small", small.folder.parent) == small.folder
    assert shelf.find(str(small.folder)) == small.folder
    assert shelf.find("pukou") == shelf.shipped()["pukou"]
    with pytest.raises(NotFound, match="known: pukou, small"):
        shelf.find("tiny", small.folder.parent)
