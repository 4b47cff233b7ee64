"""A centre's clocks as data: office hours, spans of the day, zones, warnings, supervision, extensions. Deadlines stand in `schemas/centre.py`."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from schemas.centre import AreaCode, Id, Name
from schemas.fields import Model
from schemas.limit import LIMIT_PATTERN
from schemas.report import Code
from schemas.vocabulary import AlertLevel, Milestone, Urgency

LimitText = Annotated[str, Field(pattern=LIMIT_PATTERN)]
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", description="Day of any year: `07-01`.")]
Hours = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", description="`09:00-12:00`.")]


class OfficeHours(Model):
    """办公时间 of a season; the row without days holds where no season does. `first` after `last`: over the turn of the year."""

    season: Id
    first: MonthDay | Literal[""] = Field(default="", description="Its first day.")
    last: MonthDay | Literal[""] = Field(default="", description="Its last day.")
    hours: tuple[Hours, ...] = Field(min_length=1, description="In the order of the day, none into another.")
    basis: str


class DaySpan(Model):
    """时段: a part of the day that rules name, such as night or quiet hours; `ends` before `starts` is the next day."""

    span: Id
    starts: time
    ends: time
    basis: str


class ZoneOf(Model):
    """时效分区: which zone an area or a grid is in. The smallest area decides: grid, community, street, district, `*`."""

    area: AreaCode | Literal["*"]
    zone: Id = Field(description="`core`, `town`, `suburb`; or a circle of 1-3-5: `ring-1`, `ring-3`, `ring-5`.")
    basis: str


class WarningRule(Model):
    """预警: when a milestone that is not reached is told of, and to whom.

    Of the rows that fit a milestone and urgency those with the most specific pair hold, all of them; of several of a level the
    earliest counts.
    """

    warning: Id
    milestone: Milestone | Literal["*"] = "*"
    urgency: Urgency | Literal["*"] = "*"
    level: AlertLevel
    share: Annotated[int, Field(ge=1, le=1000)] | None = Field(default=None, description="After so many hundredths of the time.")
    over: LimitText = Field(default="none", description="So long after it was due. Either this or `share`.")
    tells: tuple[Id, ...] = Field(min_length=1, description="Posts that are told.")
    quiet: str = Field(default="", description="Span of the day in which nobody is told until it ends; none: told at any time.")
    basis: str


class SupervisionLevel(Model):
    """督办: a step of supervision with a due time of its own; when that passes, the next step follows."""

    level: Annotated[int, Field(ge=1, le=9)]
    name: Name
    limit: LimitText
    on: AlertLevel | None = Field(default=None, description="Warning that begins it by itself; none: a person does, or the step before.")
    tells: tuple[Id, ...] = Field(min_length=1)
    basis: str


class ExtensionRule(Model):
    """延期: how often and how far a milestone may be put off, for a source and an urgency."""

    extension: Id
    milestone: Milestone = Milestone.CLOSE
    source: Code | Literal["*"] = "*"
    urgency: Urgency | Literal["*"] = "*"
    times: Annotated[int, Field(ge=0, le=9)]
    most: LimitText = Field(default="none", description="All together at most; `none`: as `share` says.")
    share: Annotated[int, Field(ge=0, le=1000)] = Field(default=100, description="All together at most so many hundredths of the limit.")
    basis: str
