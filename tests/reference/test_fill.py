from __future__ import annotations

import gzip
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from reference.fill import Options, import_centre
from reference.load import load
from schemas.errors import BrokenReference, BrokenSetting
from schemas.vocabulary import Force, Mode, UnitKind

if TYPE_CHECKING:
    from pathlib import Path


def square(west: float) -> list[list[list[float]]]:
    return [[[west, 23.0], [west + 0.01, 23.0], [west + 0.01, 23.01], [west, 23.01], [west, 23.0]]]


def village(name: str, town: str, coordinates: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"VILLNAME": name, "TOWNNAME": town}, "geometry": {"type": "Polygon", "coordinates": coordinates}}


@pytest.fixture
def villages(tmp_path: Path) -> Path:
    bow_tie = [[[120.03, 23.0], [120.04, 23.01], [120.04, 23.0], [120.03, 23.01], [120.03, 23.0]]]
    features = [
        village("甲里", "東區", square(120.0)),
        village("乙里", "東區", square(120.01)),
        village("甲里", "西區", square(120.02)),
        village("丙里", "西區", bow_tie),
    ]
    path = tmp_path / "villages.geojson.gz"
    path.write_bytes(gzip.compress(json.dumps({"type": "FeatureCollection", "features": features}).encode()))
    return path


def test_polygons_alone_make_a_centre_that_loads(villages: Path, tmp_path: Path) -> None:
    made = import_centre("newtown", villages, tmp_path / "packs" / "newtown", title="新城", options=Options(time_zone="Asia/Taipei", mode=Mode.STREAM))
    assert made.grids == 4
    assert [sentence for sentence in made.repaired if "self-intersection" in sentence]
    reference = load(made.folder)
    assert (reference.title, reference.time_zone, reference.manifest["mode"]) == ("新城", "Asia/Taipei", "stream")
    assert len(reference.matters) == 156
    assert [area.name for area in reference.areas.values() if area.level == "street"] == ["東區", "西區"]


def test_every_place_gets_a_unit_and_every_force_a_few_posts_all_marked_synthetic(villages: Path, tmp_path: Path) -> None:
    made = import_centre("newtown", villages, tmp_path / "newtown")
    reference = load(made.folder)
    local = [unit for unit in reference.units.values() if unit.kind in (UnitKind.STREET, UnitKind.COMMUNITY)]
    assert len(local) == 6
    assert all(unit.synthetic for unit in reference.units.values())
    assert {responder.force for responder in reference.responders} == set(Force)
    assert all(responder.synthetic for responder in reference.responders)
    assert sum(responder.force is Force.GRID for responder in reference.responders) == 4
    assert any("responders are synthetic" in sentence for sentence in reference.manifest["synthetic"])
    assert any("self-intersection" in sentence for sentence in reference.manifest["provenance"])


def test_the_same_polygons_make_the_same_pack(villages: Path, tmp_path: Path) -> None:
    hashes = {load(import_centre("newtown", villages, tmp_path / number / "newtown").folder).hash for number in "12"}
    assert len(hashes) == 1


def test_tables_that_are_given_are_kept_and_what_they_lack_is_filled_in(villages: Path, tmp_path: Path) -> None:
    units = tmp_path / "mine.csv"
    first = load(import_centre("newtown", villages, tmp_path / "first").folder)
    east = next(area.code for area in first.areas.values() if area.name == "東區")
    units.write_text(f"unit,name,kind,area\neast-office,東區公所,street,{east}\nchengguan,環保局,department,*\n", "utf-8")
    reference = load(import_centre("newtown", villages, tmp_path / "second", tables={"units": units}).folder)
    assert reference.units["chengguan"].name == "環保局"
    assert not reference.units["east-office"].synthetic
    assert [unit.unit for unit in reference.units.values() if unit.kind is UnitKind.STREET and unit.area == east] == ["east-office"]
    assert {unit.parent for unit in reference.units.values() if unit.kind is UnitKind.COMMUNITY and unit.area.startswith(east)} == {"east-office"}
    assert "units from mine.csv" in reference.manifest["provenance"]


def test_a_given_table_with_a_slip_names_it_and_leaves_nothing_behind(villages: Path, tmp_path: Path) -> None:
    duties = tmp_path / "duties.csv"
    duties.write_text("duty,matter,unit,valid_from,basis\nmine,0101,nobody,2020-01-01,x\n", "utf-8")
    with pytest.raises(BrokenReference, match=r"newtown/duties\.csv:2 unit: value 'nobody' is not a unit"):
        import_centre("newtown", villages, tmp_path / "packs" / "newtown", tables={"duties": duties})
    assert list((tmp_path / "packs").iterdir()) == []


def test_a_pack_that_is_there_is_replaced_only_on_request(villages: Path, tmp_path: Path) -> None:
    out = tmp_path / "newtown"
    import_centre("newtown", villages, out)
    with pytest.raises(BrokenSetting, match="is there already"):
        import_centre("newtown", villages, out, title="新")
    assert load(import_centre("newtown", villages, out, title="新", replace=True).folder).title == "新"


@pytest.mark.parametrize(("name", "options", "where"), [("New Town", Options(), "name"), ("newtown", Options(time_zone="Mars"), "time_zone")])
def test_a_name_or_option_that_cannot_be_used_is_said_before_anything_is_read(tmp_path: Path, name: str, options: Options, where: str) -> None:
    with pytest.raises(BrokenSetting) as caught:
        import_centre(name, tmp_path / "nowhere.geojson", tmp_path / "out", options=options)
    assert caught.value.where == where


def test_a_table_that_does_not_exist_is_named_with_those_that_do(villages: Path, tmp_path: Path) -> None:
    with pytest.raises(BrokenSetting, match="known: addresses, areas, calendar"):
        import_centre("newtown", villages, tmp_path / "out", tables={"people": villages})
    with pytest.raises(BrokenSetting, match="no such file"):
        import_centre("newtown", villages, tmp_path / "out", tables={"units": tmp_path / "no.csv"})


def test_real_villages_of_a_city_become_its_centre(shared: Path, tmp_path: Path) -> None:
    made = import_centre("tainan", shared / "data" / "tainan_hotline" / "villages.geojson.gz", tmp_path / "tainan", title="臺南市")
    reference = load(made.folder)
    assert len(reference.grids) == 649
    assert sum(area.level == "street" for area in reference.areas.values()) == 37
    assert len(made.repaired) == 1
    shutil.rmtree(made.folder)
