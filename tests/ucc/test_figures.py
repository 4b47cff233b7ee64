"""Figures on their way into a log: what is answered is durable, positions share a frame a second, old frames go once they have landed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.figures import Contract
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from reference.tables import PACKS
from schemas.command import PositionsEvent
from schemas.errors import LogUnavailable, NotFound
from schemas.event import EVENT, Centre
from schemas.frame import Frame, frame_of
from schemas.reading import Position, Reading
from schemas.topics import POSITIONS, READINGS, Topic
from schemas.vocabulary import Mode
from ucc.contracts import Contracts
from ucc.figures import EmbeddedFigureLog, Figures, Placed

AT = datetime(2026, 3, 2, 2, 5, tzinfo=UTC)
PATIENCE_S = 120.0


def nothing() -> Contract:
    raise NotFound("not asked for here")


def reading(number: int) -> Reading:
    return Reading(centre="c", metric="air.pm25", at=AT + timedelta(seconds=number), value=float(number), unit="ug/m3")


def fix(responder: str, seconds: float) -> Position:
    return Position(centre="c", responder=responder, at=AT + timedelta(seconds=seconds), lng=118.6, lat=32.0, accuracy_m=5)


class Opened:
    """Figures over a real log file, and the file as others read it."""

    def __init__(self, folder: Path) -> None:
        self.landed, self.moved = {READINGS.name: -1, POSITIONS.name: -1}, 0
        self.placed, self.full = list[Frame](), False
        self.log = EmbeddedFigureLog(folder / "figures.db", lambda topic: self.landed[topic], self._moved, self._place)
        self.reader = SqliteLog(folder / "figures.db", writer=False)
        self.figures = Figures("c", self.log, nothing, lambda: AT + timedelta(seconds=10))

    def _moved(self) -> None:
        self.moved += 1

    def _place(self, frame: Frame) -> Future[int]:
        """As the thread that writes the log of the centre."""
        done: Future[int] = Future()
        if self.full:
            self.full = False
            done.set_exception(LogUnavailable("no space", where="disk"))
        else:
            self.placed.append(frame)
            done.set_result(len(self.placed))
        return done

    def lines(self, topic: Topic) -> list[bytes]:
        return [line for placed in self.reader.read(topic.name, -1, 1_000) for line in placed.frame.lines()]

    def close(self) -> None:
        self.figures.close()
        self.reader.close()
        self.log.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    opened = Opened(tmp_path)
    yield opened
    opened.close()


def test_readings_are_in_the_log_when_it_is_said_that_they_are_in_frames_of_500(opened: Opened) -> None:
    opened.figures.start()
    opened.figures.take_readings([reading(n) for n in range(1_100)]).result(PATIENCE_S)
    frames = opened.reader.read(READINGS.name, -1, 10)
    assert [placed.frame.header.lines for placed in frames] == [500, 500, 100]
    assert {(placed.frame.header.centre, placed.frame.header.kind, placed.frame.header.source) for placed in frames} == {("c", "reading", "department")}
    assert [Reading.model_validate_json(line) for line in opened.lines(READINGS)] == [reading(n) for n in range(1_100)]
    assert opened.moved == 1, "one commit"


def test_positions_are_written_at_the_end_at_the_latest_each_responder_once(opened: Opened) -> None:
    opened.figures.take_positions([fix("a", 1), fix("b", 1), fix("a", 3), fix("a", 2)])
    opened.figures.start()
    opened.figures.close()
    assert [Position.model_validate_json(line) for line in opened.lines(POSITIONS)] == [fix("a", 3), fix("b", 1)]
    with pytest.raises(LogUnavailable):
        opened.figures.take_readings([reading(1)]).result(PATIENCE_S)


def test_the_fold_is_told_the_latest_fix_of_each_in_one_line_of_columns_and_nothing_when_nothing_came(opened: Opened) -> None:
    opened.figures.take_positions([fix("a", 1), fix("b", 1), fix("a", 3), fix("a", 2), fix("c", 11)])
    opened.figures.start()
    opened.figures.close()
    (frame,) = opened.placed
    assert (frame.header.kind, frame.header.centre, frame.header.lines) == ("positions", "c", 1)
    assert (frame.header.raw_offset, frame.header.previous_raw_offset) == (None, None)
    event = EVENT.validate_json(frame.body)
    assert isinstance(event, PositionsEvent)
    assert event.at == AT + timedelta(seconds=10), "the door's clock"
    assert (event.responders, event.age_ms) == (("a", "b", "c"), (7_000, 9_000, 0)), "a phone that is before our clock is as good as now"


def test_what_could_not_be_told_to_the_fold_is_told_the_next_time(opened: Opened) -> None:
    opened.full = True
    opened.figures.start()
    opened.figures.take_positions([fix("a", 1)])
    until = time.monotonic() + PATIENCE_S
    while not opened.placed and time.monotonic() < until:
        time.sleep(0.05)
    assert len(opened.placed) == 1
    assert b'"a"' in opened.placed[0].body


def test_positions_need_nobody_to_push_readings(opened: Opened) -> None:
    opened.figures.start()
    opened.figures.take_positions([fix("a", 1)])
    until = time.monotonic() + PATIENCE_S
    while not opened.lines(POSITIONS) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(opened.lines(POSITIONS)) == 1


class Full:
    """A log on a disk that is full, until it is not."""

    def __init__(self) -> None:
        self.full, self.frames, self.refused = True, list[Placed](), 0

    def append(self, frames: Sequence[Placed]) -> None:
        if self.full:
            self.refused += 1
            raise LogUnavailable("no space", where="disk")
        self.frames += frames

    def place(self, frame: Frame) -> None:
        raise AssertionError(f"the fold is told nothing without a clock: {frame.header.kind}")

    def tend(self) -> None:
        """Nothing."""


def test_a_full_disk_is_told_and_the_newest_fixes_are_written_once_there_is_space() -> None:
    log = Full()
    figures = Figures("c", log, nothing)
    figures.start()
    with pytest.raises(LogUnavailable, match="no space"):
        figures.take_readings([reading(1)]).result(PATIENCE_S)
    figures.take_positions([fix("a", 1), fix("b", 1)])
    told = [fix("a", 1)]
    until = time.monotonic() + PATIENCE_S
    while log.refused < 2 and time.monotonic() < until:
        time.sleep(0.05)
    with pytest.raises(LogUnavailable, match="no space"):
        _push_until_refused(figures, told)
    log.full = False
    figures.close()
    written = [Position.model_validate_json(line) for _, frame in log.frames for line in frame.lines()]
    assert {one.responder: one.at for one in written} == {"a": told[-1].at, "b": fix("b", 1).at}
    assert len(written) == 2


def _push_until_refused(figures: Figures, told: list[Position]) -> None:
    """As phones do: another fix every now and then."""
    for n in range(400):
        told.append(fix("a", 2 + n))
        figures.take_positions(told[-1:])
        time.sleep(0.05)


def test_frames_go_once_they_have_landed_and_are_older_than_their_topic_keeps_them(opened: Opened) -> None:
    now = datetime.now(UTC)
    for minutes in (130, 90, 61, 59, 0):
        hop = f"accept {(now - timedelta(minutes=minutes)).isoformat()} test"
        opened.log.append([(topic, frame_of("c", "x", [b"{}"], hops=(hop,))) for topic in (POSITIONS, READINGS)])
    assert opened.log.trim(POSITIONS) == 0, "nothing has landed"
    opened.landed[POSITIONS.name] = 1
    assert opened.log.trim(POSITIONS) == 2
    opened.landed[POSITIONS.name] = opened.landed[READINGS.name] = 4
    assert opened.log.trim(POSITIONS) == 1
    assert [placed.offset for placed in opened.reader.read(POSITIONS.name, -1, 10)] == [3, 4]
    assert opened.log.trim(READINGS) == 0, "kept for a week"


def test_the_contract_is_that_of_the_pack_in_effect(tmp_path: Path) -> None:
    centre = Centre(centre="pukou", name="浦口", partition=0, pack_name="pukou", mode=Mode.LIVE, time_zone="Asia/Shanghai")
    effect = [""]
    contracts = Contracts(centre, tmp_path, lambda: effect[0])
    with pytest.raises(NotFound):
        contracts()
    effect[0] = shelf.put(PACKS / "pukou", tmp_path).hash
    made = contracts()
    assert made.reading(b'{"metric": "air.pm25", "at": "2026-03-02T02:05:00Z", "value": 31}', AT).unit == "ug/m3"
    assert contracts() is made


class Forgetful(Full):
    """A log that takes all, and fails in what it does beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.full, self.tended = False, 0

    def tend(self) -> None:
        self.tended += 1
        raise ValueError("nobody foresaw this")


def test_whatever_goes_wrong_beside_it_figures_are_taken() -> None:
    log = Forgetful()
    figures = Figures("c", log, nothing)
    figures.start()
    until = time.monotonic() + PATIENCE_S
    while not log.tended and time.monotonic() < until:
        time.sleep(0.05)
    figures.take_readings([reading(1)]).result(PATIENCE_S)
    figures.close()
    assert log.tended >= 2
    assert len(log.frames) == 1
