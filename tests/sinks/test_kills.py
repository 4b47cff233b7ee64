"""Promise 2 of `DESIGN.md` §4 for the warehouse: whatever is killed, whenever, the views are exactly the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from sinks.chdb_warehouse import ChdbWarehouse
from sinks.writer import Gathering
from tests.sinks.asking import picture
from tests.sinks.city import CENTRE, City, readers
from tests.sinks.conftest import MakeCity

SMALL = Gathering(rows=200, seconds=0.01)


def _calm(folder: Path) -> dict[str, bytes]:
    """The picture of a warehouse that nobody disturbed."""
    with ChdbWarehouse(folder / "calm", partial(readers, folder)) as warehouse:
        warehouse.land(CENTRE, seconds=120)
        return picture(warehouse)


def _feed(city: City, seconds: float, seed: int) -> None:
    """Frames come for so many seconds, so that a kill falls into their landing."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        city.live(seed=seed, frames=1)
        seed += 1000


def test_views_are_the_same_after_the_child_was_killed_ten_times(tmp_path: Path, make_city: MakeCity) -> None:
    rng = random.Random(7)
    city = make_city("city").live(seed=21, frames=20)
    killed: set[int] = set()
    with ChdbWarehouse(tmp_path / "w", partial(readers, tmp_path / "city"), gathering=SMALL) as warehouse:
        while len(killed) < 10:
            warehouse.query("SELECT 1", "TSV")
            pid = warehouse.pid
            _feed(city, rng.uniform(0.02, 0.3), seed=len(killed))
            if pid == warehouse.pid and pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        warehouse.land(CENTRE, seconds=120)
        found = picture(warehouse)
    assert found == _calm(tmp_path / "city")


def test_views_are_the_same_after_the_owner_was_killed(tmp_path: Path, make_city: MakeCity) -> None:
    rng = random.Random(8)
    folder = tmp_path / "city"
    city = make_city("city").live(seed=22, frames=20)
    for seed in range(4):
        owner = subprocess.Popen([sys.executable, "-m", "tests.sinks.owner", str(folder)], stdout=subprocess.PIPE)
        assert owner.stdout is not None
        owner.stdout.readline()
        _feed(city, rng.uniform(0.02, 0.5), seed=seed)
        owner.kill()
        owner.wait()
        owner.stdout.close()
    with ChdbWarehouse(folder / "warehouse", partial(readers, folder)) as warehouse:
        warehouse.land(CENTRE, seconds=120)
        assert picture(warehouse) == _calm(folder)
