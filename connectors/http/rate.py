"""How much a key may send: token buckets for requests and for lines."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

BURST_S = 5.0
"""So many seconds' worth may come at once: a system that was cut off sends what has gathered."""


class Bucket:
    """Fills with `rate` tokens a second up to `most`. Used by one thread at a time."""

    def __init__(self, rate: float, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._left, self._at = most, clock()

    def take(self, wanted: float) -> float:
        """Takes that many and returns 0; when there are not enough it takes none and returns the seconds until there are."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if wanted > self._left:
            return (min(wanted, self._most) - self._left) / self._rate
        self._left -= wanted
        return 0.0


class Rates:
    """A pair of buckets for each key. Used by one thread at a time."""

    def __init__(self, requests: float, lines: float, most_lines: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`requests`, `lines`: a second, each key. A request of `most_lines` lines always fits into a full bucket."""
        self._made: dict[str, tuple[Bucket, Bucket]] = {}
        self._requests, self._lines, self._clock = (requests, max(1.0, BURST_S * requests)), (lines, max(float(most_lines), BURST_S * lines)), clock

    def requests(self, key_id: str) -> int:
        """Takes one request; 0, or whole seconds to wait."""
        return math.ceil(self._of(key_id)[0].take(1))

    def lines(self, key_id: str, number: int) -> int:
        """Takes lines; 0, or whole seconds to wait."""
        return math.ceil(self._of(key_id)[1].take(number))

    def _of(self, key_id: str) -> tuple[Bucket, Bucket]:
        if key_id not in self._made:
            self._made[key_id] = Bucket(*self._requests, self._clock), Bucket(*self._lines, self._clock)
        return self._made[key_id]
