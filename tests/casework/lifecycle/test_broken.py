"""A timer that fails costs its own case a person's look, and nothing and nobody else anything."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.casework.lifecycle.ticking import Ticking
from pipeline.casework.watching.surge import Surges
from schemas.vocabulary import Action, AlertKind, CaseState, Force, VerdictKind
from tests.casework.lifecycle.centre import HERE, Worked
from tests.casework.lifecycle.test_hands import end
from tests.casework.lifecycle.ways import WATER


def broken(monkeypatch: pytest.MonkeyPatch, ordinal: int, name: str = "_warn") -> None:
    """What a case's timer does raises."""
    whole = getattr(Ticking, name)

    def breaks(self: Ticking, of: int, *rest: Any) -> None:
        if of == ordinal:
            raise ZeroDivisionError("the rule of this case is broken")
        whole(self, of, *rest)

    monkeypatch.setattr(Ticking, name, breaks)


def test_a_case_whose_timer_fails_is_for_a_person_and_others_are_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Worked()
    sick, well = centre.report(WATER, "A1"), centre.report(WATER, "A2", lng=HERE[0] + 0.01)
    broken(monkeypatch, centre.ordinal(sick))
    centre.later(hours=3)
    (alert,) = [alert for alert in centre.open_alerts().values() if alert.kind is AlertKind.BROKEN_TIMER]
    assert (alert.number, alert.tells, "ZeroDivisionError" in alert.evidence) == (sick, ("desk",), True)
    assert not centre.lines(sick, Action.WARNED)
    assert centre.lines(well, Action.WARNED)
    assert centre.state.meta.clock == centre.at
    assert not centre.dead


def test_the_line_that_came_with_the_time_is_applied_and_a_person_can_go_on_with_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Worked()
    sick = centre.report(WATER, "A1")
    broken(monkeypatch, centre.ordinal(sick))
    centre.at = centre.later(seconds=0).at.replace(hour=15)
    other = centre.report(WATER, "A2", lng=HERE[0] + 0.01)
    assert other
    assert not centre.dead
    assert centre.command(Action.SIGNED, sick).verdict is VerdictKind.DONE
    centre.restart()
    centre.later(days=2)
    assert centre.case(sick).state is CaseState.SIGNED


def test_positions_are_taken_though_a_timer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Worked()
    sick = centre.report(WATER)
    broken(monkeypatch, centre.ordinal(sick))
    centre.at = centre.at.replace(hour=15)
    (name,) = centre.near(Force.GRID)
    roster = centre.state.kept.roster
    assert roster is not None
    assert roster.stand(name).seen_at
    assert [alert.kind for alert in centre.open_alerts().values()].count(AlertKind.BROKEN_TIMER) == 1


def test_a_case_that_cannot_be_archived_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Worked()
    sick, well = centre.report(WATER, "A1"), centre.report(WATER, "A2", lng=HERE[0] + 0.01)
    end(centre, sick)
    end(centre, well)
    broken(monkeypatch, centre.ordinal(sick), "_archive")
    centre.later(days=31)
    assert (centre.case(sick).state, centre.case(well).state) == (CaseState.CLOSED, CaseState.ARCHIVED)


def test_a_surge_that_cannot_be_looked_at_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Worked()
    for day in range(20):
        centre.report("商家店外经营占道摆摊", f"D{day}", lng=HERE[0] + 0.01 * (day % 3))
        centre.later(days=1)
    for number in range(8):
        centre.report(WATER, f"S{number}", lng=HERE[0] + 0.003 * (number % 4), lat=HERE[1] + 0.003 * (number // 4))
    assert centre.state.kept.surges is not None
    assert centre.state.kept.surges.due() is not None

    def breaks(*_: Any) -> None:
        raise ZeroDivisionError("what is usual is broken")

    monkeypatch.setattr(Surges, "quiet", breaks)
    centre.later(hours=5)
    assert centre.state.kept.surges.due() is None
    assert centre.state.meta.clock == centre.at
