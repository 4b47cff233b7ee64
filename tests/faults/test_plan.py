from __future__ import annotations

import random

import pytest

from tests.faults.injector import Injected
from tests.faults.installation import Shape
from tests.faults.kinds import KINDS, BrokerGone, BrokerStopped, WorkerKilled
from tests.faults.plan import NEXT_S, Planned, plan

ALONE, CLUSTER = Shape(nodes=1), Shape(nodes=3)


def said(planned: list[Planned]) -> list[tuple[float, str]]:
    return [(one.pause, str(Injected(one.fault, 0))) for one in planned]


@pytest.mark.parametrize("shape", [ALONE, CLUSTER])
def test_a_seed_is_a_plan_and_another_seed_another_one(shape: Shape) -> None:
    assert said(plan(random.Random("7"), shape, 40)) == said(plan(random.Random("7"), shape, 40))
    assert said(plan(random.Random("7"), shape, 40)) != said(plan(random.Random("8"), shape, 40))


def test_every_kind_that_the_shape_allows_comes() -> None:
    only_of_a_cluster = {BrokerGone, BrokerStopped}
    assert {type(one.fault) for one in plan(random.Random(1), CLUSTER, 40)} == set(KINDS)
    assert {type(one.fault) for one in plan(random.Random(1), ALONE, 40)} == set(KINDS) - only_of_a_cluster


def test_faults_last_as_long_as_their_kind_says_and_begin_one_after_the_other() -> None:
    for number, one in enumerate(plan(random.Random(2), CLUSTER, 200)):
        how = KINDS[type(one.fault)]
        assert how.shortest <= one.fault.lasts <= how.longest
        assert not number or NEXT_S[0] <= one.pause <= NEXT_S[1]


def test_a_short_plan_is_of_the_kinds_that_are_wanted() -> None:
    planned = plan(random.Random(3), ALONE, 10, only=[WorkerKilled], longest=1)
    assert [type(one.fault) for one in planned] == [WorkerKilled] * 10
