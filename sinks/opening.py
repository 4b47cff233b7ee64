"""What the warehouse's child is told to open. Its owner loads this, and never the engine: that is 200 MB of memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sinks.writer import Gathering, Readers


class Bounds(NamedTuple):
    """How much the engine may take. Defaults: landing 112,000 lines the child peaks at 425 MB, of which 230 are pages of the library."""

    memory: int = 400_000_000
    """Bytes that the engine may hold in all."""
    question_memory: int = 250_000_000
    """Bytes that one question may hold; a heavier one is refused, the others go on."""
    question_seconds: int = 60
    threads: int = 2
    """Of one question."""
    insert_memory: int = 300_000_000
    analysts: int = 4
    """Questions of analysts that are answered at the same time; further ones wait, and no other part with them."""
    analyst_memory: int = 100_000_000
    """Bytes that one of them may hold."""
    whole_answer_bytes: int = 64_000_000
    """Bytes of an answer, before it is written in its format, that is made whole: formats with a head or a foot."""
    answer_bytes: int = 500_000_000
    """Bytes of an answer that is made piece by piece."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What to open. `readers` None: no frames are landed, questions and inserts alone."""

    folder: Path
    database: str
    readers: Readers | None
    bounds: Bounds
    gathering: Gathering
