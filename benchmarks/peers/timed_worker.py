"""`ucc worker`, its stage functions timed: nothing else of it is touched. The folder for the times is its one argument."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.timing import CASEWORK, ENCODE, INTAKE, Timing
from pipeline.casework.fold import Fold
from pipeline.casework.state import State
from pipeline.intake.intake import Intake
from ucc.commands.worker import worker


def timed(folder: Path) -> None:
    """Puts a clock around intake, the fold, and the encoding of the rows that changed."""
    timing, changes = Timing(folder), State.changes

    def listed(state: State) -> Iterable[Any]:
        return list(changes(state))

    for owner, name, stage, function in (
        (Intake, "frame", INTAKE, Intake.frame),
        (Fold, "frame", CASEWORK, Fold.frame),
        (State, "changes", ENCODE, listed),
    ):
        setattr(owner, name, timing.of(stage, function))


if __name__ == "__main__":
    timed(Path(sys.argv[1]))
    sys.argv = sys.argv[:1]
    worker()
