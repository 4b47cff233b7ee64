"""Kinds of fields that many models share, and the base of all models.

All instants are aware datetimes in UTC; they are shown in the centre's zone, never stored in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_FIRST, _AFTER_LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2299, 12, 31, tzinfo=UTC)
"""What the warehouse can keep; beyond, it would keep another instant without a word."""


def _to_utc(value: datetime) -> datetime:
    try:
        instant = value if value.tzinfo is UTC else value.astimezone(UTC)
    except OverflowError:
        instant = _AFTER_LAST
    if not _FIRST <= instant < _AFTER_LAST:
        raise ValueError("lies outside the years 1900 to 2299")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An aware instant of the years 1900 to 2299, in UTC."""

FreeText = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""What people wrote, kept as received; NUL is refused."""

Token = Annotated[str, StringConstraints(pattern=r"^[^\p{C}\p{Zl}\p{Zp}]*$")]
"""An identifier or code of somebody else's: no control or format characters, no line breaks."""

CentreId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
MatterCode = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class Model(BaseModel):
    """Base of every model that flows: immutable, unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_json(self) -> bytes:
        """One line of NDJSON, without what is at its default."""
        return self.__pydantic_serializer__.to_json(self, exclude_defaults=True)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON Schema of what may be sent."""
        return cls.model_json_schema(mode="validation")
