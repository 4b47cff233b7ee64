"""What flows past the fold: departments' figures and responders' fixes; and the indicators made of all of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.fields import Instant, Latitude, Longitude, Model, Token
from schemas.report import Code


class Reading(Model):
    """指标读数: a number that a department feeds (water pressure, AQI, …)."""

    metric: Annotated[Code, Field(min_length=1)]
    object_id: Code = ""
    area: Code = ""
    at: Instant
    value: Annotated[float, Field(allow_inf_nan=False)]
    unit: Code = ""
    quality: Annotated[Token, Field(max_length=20)] = ""


class Position(Model):
    """One fix of one responder on duty."""

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
