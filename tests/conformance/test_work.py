"""Cases that are worked on, on both logs: the same events give the same journal, alerts, verdicts, results and pictures, byte for byte."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.casework.written import Written
from pipeline.runtime.casework_runner import CaseworkRunner
from schemas.command import Actor
from schemas.frame import Frame, Placed
from schemas.ports import Log
from schemas.topics import ALERTS, CASES, EVENTS, JOURNAL, OUTCOMES, RESULTS, VERDICTS
from schemas.vocabulary import Action, Force, OrderAct, Role
from tests.casework.lifecycle.centre import CENTRE, Worked
from tests.conformance.kafka_logs import KafkaBackend
from tests.conformance.logs import Backend, SqliteBackend
from tests.served.kafka import Broker
from tests.served.topics import topics

WRITTEN = (JOURNAL.name, OUTCOMES.name, ALERTS.name, VERDICTS.name, RESULTS.name, CASES.name)


class Recorded(Worked):
    """A centre in memory that keeps the frames that it took, and the lines that it wrote."""

    def __post_init__(self) -> None:
        self.frames: list[Frame] = []
        self.wrote: dict[str, list[bytes]] = {topic: [] for topic in WRITTEN}
        super().__post_init__()

    def frame(self, placed: Placed) -> None:
        """As `Worked`, and keeps the frame."""
        self.frames.append(placed.frame)
        super().frame(placed)

    def keep(self, written: Written) -> None:
        """As `Worked`, and keeps the lines."""
        lines = (written.journal, written.outcomes, written.alerts, written.verdicts, written.results, written.cases)
        for topic, of_topic in zip(WRITTEN, lines, strict=True):
            self.wrote[topic] += of_topic
        super().keep(written)


def a_morning() -> Recorded:
    """Reports, one that joins, a guard who goes there, a unit that returns, a ruling, a night without an answer, an end."""
    centre = Recorded()
    (guard,) = centre.near(Force.GRID, skill="guard")
    case = centre.report("路面井盖缺失，行人差点掉下去")
    centre.report("井盖没了很危险", "A2")
    me = Actor(role=Role.RESPONDER, name="网格员", responder=guard)
    for act in (OrderAct.ACCEPT, OrderAct.DEPART, OrderAct.ARRIVE):
        centre.at += timedelta(seconds=40)
        centre.command(Action.ORDER_TOLD, case, me, act=act)
    other = centre.report("路灯不亮", "A3", lng=118.64, lat=32.061)
    centre.command(Action.RETURN_ASKED, other, reason_code="R1", clause="三定方案", unit="shuiwu")
    centre.desk(Action.RETURN_UPHELD, other, unit="shuiwu", reason="属其职责")
    centre.later(hours=20)
    for action in (Action.SIGNED, Action.CONTACTED):
        centre.command(action, case)
    centre.command(Action.ORDER_TOLD, case, me, act=OrderAct.FINISH)
    centre.command(Action.FED_BACK, case, result="已更换井盖")
    centre.desk(Action.CLOSED, case)
    centre.later(days=31)
    return centre


@pytest.fixture(params=["sqlite", "kafka"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """One of each kind."""
    if request.param == "sqlite":
        yield SqliteBackend(tmp_path)
        return
    broker: Broker = request.getfixturevalue("broker")
    with topics(broker, partitions=1) as brokers:
        yield KafkaBackend(brokers, 0)


def fold(log: Log, centre: Recorded, frames: Sequence[Frame]) -> None:
    """Folds frames by a worker that begins anew, as after a kill."""
    with log.transaction() as transaction:
        for frame in frames:
            transaction.append(EVENTS.name, frame)
    runner = CaseworkRunner(log, log, CENTRE, lambda _: centre.reference.merge_rules, "Asia/Shanghai", lambda _: centre.book)
    until = time.monotonic() + 120
    left = len(frames)
    while left and time.monotonic() < until:
        left -= runner.step()
    assert not left


def lines_of(log: Log, topic: str) -> list[bytes]:
    """All lines of a topic."""
    found: list[bytes] = []
    after = -1
    while placed := log.read(topic, after, 100):
        found += [line for one in placed for line in one.frame.lines()]
        after = placed[-1].offset
    return found


def test_a_morning_at_the_desk_is_the_same_on_either_log_with_a_new_worker_for_each_frame_or_one_for_all(log: Backend) -> None:
    centre = a_morning()
    half = len(centre.frames) // 2
    for portion in ([frame] for frame in centre.frames[:half]):
        with log.writer() as opened:
            fold(opened, centre, portion)
    with log.writer() as opened:
        fold(opened, centre, centre.frames[half:])
    with log.writer() as opened:
        for topic in WRITTEN:
            assert lines_of(opened, topic) == centre.wrote[topic], topic
