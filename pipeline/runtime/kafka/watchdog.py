"""The watchdog: a worker that has work and makes nothing durable for a while ends; whoever started it starts it again.

Stuck consumers are known of Faust and of aiokafka (`TRAPS.md`), and a worker that was stopped and goes on may believe that it still
owns what others do by now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

LOOK_S = 2.0
STUCK_S = 60.0
"""Without getting on though something waits. A state of a million rows is read back in less, and a transaction of a dead worker ends by then."""


class Watched(NamedTuple):
    """One centre of a worker. Instants are of `time.monotonic`."""

    centre: str
    ready: bool
    waits: bool
    """Something is to be done."""
    moved_at: float
    """When it last got on, or found the broker away: then nobody can, and it is not this worker's fault."""


class Watchdog(threading.Thread):
    """Looks every few seconds whether each centre gets on."""

    def __init__(self, watched: Callable[[], Sequence[Watched]], end: Callable[[str, Exception | None], None]) -> None:
        """`end` ends the process for a reason; no error: it may be started again as it is."""
        super().__init__(name="watchdog", daemon=True)
        self._watched, self._end = watched, end
        self._stopping = threading.Event()
        self._beaten = time.monotonic()

    def beat(self) -> None:
        """The app's event loop is alive; called about once a second."""
        self._beaten = time.monotonic()

    def stop(self) -> None:
        """Lets it end."""
        self._stopping.set()

    def run(self) -> None:
        """The thread."""
        woken = time.monotonic()
        while not self._stopping.wait(LOOK_S):
            now = time.monotonic()
            if now - woken > STUCK_S / 2:  # this process was stopped: what is measured across that says nothing of its parts
                self._beaten = max(self._beaten, now - STUCK_S / 2)
            woken = now
            for reason in self._reasons(now):
                self._end(reason, None)

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether this worker gets on, and each of its centres. For `/health`."""
        now = time.monotonic()
        centres = {one.centre: {"ready": one.ready, "waits": one.waits, "moved_seconds_ago": round(now - one.moved_at, 1)} for one in self._watched()}
        return not self._reasons(now), {"centres": centres}

    def _reasons(self, now: float) -> list[str]:
        reasons = [f"{one.centre} has work and did not get on for {STUCK_S:.0f} s" for one in self._watched() if one.waits and now - one.moved_at > STUCK_S]
        if now - self._beaten > STUCK_S:
            reasons.append("the event loop has not moved for a while")
        return reasons
