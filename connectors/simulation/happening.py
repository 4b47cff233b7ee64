"""What happens in a simulated district, before any source puts it into its own words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from connectors.samples.places import Place
from schemas.vocabulary import Intent, Urgency


class Happening(NamedTuple):
    """One thing that one person (or one patrol) reports through one source. Points are WGS-84, instants aware."""

    number: int
    """Unique within a seed; with the seed it makes the source's id."""
    seed: int
    at: datetime
    """When it is said."""
    matter: str
    """What it is (code of the taxonomy); sources have their own codes for it, or none."""
    text: str
    place: Place | None
    """Where; none: nowhere in particular."""
    intent: Intent
    urgency: Urgency | None = None
    persons: int | None = None
    revision: int = 1
    """2, 3, …: the source says it anew, with more in its text."""
    withdrawn: bool = False
    """The source takes it back."""
    code: str = ""
    """The source's own word for it, where it was drawn from the source's own list: `P0102` of city management, `公共安全/飞线充电` of the patrol,
    `water/爆管` of a department. Empty: the source finds a word for the matter, or none."""


ToPayload = Callable[[Happening, Random], dict[str, Any]]
"""`payload` of each `connectors/simulation/<source>.py`: the happening as that source pushes it. The dice decide what is free (channel, names made up,
which codes); the same happening with equal dice gives the same payload. Source ids come from seed and number alone."""
