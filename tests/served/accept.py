"""The black-box check of a city's stream against a broker of its own: `python -m tests.served.accept [--lines N] [--kills N] SEED…`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.served.kafka import Broker

PARTS = ("ucc worker", "ucc worker", "ucc sink")


def main() -> int:
    """Runs it once a seed, each in an empty broker; exit code 1 when one falls short."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("seeds", nargs="+")
    told.add_argument("--lines", default="0", help="only the first so many; 0: all")
    told.add_argument("--kills", default="20")
    wanted = told.parse_args()
    script = Path(os.environ.get("UCC_SHARED", "../shared")) / "accept" / "stream.py"
    parts = [word for part in PARTS for word in ("--part", part)]
    for seed in wanted.seeds:
        with tempfile.TemporaryDirectory(prefix="ucc-kafka-") as folder:
            broker = Broker(Path(folder))
            broker.start()
            try:
                env = {**os.environ, "UCC_LOG": f"kafka://{broker.address}", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
                command = [sys.executable, str(script), *parts, "--limit", wanted.lines, "--kills", wanted.kills, "--seed", seed]
                done = subprocess.run(command, env=env, check=False)
            finally:
                broker.kill()
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
