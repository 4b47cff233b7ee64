"""Reconciliation: what was accepted = sum of outcomes = what is in the warehouse (`DESIGN.md` §4, promise 1).

The figures of the log and of the fold come from their owner, under the same names:

    lines                 accepted lines that have an outcome; a replay of a dead letter is a line, too
    outcome <kind>        of these by kind (`schemas.vocabulary.OutcomeKind`)
    reports               reports known, whatever happened to them
    standing              reports that stand
    standing in cases     the same, counted in the cases
    cases                 cases ever opened
    transitions           lines of the journal
    dead letters          letters ever written by intake and casework: lines with the outcome `dead`, replayed or not
    dead letters waiting  of these the ones that nobody has replayed; not compared where the release before has left some, which it did not count

Two more must be 0: `refused by the warehouse` and `twice`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from schemas.ports import Questions
from sinks.sql import kept

MUST_BE_NONE: Mapping[str, int] = {"refused by the warehouse": 0, "twice": 0}
"""Figures that are 0 in a sound warehouse."""


class Difference(NamedTuple):
    """One figure that does not agree."""

    name: str
    expected: int
    found: int

    def __str__(self) -> str:
        return f"{self.name}: {self.expected} expected, {self.found} in the warehouse ({self.found - self.expected:+d})"


def figures(warehouse: Questions, centre: str) -> dict[str, int]:
    """The figures of a centre in the warehouse, by name. Raises WarehouseUnavailable."""
    answer = warehouse.query(kept("figures", centre=centre), "JSONEachRow")
    rows = [orjson.loads(line) for line in answer.splitlines()]
    return {row["name"]: int(row["number"]) for row in rows}


def difference(expected: Mapping[str, int], found: Mapping[str, int]) -> list[Difference]:
    """Where the warehouse's figures differ from what log and fold say; empty when all agree.

    A figure that `expected` does not name is not compared, an outcome excepted: the warehouse may have no kind that the log
    does not know. A figure that is missing counts as 0.
    """
    wanted = {**MUST_BE_NONE, **expected}
    if any(name.startswith("outcome ") for name in wanted):
        wanted = {**{name: 0 for name in found if name.startswith("outcome ")}, **wanted}
    return [Difference(name, number, found.get(name, 0)) for name, number in sorted(wanted.items()) if found.get(name, 0) != number]
