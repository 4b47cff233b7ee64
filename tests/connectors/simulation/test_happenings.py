from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import shapely

from connectors.simulation.happening import Happening
from connectors.simulation.happenings import happenings
from connectors.simulation.words import types
from reference.pack import Reference
from schemas.vocabulary import Source, Urgency

START = datetime(2026, 3, 2, 6, tzinfo=ZoneInfo("Asia/Shanghai"))


def some(reference: Reference, source: Source, count: int = 1_500, seed: int = 7) -> list[Happening]:
    """Happenings of a day."""
    return list(happenings(reference, source, count, seed, START))


@pytest.mark.parametrize("source", Source)
def test_so_many_things_happen_within_a_day_in_the_order_of_time(pukou: Reference, source: Source) -> None:
    found = some(pukou, source)
    assert [one.number for one in found] == list(range(1, 1_501))
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert all(START <= one.at < START + timedelta(days=1) for one in found)
    assert len({one.at.hour for one in found}) >= 18 or source is Source.CITY_MANAGEMENT


@pytest.mark.parametrize("source", Source)
def test_each_is_a_matter_of_the_pack_that_is_neither_sealed_nor_nothing(pukou: Reference, source: Source) -> None:
    found = some(pukou, source)
    assert {one.matter for one in found} <= pukou.matters.keys() - {"1901", "1906"}
    assert len({one.matter for one in found}) >= 18
    assert all("{" not in one.text and one.text for one in found)
    assert all(one.urgency in {None, Urgency.U1, Urgency.U2} for one in found)


@pytest.mark.parametrize("source", Source)
def test_things_happen_in_the_packs_grids_and_mostly_apart(pukou: Reference, source: Source) -> None:
    placed = [one.place for one in some(pukou, source) if one.place is not None]
    district = shapely.union_all(pukou.polygons)
    inside = shapely.contains_xy(district, [place.lng for place in placed], [place.lat for place in placed])
    assert inside.mean() > 0.97
    assert len(placed) > 0.6 * 1_500
    cells = Counter((round(place.lng, 3), round(place.lat, 3)) for place in placed)
    assert max(cells.values()) < 0.02 * len(placed) + 10


def test_the_same_seed_is_the_same_day_and_another_seed_is_another(pukou: Reference) -> None:
    assert some(pukou, Source.POLICE110, 200) == some(pukou, Source.POLICE110, 200)
    other = {one.text for one in some(pukou, Source.POLICE110, 200, seed=8)}
    assert len(other & {one.text for one in some(pukou, Source.POLICE110, 200)}) < 20


def test_inspectors_find_every_type_and_the_common_ones_often(pukou: Reference) -> None:
    found = Counter(one.code for one in some(pukou, Source.CITY_MANAGEMENT, 12_000))
    assert found.keys() == types().keys()
    assert found["E0102"] > 20 * found["P0505"]
    assert all(one.matter == types()[one.code].matter for one in some(pukou, Source.CITY_MANAGEMENT, 300))


def test_every_departments_line_tells_of_something(pukou: Reference) -> None:
    lines = Counter(one.code.partition("/")[0] for one in some(pukou, Source.DEPARTMENT))
    assert len(lines) == 11
    assert min(lines.values()) > 10


def test_a_pack_without_known_addresses_has_things_happen_in_its_grids(pukou: Reference) -> None:
    from dataclasses import replace  # noqa: PLC0415  of this test alone

    bare = replace(pukou, addresses=())
    placed = [one.place for one in some(bare, Source.JOINT_PATROL, 100) if one.place is not None]
    assert len(placed) == 100
