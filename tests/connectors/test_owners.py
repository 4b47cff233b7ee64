from __future__ import annotations

import csv

from connectors.owners import OWNERS, owner_of
from reference.tables import BASE, UNITS


def test_every_owner_is_a_unit_of_the_base_pack() -> None:
    with (BASE / UNITS.file).open(encoding="utf-8", newline="") as file:
        assert set(OWNERS.values()) <= {row["unit"] for row in csv.DictReader(file)}


def test_a_name_that_nobody_knows_leaves_the_owner_unknown() -> None:
    assert [owner_of(name) for name in ("", "无主", "某公司", "自來水公司", "gongshui")] == ["", "", "", "gongshui", "gongshui"]
