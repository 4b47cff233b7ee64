"""What flows past the fold: departments' figures and responders' fixes; and the indicators made of all of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.fields import CentreId, Instant, Latitude, Longitude, Model, Token
from schemas.report import Code


class Reading(Model):
    """指标读数: a number that a department feeds (water pressure, AQI, …). One metric of one object in one area has one value at an instant."""

    centre: CentreId | Literal[""] = Field(default="", description="Filled in when it is accepted: whose it is.")
    metric: Annotated[Code, Field(min_length=1)] = Field(description="A row of `metrics.csv` of the pack.")
    object_id: Code = Field(default="", description="The department's own name of what was measured: a gauge, a station. Empty: the area as a whole.")
    area: Code = Field(default="", description="Code of the area; empty: the district.")
    at: Instant
    value: Annotated[float, Field(allow_inf_nan=False)]
    unit: Code = Field(default="", description="The metric's, which an empty one means.")
    quality: Annotated[Token, Field(max_length=20)] = ""


class Position(Model):
    """One fix of one responder on duty."""

    centre: CentreId | Literal[""] = Field(default="", description="Filled in when it is accepted: whose it is.")
    responder: Annotated[Code, Field(min_length=1)]
    at: Instant
    lng: Longitude
    lat: Latitude
    accuracy_m: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Indicator(Model):
    """指标: a defined figure of the vital-sign model; a row of the catalogue."""

    indicator: Code
    level: Annotated[str, Field(pattern="^(macro|specific)$")]
    aspect: Annotated[str, Field(pattern="^[A-F]$")]
    name_zh: str
    name_en: str
    unit: str = ""
    formula: str = ""
    freshness_s: Annotated[int, Field(gt=0)] | None = None
