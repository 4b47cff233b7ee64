"""The labels of points: does what a source calls WGS-84 lie on its addresses, or half a kilometre beside them (`domain/domain.md` §3)?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from pipeline.intake.crs_audit import LEAST_PAIRS, Pointed, audited, pairs_by_label
from pipeline.intake.gazetteer import Gazetteer
from reference import shelf
from schemas.errors import BrokenReference, NotFound, Refused
from schemas.ports import Questions
from schemas.vocabulary import Crs
from sinks.sql import kept
from ucc.checks.finding import Finding, ok, wrong


def labels(questions: Questions, packs: Path) -> Iterator[Finding]:
    """Of each source with enough addresses that its centre's pack (on the shelf `packs`) knows: how far its points lie off them."""
    try:
        rows = [orjson.loads(line) for line in questions.query(kept("points_of_addresses"), "JSONEachRow").splitlines()]
    except Refused:
        return  # no tables: said by another check
    rows.sort(key=itemgetter("centre"))
    for centre, said in groupby(rows, itemgetter("centre")):
        yield from _centre(centre, list(said), packs)


def _centre(centre: str, rows: list[dict[str, Any]], packs: Path) -> Iterator[Finding]:
    """By the pack of the newest row."""
    if len(rows) < LEAST_PAIRS:
        return
    try:
        gazetteer = Gazetteer(shelf.get(packs, rows[0]["pack"]))
    except (NotFound, BrokenReference):
        return  # said by the check of packs
    points = [Pointed(row["source"], Crs(row["crs"]), row["lng"], row["lat"], row["address"], row["area_hint"]) for row in rows]
    for (source, label), pairs in sorted(pairs_by_label(gazetteer, points).items()):
        audit = audited(source, label, pairs)
        if audit.right is not None:
            yield wrong(
                "crs",
                f"{centre}: {audit}",
                f"change crs to {audit.right} in its mapping or profile, or have it said in its lines (docs/operators.md, Points beside their addresses)",
            )
        elif audit.pairs >= LEAST_PAIRS:
            yield ok("crs", f"{centre}: {audit}")
