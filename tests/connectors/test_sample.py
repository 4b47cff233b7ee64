from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from connectors.accept import accept
from connectors.file import FileDoor, Line
from connectors.mapping import load_mapping
from connectors.samples.happenings import STORM
from connectors.samples.make import BAD_LINES, FILE, made
from pipeline.casework.fold import Fold
from pipeline.casework.state import State
from pipeline.intake.intake import Intake
from reference import load, shelf
from reference.pack import Reference
from schemas.case import Case, Outcome
from schemas.event import ReportEvent, RuleEvent
from schemas.frame import Placed, frame_of
from schemas.ports import StateKey
from schemas.report import Report
from schemas.vocabulary import Mode, OutcomeKind, Precision, Source, Urgency

START = datetime(2025, 7, 1, tzinfo=UTC)
FORGOTTEN: dict[StateKey, bytes] = {}


class Nothing:
    """A state port that keeps nothing: the week fits into memory."""

    def load(self, _table: str, _keys: object) -> dict[StateKey, bytes]:
        return FORGOTTEN

    def scan(self, _table: str) -> list[tuple[StateKey, bytes]]:
        return []


class Week:
    """The sample, gone the whole way in memory."""

    def __init__(self, pack: Reference) -> None:
        self.lines: list[Line] = []
        self.events: list[ReportEvent] = []
        self.outcomes: list[Outcome] = []
        self.cases: dict[str, Case] = {}
        self._fold = Fold(State(pack.name, Nothing()), lambda _: pack.merge_rules)
        intake = Intake(pack, Mode.STREAM)
        self._take(0, "rule", [RuleEvent(kind="rule", at=START, pack=pack.hash, pack_name=pack.name).to_json()])
        for number, batch in enumerate(FileDoor(FILE, load_mapping("pukou-sample"), Source.HOTLINE12345), start=1):
            self.lines += batch.lines
            events = intake.events(accept([line.report for line in batch.lines if line.report], pack.name, START))
            self.events += events
            self._take(number, "report", [event.to_json() for event in events])

    def _take(self, offset: int, kind: str, lines: list[bytes]) -> None:
        written = self._fold.frame(Placed(offset, frame_of("pukou", kind, lines, raw_offset=offset, previous=offset - 1)))
        self.outcomes += [Outcome.model_validate_json(line) for line in written.outcomes]
        for line in written.cases:
            case = Case.model_validate_json(line)
            self.cases[case.case_id] = case

    @property
    def reports(self) -> list[Report]:
        return [line.report for line in self.lines if line.report is not None]


@pytest.fixture(scope="module")
def week() -> Week:
    return Week(load.load(shelf.find("pukou")))


def test_the_committed_file_is_what_the_program_makes() -> None:
    assert FILE.read_bytes() == made(), "run `python -m connectors.samples.make` and commit the file"


def test_every_line_says_that_it_is_synthetic_and_names_nobody(week: Week) -> None:
    assert all(report.extra["合成数据"] == "是" for report in week.reports)
    text = FILE.read_text(encoding="utf-8")
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)|\d{17}[\dXx]|先生|女士|某某", text)


def test_the_bad_lines_are_refused_with_reasons_and_no_others(week: Week) -> None:
    refused = [line for line in week.lines if line.refusal is not None]
    assert [line.original.decode() for line in refused] == list(BAD_LINES.values())
    said = [str(line.refusal) for line in refused]
    for sentence, words in zip(
        said, ("is no time", "source_id is blank", "19 columns where the header has 17", "is not a number", "'吐槽' is not allowed"), strict=True
    ):
        assert words in sentence


def test_every_accepted_line_has_one_outcome_and_every_kind_of_outcome_occurs(week: Week) -> None:
    assert Counter((o.raw_offset, o.raw_line) for o in week.outcomes).most_common(1)[0][1] == 1
    assert len(week.outcomes) == len(week.reports)
    assert {o.outcome for o in week.outcomes} == set(OutcomeKind) - {OutcomeKind.REFUSED, OutcomeKind.DEAD}


def test_what_is_told_again_nearby_merges(week: Week) -> None:
    kinds = Counter(o.outcome for o in week.outcomes)
    assert kinds[OutcomeKind.MERGED] > kinds[OutcomeKind.OPENED] / 5
    assert max(case.reports for case in week.cases.values()) >= 10


def test_the_storm_makes_few_cases_of_many_reports(week: Week) -> None:
    began = STORM.strftime("%Y%m%d")
    assert began == "20250709"
    large = [case for case in week.cases.values() if case.reports >= 5]
    of_the_storm = [case for case in large if case.matter in ("0206", "0304")]
    assert len(of_the_storm) > len(large) / 2


def test_the_week_shows_every_precision_of_a_place(week: Week) -> None:
    seen = Counter(event.precision for event in week.events)
    assert set(seen) == set(Precision)
    assert seen[Precision.POINT] > len(week.events) / 2


def test_exchanged_foreign_and_zero_points_are_said_to_be_so(week: Week) -> None:
    because = " ".join(event.why["place"].because for event in week.events)
    for words in ("were exchanged", "no grid holds the point", "zero or out of the world", "converted from GCJ-02"):
        assert words in because


def test_the_gas_leak_is_an_emergency_of_one_case(week: Week) -> None:
    leaks = [case for case in week.cases.values() if case.matter == "0305"]
    assert [(case.urgency, case.reports) for case in leaks] == [(Urgency.U1, 3)]


def test_sealed_reports_leave_neither_text_nor_place(week: Week) -> None:
    sealed = [o for o in week.outcomes if o.outcome is OutcomeKind.SEALED]
    assert len(sealed) == 3
    for outcome in sealed:
        assert outcome.event is not None
        assert (outcome.event.report.text, outcome.event.report.address, outcome.event.grid) == ("", "", "")


def test_most_reports_are_classified_without_the_desk(week: Week) -> None:
    assert sum(event.matter == "1999" for event in week.events) < len(week.events) / 10


def test_the_readme_shows_what_becomes_of_the_week(week: Week) -> None:
    readme = (FILE.parents[2] / "README.md").read_text(encoding="utf-8")
    shown = {kind: int(lines.replace(",", "")) for kind, lines in re.findall(r"^│ (\w+) +│ \w+ +│ +([\d,]+) │$", readme, re.MULTILINE)}
    counted = Counter(outcome.outcome.value for outcome in week.outcomes)
    assert shown == {**counted, "refused": len(BAD_LINES)}, "run `make sample` and paste what it prints into both READMEs"
