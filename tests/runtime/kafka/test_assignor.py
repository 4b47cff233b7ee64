from __future__ import annotations

from faust.assignor import partition_assignor
from faust.assignor.client_assignment import CopartitionedAssignment
from hypothesis import given
from hypothesis import strategies as st

from pipeline.runtime.kafka.assignor import EvenAssignor
from pipeline.runtime.kafka.transport import App

RAW = {"ucc.raw"}
Shares = dict[str, set[int]]


def share(before: Shares, workers: set[str], partitions: int) -> Shares:
    """Who has what after a rebalance of these workers."""
    assigned = {name: CopartitionedAssignment(actives=set(before.get(name, set())), topics=RAW) for name in workers}
    EvenAssignor(RAW, assigned, partitions, 0).get_assignment()
    assert all(not one.standbys for one in assigned.values())
    return {name: one.actives for name, one in assigned.items()}


WORKERS = st.sets(st.sampled_from("abcdefgh"), min_size=1)


@given(st.lists(WORKERS, min_size=1, max_size=5), st.integers(1, 40))
def test_of_the_first_partitions_however_many_each_worker_has_its_part_whoever_comes_and_goes(rebalances: list[set[str]], partitions: int) -> None:
    shares: Shares = {}
    for workers in rebalances:
        before, shares = shares, share(shares, workers, partitions)
        assert sorted(partition for owned in shares.values() for partition in owned) == list(range(partitions))
        for first in range(1, partitions + 1):
            assert all(len([one for one in owned if one < first]) <= -(-first // len(workers)) for owned in shares.values())
        if workers == before.keys():
            assert shares == before, "where nobody came or went, nothing moves"


def test_what_a_worker_had_that_went_is_shared_and_who_stays_keeps_what_it_has() -> None:
    before = share({}, set("abc"), 15)
    after = share(before, set("ac"), 15)
    assert before["a"] <= after["a"]
    assert before["c"] <= after["c"]


def test_a_partition_that_two_believe_to_have_goes_to_one() -> None:
    assert sum(map(len, share({"a": {0, 1, 2}, "b": {0, 1, 2, 9}}, {"a", "b"}, 3).values())) == 3


def test_faust_shares_by_it() -> None:
    assert App is not None
    assert partition_assignor.CopartitionedAssignor is EvenAssignor  # type: ignore[attr-defined]
