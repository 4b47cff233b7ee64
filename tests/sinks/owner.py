"""An owner of a warehouse as a process of its own, for the tests that kill it: `python -m tests.sinks.owner FOLDER`."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

from sinks.chdb_warehouse import ChdbWarehouse
from sinks.writer import Gathering
from tests.sinks.city import readers

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    warehouse = ChdbWarehouse(folder / "warehouse", partial(readers, folder), gathering=Gathering(rows=200, seconds=0.01))
    sys.stdout.write(f"{warehouse.pid}\n")
    sys.stdout.flush()
    while True:
        time.sleep(1)
