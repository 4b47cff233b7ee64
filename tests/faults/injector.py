"""Carries a plan out: each fault in a thread of its own, so that one may begin while another lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults.installation import Installation
from tests.faults.kinds import Fault
from tests.faults.plan import Planned

AT_ONCE = 4
"""Faults that last at the same time, at most."""
TO_HIT_S = 8.0
"""How long one looks for something to hit: between two imports there is none."""


@dataclass
class Injected:
    """A fault that has begun. `at`: seconds since the first line was fed."""

    fault: Fault
    at: float
    hit: bool = False
    trouble: str = ""
    """What the harness itself could not do."""

    def __str__(self) -> str:
        rest = {name: value for name, value in vars(self.fault).items() if name != "lasts" and not name.startswith("_")}
        said = " ".join([self.fault.kind, *(f"{name} {value}" for name, value in rest.items())])
        return f"{said}, {self.fault.lasts:.1f} s" if self.fault.lasts else said


class Injector:
    """Injects faults into one installation."""

    def __init__(self, at: Installation, told: Callable[[Injected], None]) -> None:
        """`told` is called when a fault has begun."""
        self._at, self._told = at, told
        self._began = time.monotonic()
        self._free = threading.Condition()
        self._busy: set[str] = set()
        self._threads: list[threading.Thread] = []

    def run(self, planned: Sequence[Planned]) -> list[Injected]:
        """All of the plan, in its order; returns when the last has ended."""
        injected = []
        for one in planned:
            time.sleep(one.pause)
            with self._free:
                self._free.wait_for(lambda target=one.fault.target: target not in self._busy and len(self._busy) < AT_ONCE)  # type: ignore[misc]  # bound now
                self._busy.add(one.fault.target)
            begun = Injected(one.fault, time.monotonic() - self._began)
            injected.append(begun)
            self._threads.append(threading.Thread(target=self._do, args=(begun,), name=str(begun), daemon=True))
            self._threads[-1].start()
        for thread in self._threads:
            thread.join()
        return injected

    def _do(self, one: Injected) -> None:
        try:
            until = time.monotonic() + TO_HIT_S
            while not (hit := one.fault.begin(self._at)) and time.monotonic() < until:
                time.sleep(0.05)
            one.hit = hit
            self._told(one)
            if hit:
                time.sleep(one.fault.lasts)
                one.fault.end(self._at)
        except Exception as error:  # noqa: BLE001  whatever it is, it is told with the verdict
            one.trouble = f"{one}: {type(error).__name__} {error}"
        finally:
            with self._free:
                self._busy.discard(one.fault.target)
                self._free.notify_all()
