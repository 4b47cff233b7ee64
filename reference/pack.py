"""A reference pack in memory: a centre as data, loaded and validated as a whole, immutable, known by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

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
from schemas.clocks import DaySpan, ExtensionRule, OfficeHours, SupervisionLevel, WarningRule
from schemas.vocabulary import CaseState, Force, Source, Urgency
from schemas.watching import IncidentRule, Watching


@dataclass(frozen=True, slots=True)
class Reference:
    """All that decisions rest on. `hash` covers every file of the pack; a decision carries it."""

    name: str
    title: str
    hash: str
    time_zone: str
    district: str
    matters: Mapping[str, Matter]
    units: Mapping[str, Unit]
    duties: tuple[Duty, ...]
    areas: Mapping[str, Area]
    grids: tuple[Grid, ...]
    polygons: npt.NDArray[np.object_]
    """shapely polygons in WGS-84 degrees, one per grid, in the order of `grids`."""
    responders: tuple[Responder, ...]
    shifts: Mapping[str, Shift]
    deadlines: tuple[DeadlineRule, ...]
    calendar: tuple[CalendarDay, ...]
    source_codes: Mapping[tuple[str, str], SourceCode]
    """By (standard, code)."""
    merge_rules: Mapping[str, MergeRule]
    """By matter code, for every matter: the most specific rule."""
    gates: tuple[Gate, ...]
    lexicon: tuple[LexiconWord, ...]
    addresses: tuple[AddressEntry, ...]
    metrics: Mapping[str, Metric]
    """By code: what departments may feed."""
    manifest: Mapping[str, Any]
    run_cards: tuple[RunCard, ...] = ()
    """None: the pack sends nobody by itself (packs from before there were cards)."""
    forces: Mapping[Force, ForceRule] = field(default_factory=dict)
    """One for each force where there are run cards."""
    dispatch_rules: Mapping[Urgency, DispatchRule] = field(default_factory=dict)
    """U1 to U4 where there are run cards."""
    office_hours: tuple[OfficeHours, ...] = ()
    """None: those that the domain takes where a centre says nothing (packs from before there were any)."""
    day_spans: Mapping[str, DaySpan] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    """Zone by code of an area or a grid; `*`: wherever else."""
    warnings: tuple[WarningRule, ...] = ()
    supervision: tuple[SupervisionLevel, ...] = ()
    """From the lowest level up."""
    extensions: tuple[ExtensionRule, ...] = ()
    transitions: tuple[TransitionRule, ...] = ()
    """In the order of the file; no two of an action share a state. None: nobody can act on a case (packs from before there were any)."""
    source_words: Mapping[tuple[Source, CaseState], SourceWord] = field(default_factory=dict)
    """What a source calls a state; none: it is told of nothing."""
    watching: Watching = field(default_factory=Watching)
    """What repeats and surges are measured by."""
    incident_rules: tuple[IncidentRule, ...] = ()
    """None: no mass event is made of cases (packs from before there were any)."""
