"""The short version of `make faults`: kills at random instants over all parts, and that the checks can fail."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from schemas.topics import JOURNAL, OUTCOMES, RAW
from tests.faults.found import Landed
from tests.faults.installation import Installation, Shape
from tests.faults.kinds import BrokerKilled, ImportKilled, SinkKilled, WorkerKilled, WorkerStopped
from tests.faults.plan import plan
from tests.faults.run import Record, Wanted, full_disks, run
from tests.faults.stream import sample_week
from tests.faults.tampering import double_last, lose_first
from tests.faults.verdict import violations
from tests.served.jars import jars

SEED = os.environ.get("FAULTS_SEED") or str(random.SystemRandom().randrange(10**6))
KILLS = (WorkerKilled, SinkKilled, ImportKilled, BrokerKilled, WorkerStopped)


def said(sentence: str) -> None:
    """pytest shows it with a test that fails."""
    print(sentence)  # noqa: T201


def told(record: Record) -> str:
    """What was not as it should be, and how the same faults are had again."""
    hit = [f"{one['at']} s {one['said']}{'' if one['hit'] else ': nothing to hit'}" for one in record.faults]
    return "\n".join([f"the same again: FAULTS_SEED={record.seed} pytest tests/faults/test_faults.py", *record.violations, *hit])


def found_after_tampering(at: Installation, clean: dict[str, Landed]) -> None:
    """The last message of one centre's topics comes twice, the first of another's is gone."""
    doubled, robbed = at.centres
    for topic in (JOURNAL.name, RAW.name):
        double_last(at.brokers, topic, at.centres.index(doubled))
    for topic in (OUTCOMES.name, JOURNAL.name):
        lose_first(at.brokers, topic, at.centres.index(robbed))
    found = {one.centre: violations(one, clean[one.centre]) for one in at.found(at.settle(20))}
    for what in ("transitions doubled in the topic", "accepted lines doubled"):
        assert any(what in sentence for sentence in found[doubled]), found
    for what in ("accepted lines without an outcome", "outcomes too many in the warehouse", "transitions lost in the topic"):
        assert any(what in sentence for sentence in found[robbed]), found


def test_ten_kills_at_random_instants_lose_double_and_change_nothing_and_tampering_would_be_noticed(tmp_path: Path) -> None:
    jars()
    shape = Shape(files=1, pushed=1)
    rng = random.Random(SEED)
    # Each kind twice: between two imports, and after the last one, there is none to hit, so chance alone could plan too much that hits nothing.
    planned = [one for _ in range(2) for one in plan(rng, shape, len(KILLS), only=KILLS, longest=8, pauses=(0.5, 4))]
    record = run(Wanted(SEED, shape, sample_week(), 10), tmp_path, said, planned, then=found_after_tampering)
    assert not record.violations, told(record)
    assert record.counts().total() >= 8, told(record)


def test_a_disk_that_is_full_under_an_embedded_import_loses_doubles_and_changes_nothing(tmp_path: Path) -> None:
    record = full_disks(SEED, sample_week(), 2, tmp_path, said)
    assert not record.violations, told(record)
    assert record.counts().total() >= 1, told(record)


@pytest.mark.parametrize("nodes", [1])
def test_links_lead_to_the_brokers(tmp_path: Path, nodes: int) -> None:
    """A client behind a link is sent nowhere else by the broker."""
    jars()
    at = Installation(tmp_path, Shape(nodes=nodes), sample_week(), SEED)
    try:
        at.served.start()
        direct, behind = at.served.log(), at.served.log("worker")
        assert direct != behind
        assert at.desk.run("topics", "apply").returncode == 0
        at.desk.env["UCC_LOG"] = behind
        assert at.desk.run("topics", "apply").returncode == 0
        at.served.links["worker"].cut("reset")
        assert at.desk.run("topics", "apply").returncode == 75
        at.served.links["worker"].heal()
        assert at.desk.run("topics", "apply").returncode == 0
    finally:
        at.close()
