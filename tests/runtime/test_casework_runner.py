from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pipeline.runtime.casework_process import CaseworkProcess, Place, Rulebook
from pipeline.runtime.casework_runner import READER, CaseworkRunner
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from schemas.case import Case, Outcome, Transition
from schemas.errors import NotFound, UccError
from schemas.event import RuleEvent
from schemas.frame import MAX_LINES, frame_of
from schemas.topics import CASES, DEAD_LETTERS, EVENTS, JOURNAL, OUTCOMES, RAW
from schemas.vocabulary import OutcomeKind
from tests.runtime.streams import CENTRE, START, bodies, frames, stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.intake.intake import Intake

ZONE = "Asia/Shanghai"
TOPICS = (JOURNAL.name, OUTCOMES.name, CASES.name, DEAD_LETTERS.name)
LINES = 3_000


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory, reading: Callable[[str], Intake], hashes: tuple[str, str]) -> Path:
    """A log of events: a rule, and some thousand lines in frames of many sizes, one of them of lines that cannot be read."""
    path = tmp_path_factory.mktemp("events") / "intake.db"
    sizes = random.Random(3)
    with closing(SqliteLog(path, writer=True)) as log:
        intake = EmbeddedIntake(log, CENTRE, reading, "w")
        intake.use(hashes[0], "pukou", START)
        waiting = stream(LINES)
        while waiting:
            size = sizes.choice((1, 7, 40, 120))
            intake.take(waiting[:size], "test")
            del waiting[:size]
        with log.transaction() as transaction:
            transaction.append(RAW.name, frame_of(CENTRE, "report", [b"{", b"}"]))
        intake.catch_up()
    return path


def fold(events: Path, log_path: Path, packs: Path, *, steps: int = 1_000_000) -> None:
    """Folds what waits, at most so many steps."""
    with closing(SqliteLog(events, writer=False)) as reader, closing(SqliteLog(log_path, writer=True)) as log:
        casework = CaseworkRunner(reader, log, CENTRE, Rulebook(packs).merge_rules, ZONE)
        while steps > 0 and casework.step():
            steps -= 1


def journal(path: Path) -> dict[str, list[bytes]]:
    """All that casework wrote, frame by frame."""
    with closing(SqliteLog(path, writer=False)) as log:
        return {topic: bodies(log, topic) for topic in TOPICS}


def state(path: Path) -> dict[str, dict[int | str, bytes]]:
    """All that casework keeps to go on."""
    with closing(SqliteLog(path, writer=False)) as log:
        return {table: dict(log.scan(table)) for table in ("meta", "register", "cases", "ended", "sealed")}


