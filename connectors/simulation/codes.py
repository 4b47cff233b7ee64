"""Which codes a source has for a matter: the shipped table `source_codes.csv`, read the other way round."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

from reference.tables import PACKS


@cache
def codes_of(standard: str) -> Mapping[str, tuple[str, ...]]:
    """Codes of one standard by matter, in the order of the table; a matter without any is not there."""
    found: dict[str, list[str]] = {}
    with (PACKS / "base" / "source_codes.csv").open(encoding="utf-8-sig", newline="") as table:
        for row in csv.DictReader(table):
            if row["standard"] == standard:
                found.setdefault(row["matter"], []).append(row["code"])
    return {matter: tuple(codes) for matter, codes in found.items()}
