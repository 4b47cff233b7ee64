from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from pipeline.intake.intake import Intake
from pipeline.runtime.embedded_intake import READER, EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from schemas.errors import BrokenFrame, LogUnavailable, NotFound
from schemas.event import EVENT, ReportEvent, RuleEvent
from schemas.frame import MAX_LINES, Frame, frame_of
from schemas.report import Accepted, place_of
from schemas.topics import EVENTS, RAW
from schemas.vocabulary import Mode
from tests.runtime.streams import CENTRE, START, bodies, frames, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from schemas.ports import Transaction


@contextmanager
def opened(path: Path, reading: Callable[[str], Intake], worker: str = "w1") -> Iterator[tuple[SqliteLog, EmbeddedIntake]]:
    """A log and the intake of its centre."""
    with closing(SqliteLog(path, writer=True)) as log:
        yield log, EmbeddedIntake(log, CENTRE, reading, worker)


def raw(log: SqliteLog, frame: Frame) -> None:
    """Appends a raw frame as another door would: without its events."""
    with log.transaction() as transaction:
        transaction.append(RAW.name, frame)


def raw_of(reports: list[Accepted]) -> Frame:
    """A raw frame."""
    return frame_of(CENTRE, "report", [line.to_json() for line in reports], source="test")


def test_a_centre_without_a_pack_takes_nothing(tmp_path: Path, reading: Callable[[str], Intake]) -> None:
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        assert intake.pack == ""
        with pytest.raises(BrokenFrame, match="no reference pack yet"):
            intake.take(stream(1), "test")
        assert (log.end(RAW.name), log.end(EVENTS.name)) == (-1, -1)


def test_what_is_accepted_is_durable_with_its_events_and_what_else_belongs_to_it(
    tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]
) -> None:
    reports = stream(20)
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        offset = intake.take(reports, "test", also=lambda transaction: transaction.put("imports", [("file", b"20")]))
        assert offset == log.end(RAW.name) == 1
        assert bodies(log, RAW.name)[1] == raw_of(reports).body
        assert bodies(log, EVENTS.name)[1].split(b"\n") == reading(hashes[0]).lines(reports)
        assert log.load("imports", ["file"]) == {"file": b"20"}
        assert log.committed(READER, RAW.name) == 1


def test_each_frame_of_events_names_its_raw_frame_and_the_one_before(tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> None:
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        for portion in frames(stream(12), 3):
            intake.take(portion, "test")
        headers = [placed.frame.header for placed in log.read(EVENTS.name, -1, 99)]
        assert [(header.previous_raw_offset, header.raw_offset) for header in headers] == list(pairwise(range(-1, 5)))
        assert [(header.kind, header.source) for header in headers] == [("rule", ""), *[("report", "test")] * 4]
        assert all(len(header.hops) == 1 and header.hops[0].startswith("intake 20") and header.hops[0].endswith(" w1") for header in headers)


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_if_what_belongs_to_it_cannot_be_written_nothing_was_accepted_and_the_next_stands_in_its_place(
    tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str], fault: type[BaseException]
) -> None:
    def fails(_: Transaction) -> None:
        raise fault

    reports = stream(4)
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        with pytest.raises(fault):
            intake.take(reports[:2], "test", also=fails)
        assert (log.end(RAW.name), log.end(EVENTS.name), log.committed(READER, RAW.name)) == (0, 0, 0)
        assert intake.take(reports[2:], "test") == 1
        assert log.read(EVENTS.name, 0, 9)[0].frame.header.previous_raw_offset == 0


@pytest.mark.parametrize("count", [0, MAX_LINES + 1])
def test_a_portion_that_is_no_frame_is_refused_whole(tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str], count: int) -> None:
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        with pytest.raises(BrokenFrame, match=f"not {count}"):
            intake.take(stream(1) * count, "test")
        assert log.end(RAW.name) == 0


def test_a_replay_says_in_the_log_what_it_replays_and_its_events_are_the_same_after_a_crash(
    tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]
) -> None:
    again = [line.model_copy(update={"replays": f"letter {n}", "first_place": place_of(7, n)}) for n, line in enumerate(stream(5))]
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        intake.take(again, "test")
        raw(log, raw_of(again))
        intake.catch_up()
        assert [Accepted.model_validate_json(line) for line in bodies(log, RAW.name)[1].split(b"\n")] == again
        taken, caught_up = bodies(log, EVENTS.name)[1:]
        assert taken == caught_up
        events = [ReportEvent.model_validate_json(line) for line in taken.split(b"\n")]
        assert [(event.replays, event.first_place) for event in events] == [(line.replays, line.first_place) for line in again]


# --- rules


