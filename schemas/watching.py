"""What is watched across cases, as data: repeats at one place, surges of one matter, mass events (`domain/domain.md` §1.6 (13), §6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.centre import Id, Pattern
from schemas.fields import Model
from schemas.vocabulary import Urgency

Days = Annotated[float, Field(gt=0, le=45)]
"""Reports are at hand for 45 days and no longer."""
Ratio = Annotated[float, Field(ge=1, le=1_000)]
Chance = Annotated[float, Field(gt=0, lt=1)]


class WatchRule(Model):
    """预警口径: one figure of `Watching`, by its name there."""

    rule: Id
    value: Annotated[float, Field(allow_inf_nan=False)]
    basis: Annotated[str, Field(min_length=1)]


class Watching(Model):
    """What repeats and surges are measured by. A figure that a pack does not name is at its default."""

    issue_radius_m: Annotated[float, Field(gt=0, le=1_000)] = Field(default=150, description="Reports of a matter so near to each other are of one place.")
    issue_days: Days = Field(default=30, description="So far back an issue looks.")
    issue_reports: Annotated[int, Field(ge=2, le=60)] = Field(default=6, description="So many reports within `issue_days` are told of.")
    issue_cases: Annotated[int, Field(ge=2, le=60)] = Field(default=3, description="So many cases within `issue_days` ask for a consultation.")
    quick_days: Days = 3
    quick_cases: Annotated[int, Field(ge=2, le=60)] = Field(default=3, description="So many cases within `quick_days` are told of.")
    surge_weeks: Annotated[int, Field(ge=2, le=26)] = Field(default=8, description="So far back what is usual is looked for.")
    surge_history_days: Annotated[int, Field(ge=7, le=182)] = Field(default=14, description="Before so much is known, nothing is a surge.")
    surge_prior_days: Annotated[float, Field(gt=0, le=365)] = Field(default=5, description="What is usual in all streets counts as much as so many days.")
    surge_least: Annotated[int, Field(ge=2, le=1_000)] = Field(default=3, description="Fewer are no surge, however rare they are.")
    surge_chance_hour: Chance = Field(default=1e-4, description="So improbable must the last hour be.")
    surge_chance_day: Chance = Field(default=1e-3, description="So improbable must the last 24 hours be.")
    surge_yellow: Ratio = Field(default=2, description="So many times what is usual; less is no surge.")
    surge_orange: Ratio = 3
    surge_red: Ratio = 5
    surge_level_least: Annotated[float, Field(gt=0, le=100)] = Field(default=1, description="For its level, no less than so many counts as usual.")
    surge_again_min: Annotated[int, Field(ge=0, le=24 * 60)] = Field(
        default=60, description="After a surge nothing is told again for so long, unless it is worse."
    )
    surge_over: Annotated[float, Field(gt=0, le=100)] = Field(default=1.2, description="Below so many times what is usual it is calm.")
    surge_calm_hours: Annotated[int, Field(ge=1, le=48)] = Field(default=3, description="Calm at so many full hours in a row, a surge is over.")


class IncidentRule(Model):
    """群发事件口径: matters whose cases, opened near each other and at nearly one time, are one event with one parent case."""

    group: Id
    matters: tuple[Pattern, ...] = Field(min_length=1)
    urgencies: tuple[Urgency, ...] = (Urgency.U1, Urgency.U2)
    least: Annotated[int, Field(ge=2, le=100)] = Field(default=4, description="So many cases, the new one among them, begin one.")
    radius_m: Annotated[float, Field(gt=0, le=5_000)] = Field(default=1_000, description="Round one of them; and so near to one of its cases more join.")
    within_min: Annotated[int, Field(ge=1, le=24 * 60)] = Field(default=30, description="Opened within so long.")
    lives_min: Annotated[int, Field(ge=1, le=24 * 60)] = Field(default=60, description="When nothing has joined for so long, nothing joins any more.")
    basis: Annotated[str, Field(min_length=1)]
