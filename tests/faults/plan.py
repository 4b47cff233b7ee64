"""Which faults come when: decided by a seed before anything runs, so that a seed names a plan for good."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from tests.faults.installation import Shape
from tests.faults.kinds import KINDS, Fault

FIRST_S = (2.0, 5.0)
NEXT_S = (0.5, 7.0)
"""Seconds between the beginnings of two faults; the second begins although the first may last."""


class Planned(NamedTuple):
    """A fault, and how many seconds after the beginning of the one before it begins."""

    pause: float
    fault: Fault


def plan(
    rng: random.Random, shape: Shape, many: int, *, only: Sequence[type[Fault]] = (), longest: float = 60.0, pauses: tuple[float, float] = NEXT_S
) -> list[Planned]:
    """So many faults. `only`: of these kinds; `longest`: seconds that one may last.

    Each kind that the shape allows comes once before chance decides, as far as `many` goes.
    """
    kinds = [kind for kind, how in KINDS.items() if (not only or kind in only) and how.cluster in {None, shape.nodes > 1}]
    first = rng.sample(kinds, len(kinds))
    chosen = first[:many] + rng.choices(kinds, [KINDS[kind].weight for kind in kinds], k=max(0, many - len(first)))
    rng.shuffle(chosen)
    planned = []
    for number, kind in enumerate(chosen):
        how = KINDS[kind]
        lasts = rng.uniform(min(how.shortest, longest), min(how.longest, longest))
        planned.append(Planned(rng.uniform(*(pauses if number else FIRST_S)), how.make(rng, shape, lasts)))
    return planned
