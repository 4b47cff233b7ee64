"""What the simulated month (`benchmarks/month.py`) found in the way of cases."""

from __future__ import annotations

import pytest

from schemas.command import Actor
from schemas.vocabulary import Action, CaseState, Force, OrderAct, ReturnReason, Role, VerdictKind
from tests.casework.lifecycle.centre import HERE, Worked

MANHOLE = "路面井盖缺失，行人差点掉下去"


@pytest.mark.parametrize("ruling", [Action.RETURN_UPHELD, Action.RETURN_REJECTED])
def test_a_return_is_ruled_on_although_somebody_who_was_sent_has_arrived_meanwhile(ruling: Action) -> None:
    centre = Worked()
    (guard,) = centre.near(Force.GRID, skill="guard")
    case = centre.report(MANHOLE)
    assert centre.command(Action.RETURN_ASKED, case, reason_code=ReturnReason.R1, clause="三定方案第二条", unit="shuiwu").verdict is VerdictKind.DONE
    me = Actor(role=Role.RESPONDER, name="网格员", responder=guard)
    for act in (OrderAct.ACCEPT, OrderAct.ARRIVE):
        assert centre.command(Action.ORDER_TOLD, case, me, act=act).verdict is VerdictKind.DONE
    assert centre.case(case).state is CaseState.ON_SITE
    assert centre.desk(ruling, case, unit="shuiwu", reason="井盖属排水设施").verdict is VerdictKind.DONE
    assert "returning" not in centre.case(case).flags


def test_a_child_whose_parent_is_withdrawn_is_shown_as_nobodys_child() -> None:
    centre = Worked()
    cases = [centre.report("小区停水一天了", f"A{number}", lng=HERE[0] + 0.002 * number, lat=HERE[1]) for number in range(5)]
    children = [case for case in cases if centre.case(case).parent]
    assert len(children) == len(cases) - 1
    centre.withdraw("A0")
    assert [centre.case(case).parent for case in children] == [""] * len(children)
