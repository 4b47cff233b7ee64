"""The demo's clock: the simulated instant, and how fast it goes by."""

from __future__ import annotations

import math
import re
import time
from datetime import datetime, timedelta

from schemas.errors import BrokenSetting

LOOK_S = 0.2
"""Real seconds of a window: what is pushed together stands so close in the simulated day."""
AT_MOST_SPEED = timedelta(minutes=5)
"""A window where nothing is waited for."""


class SimulatedClock:
    """Stands at what was last reached."""

    def __init__(self, start: datetime, speed: float) -> None:
        """`start` is aware; `speed`: simulated seconds a second, infinite: nothing is waited for."""
        self._start, self._speed, self._now = start, speed, start
        self._begun = time.monotonic()

    def __call__(self) -> datetime:
        """The simulated instant."""
        return self._now

    @property
    def step(self) -> timedelta:
        """How long a window is in simulated time."""
        return AT_MOST_SPEED if math.isinf(self._speed) else min(AT_MOST_SPEED, timedelta(seconds=LOOK_S * self._speed))

    def begin(self) -> None:
        """Goes from now on."""
        self._begun = time.monotonic()

    def wait_s(self, instant: datetime) -> float:
        """Real seconds until an instant."""
        return max(0.0, self._begun + (instant - self._start).total_seconds() / self._speed - time.monotonic())

    def reach(self, instant: datetime) -> None:
        """It is that late now; it never goes back."""
        self._now = max(self._now, instant)


def speed(text: str) -> float:
    """`60x`, `60` or `max`. Raises BrokenSetting."""
    if text == "max":
        return math.inf
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x?", text)
    if found is None or not 0 < float(found[1]) <= 100_000:  # noqa: PLR2004  a day in a second
        raise BrokenSetting("is no speed: 1x (real time) to 100000x, or max", where="--speed")
    return float(found[1])
