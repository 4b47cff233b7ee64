"""What each contestant is told on its command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

from benchmarks.work import KINDS


class Asked(NamedTuple):
    """Where to read and to write, what to do, and a folder for what it keeps."""

    brokers: str
    raw: str
    out: str
    group: str
    work: str
    pack: Path
    centre: str
    folder: Path
    exactly_once: bool


def asked() -> Asked:
    """Reads the command line."""
    parser = argparse.ArgumentParser()
    for name in ("brokers", "raw", "out", "group", "centre"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("pack", "folder"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--work", choices=KINDS, required=True)
    parser.add_argument("--exactly-once", action="store_true")
    return Asked(**vars(parser.parse_args()))


def words(told: Asked) -> list[str]:
    """The command line that says it."""
    said = [f"--{name}={value}" for name, value in told._asdict().items() if name != "exactly_once"]
    return [*said, "--exactly-once"] if told.exactly_once else said
