"""The sources' own words for matters with what the shipped table `source_codes.csv` says of each; `codes.py` reads it the other way round."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from connectors.city_management import STANDARD as CITY_MANAGEMENT
from reference.tables import BASE, SOURCE_CODES
from schemas.vocabulary import Intent


class Word(NamedTuple):
    """A source's own word or code, the matter that it means, and the intent where it says one."""

    code: str
    matter: str
    intent: Intent | None


class Type(NamedTuple):
    """One of city management's 158 types of parts and events."""

    code: str
    matter: str
    kind: str
    """部件 or 事件."""
    big: str
    small: str


@cache
def words(standard: str) -> Sequence[Word]:
    """The words of a standard, in the table's order; none where there is no such standard."""
    return tuple(Word(row["code"], row["matter"], Intent(row["intent"]) if row["intent"] else None) for row in _rows() if row["standard"] == standard)


@cache
def types() -> Mapping[str, Type]:
    """City management's types by short code (P0101, E0101); their names stand in the table's notes."""
    found = {}
    for row in _rows():
        if row["standard"] == CITY_MANAGEMENT and row["code"][1:].isdigit():
            kind, big, small = row["note"].split(" ", 2)
            found[row["code"]] = Type(row["code"], row["matter"], kind, big, small)
    return found


@cache
def _rows() -> Sequence[Mapping[str, str]]:
    with (BASE / SOURCE_CODES.file).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
