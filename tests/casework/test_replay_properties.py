"""Whatever fails, whenever it is replayed, however often and in which order: the end is as if nothing had failed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from pipeline.casework.dead import OVER
from pipeline.casework.rows import Entry
from schemas.case import Outcome
from schemas.vocabulary import Operation, OutcomeKind
from tests.casework.ailing import Ailing, numbered
from tests.casework.streams import Desk, said


@dataclass(frozen=True)
class Line:
    name: str
    text: str
    order: int | None
    withdraws: bool
    sealed: bool
    fails: str

    def event(self) -> Any:
        operation = Operation.WITHDRAW if self.withdraws else Operation.SET
        return said(self.name, self.text, order=self.order, east_m=5_000 * ord(self.name), operation=operation, sealed=self.sealed)


@dataclass(frozen=True)
class Said:
    """New lines, in one frame."""

    lines: list[Line]


@dataclass(frozen=True)
class Replayed:
    """Any letters that were ever written, over or not, in any order, in one frame."""

    which: list[int]


@dataclass(frozen=True)
class Mended:
    """What is wrong with a line is mended."""

    which: int


class Restarted:
    """The fold starts again from what was kept."""


lines = st.builds(
    Line,
    name=st.sampled_from("abc"),
    text=st.sampled_from("ABC"),
    order=st.none() | st.integers(1, 6),
    withdraws=st.sampled_from([False, False, False, True]),
    sealed=st.sampled_from([False] * 9 + [True]),
    fails=st.sampled_from(["", "", "casework", "intake"]),
)
deeds = st.lists(
    st.builds(Said, st.lists(lines, min_size=1, max_size=5))
    | st.builds(Replayed, st.lists(st.integers(0, 60), min_size=1, max_size=6))
    | st.builds(Mended, st.integers(0, 60))
    | st.builds(Restarted),
    min_size=1,
    max_size=14,
)


def done(deeds: list[Said | Replayed | Mended | Restarted]) -> Ailing:
    """A desk at which all that was done; then everything is mended, and replayed until nothing stands."""
    desk = Ailing()
    desk.start()
    for deed in deeds:
        match deed:
            case Said(said_lines):
                events = numbered([line.event() for line in said_lines], len(desk.said))
                for event, line in zip(events, said_lines, strict=True):
                    {"casework": desk.sick, "intake": desk.sick_at_intake}.get(line.fails, set()).add(event.receipt_id)
                desk.say(*events)
            case Replayed(which):
                letters = desk.letters()
                if letters:
                    desk.replay(*(letters[number % len(letters)] for number in which))
            case Mended(which):
                for sick in (desk.sick, desk.sick_at_intake):
                    sick.discard(sorted(sick)[which % len(sick)] if sick else "")
            case Restarted():
                desk.restart()
        consistent(desk)
    desk.sick.clear()
    desk.sick_at_intake.clear()
    desk.replay_all()
    consistent(desk)
    assert desk.standing() == []
    return desk


def consistent(desk: Ailing) -> None:
    """What the state says stands is what the outcomes say has not been replayed, each line of a report once and in its place."""
    replayed = {outcome.replays for outcome in desk.ends()}
    standing = {letter.dead_letter_id for letter in desk.letters()} - replayed
    assert {letter.dead_letter_id for letter in desk.standing()} == standing
    assert desk.state.meta.waiting == len(standing)
    assert sum(desk.state.meta.outcomes.values()) == len(desk.outcomes)
    for row in desk.state.letters.rows.values():
        assert list(row) == sorted(row)


def register(desk: Desk) -> dict[str, Entry]:
    """What each report is, without where its case lies and when it was looked at."""
    entries = (desk.state.register.get(f"hotline12345\x1f{name}") for name in "abc")
    return {entry.key: entry._replace(case=0, seen_at=0) for entry in entries if entry is not None}


def journal(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """What happened to each case, in order."""
    found = defaultdict(list)
    for line in map(orjson.loads, desk.journal):
        found[line["case_id"]].append(
            tuple(line.get(name) for name in ("transition_id", "seq", "action", "from_state", "to_state", "actor", "source_id", "report_id", "why"))
        )
    return found


@given(deeds)
def test_whatever_fails_and_is_replayed_the_end_is_as_if_nothing_had_failed(deeds: list[Said | Replayed | Mended | Restarted]) -> None:
    desk = done(deeds)
    calm = desk.undisturbed()
    assert register(desk) == register(calm)
    assert journal(desk) == journal(calm)
    meta, expected = desk.state.meta, calm.state.meta
    assert (meta.reports, meta.standing, meta.ordinal, meta.transitions) == (expected.reports, expected.standing, expected.ordinal, expected.transitions)
    assert {case["case_id"]: (case["state"], case["seq"], case["reports"], case["lead_report"]) for case in map(orjson.loads, desk.cases.values())} == {
        case["case_id"]: (case["state"], case["seq"], case["reports"], case["lead_report"]) for case in map(orjson.loads, calm.cases.values())
    }


@given(deeds)
def test_every_receipt_has_its_outcome_once_whatever_fails_and_is_replayed(deeds: list[Said | Replayed | Mended | Restarted]) -> None:
    desk = done(deeds)
    expected, found = ends(desk.undisturbed()), ends(desk)
    assert set(found) == set(expected)
    for receipt, (undisturbed,) in expected.items():
        first, *others = found[receipt]
        assert first == undisturbed
        assert {kind for kind, *_ in others} <= {OutcomeKind.RESENT}


def ends(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """What became of each receipt, where it went on."""
    found = defaultdict(list)
    for outcome in (Outcome.model_validate_json(line) for line in desk.outcomes):
        if outcome.outcome is not OutcomeKind.DEAD and outcome.code != OVER[0]:
            found[outcome.receipt_id].append((outcome.outcome, outcome.report_id, outcome.revision, outcome.standing, outcome.case_id))
    return found


@given(
    st.lists(st.tuples(st.sampled_from([0, 40, 80, 120]), st.integers(0, 10)), min_size=5, max_size=7),
    st.sets(st.integers(0, 6)),
    st.permutations(range(7)),
)
def test_which_reports_end_up_together_does_not_depend_on_what_failed(places: list[tuple[int, int]], sick: set[int], order: list[int]) -> None:
    """Within what a case may span, as for any order of arrival."""
    desk = Ailing()
    desk.start()
    desk.sick.update(f"r{number}" for number in sick)
    desk.say(*numbered([said(f"n{number}", reported=60 * hours, east_m=east_m) for number, (east_m, hours) in enumerate(places)]))
    desk.sick.clear()
    waiting = desk.standing()
    for number in order:
        if number < len(waiting):
            desk.replay(waiting[number])
    assert together(desk, len(places)) == together(desk.undisturbed(), len(places))


def together(desk: Desk, count: int) -> set[frozenset[str]]:
    """Which reports share a case."""
    groups: dict[int, set[str]] = defaultdict(set)
    for number in range(count):
        entry = desk.state.register.get(f"hotline12345\x1fn{number}")
        assert entry is not None
        groups[entry.case].add(entry.source_id)
    return {frozenset(group) for group in groups.values()}
