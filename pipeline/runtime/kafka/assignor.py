"""Which worker gets which partition.

Faust shares out all partitions of a topic alike, but only those at the front have a centre: of two workers one might get all of them.
So they are shared such that of the first so many, however many, no worker has more than its part; within that a worker keeps what it
has: where nobody came or went, nothing moves.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from faust.assignor import partition_assignor
from faust.assignor.client_assignment import CopartitionedAssignment
from faust.assignor.copartitioned_assignor import CopartitionedAssignor


class EvenAssignor(CopartitionedAssignor):
    """Shares the partitions of topics that have as many. There are no standbys: the state is read back from its topic."""

    def get_assignment(self) -> MutableMapping[str, CopartitionedAssignment]:
        """By worker."""
        workers = [self._client_assignments[name] for name in sorted(self._client_assignments)]
        before = {partition: worker for worker in workers for partition in worker.actives}
        for worker in workers:
            worker.actives = set()
            worker.standbys = set()
        for partition in range(self.num_partitions):
            most = -(-(partition + 1) // len(workers))
            owner = before.pop(partition, None)
            if owner is None or len(owner.actives) >= most:
                owner = min(workers, key=lambda worker: (len(worker.actives), -self._next(before, worker)))
            owner.actives.add(partition)
        return self._client_assignments

    def _next(self, before: Mapping[int, CopartitionedAssignment], worker: CopartitionedAssignment) -> int:
        """The next partition that a worker has had: who is to keep one soon takes none now."""
        return min((partition for partition, owner in before.items() if owner is worker), default=self.num_partitions)


# Faust names the class that shares in the middle of a method, and has no setting for it.
partition_assignor.CopartitionedAssignor = EvenAssignor  # type: ignore[attr-defined]
