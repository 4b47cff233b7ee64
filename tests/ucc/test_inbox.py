"""Group commit: what several push at once is durable together, and each hears of his own lines; on the real embedded log."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from pipeline.intake.intake import Intake
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf
from schemas.errors import LogUnavailable
from schemas.report import Accepted, Report
from schemas.topics import RAW
from schemas.vocabulary import Source
from tests.served.up import report
from ucc.commands_known import CommandsKnown
from ucc.following import Follower
from ucc.home import Home
from ucc.inbox import Inbox
from ucc.installing import prepared
from ucc.receipts import Receipts


class Desk:
    """An inbox over a real log. `before` is called before each batch."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        home = Home(folder)
        self.centre = prepared(home, "")
        self.log = stack.enter_context(closing(SqliteLog(home.intake_log("pukou"), writer=True)))
        self.intake = EmbeddedIntake(self.log, "pukou", lambda pack: Intake(shelf.get(home.packs, pack), self.centre.mode), str(os.getpid()))
        self.receipts = stack.enter_context(closing(Receipts(folder / "receipts.db")))
        self.before: Callable[[Sequence[Accepted]], None] = lambda _: None
        self.inbox = Inbox("pukou", self._take, self.receipts, alone=True, taken=lambda: None, idle=lambda: None)
        commands = stack.enter_context(closing(CommandsKnown(folder / "commands.db")))
        self.follower = Follower(self.receipts, commands, self.log.read, lambda: None)
        self.follower.catch_up()

    def _take(self, lines: Sequence[Accepted], source: str) -> int:
        self.before(lines)
        return self.intake.take(lines, source)

    def frames(self) -> list[tuple[str, int]]:
        """Source and lines of each frame of reports."""
        return [(p.frame.header.source, p.frame.header.lines) for p in self.log.read(RAW.name, -1, 1_000) if p.frame.header.kind == "report"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path, stack)


def said(number: int, source: Source = Source.PETITION) -> Report:
    return Report.model_validate(report(number) | {"source": source.value})


def test_what_waits_is_durable_together_by_source_and_each_hears_of_his_own(desk: Desk) -> None:
    petition = [desk.inbox.take(Source.PETITION, [said(n), said(n + 100)]) for n in range(5)]
    police = desk.inbox.take(Source.POLICE110, [said(0, Source.POLICE110)])
    assert desk.inbox.waiting() == 11
    desk.inbox.start()
    desk.inbox.close()
    assert desk.frames() == [("petition", 10), ("police110", 1)]
    receipts = [noted.receipt_id for future in (*petition, police) for noted in future.result(0)]
    assert len(set(receipts)) == 11
    assert desk.receipts.known(receipts) == set(receipts)
    assert desk.inbox.waiting() == 0
    assert desk.receipts.followed(RAW.name) == desk.log.end(RAW.name)
    assert desk.follower.catch_up() == 0


def test_a_large_push_is_parted_into_frames_and_its_order_kept(desk: Desk) -> None:
    future = desk.inbox.take(Source.PETITION, [said(n) for n in range(1_100)])
    desk.inbox.start()
    desk.inbox.close()
    assert desk.frames() == [("petition", 500), ("petition", 500), ("petition", 100)]
    again = Inbox("pukou", desk.intake.take, desk.receipts, alone=True, taken=lambda: None, idle=lambda: None)
    second = again.take(Source.PETITION, [said(n) for n in range(1_100)])
    again.start()
    again.close()
    assert [noted.receipt_id for noted in second.result(0)] == [noted.receipt_id for noted in future.result(0)]
    assert {noted.resent for noted in second.result(0)} == {True}
    assert len(desk.frames()) == 6, "a resent line is never dropped"


def test_a_log_that_is_away_is_told_to_all_who_pushed_and_later_ones_are_taken(desk: Desk) -> None:
    def away(_: Sequence[Accepted]) -> None:
        raise LogUnavailable("the disk is full")

    desk.before = away
    futures = [desk.inbox.take(Source.PETITION, [said(n)]) for n in range(3)]
    desk.inbox.start()
    for future in futures:
        assert isinstance(future.exception(30), LogUnavailable)
    desk.before = lambda _: None
    assert not desk.inbox.take(Source.PETITION, [said(1)]).result(30)[0].resent
    desk.inbox.close()
    assert desk.frames() == [("petition", 1)]


def test_a_push_that_nothing_can_be_made_of_costs_only_itself(desk: Desk) -> None:
    def falls(lines: Sequence[Accepted]) -> None:
        if any(line.report.source_id == "W000001" for line in lines):
            raise ZeroDivisionError

    desk.before = falls
    futures = [desk.inbox.take(Source.PETITION, [said(n)]) for n in range(3)]
    desk.inbox.start()
    desk.inbox.close()
    assert [type(future.exception(0)) for future in futures] == [type(None), ZeroDivisionError, type(None)]


def test_receipts_that_could_not_be_noted_are_found_in_the_log(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise LogUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(desk.receipts, "note", full)
        first = desk.inbox.take(Source.PETITION, [said(1)])
        desk.inbox.start()
        assert not first.result(30)[0].resent
    second = desk.inbox.take(Source.PETITION, [said(2)]).result(30)
    desk.inbox.close()
    assert desk.receipts.known([first.result()[0].receipt_id]) == set()
    desk.follower.catch_up()
    wanted = {first.result()[0].receipt_id, second[0].receipt_id}
    assert desk.receipts.known(list(wanted)) == wanted


def test_whatever_else_is_done_in_the_writing_thread_is_answered_and_what_fails_costs_only_itself(desk: Desk) -> None:
    threads: list[str] = []

    def fails() -> int:
        raise LogUnavailable("no space", where="disk")

    done = desk.inbox.do(lambda: threads.append(threading.current_thread().name))
    failed = desk.inbox.do(fails)
    pushed = desk.inbox.take(Source.PETITION, [said(1)])
    desk.inbox.start()
    desk.inbox.close()
    done.result(0)
    assert threads == ["inbox pukou"]
    with pytest.raises(LogUnavailable):
        failed.result(0)
    assert len(pushed.result(0)) == 1
