"""Shows the day while it goes by, in a thread of its own: questions to the warehouse never hold it up."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live

from schemas.errors import UccError
from ucc.demo.driver import Driver
from ucc.demo.ended import Ended
from ucc.demo.figures import QUESTIONS, figures, lines
from ucc.demo.screen import Shown, screen
from ucc.owner import Owner

SHOWN_EVERY_S, REST = 2.0, 6
"""How often, and how much longer than asking takes it rests: the day needs the machine more than the picture of it."""


class Showing:
    """Of one day."""

    def __init__(self, driver: Driver, speed: str) -> None:
        """`speed`: as it was said."""
        self._driver, self._speed = driver, speed
        reference = driver.day.reference
        self._zone = ZoneInfo(reference.time_zone)
        self._matters = {code: matter.name for code, matter in reference.matters.items()}
        self._units = {code: matter.lead for code, matter in reference.matters.items() if matter.lead in reference.units}
        self._posts = {one.responder: one.post for one in reference.responders}
        self._stopping = threading.Event()

    def begin(self, owner: Owner) -> Callable[[], None]:
        """Begins to show; what it returns ends it."""
        thread = threading.Thread(target=self._run, args=(owner,), name="screen", daemon=True)
        thread.start()

        def end() -> None:
            self._stopping.set()
            thread.join()

        return end

    def _run(self, owner: Owner) -> None:
        with Live(console=Console(stderr=True), auto_refresh=False, transient=True, vertical_overflow="crop") as live:
            pause = SHOWN_EVERY_S
            while not self._stopping.wait(pause):
                asked_at = time.monotonic()
                try:
                    found = figures(owner.warehouse.query, checks=False)
                except UccError:
                    continue  # a question that fails now is asked again
                live.update(screen(found, self._shown(), live.console.width), refresh=True)
                pause = max(SHOWN_EVERY_S, REST * (time.monotonic() - asked_at))

    def _shown(self, *, over: bool = False) -> Shown:
        driver = self._driver
        command = "" if over else f"ucc --home {shlex.quote(str(driver.home.path))} command"
        return Shown(
            driver.clock(),
            self._zone,
            self._speed,
            driver.address,
            driver.pushed,
            driver.refused,
            driver.delivered(),
            command,
            self._matters,
            self._units,
            self._posts,
        )

    def last_words(self, ended: Ended) -> None:
        """The tables once more, what was compared, and how to ask on."""
        console, home = Console(), shlex.quote(str(self._driver.home.path))
        console.print(screen(ended.figures, self._shown(over=True), console.width))
        both = f"{ended.accepted:,} receipts, {lines(ended.figures):,} outcomes"
        console.print(f"\n{'balanced' if ended.balanced else 'NOT BALANCED'}: {both}{''.join(f'; {one}' for one in ended.found)}")
        told = ended.delivered
        console.print(
            "every open case waits for somebody who is named; every report of an ended case has one final result; every overdue case has its alert"
            if ended.balanced
            else "see `differences` of --json"
        )
        console.print(f"results told to sources: {told.in_files:,} in files, {told.by_http:,} by HTTP, signed")
        console.print(
            f"told by two channels: {ended.twins.told:,}; found to be of one matter that merges: {ended.twins.alike:,}; of these in one case: {ended.twins.together:,}"
        )
        console.print(f'\nAsk on, for instance:\n  ucc --home {home} sql "{QUESTIONS["returns"]}"\n  ucc --home {home} reconcile', soft_wrap=True)
        numbers = [row["number"] for row in ended.figures["latest_orders"]]
        if numbers:
            console.print(f"  ucc --home {home} explain {numbers[0]}", soft_wrap=True)
