"""A centre that is killed now and then, beside one that never is and one that takes every line in a frame of its own: all three must say the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from pipeline.casework.fold import Fold
from pipeline.casework.state import State
from pipeline.casework.written import Written
from schemas.frame import Placed, frame_of
from tests.casework.lifecycle.centre import CENTRE, Worked
from tests.casework.streams import MemoryState

_PLACE = ("raw_offset", "raw_line")


@dataclass
class Twin:
    """A fold of its own, with its own kept state, that is never killed."""

    worked: Worked
    kept: MemoryState = field(default_factory=MemoryState)

    def __post_init__(self) -> None:
        self.state = State(CENTRE, self.kept)
        self.fold = Fold(self.state, lambda _: self.worked.reference.merge_rules, "Asia/Shanghai", lambda _: self.worked.book)

    def frame(self, placed: Placed) -> Written:
        """Folds a frame, and makes it durable."""
        written = self.fold.frame(placed)
        self.kept.write(self.state)
        self.state.settle()
        return written

    def alone(self, placed: Placed) -> list[Written]:
        """Folds each line of a frame as a frame of its own."""
        kind, found = placed.frame.header.kind, []
        for line in placed.frame.lines():
            offset = self.state.meta.raw_offset + 1
            in_order = kind != "positions"
            frame = frame_of(CENTRE, kind, [line], raw_offset=offset if in_order else None, previous=offset - 1 if in_order else None)
            found.append(self.frame(Placed(offset, frame)))
        return found


@dataclass
class Killed(Worked):
    """A centre with its two twins. `dies`: the next frame is folded, lost before it is durable, and folded again."""

    dies: bool = False

    def __post_init__(self) -> None:
        self.twins: list[Twin] = []
        super().__post_init__()

    def frame(self, placed: Placed) -> None:
        """Folds a frame in all three, and compares what they write."""
        if not self.twins:
            self.twins = [Twin(self), Twin(self)]
        calm, single = self.twins
        if self.dies:
            self.fold.frame(placed)
            self.state = State(CENTRE, self.kept)
            self.fold = Fold(self.state, lambda _: self.reference.merge_rules, "Asia/Shanghai", lambda _: self.book)
            self.dies = False
        mine = self.fold.frame(placed)
        assert said(mine) == said(calm.frame(placed)), "a kill changed what was written"
        split = single.alone(placed)
        for name in ("journal", "outcomes", "alerts", "verdicts", "results"):
            alone = [line for written in split for line in getattr(written, name)]
            assert placeless(getattr(mine, name)) == placeless(alone), f"how the lines were cut into frames changed the {name}"
        self.keep(mine)


def said(written: Written) -> dict[str, list[bytes]]:
    """All that a frame wrote."""
    return {name: getattr(written, name) for name in ("journal", "outcomes", "alerts", "verdicts", "results", "cases", "dead")}


def placeless(lines: list[bytes]) -> list[dict[str, Any]]:
    """Lines without where their cause stood in the log."""
    return [{name: value for name, value in orjson.loads(line).items() if name not in _PLACE} for line in lines]
