"""Replaying, on the real embedded log, intake and casework: what intake falls over is mended between the runs."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from connectors.accept import accept
from pipeline.casework.letters import LETTERS
from pipeline.intake.intake import Intake
from pipeline.runtime.casework_process import Rulebook
from pipeline.runtime.casework_runner import CaseworkRunner
from pipeline.runtime.embedded_intake import EmbeddedIntake
from pipeline.runtime.sqlite_log import SqliteLog
from reference import shelf as packs_shelf
from reference.tables import PACKS
from schemas.case import DeadLetter, Outcome
from schemas.errors import LogUnavailable, NotFound
from schemas.frame import frame_of
from schemas.report import Accepted, Report, place_of
from schemas.topics import DEAD_LETTERS, OUTCOMES, RAW
from schemas.vocabulary import Mode, Source
from tests.runtime.streams import START
from ucc.acceptance import EmbeddedAcceptance
from ucc.dead_letters import DOOR, FRAME, letters, over, piles, replay
from ucc.embedded_shelf import EmbeddedShelf
from ucc.letters_shown import SEALED, found, listed, shown, summary, text, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CENTRE = "pukou"


class Ward:
    """A centre on the embedded log whose intake falls over certain words."""

    def __init__(self, folder: Path, made: Intake, packs: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bad: set[str] = set()
        sound = made._classifier.classify  # noqa: SLF001  a fault cannot be made from outside

        def classify(report: Report, text_plain: str) -> Any:
            if any(word in text_plain for word in self.bad):
                raise ZeroDivisionError
            return sound(report, text_plain)

        monkeypatch.setattr(made._classifier, "classify", classify)  # noqa: SLF001
        self.log = stack.enter_context(closing(SqliteLog(folder / "intake.db", writer=True)))
        self.casework_log = stack.enter_context(closing(SqliteLog(folder / "casework.db", writer=True)))
        self.intake = EmbeddedIntake(self.log, CENTRE, lambda _: made, "w")
        self.intake.use(made.reference.hash, "pukou", START)
        self.casework = CaseworkRunner(self.log, self.casework_log, CENTRE, Rulebook(packs).merge_rules, "Asia/Shanghai")
        self.shelf = EmbeddedShelf(CENTRE, self.casework_log, EmbeddedAcceptance(self.log, self.intake, DOOR), self.fold)
        self.minutes = 0

    def fold(self) -> None:
        """All that waits."""
        while self.casework.step():
            pass

    def say(self, *lines: tuple[str, str], source: Source = Source.HOTLINE12345) -> Ward:
        """Lines (source id, text), in one frame."""
        reports = []
        for name, said in lines:
            self.minutes += 1
            at = START + timedelta(minutes=self.minutes)
            reports.append(Report(source=source, source_id=name, reported_at=at, arrived_at=at, text=said))
        self.intake.take(accept(reports, CENTRE, START + timedelta(minutes=self.minutes)), source.value)
        self.fold()
        return self

    def standing(self) -> list[list[str]]:
        """Source ids of the piles that stand."""
        kept = letters(self.shelf.reader)
        return [[one.letter.source_id for one in pile.letters] for pile in piles(kept, over(kept, self.shelf))]

    def outcomes(self) -> list[Outcome]:
        """All of them."""
        return [Outcome.model_validate_json(line) for placed in self.casework_log.read(OUTCOMES.name, -1, 10_000) for line in placed.frame.lines()]

    def replay(self, *names: str, budget: int = 200) -> list[tuple[str, str]]:
        """Source id and outcome of what was replayed."""
        return [(one.letter.source_id, one.outcome.outcome.value if one.outcome else "") for one in replay(self.shelf, names, budget).done]

    def raw(self) -> list[list[Accepted]]:
        """The frames of replays in `ucc.raw`."""
        frames = [placed.frame for placed in self.log.read(RAW.name, -1, 10_000) if placed.frame.header.kind == "report"]
        read = [[Accepted.model_validate_json(line) for line in frame.lines()] for frame in frames]
        return [lines for lines in read if lines[0].replays]


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs")


@pytest.fixture(scope="module")
def made(packs: Path) -> Intake:
    return Intake(packs_shelf.get(packs, packs_shelf.put(PACKS / "pukou", packs).hash), Mode.STREAM)


@pytest.fixture
def ward(tmp_path: Path, made: Intake, packs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ward]:
    with ExitStack() as stack:
        yield Ward(tmp_path, made, packs, stack, monkeypatch)


def test_what_was_mended_goes_through_and_is_exactly_one_case(ward: Ward) -> None:
    ward.bad.add("毒")
    ward.say(("a", "路灯不亮 毒"), ("b", "井盖丢失"), ("a", "路灯不亮，很危险"))
    assert ward.standing() == [["a", "a"]]
    ward.bad.clear()
    assert ward.replay() == [("a", "opened"), ("a", "revised")]
    assert ward.standing() == []
    assert [line.first_place for frame in ward.raw() for line in frame] == [place_of(1, 0), place_of(1, 2)]
    ends = ward.outcomes()
    assert len({end.case_id for end in ends if end.source_id == "a" and end.case_id}) == 1
    assert [end.receipt_id for end in ends if end.replays] == [end.receipt_id for end in ends if end.outcome == "dead"]
    meta = ward.casework.state.meta
    assert sum(meta.outcomes.values()) == ward.log.total_lines(RAW.name) - meta.others == 5
    assert meta.figures()["dead letters waiting"] == 0


def test_a_replay_says_nothing_when_there_is_nothing(ward: Ward) -> None:
    assert ward.replay() == []
    ward.say(("a", "路灯不亮"))
    assert replay(ward.shelf, [], 5) == ((), (), 0)


def test_the_budget_takes_whole_reports_and_says_what_is_left(ward: Ward) -> None:
    ward.bad.add("毒")
    ward.say(("a", "毒"), ("a", "1"), ("b", "毒"), ("b", "1"), ("b", "2"), ("c", "毒"))
    ward.bad.clear()
    first = replay(ward.shelf, [], 4)
    assert ([one.letter.source_id for one in first.done], first.left) == (["a", "a"], 4)
    second = replay(ward.shelf, [], 2)
    assert ([one.letter.source_id for one in second.done], second.left) == (["b", "b"], 2), "one that is larger than the budget is begun"
    ward.say(("b", "3"))
    assert ward.standing() == [["b", "b"], ["c"]], "what comes meanwhile waits behind the rest"
    assert ward.replay() == [("b", "revised"), ("b", "revised"), ("c", "opened")]
    assert [end.revision for end in ward.outcomes() if end.source_id == "b" and end.revision] == [1, 2, 3, 4]


def test_what_has_failed_three_times_is_left_until_it_is_named(ward: Ward) -> None:
    ward.bad.add("毒")
    ward.say(("a", "毒"), ("a", "1"), ("b", "毒"))
    for _ in range(2):
        assert [end for _, end in ward.replay()] == ["dead", "dead", "dead"]
    ward.bad.clear()
    done = replay(ward.shelf, [], 200)
    assert done.done == ()
    assert [(one.head.source_id, one.letters, one.head.attempt) for one in done.skipped] == [("a", 2, 3), ("b", 1, 3)]
    assert all("failed 3 times" in one.why for one in done.skipped)
    first = letters(ward.shelf.reader)[0].letter.dead_letter_id
    assert ward.replay(first[:8]) == [("a", "opened"), ("a", "revised")], "the letter that is named has been followed by others since"
    assert ward.standing() == [["b"]]


def test_naming_one_that_waits_brings_the_one_before_it(ward: Ward) -> None:
    ward.bad.add("毒")
    ward.say(("a", "毒"), ("b", "毒"), ("a", "1"))
    waits = next(one.letter for one in letters(ward.shelf.reader) if one.letter.code == "waits")
    ward.bad.clear()
    assert ward.replay(waits.dead_letter_id) == [("a", "opened"), ("a", "revised")]
    again = replay(ward.shelf, [waits.dead_letter_id], 5)
    assert (again.done, [one.why for one in again.skipped]) == ((), ["it was replayed before"])


def test_a_name_that_is_none_is_said(ward: Ward) -> None:
    ward.bad.add("毒")
    ward.say(("a", "毒"))
    known = letters(ward.shelf.reader)[0].letter.dead_letter_id
    for name in ("nothing", known[:5], ""):
        with pytest.raises(NotFound, match="no dead letter with this id"):
            replay(ward.shelf, [name], 5)
        assert ward.raw() == []


def test_frames_of_replays_are_small_and_of_one_source(ward: Ward) -> None:
    ward.bad.add("毒")
    ward.say(*((f"a{n}", "毒") for n in range(120)))
    ward.say(*((f"p{n}", "毒") for n in range(3)), source=Source.PETITION)
    ward.bad.clear()
    assert {end for _, end in ward.replay()} == {"opened"}
    frames = ward.raw()
    assert [len(frame) for frame in frames] == [FRAME, FRAME, 20, 3]
    assert [{line.report.source for line in frame} for frame in frames] == [{Source.HOTLINE12345}] * 3 + [{Source.PETITION}]


def test_a_run_that_was_stopped_between_two_frames_is_run_again_without_harm(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    ward.bad.add("毒")
    ward.say(*((f"a{n}", "毒") for n in range(FRAME + 10)))
    ward.bad.clear()
    sound, calls = EmbeddedAcceptance.take, iter(range(9))

    def stops(self: EmbeddedAcceptance, *rest: Any) -> None:
        if next(calls):
            raise LogUnavailable("stopped")
        sound(self, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedAcceptance, "take", stops)
        with pytest.raises(LogUnavailable):
            ward.replay()
    assert sorted(set(ward.replay())) == sorted({*((f"a{n}", "resent") for n in range(FRAME)), *((f"a{n}", "opened") for n in range(FRAME, FRAME + 10))}), (
        "what was appended before is folded first, and the second replay of it changes nothing"
    )
    ends = [end for end in ward.outcomes() if end.outcome == "opened"]
    assert len(ends) == len({end.case_id for end in ends}) == FRAME + 10
    assert ward.standing() == []


def test_a_sealed_report_is_replayed_from_the_sealed_store_and_never_shown(ward: Ward) -> None:
    ward.bad.add("毒")
    secret = "实名举报村支书贪污低保 毒"
    ward.say(("s", secret), ("s", "补充：低保"))
    assert "贪污" not in str([*listed(ward.shelf, replayed=True)])
    for one in letters(ward.shelf.reader):
        assert shown(ward.shelf, one, full=True)["original"] == SEALED, "nobody has classified it yet, or it waits behind one that nobody has"
    ward.bad.clear()
    assert ward.replay() == [("s", "sealed"), ("s", "sealed")]
    for one in letters(ward.shelf.reader):
        assert shown(ward.shelf, one, full=True)["original"] == SEALED


def test_what_cannot_be_replayed_is_named_with_the_reason(ward: Ward) -> None:
    odd = DeadLetter(
        centre=CENTRE, dead_letter_id="12345678", stage="accept", at=START, code="c", detail="d", raw_offset=0, raw_line=0, source="petition", original="{"
    )
    nobody = odd.model_copy(update={"dead_letter_id": "nobody's", "stage": "casework", "source": ""})
    sink = odd.model_copy(update={"dead_letter_id": "the sink's", "stage": "sink"})
    lost = odd.model_copy(update={"dead_letter_id": "lost letter", "stage": "intake", "source_id": "x", "encoding": "sealed"})
    with ward.casework_log.transaction() as transaction:
        transaction.append(DEAD_LETTERS.name, frame_of(CENTRE, DEAD_LETTERS.name, [letter.to_json() for letter in (odd, nobody, sink, lost)]))
        transaction.put(LETTERS, [("petition\x1fx\x1f" + lost.place, b'["lost letter",1,0]')])
    done = replay(ward.shelf, [], 200)
    assert done.done == ()
    assert {one.head.dead_letter_id: one.why for one in done.skipped} == {
        "12345678": "it was refused before it was accepted: send it again",
        "nobody's": "its line holds no report",
        "the sink's": "the warehouse refused it; mend the warehouse and land it again",
        "lost letter": "its line is not in the sealed store",
    }


def test_letters_are_listed_with_what_they_wait_for(ward: Ward) -> None:
    ward.bad.add("毒")
    ward.say(("a", "毒"), ("b", "毒"), ("a", "1"))
    first, waits, other = listed(ward.shelf, replayed=False)
    assert [one["source_id"] for one in (first, waits, other)] == ["a", "a", "b"]
    assert (first["behind"], waits["behind"], other["behind"]) == ("", first["dead_letter_id"], "")
    ward.bad.clear()
    ward.replay(other["dead_letter_id"])
    assert [one["source_id"] for one in listed(ward.shelf, replayed=False)] == ["a", "a"]
    assert [(one["source_id"], one["standing"]) for one in listed(ward.shelf, replayed=True)] == [("a", "waiting"), ("a", "waiting"), ("b", "replayed")]


def test_a_letter_is_shown_with_its_hops_and_masked_unless_it_is_opened(ward: Ward) -> None:
    ward.say(("a", "路灯不亮")).bad.add("毒")
    ward.casework.state.settle()
    odd = accept([Report(source=Source.PETITION, source_id="p", reported_at=START, text="电话13812345678")], CENTRE, START)[0]
    event = next(iter(ward.intake._intake().lines([odd])))  # noqa: SLF001  an event that casework falls over
    with ward.log.transaction() as transaction:
        offset = transaction.append(RAW.name, frame_of(CENTRE, "report", [odd.to_json()], source="petition"))
        broken = event[:-1] + b',"co_units":5}'
        transaction.append("ucc.events", frame_of(CENTRE, "report", [broken], raw_offset=offset, previous=offset - 1, hops=("intake then w0",)))
        transaction.commit_offset("intake", RAW.name, offset)
    ward.fold()
    (kept,) = letters(ward.shelf.reader)
    assert found(ward.shelf, kept.letter.dead_letter_id[:6]) == kept
    assert found(ward.shelf, "nothing") is None
    masked, whole = (shown(ward.shelf, kept, full=full) for full in (False, True))
    assert masked["original"]["report"]["text"] == "电话138****5678"
    assert whole["original"]["report"]["text"] == "电话13812345678"
    assert masked["hops"] == ["intake then w0"]
    assert (masked["stage"], masked["code"], masked["standing"], masked["place"]) == ("casework", "poisoned-event", "waiting", place_of(offset, 0))
    assert "13812345678" not in text(masked, "Asia/Shanghai")
    ward.bad.clear()
    assert ward.replay(kept.letter.dead_letter_id) == [("p", "opened")]
    assert shown(ward.shelf, kept, full=False)["standing"] == "replayed"


def test_a_run_is_told_to_people_and_to_programs(ward: Ward) -> None:
    ward.bad.add("毒")
    ward.say(("a", "毒"), ("b", "毒 再"), ("c", "毒"))
    ward.bad = {"再"}
    done = replay(ward.shelf, [], 2)
    said = told(CENTRE, done)
    assert "2 lines replayed, 1 of them could not go on again" in said
    assert "dead again: ZeroDivisionError" in said
    assert "1 more stand: run it again, or raise --budget" in said
    assert [(one["source_id"], one["outcome"]) for one in summary(CENTRE, done)["replayed"]] == [("a", "opened"), ("b", "dead")]
    assert done.failed == 1
