"""Every golden case again, by a centre that is killed before each event and reads its state back: nothing comes out differently."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature

import pytest

from tests.casework.lifecycle.centre import Worked
from tests.journeys import (
    test_exceptions_people,
    test_exceptions_reports,
    test_exceptions_time,
    test_golden_noise,
    test_golden_people,
    test_golden_petition,
    test_golden_return,
    test_golden_road,
    test_golden_storm,
)

MODULES = (
    test_golden_road,
    test_golden_people,
    test_golden_noise,
    test_golden_petition,
    test_golden_return,
    test_golden_storm,
    test_exceptions_reports,
    test_exceptions_people,
    test_exceptions_time,
)
JOURNEYS = [
    journey
    for module in MODULES
    for name, journey in vars(module).items()
    if name.startswith("test_") and not signature(journey).parameters and "four_hundred" not in name
]
"""Those without parameters; the whole storm is once enough."""


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_a_journey_of_a_centre_that_is_killed_before_each_event_is_the_same(journey: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    take = Worked._take  # noqa: SLF001  the one place through which all events go

    def killed(centre: Worked, kind: str, lines: Sequence[bytes]) -> None:
        centre.restart()
        take(centre, kind, lines)

    monkeypatch.setattr(Worked, "_take", killed)
    journey()