def test_a_pack_that_takes_effect_is_an_event_and_once_only(tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> None:
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        intake.use(hashes[0], "pukou", START)
        assert (log.end(RAW.name), log.end(EVENTS.name)) == (0, 0)
        assert EVENT.validate_json(bodies(log, EVENTS.name)[0]) == RuleEvent(kind="rule", at=START, pack=hashes[0], pack_name="pukou")
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        assert intake.pack == hashes[0]
        intake.use(hashes[0], "pukou", START)
        assert log.end(RAW.name) == 0


def test_from_the_next_pack_on_decisions_are_made_by_it_also_after_a_restart(tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> None:
    rubbish = [line for line in stream(200) if "垃圾" in line.report.text and line.report.lng]
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        intake.take(rubbish[:1], "test")
        intake.use(hashes[1], "pukou", START)
        intake.take(rubbish[1:2], "test")
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        assert intake.pack == hashes[1]
        intake.take(rubbish[2:3], "test")
        events = [event for body in bodies(log, EVENTS.name) if isinstance(event := EVENT.validate_json(body), ReportEvent)]
    assert [(event.pack, event.unit) for event in events] == [(hashes[0], "chengguan"), (hashes[1], "jiaotong"), (hashes[1], "jiaotong")]


def test_a_pack_that_is_not_there_does_not_take_effect(tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> None:
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        with pytest.raises(NotFound, match="not on the shelf"):
            intake.use("0" * 16, "lost", START)
        assert (intake.pack, log.end(RAW.name)) == (hashes[0], 0)
        intake.take(stream(1), "test")


# --- after a crash, and for others


def test_raw_frames_without_events_get_the_events_that_they_would_have_had(tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> None:
    portions = frames(stream(90), 10)
    with opened(tmp_path / "all.db", reading) as (straight, intake):
        intake.use(hashes[0], "pukou", START)
        for number, portion in enumerate(portions):
            if number == 6:
                intake.use(hashes[1], "pukou", START)
            intake.take(portion, "test")
        expected = [(p.frame.body, p.frame.header.model_copy(update={"hops": ()})) for p in straight.read(EVENTS.name, -1, 99)]
        rule_frames = [p.frame for p in straight.read(RAW.name, -1, 99) if p.frame.header.kind == "rule"]
    with opened(tmp_path / "half.db", reading) as (half, intake):
        intake.use(hashes[0], "pukou", START)
        intake.take(portions[0], "test")
        for portion in portions[1:6]:
            raw(half, raw_of(portion))
        raw(half, rule_frames[1])
        for portion in portions[6:8]:
            raw(half, raw_of(portion))
    with opened(tmp_path / "half.db", reading, "w2") as (half, intake):
        assert intake.catch_up() == 8
        assert intake.pack == hashes[1]
        assert intake.catch_up() == 0
        intake.take(portions[8], "test")
        assert [(p.frame.body, p.frame.header.model_copy(update={"hops": ()})) for p in half.read(EVENTS.name, -1, 99)] == expected


def test_what_another_door_left_is_taken_before_what_comes_next(tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> None:
    first, second, third = frames(stream(6), 2)
    with opened(tmp_path / "intake.db", reading) as (log, intake):
        intake.use(hashes[0], "pukou", START)
        raw(log, raw_of(first))
        assert intake.take(second, "test") == 2
        raw(log, raw_of(third))
        intake.use(hashes[1], "pukou", START)
        headers = [p.frame.header for p in log.read(EVENTS.name, -1, 9)]
        assert [(header.kind, header.raw_offset, header.previous_raw_offset) for header in headers] == [
            ("rule", 0, -1),
            ("report", 1, 0),
            ("report", 2, 1),
            ("report", 3, 2),
            ("rule", 4, 3),
        ]
        assert [EVENT.validate_json(body.split(b"\n")[0]).kind for body in bodies(log, EVENTS.name)] == ["rule", "report", "report", "report", "rule"]


def test_lines_that_cannot_be_read_are_refused_each_for_itself_and_twice_alike(
    tmp_path: Path, reading: Callable[[str], Intake], hashes: tuple[str, str]
) -> None:
    reports = stream(3)
    broken = frame_of(CENTRE, "report", [b"{", reports[0].to_json(), b"\xff", reports[1].to_json(), b""])
    written = []
    for name in ("one", "other"):
        with opened(tmp_path / f"{name}.db", reading) as (log, intake):
            intake.use(hashes[0], "pukou", START)
            raw(log, broken)
            assert intake.catch_up() == 1
            intake.take(reports[2:], "test")
            written.append(bodies(log, EVENTS.name))
    assert written[0] == written[1]
    events = [EVENT.validate_json(line) for line in written[0][1].split(b"\n")]
    assert [(event.kind, event.raw_line) for event in events] == [("refused", 0), ("report", 1), ("refused", 2), ("report", 3), ("refused", 4)]
    assert max(event.at for event in events) < datetime(2025, 1, 1, tzinfo=UTC), "a stream of the past is not moved by the wall clock"


def take_for_ever(path: Path, packs: Path, wanted: str) -> None:
    """Takes the same lines again and again until it is killed."""
    with opened(path, lambda pack: Intake(shelf.get(packs, pack), Mode.STREAM), str(os.getpid())) as (_, intake):
        intake.use(wanted, "pukou", START)
        portions = frames(stream(400), 50)
        while True:
            for portion in portions:
                intake.take(portion, "test")


def test_a_killed_intake_leaves_each_raw_frame_with_its_events(tmp_path: Path, packs: Path, hashes: tuple[str, str]) -> None:
    path = tmp_path / "intake.db"
    spawn = multiprocessing.get_context("spawn")
    seen = 0
    for wait in (0.0, 0.013, 0.031):
        process = spawn.Process(target=take_for_ever, args=(path, packs, hashes[0]), daemon=True)
        process.start()
        patience = time.monotonic() + 180
        while reader_end(path) <= seen:
            assert process.is_alive()
            assert time.monotonic() < patience
            time.sleep(0.005)
        time.sleep(wait)
        process.kill()
        process.join()
        with closing(SqliteLog(path, writer=False)) as log:
            ends = (log.end(RAW.name), log.end(EVENTS.name), log.committed(READER, RAW.name))
            assert len(set(ends)) == 1
            headers = [p.frame.header for p in log.read(EVENTS.name, -1, 100_000)]
            assert [(header.previous_raw_offset, header.raw_offset) for header in headers] == list(pairwise(range(-1, ends[0] + 1)))
            seen = ends[0]


def reader_end(path: Path) -> int:
    """Offset of the last frame of events, -1 where there is no log yet."""
    try:
        with closing(SqliteLog(path, writer=False)) as log:
            return log.end(EVENTS.name)
    except LogUnavailable:
        return -1
