from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.casework.clocks.milestones import NOT_CAPPED, Deadline, Running, Timetable
from pipeline.casework.clocks.reckoning import Pause
from pipeline.casework.clocks.rules import Facts
from schemas.limit import Limit
from schemas.vocabulary import Intent, Milestone, Source, Start, TimeKind, Urgency
from tests.casework.clocks.by_the_minute import wall
from tests.casework.clocks.centres import pukou, timetable

RUBBISH = Facts("0101", Intent.COMPLAINT, Urgency.U3, "hotline12345", "core")
PROPERTY = Facts("0501", Intent.COMPLAINT, Urgency.U3, "hotline12345", "core")
HOLE = Facts("0203", Intent.HELP, Urgency.U1, "police110", "core")


def started(at: datetime, dispatched_after: timedelta = timedelta(0)) -> dict[Start, datetime]:
    return {Start.RECEIVED: at, Start.ACCEPTED: at, Start.DISPATCHED: at + dispatched_after}


def plan(facts: Facts, running: Running) -> dict[Milestone, Deadline]:
    return {deadline.milestone: deadline for deadline in timetable().plan(facts, running)}


def dues(facts: Facts, running: Running) -> dict[Milestone, datetime | None]:
    return {milestone: deadline.due.at for milestone, deadline in plan(facts, running).items()}


def test_a_manhole_at_night_has_its_one_three_five_and_two_hours() -> None:
    at = wall(2026, 3, 2, 22, 40)
    found = dues(HOLE, Running(started(at)))
    after = {milestone: (due - at) / timedelta(minutes=1) for milestone, due in found.items() if due is not None}
    assert after == {
        Milestone.ACCEPT: 10,
        Milestone.DISPATCH: 60,
        Milestone.SIGN: 1,
        Milestone.RETURN: 10,
        Milestone.CONTACT: 1,
        Milestone.DEPART: 3,
        Milestone.ARRIVE: 5,
        Milestone.INITIAL: 30,
        Milestone.SECURE: 120,
        Milestone.CLOSE: 120,
    }


def test_every_earlier_milestone_is_capped_by_the_closing_limit() -> None:
    found = plan(RUBBISH, Running(started(wall(2026, 3, 2, 9))))
    assert found[Milestone.CLOSE].due.at == wall(2026, 3, 2, 15)
    assert (found[Milestone.CONTACT].due.at, found[Milestone.CONTACT].capped_by) == (wall(2026, 3, 2, 15), "matter:0101")  # 1wd without it
    assert (found[Milestone.SIGN].due.at, found[Milestone.SIGN].capped_by) == (wall(2026, 3, 2, 15), "")


def test_dispatch_is_capped_by_the_closing_limit_before_closing_runs() -> None:
    only_accepted = Running({Start.RECEIVED: wall(2026, 3, 2, 9), Start.ACCEPTED: wall(2026, 3, 2, 9)})
    found = plan(RUBBISH, only_accepted)
    assert set(found) == {Milestone.DISPATCH}
    assert (found[Milestone.DISPATCH].due.at, found[Milestone.DISPATCH].capped_by) == (wall(2026, 3, 2, 15), "matter:0101")


def test_a_petition_runs_from_receipt_and_from_acceptance() -> None:
    petition = PROPERTY._replace(source=Source.PETITION)
    running = Running({Start.RECEIVED: wall(2026, 2, 20, 9), Start.ACCEPTED: wall(2026, 3, 2, 9), Start.DISPATCHED: wall(2026, 3, 3, 9)})
    found = plan(petition, running)
    assert found[Milestone.SCREEN].due.at == wall(2026, 3, 10)  # 15 d: Saturday 7 March, rolls to Monday
    assert found[Milestone.CLOSE].due.at == wall(2026, 5, 7)
    extended = replace(running, grants={Milestone.CLOSE: [Limit(TimeKind.CALENDAR_DAYS, 30)]})
    assert dues(petition, extended)[Milestone.CLOSE] == wall(2026, 6, 2)
    asked = Running({Start.REVIEW_ASKED: wall(2026, 5, 20, 9), Start.REREVIEW_ASKED: wall(2026, 7, 1, 9)})
    assert dues(petition, asked) == {Milestone.REVIEW: wall(2026, 6, 23), Milestone.REREVIEW: wall(2026, 8, 1)}  # 19 June: 端午, then a weekend


def test_another_unit_signs_from_its_own_dispatch_but_closing_runs_from_the_first() -> None:
    first = Running(started(wall(2026, 3, 2, 9)))
    again = replace(first, sent_again=wall(2026, 3, 4, 10))
    before, after = plan(PROPERTY, first), plan(PROPERTY, again)
    assert before[Milestone.CLOSE] == after[Milestone.CLOSE]
    assert before[Milestone.SIGN].due.at == wall(2026, 3, 2, 15)
    assert after[Milestone.SIGN].due.at == wall(2026, 3, 4, 16)
    assert after[Milestone.RETURN].due.at == wall(2026, 3, 5, 11)
    assert before[Milestone.DISPATCH] == after[Milestone.DISPATCH]


