"""The demo's clock: the simulated instant, and how fast it goes by. It waits for the centre: a day is never faster than what follows from it."""

from __future__ import annotations

import math
import re
import time
from datetime import datetime, timedelta

from schemas.errors import BrokenSetting

LOOK_S = 0.2
"""Real seconds of a window: what is pushed together stands so close in the simulated day."""
LONGEST = timedelta(seconds=20)
"""Of a window: people answer orders within a minute, so it may not hide one from them for longer."""


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
        return LONGEST if math.isinf(self._speed) else min(LONGEST, timedelta(seconds=LOOK_S * self._speed))

    def begin(self) -> None:
        """Goes from now on."""
        self._begun = time.monotonic()

    def real_s(self, simulated: timedelta) -> float:
        """Real seconds of so long a simulated time."""
        return simulated.total_seconds() / self._speed

    def wait_s(self, instant: datetime) -> float:
        """Real seconds until an instant."""
        return max(0.0, self._begun + self.real_s(instant - self._start) - time.monotonic())

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