@pytest.fixture(scope="module")
def undisturbed(events: Path, packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of a casework that nothing happened to."""
    path = tmp_path_factory.mktemp("undisturbed") / "casework.db"
    fold(events, path, packs)
    return path


def test_every_line_has_one_outcome_and_what_is_written_is_what_the_models_say(undisturbed: Path, events: Path) -> None:
    written = journal(undisturbed)
    outcomes = [Outcome.model_validate_json(line) for body in written[OUTCOMES.name] for line in body.split(b"\n")]
    assert len(outcomes) == LINES + 2
    assert len({(outcome.raw_offset, outcome.raw_line) for outcome in outcomes}) == len(outcomes)
    assert {outcome.outcome for outcome in outcomes} == set(OutcomeKind) - {OutcomeKind.DEAD, OutcomeKind.LATE}, "the stream has something of everything"
    transitions = [Transition.model_validate_json(line) for body in written[JOURNAL.name] for line in body.split(b"\n")]
    assert len({transition.transition_id for transition in transitions}) == len(transitions)
    assert {Case.model_validate_json(line).centre for body in written[CASES.name] for line in body.split(b"\n")} == {CENTRE}
    with closing(SqliteLog(undisturbed, writer=False)) as log, closing(SqliteLog(events, writer=False)) as reader:
        assert log.committed(READER, EVENTS.name) == reader.end(EVENTS.name)
        assert log.total_lines(OUTCOMES.name) == LINES + 2


def test_frames_name_the_raw_frame_that_they_are_of_and_whose_hands_it_went_through(undisturbed: Path) -> None:
    with closing(SqliteLog(undisturbed, writer=False)) as log:
        headers = [placed.frame.header for placed in log.read(OUTCOMES.name, -1, 100_000)]
    assert [header.raw_offset for header in headers] == sorted(set(range(1, len(headers) + 1)))
    assert all(header.hops and header.hops[0].startswith("intake ") for header in headers)


def test_what_a_frame_writes_beyond_five_hundred_lines_goes_into_several_frames(events: Path, packs: Path, tmp_path: Path) -> None:
    with closing(SqliteLog(events, writer=False)) as reader:
        rule = reader.read(EVENTS.name, -1, 1)[0].frame
        lines = [line for placed in reader.read(EVENTS.name, 0, 100_000) for line in placed.frame.lines()]
    telling = [line for line in lines if b'"order_key":"000000000000000' in line][:MAX_LINES]
    with closing(SqliteLog(tmp_path / "intake.db", writer=True)) as log, log.transaction() as transaction:
        transaction.append(EVENTS.name, rule)
        transaction.append(EVENTS.name, frame_of(CENTRE, "report", telling, raw_offset=1, previous=0))
    fold(tmp_path / "intake.db", tmp_path / "casework.db", packs)
    with closing(SqliteLog(tmp_path / "casework.db", writer=False)) as log:
        assert log.total_lines(OUTCOMES.name) == MAX_LINES
        assert log.total_lines(JOURNAL.name) > MAX_LINES
        assert log.read(JOURNAL.name, -1, 1)[0].frame.header.lines == MAX_LINES


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_casework_that_ends_and_begins_again_and_again_writes_the_same(events: Path, packs: Path, undisturbed: Path, tmp_path: Path, steps: int) -> None:
    path = tmp_path / "casework.db"
    with closing(SqliteLog(events, writer=False)) as reader:
        end = reader.end(EVENTS.name)
    done = -1
    while done < end:
        fold(events, path, packs, steps=steps)
        with closing(SqliteLog(path, writer=False)) as log:
            assert log.committed(READER, EVENTS.name) > done
            done = log.committed(READER, EVENTS.name)
    assert journal(path) == journal(undisturbed)
    assert state(path) == state(undisturbed)


def test_frames_that_come_one_by_one_are_folded_as_those_that_waited(events: Path, packs: Path, undisturbed: Path, tmp_path: Path) -> None:
    with closing(SqliteLog(events, writer=False)) as source:
        waiting = source.read(EVENTS.name, -1, 100_000)
    with closing(SqliteLog(tmp_path / "intake.db", writer=True)) as trickle, closing(SqliteLog(tmp_path / "casework.db", writer=True)) as log:
        casework = CaseworkRunner(trickle, log, CENTRE, Rulebook(packs).merge_rules, ZONE)
        for placed in waiting:
            assert casework.step() == 0
            with trickle.transaction() as transaction:
                transaction.append(EVENTS.name, placed.frame)
            assert casework.step() == 1
    assert journal(tmp_path / "casework.db") == journal(undisturbed)


def test_a_transaction_that_fails_leaves_nothing_and_a_new_casework_goes_on(
    events: Path, packs: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "casework.db"
    fold(events, path, packs, steps=2)
    before = (journal(path), state(path))
    with monkeypatch.context() as patch:
        patch.setattr(CaseworkRunner, "_append", fails_for(OUTCOMES.name, CaseworkRunner._append))  # noqa: SLF001  the disk cannot be made to fail at this line
        with pytest.raises(InterruptedError):
            fold(events, path, packs)
    assert (journal(path), state(path)) == before
    fold(events, path, packs)
    assert journal(path) == journal(undisturbed)


def fails_for(wanted: str, append: Callable[..., None]) -> Callable[..., None]:
    """An append that fails for one topic."""

    def failing(casework: CaseworkRunner, transaction: object, topic: str, lines: object, placed: object) -> None:
        if topic == wanted:
            raise InterruptedError
        append(casework, transaction, topic, lines, placed)

    return failing


# --- in a process of its own


def place(events: Path, folder: Path, packs: Path) -> Place:
    """Where a worker finds what it needs."""
    return Place(CENTRE, ZONE, events, folder / "casework.db", packs)


def wait_for(worker: CaseworkProcess, offset: int) -> None:
    """Nudges until the worker has come so far."""
    patience = time.monotonic() + 180
    while worker.done() < offset:
        worker.nudge()
        assert time.monotonic() < patience
        time.sleep(0.002)


def nudge(worker: CaseworkProcess, times: int) -> None:
    """Nudges so many times."""
    for _ in range(times):
        worker.nudge()


def kill(worker: CaseworkProcess) -> None:
    """Kills the child with SIGKILL."""
    child = worker._process  # noqa: SLF001  nobody but a test may
    assert child is not None
    child.kill()
    child.join()


def test_a_worker_that_is_killed_again_and_again_writes_the_same(events: Path, packs: Path, undisturbed: Path, tmp_path: Path) -> None:
    instants = random.Random(11)
    with closing(SqliteLog(events, writer=False)) as reader:
        end = reader.end(EVENTS.name)
    kills = 0
    with closing(CaseworkProcess(place(events, tmp_path, packs))) as worker:
        while kills < 6 and worker.done() < end:
            wait_for(worker, min(end, worker.done() + 1))
            time.sleep(instants.uniform(0, 0.03))
            kill(worker)
            kills += 1
            assert worker.done() <= end
        wait_for(worker, end)
    assert kills > 2
    assert journal(tmp_path / "casework.db") == journal(undisturbed)
    assert state(tmp_path / "casework.db") == state(undisturbed)


def test_a_worker_folds_what_comes_while_it_waits_and_ends_with_its_owner(
    packs: Path, reading: Callable[[str], Intake], hashes: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "intake.db"
    with closing(SqliteLog(path, writer=True)) as log:
        intake = EmbeddedIntake(log, CENTRE, reading, "w")
        with closing(CaseworkProcess(place(path, tmp_path, packs))) as worker:
            assert worker.done() == -1
            intake.use(hashes[0], "pukou", START)
            for portion in frames(stream(30), 10):
                wait_for(worker, log.end(EVENTS.name))
                intake.take(portion, "test")
            wait_for(worker, log.end(EVENTS.name))
            child = worker._process  # noqa: SLF001  nobody but a test may
            assert child is not None
        assert child.exitcode == 0
    with closing(SqliteLog(tmp_path / "casework.db", writer=True)) as log:
        assert log.total_lines(OUTCOMES.name) == 30


def test_an_owner_is_never_kept_waiting_by_a_worker_that_does_not_listen(events: Path, packs: Path, undisturbed: Path, tmp_path: Path) -> None:
    with closing(SqliteLog(events, writer=False)) as reader:
        end = reader.end(EVENTS.name)
    with closing(CaseworkProcess(place(events, tmp_path, packs))) as worker:
        child = worker._process  # noqa: SLF001  nobody but a test may
        assert child is not None
        assert child.pid is not None
        os.kill(child.pid, signal.SIGSTOP)
        nudging = threading.Thread(target=nudge, args=(worker, 5_000))
        nudging.start()
        nudging.join(60)
        kept_waiting = nudging.is_alive()
        os.kill(child.pid, signal.SIGCONT)
        nudging.join()
        assert not kept_waiting
        wait_for(worker, end)
        assert worker._process is child  # noqa: SLF001
    assert journal(tmp_path / "casework.db") == journal(undisturbed)


def test_a_worker_that_cannot_go_on_says_why_after_three_tries(packs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lost = "f" * 16
    with closing(SqliteLog(tmp_path / "intake.db", writer=True)) as log, log.transaction() as transaction:
        rule = RuleEvent(kind="rule", at=START, pack=lost, pack_name="lost")
        transaction.append(EVENTS.name, frame_of(CENTRE, "rule", [rule.to_json()], raw_offset=0, previous=-1))
    with closing(CaseworkProcess(place(tmp_path / "intake.db", tmp_path, packs))) as worker:
        with pytest.raises(UccError, match=f"three times and did not get on: .*the reference pack {lost} is not on the shelf"):
            wait_for(worker, 0)
        assert worker.done() == -1
    assert "Traceback" not in capfd.readouterr().err, "the sentence is for the owner to tell"


def test_a_worker_waits_for_the_one_before_it_to_be_gone(events: Path, packs: Path, undisturbed: Path, tmp_path: Path) -> None:
    with closing(SqliteLog(events, writer=False)) as reader:
        end = reader.end(EVENTS.name)
    before = SqliteLog(tmp_path / "casework.db", writer=True)
    with closing(CaseworkProcess(place(events, tmp_path, packs))) as worker:
        time.sleep(0.7)
        assert worker.done() == -1
        before.close()
        wait_for(worker, end)
    assert journal(tmp_path / "casework.db") == journal(undisturbed)


# --- rules by pack


def test_the_rulebook_reads_each_pack_once_and_knows_what_it_lacks(packs: Path, hashes: tuple[str, str]) -> None:
    book = Rulebook(packs)
    assert book.merge_rules(hashes[0]) == dict(shelf.get(packs, hashes[0]).merge_rules)
    assert book.merge_rules(hashes[0]) is book.merge_rules(hashes[0])
    with pytest.raises(NotFound):
        book.merge_rules("0" * 16)