def test_a_unit_that_is_sent_after_closing_was_due_is_not_late_at_once() -> None:
    late = Running(started(wall(2026, 3, 2, 9)), sent_again=wall(2026, 3, 3, 9))
    found = plan(RUBBISH, late)
    assert found[Milestone.CLOSE].due.at == wall(2026, 3, 2, 15)
    assert found[Milestone.SIGN].due.at == wall(2026, 3, 3, 15)


def test_an_extension_of_closing_moves_nothing_else() -> None:
    first = Running(started(wall(2026, 3, 2, 9)))
    more = replace(first, grants={Milestone.CLOSE: [Limit(TimeKind.WORKING_DAYS, 5)]})
    before, after = dues(PROPERTY, first), dues(PROPERTY, more)
    assert {milestone for milestone in before if before[milestone] != after[milestone]} == {Milestone.CLOSE}
    assert after[Milestone.CLOSE] == wall(2026, 3, 16, 18)


def test_a_pause_of_the_case_holds_every_clock() -> None:
    stands = Running(started(wall(2026, 3, 2, 9)), pauses=[Pause(wall(2026, 3, 2, 10), None)])
    assert set(dues(PROPERTY, stands).values()) == {None}
    over = replace(stands, pauses=[Pause(wall(2026, 3, 2, 10), wall(2026, 3, 3, 10))])
    assert dues(PROPERTY, over)[Milestone.SIGN] == wall(2026, 3, 3, 15)
    assert dues(PROPERTY, over)[Milestone.CLOSE] == wall(2026, 3, 10, 18)


def test_a_limit_may_have_a_bound_in_another_kind_of_time() -> None:
    matters = {code: matter for code, matter in pukou().matters.items() if code != "0501"}
    ours = Timetable(replace(pukou(), matters=matters))
    other = PROPERTY._replace(intent=Intent.OTHER)
    usual = ours.deadline(Milestone.CLOSE, other, Running(started(wall(2026, 3, 2, 9))))
    holiday = ours.deadline(Milestone.CLOSE, other, Running(started(wall(2025, 1, 26, 9))))
    assert usual is not None
    assert holiday is not None
    assert (usual.choice.rule, usual.due.at, usual.capped_by) == ("close-u3", wall(2026, 3, 9, 18), "")
    assert (holiday.due.at, holiday.capped_by) == (wall(2025, 2, 6), "close-u3")  # seven days end on 2 February, in 春节


def test_a_return_is_ruled_on_within_two_office_hours() -> None:
    returned = Running({**started(wall(2026, 3, 2, 9)), Start.RETURNED: wall(2026, 3, 2, 11)})
    assert dues(PROPERTY, returned)[Milestone.RULING] == wall(2026, 3, 2, 15)
    assert dues(PROPERTY._replace(urgency=Urgency.U2), returned)[Milestone.RULING] == wall(2026, 3, 2, 11, 30)


def test_what_is_sealed_or_nothing_has_no_deadline() -> None:
    running = Running({start: wall(2026, 3, 2, 9) for start in (Start.RECEIVED, Start.ACCEPTED, Start.DISPATCHED)})
    assert dues(Facts("1901", Intent.ACCUSATION, Urgency.SEALED, "hotline12345"), running) == {}
    assert dues(Facts("1906", Intent.OTHER, Urgency.NONE, "hotline12345"), running) == {}


facts = st.builds(
    Facts,
    st.sampled_from(sorted(pukou().matters)),
    st.sampled_from(list(Intent)),
    st.sampled_from(list(Urgency)),
    st.sampled_from([source.value for source in Source]),
    st.sampled_from(["", "core", "town", "ring-1"]),
)
instants = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: wall(2024, 1, 1) + timedelta(minutes=minutes))
delays = st.integers(0, 3 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


@settings(max_examples=150)
@given(facts, instants, delays, st.none() | delays)
def test_nothing_before_closing_is_due_after_it_unless_it_began_after_it(case: Facts, at: datetime, dispatch: timedelta, again: timedelta | None) -> None:
    running = Running(started(at, dispatch), sent_again=None if again is None else at + dispatch + again)
    found = plan(case, running)
    closing = found.get(Milestone.CLOSE)
    for milestone, deadline in found.items():
        assert deadline.due.at is not None
        assert deadline.due.at > deadline.starts_at
        assert timetable().deadline(milestone, case, running) == deadline
        if closing is not None and closing.due.at is not None and milestone not in NOT_CAPPED and deadline.starts_at < closing.due.at:
            assert deadline.due.at <= closing.due.at
