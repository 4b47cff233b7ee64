"""The tables of a pack: which file holds which model, and what makes a row the same row.

A pack is a folder. Its rows are added to those of `reference/packs/base`; a row with the same key replaces the base's row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, get_origin

from schemas.centre import (
    AddressEntry,
    Area,
    CalendarDay,
    DeadlineRule,
    DispatchRule,
    Duty,
    ForceRule,
    Gate,
    Grid,
    LexiconWord,
    Matter,
    MergeRule,
    Metric,
    Responder,
    RunCard,
    Shift,
    SourceCode,
    SourceWord,
    TransitionRule,
    Unit,
)
from schemas.clocks import DaySpan, ExtensionRule, OfficeHours, SupervisionLevel, WarningRule, ZoneOf
from schemas.fields import Model
from schemas.watching import IncidentRule, WatchRule

M = TypeVar("M", bound=Model)

PACKS = Path(__file__).parent / "packs"
"""The packs that ship with the program."""
BASE = PACKS / "base"
"""Rows that every pack starts from."""
GRIDS_FILE = "grids.geojson"
MANIFEST_FILE = "pack.yaml"
SEPARATOR = "|"
"""Joins the parts of a cell that holds several."""


@dataclass(frozen=True)
class Table(Generic[M]):
    """One table: file `<name>.csv`, its model, the fields that are its key, and whether a pack can do without."""

    name: str
    model: type[M]
    key: tuple[str, ...]
    required: bool = True

    @property
    def file(self) -> str:
        """Name of its file in a pack."""
        return f"{self.name}.csv"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the model's order."""
        return tuple(self.model.model_fields)

    @cached_property
    def required_columns(self) -> frozenset[str]:
        """Columns that have no default."""
        return frozenset(name for name, field in self.model.model_fields.items() if field.is_required())

    @cached_property
    def lists(self) -> frozenset[str]:
        """Columns whose cells hold several values."""
        return frozenset(name for name, field in self.model.model_fields.items() if get_origin(field.annotation) is tuple)


MATTERS = Table("matters", Matter, ("code",))
UNITS = Table("units", Unit, ("unit",))
DUTIES = Table("duties", Duty, ("duty",))
AREAS = Table("areas", Area, ("code",))
RESPONDERS = Table("responders", Responder, ("responder",), required=False)
FORCES = Table("forces", ForceRule, ("force",), required=False)
RUN_CARDS = Table("run_cards", RunCard, ("card",), required=False)
DISPATCH_RULES = Table("dispatch_rules", DispatchRule, ("urgency",), required=False)
SHIFTS = Table("shifts", Shift, ("shift",))
DEADLINES = Table("deadlines", DeadlineRule, ("rule",))
CALENDAR = Table("calendar", CalendarDay, ("day",), required=False)
OFFICE_HOURS = Table("office_hours", OfficeHours, ("season",), required=False)
DAY_SPANS = Table("day_spans", DaySpan, ("span",), required=False)
ZONES = Table("zones", ZoneOf, ("area",), required=False)
WARNINGS = Table("warnings", WarningRule, ("warning",), required=False)
SUPERVISION = Table("supervision", SupervisionLevel, ("level",), required=False)
EXTENSIONS = Table("extensions", ExtensionRule, ("extension",), required=False)
SOURCE_CODES = Table("source_codes", SourceCode, ("standard", "code"), required=False)
MERGE_RULES = Table("merge_rules", MergeRule, ("matter",))
GATES = Table("gates", Gate, ("gate",), required=False)
LEXICON = Table("lexicon", LexiconWord, ("word", "matter", "intent"), required=False)
ADDRESSES = Table("addresses", AddressEntry, ("name", "community"), required=False)
METRICS = Table("metrics", Metric, ("code",), required=False)
TRANSITIONS = Table("transitions", TransitionRule, ("action", "states"), required=False)
SOURCE_WORDS = Table("source_words", SourceWord, ("source", "state"), required=False)
WATCH_RULES = Table("watch_rules", WatchRule, ("rule",), required=False)
INCIDENT_RULES = Table("incident_rules", IncidentRule, ("group",), required=False)
GRIDS = Table("grids", Grid, ("code", "valid_from"))
"""Its rows are the properties of the features of `grids.geojson`, not lines of a CSV file."""

CSV_TABLES: tuple[Table[Any], ...] = (
    MATTERS,
    UNITS,
    DUTIES,
    AREAS,
    RESPONDERS,
    FORCES,
    RUN_CARDS,
    DISPATCH_RULES,
    SHIFTS,
    DEADLINES,
    CALENDAR,
    OFFICE_HOURS,
    DAY_SPANS,
    ZONES,
    WARNINGS,
    SUPERVISION,
    EXTENSIONS,
    SOURCE_CODES,
    MERGE_RULES,
    GATES,
    LEXICON,
    ADDRESSES,
    METRICS,
    TRANSITIONS,
    SOURCE_WORDS,
    WATCH_RULES,
    INCIDENT_RULES,
)
"""Every table that is a CSV file."""
