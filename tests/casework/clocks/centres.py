"""The shipped pack's clocks, and packs that differ from it in one thing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from pipeline.casework.clocks.milestones import Timetable
from pipeline.casework.clocks.reckoning import Reckoner
from reference.load import load
from reference.pack import Reference
from reference.tables import PACKS


@cache
def pukou() -> Reference:
    """The shipped pack."""
    return load(PACKS / "pukou")


@cache
def timetable() -> Timetable:
    """Its timetable."""
    return Timetable(pukou())


def reckoner(**changed: Any) -> Reckoner:
    """Reckons by the shipped pack, with some of it changed."""
    return timetable().reckoner if not changed else Timetable(replace(pukou(), **changed)).reckoner
