"""The shipped pack: whole, within the domain's figures, and plainly marked where it is made up."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from reference import load, rows
from reference.packs.make import pukou
from reference.precedence import in_force
from reference.tables import DUTIES, PACKS, RESPONDERS, UNITS
from schemas.vocabulary import AreaLevel, Force, UnitKind

if TYPE_CHECKING:
    from reference.pack import Reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load.load(PACKS / "pukou")


def test_it_is_the_district_of_the_domain(reference: Reference) -> None:
    assert (reference.name, reference.district, reference.time_zone) == ("pukou", "320111", "Asia/Shanghai")
    assert Counter(grid.kind for grid in reference.grids) == {"general": 478, "dedicated": 24}
    names = {area.name for area in reference.areas.values() if area.level is AreaLevel.STREET}
    assert {"江浦街道", "桥林街道", "汤泉街道", "永宁街道", "星甸街道", "老山林场", "汤泉农场"} <= names
    assert names.isdisjoint({"泰山街道", "顶山街道", "沿江街道", "盘城街道"})


def test_all_that_is_made_up_is_marked(reference: Reference) -> None:
    assert all(grid.synthetic for grid in reference.grids)
    assert all(responder.synthetic and "合成" in responder.post for responder in reference.responders)
    assert all(unit.synthetic for unit in reference.units.values())
    assert reference.manifest["synthetic"]


def test_there_are_about_three_thousand_posts_of_every_force_and_someone_for_every_grid_by_day_and_night(reference: Reference) -> None:
    assert 2_500 <= len(reference.responders) <= 3_500
    assert {responder.force for responder in reference.responders} == set(Force)
    shifts = Counter((responder.grid, responder.shift) for responder in reference.responders if responder.force is Force.GRID)
    assert all(shifts[grid.code, "day"] and shifts[grid.code, "night"] for grid in reference.grids)


def test_every_street_and_community_has_its_unit(reference: Reference) -> None:
    local = {(unit.kind.value, unit.area) for unit in reference.units.values()}
    assert all((area.level.value, area.code) in local for area in reference.areas.values() if area.level is not AreaLevel.DISTRICT)


def test_units_duties_and_responders_are_what_the_script_makes() -> None:
    own = pukou.units()
    assert rows.write(UNITS, map(rows.as_cells, own)) == (PACKS / "pukou" / UNITS.file).read_bytes()
    assert rows.write(DUTIES, map(rows.as_cells, pukou.duties())) == (PACKS / "pukou" / DUTIES.file).read_bytes()
    assert rows.write(RESPONDERS, map(rows.as_cells, pukou.responders(own))) == (PACKS / "pukou" / RESPONDERS.file).read_bytes()


def test_a_dated_rule_changes_its_basis_on_the_day_it_takes_effect(reference: Reference) -> None:
    basis = {day: [duty.basis for duty in reference.duties if duty.matter == "0809" and in_force(duty, day)] for day in (date(2023, 2, 28), date(2023, 3, 1))}
    assert [len(found) for found in basis.values()] == [1, 1]
    assert "一网统管" not in basis[date(2023, 2, 28)][0]
    assert "2023-03-01施行" in basis[date(2023, 3, 1)][0]


def test_duties_name_areas_and_owners_too(reference: Reference) -> None:
    assert {duty.unit for duty in reference.duties if duty.matter == "0203"} == {"@owner", "chengguan", "gongshui", "paishui", "ranqi", "gongdian", "tongxin"}
    zone = next(duty for duty in reference.duties if duty.area == "320111403" and duty.matter == "0901")
    assert reference.units[zone.unit].kind is UnitKind.DEPARTMENT
