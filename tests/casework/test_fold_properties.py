"""What holds for any stream: how it is cut, what is repeated and where the fold is killed changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schemas.case import Outcome, Transition
from schemas.event import ReportEvent
from schemas.frame import Placed, frame_of
from schemas.vocabulary import Operation
from tests.casework.streams import Desk, said


@dataclass(frozen=True)
class Line:
    name: str
    text: str
    order: int
    withdraws: bool
    east_m: float
    hours: float
    reported_h: float
    sealed: bool

    def event(self) -> ReportEvent:
        operation = Operation.WITHDRAW if self.withdraws else Operation.SET
        return said(
            self.name,
            self.text,
            order=self.order,
            minutes=60 * self.hours,
            reported=60 * self.reported_h,
            east_m=self.east_m,
            operation=operation,
            sealed=self.sealed,
        )


lines = st.builds(
    Line,
    name=st.sampled_from("abcdefgh"),
    text=st.sampled_from("ABC"),
    order=st.integers(1, 12),
    withdraws=st.sampled_from([False, False, False, True]),
    east_m=st.sampled_from([0, 30, 60, 90, 2_000]),
    hours=st.sampled_from([0, 1, 30, 24 * 50]),
    reported_h=st.sampled_from([0, 1, 8, 30]),
    sealed=st.sampled_from([False] * 15 + [True]),
)
streams = st.lists(lines, min_size=1, max_size=40)


def end_state(desk: Desk) -> tuple[object, ...]:
    """State and journal, without what says how the stream was cut into frames."""
    register = dict(desk.kept.kept.get("register", {}))
    return (
        register,
        desk.kept.kept.get("cases"),
        desk.kept.kept.get("ended"),
        desk.kept.kept.get("sealed"),
        desk.journal,
        desk.outcomes,
        desk.state.meta,
        desk.state.nearby.keys(),
    )


def framed(stream: list[Line], cuts: list[int]) -> list[list[bytes]]:
    """The events of a stream, each with its own place in the log whatever the frames: one raw frame a line."""
    events = [line.event().to_json() for line in stream]
    edges = [0, *sorted({c % (len(events) + 1) for c in cuts} - {0, len(events)}), len(events)]
    return [events[a:b] for a, b in pairwise(edges)]


@given(streams, st.lists(st.integers(0, 60), max_size=8))
def test_any_cut_into_frames_gives_the_same_outcomes_cases_and_journal(stream: list[Line], cuts: list[int]) -> None:
    whole, cut = Desk().start(), Desk().start()
    whole.take(*(line.event() for line in stream))
    for part in framed(stream, cuts):
        cut.raw(*part)

    def picture(desk: Desk) -> tuple[object, ...]:
        outcomes = [Outcome.model_validate_json(line) for line in desk.outcomes]
        journal = [Transition.model_validate_json(line) for line in desk.journal]
        return (
            [(o.outcome, o.report_id, o.revision, o.standing, o.case_id) for o in outcomes],
            [(t.transition_id, t.action, t.case_id, t.seq, t.at, t.to_state, t.report_id, t.why) for t in journal],
            desk.cases,
            desk.state.meta.outcomes,
            desk.state.meta.standing,
        )

    assert picture(cut) == picture(whole)


@given(streams, st.lists(st.integers(0, 60), max_size=8), st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=6))
def test_any_kill_gives_the_same_state_and_journal(stream: list[Line], cuts: list[int], kills: list[tuple[int, bool]]) -> None:
    """A kill before a frame is durable: it is folded again by a fold that starts from what was kept; after: it goes on."""
    calm, killed = Desk().start(), Desk().start()
    frames = framed(stream, cuts)
    before = {at for at, durable in kills if not durable}
    after = {at for at, durable in kills if durable}
    for number, part in enumerate(frames):
        calm.raw(*part)
        if number in before:
            offset = killed.next_offset
            killed.fold.frame(Placed(offset, frame_of("c", "report", part, raw_offset=offset, previous=offset - 1)))
            killed.restart()
        killed.raw(*part)
        if number in after:
            killed.restart()
    assert end_state(killed) == end_state(calm)


@given(streams, st.integers(0, 40))
def test_any_repetition_of_a_suffix_adds_no_case_no_revision_and_no_journal(stream: list[Line], start: int) -> None:
    """Lines of a source that keeps its own order, sent again: each is resent, or late as it was."""
    desk = Desk().start()
    for line in stream:
        desk.take(line.event())
    journal, cases, standing = list(desk.journal), dict(desk.cases), desk.state.meta.standing
    first = [Outcome.model_validate_json(line).outcome for line in desk.outcomes]
    desk.take(*(line.event() for line in stream[start % len(stream) :]))
    again = [Outcome.model_validate_json(line).outcome for line in desk.outcomes[len(first) :]]
    assert (desk.journal, desk.cases, desk.state.meta.standing) == (journal, cases, standing)
    assert set(again) <= {"resent"}


@given(streams)
def test_the_register_agrees_with_a_simple_model_of_it(stream: list[Line]) -> None:
    """The model keeps every line of a report and looks at all of them; the register keeps one row."""
    desk = Desk().start()
    present: dict[str, tuple[int, tuple[bool, str]]] = {}
    former: dict[str, set[tuple[int, tuple[bool, str]]]] = defaultdict(set)
    spans: dict[str, tuple[int, int]] = {}
    revisions: dict[str, int] = defaultdict(int)
    for line in stream:
        event = line.event()
        desk.take(event)
        outcome = Outcome.model_validate_json(desk.outcomes[-1])
        latest = present.get(line.name)
        said_now = (line.withdraws, "" if line.withdraws else event.digest)
        newer = latest is None or line.order > latest[0]
        if latest is not None and said_now == latest[1]:
            expected = "resent"
        elif newer:
            expected = "withdrawn" if line.withdraws else "set"
        else:
            expected = "resent" if (line.order, said_now) in former[line.name] else "late"
        if expected in ("set", "withdrawn", "late"):
            former[line.name].add((line.order, said_now))
        if latest is not None and said_now == latest[1]:  # all keys from the lowest to the highest stand for the same content
            low, high = spans[line.name] = (min(spans[line.name][0], line.order), max(spans[line.name][1], line.order))
            former[line.name] |= {(order, said_now) for order in range(low, high + 1)}
        elif newer:
            spans[line.name] = (line.order, line.order)
        if newer:
            present[line.name] = (line.order, said_now)
        revisions[line.name] += expected == "set"
        found = "set" if outcome.outcome in ("opened", "merged", "revised", "sealed") else outcome.outcome.value
        assert found == expected
        if expected == "set":
            assert outcome.revision == revisions[line.name]
        entry = desk.state.register.get(f"hotline12345\x1f{line.name}")
        assert entry is not None
        assert entry.standing == (not present[line.name][1][0])


@given(streams)
def test_cases_hold_each_standing_report_once_and_counters_add_up(stream: list[Line]) -> None:
    desk = Desk().start()
    for line in stream:
        desk.take(line.event())
    seen: dict[str, int] = {}
    rows = {**desk.kept.kept.get("cases", {}), **desk.kept.kept.get("ended", {})}
    for ordinal in rows:
        case = desk.state.cases.get(int(ordinal))
        assert case is not None
        for key in case.members:
            entry = desk.state.register.get(key)
            assert entry is not None
            assert entry.case == case.ordinal
            seen[key] = seen.get(key, 0) + 1
        standing = [key for key in case.members if (found := desk.state.register.get(key)) is not None and found.standing]
        assert (len(standing), case.is_open) == (case.standing, bool(standing))
    assert all(count == 1 for count in seen.values())
    assert sum(desk.state.meta.outcomes.values()) == len(stream)
    assert len({Transition.model_validate_json(line).transition_id for line in desk.journal}) == len(desk.journal) == desk.state.meta.transitions


@given(st.permutations(range(7)), st.lists(st.tuples(st.sampled_from([0, 40, 80, 120]), st.integers(0, 10)), min_size=7, max_size=7))
def test_which_reports_end_up_together_does_not_depend_on_the_order_of_arrival(order: list[int], places: list[tuple[int, int]]) -> None:
    """Within what a case may span: together are those that are linked, in whatever order they come."""

    def together(sequence: list[int]) -> set[frozenset[str]]:
        desk = Desk().start()
        for n in sequence:
            desk.take(said(f"r{n}", reported=60 * places[n][1], minutes=0, east_m=places[n][0]))
        groups: dict[int, set[str]] = defaultdict(set)
        for n in range(7):
            entry = desk.state.register.get(f"hotline12345\x1fr{n}")
            assert entry is not None
            groups[entry.case].add(entry.source_id)
        return {frozenset(group) for group in groups.values()}

    assert together(order) == together(list(range(7)))
