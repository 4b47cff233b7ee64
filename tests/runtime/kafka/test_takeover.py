"""Several workers on a real broker: they share the centres, and whatever becomes of one of them, nothing is lost or doubled."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing

import pytest

from pipeline.runtime.kafka.app import SESSION_S
from schemas.brokers import Brokers
from schemas.event import Centre
from schemas.frame import Frame
from tests.runtime.kafka.installation import Installation, Worker, accepted_frames, lines_of, until

CENTRES = ("a", "b", "c", "d")
LINES = 1_800


class District:
    """Centres with frames of their own, accepted portion by portion."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.centres = [installation.centre(name) for name in CENTRES]
        self._frames = {centre.centre: [installation.first(centre), *accepted_frames(centre, LINES, seed=number)] for number, centre in enumerate(self.centres)}
        self._offered = dict.fromkeys(CENTRES, 0)

    def offer(self, count: int) -> None:
        """Accepts the next frames of each centre."""
        for centre in self.centres:
            first = self._offered[centre.centre]
            assert first + count <= len(self._frames[centre.centre]), "there is nothing left to offer"
            self.installation.offer(centre, *self._frames[centre.centre][first : first + count])
            self._offered[centre.centre] = first + count

    def accepted(self, centre: Centre) -> list[Frame]:
        """What was accepted so far."""
        return self._frames[centre.centre][: self._offered[centre.centre]]

    def check(self) -> None:
        """Each centre has what the embedded runtime makes of the same: nothing is lost, doubled or in another order."""
        for centre in self.centres:
            accepted = self.accepted(centre)
            assert self.installation.wait(centre, lines_of(accepted)) == self.installation.embedded(centre, accepted), centre.centre


def owned(*workers: Worker) -> list[set[str]]:
    """Which centres each owns."""
    return [worker.centres() for worker in workers]


def shared(*workers: Worker) -> bool:
    """Whether the workers own all centres, each some, none two."""
    sets = owned(*workers)
    return all(sets) and set().union(*sets) == set(CENTRES) and sum(map(len, sets)) == len(CENTRES)


def wait_until_shared(*workers: Worker) -> None:
    """Waits for the end of a rebalance."""
    until(lambda: shared(*workers), "the workers share the centres", lambda: (owned(*workers), [worker.said()[-2_000:] for worker in workers]))


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory, brokers: Brokers) -> Iterator[District]:
    """Four centres of one installation."""
    with closing(Installation(tmp_path_factory.mktemp("district"), brokers)) as installation:
        yield District(installation)


@pytest.fixture(scope="module")
def first(district: District) -> Worker:
    """A worker that has begun alone."""
    worker = district.installation.worker()
    district.offer(4)
    wait_until_shared(worker)
    return worker


@pytest.fixture(scope="module")
def second(district: District, first: Worker) -> Worker:
    """Another one that came later, in the midst of work."""
    district.offer(4)
    worker = district.installation.worker()
    wait_until_shared(first, worker)
    return worker


def test_a_worker_that_comes_takes_its_share_over(district: District, first: Worker, second: Worker) -> None:
    district.offer(4)
    district.check()
    assert first.runs
    assert second.runs
    wait_until_shared(first, second)  # each may have been late for a heartbeat where cores are shared


def test_the_centres_of_a_killed_worker_are_taken_over(district: District, first: Worker, second: Worker) -> None:
    district.offer(3)
    second.kill()
    district.offer(3)
    wait_until_shared(first)
    district.check()


def test_a_worker_that_stood_still_and_wakes_up_is_fenced_and_nothing_is_doubled(district: District, first: Worker) -> None:
    """It is stopped in the midst of work, and for longer than its session; when it goes on, others have its centres."""
    another = district.installation.worker()
    wait_until_shared(first, another)
    district.offer(4)
    first.send(signal.SIGSTOP)
    district.offer(4)
    wait_until_shared(another)
    district.check()
    district.offer(4)
    first.send(signal.SIGCONT)
    wait_until_shared(first, another)
    assert first.runs, "it goes on as a new one"
    district.offer(4)
    district.check()
    assert [worker.end() for worker in (first, another)] == [0, 0]
    assert SESSION_S < 10, "how long its centres wait for the next one"
