from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.casework.clocks.escalation import Escalation, Warned
from pipeline.casework.clocks.milestones import Running
from pipeline.casework.clocks.reckoning import Pause
from pipeline.casework.clocks.rules import Facts
from schemas.limit import Limit
from schemas.vocabulary import AlertLevel, Intent, Milestone, Start, TimeKind, Urgency
from tests.casework.clocks.by_the_minute import wall
from tests.casework.clocks.centres import pukou, timetable

RUBBISH = Facts("0101", Intent.COMPLAINT, Urgency.U3, "hotline12345", "core")
YELLOW, ORANGE, RED = AlertLevel


def escalation() -> Escalation:
    return Escalation(pukou(), timetable())


def warned(facts: Facts, milestone: Milestone, at: datetime, *pauses: Pause) -> tuple[Warned, ...]:
    running = Running({Start.RECEIVED: at, Start.ACCEPTED: at, Start.DISPATCHED: at}, pauses=pauses)
    deadline = timetable().deadline(milestone, facts, running)
    assert deadline is not None
    return escalation().warnings(deadline, facts.urgency)


def instants(facts: Facts, milestone: Milestone, at: datetime, *pauses: Pause) -> dict[AlertLevel, datetime]:
    return {each.level: each.at for each in warned(facts, milestone, at, *pauses)}


def test_yellow_orange_and_red_are_instants_of_the_deadlines_own_time() -> None:
    assert instants(RUBBISH, Milestone.CLOSE, wall(2026, 3, 2, 9)) == {
        YELLOW: wall(2026, 3, 2, 14, 12),
        ORANGE: wall(2026, 3, 2, 15),
        RED: wall(2026, 3, 2, 17),
    }
    assert instants(RUBBISH._replace(matter="0501"), Milestone.CLOSE, wall(2026, 3, 2, 9)) == {
        YELLOW: wall(2026, 3, 6, 18),
        ORANGE: wall(2026, 3, 9, 18),
        RED: wall(2026, 3, 12, 14, 30),
    }


def test_a_pause_moves_the_warnings_with_the_deadline_and_a_standing_clock_warns_of_nothing() -> None:
    pause = Pause(wall(2026, 3, 2, 10), wall(2026, 3, 2, 11))
    assert instants(RUBBISH, Milestone.CLOSE, wall(2026, 3, 2, 9), pause)[YELLOW] == wall(2026, 3, 2, 15, 12)
    assert instants(RUBBISH, Milestone.CLOSE, wall(2026, 3, 2, 9), Pause(wall(2026, 3, 2, 10), None)) == {}
    after_yellow = Pause(wall(2026, 3, 2, 14, 30), None)
    assert instants(RUBBISH, Milestone.CLOSE, wall(2026, 3, 2, 9), after_yellow) == {YELLOW: wall(2026, 3, 2, 14, 12)}


def test_what_is_most_urgent_is_red_ten_minutes_late_or_at_half_as_long_again() -> None:
    hole = RUBBISH._replace(matter="0203", urgency=Urgency.U1)
    at = wall(2026, 3, 2, 22, 40)
    assert instants(hole, Milestone.CLOSE, at)[RED] == at + timedelta(minutes=130)
    assert instants(hole, Milestone.INITIAL, at)[RED] == at + timedelta(minutes=40)
    fire = RUBBISH._replace(matter="1105", urgency=Urgency.U1)  # 0.25ewh
    assert instants(fire, Milestone.CLOSE, at)[RED] == at + timedelta(minutes=22, seconds=30)


def test_missed_signing_is_yellow_missed_departure_orange_missed_arrival_red() -> None:
    hole, at = RUBBISH._replace(matter="0203", urgency=Urgency.U1), wall(2026, 3, 2, 22, 40)
    minute = timedelta(minutes=1)
    assert instants(hole, Milestone.SIGN, at) == {YELLOW: at + minute, RED: at + 11 * minute}
    assert instants(hole, Milestone.DEPART, at) == {ORANGE: at + 3 * minute, RED: at + 13 * minute}
    assert instants(hole, Milestone.ARRIVE, at) == {RED: at + 5 * minute}


def test_quiet_hours_are_kept_but_for_what_is_urgent() -> None:
    at = wall(2026, 3, 2, 22, 30)
    inspected = RUBBISH._replace(matter="0701")  # 2wh
    running = Running({Start.DISPATCHED: at, Start.ACCEPTED: at - timedelta(hours=1)})
    deadline = timetable().deadline(Milestone.CLOSE, inspected, running)
    assert deadline is not None
    late = replace(deadline, clock=deadline.clock._replace(limit=Limit(TimeKind.ELAPSED, 3_600_000_000)))  # one that is due at 23:30
    usual, urgent = (escalation().warnings(late, urgency) for urgency in (Urgency.U3, Urgency.U2))
    assert [each.at for each in usual] == [each.at for each in urgent] == [wall(2026, 3, 2, 23, 18), wall(2026, 3, 2, 23, 30), wall(2026, 3, 3)]
    assert {each.tell_at for each in usual} == {wall(2026, 3, 3, 8)}
    assert [each.tell_at for each in urgent] == [each.at for each in urgent]


def test_by_day_people_are_told_at_once() -> None:
    assert all(each.tell_at == each.at for each in warned(RUBBISH, Milestone.CLOSE, wall(2026, 3, 2, 9)))


def test_nobody_is_warned_of_a_right_that_ends() -> None:
    assert warned(RUBBISH, Milestone.RETURN, wall(2026, 3, 2, 9)) == ()


def test_a_pack_without_warnings_warns_of_nothing() -> None:
    deadline = timetable().deadline(Milestone.CLOSE, RUBBISH, Running({Start.DISPATCHED: wall(2026, 3, 2, 9)}))
    assert deadline is not None
    assert Escalation(replace(pukou(), warnings=()), timetable()).warnings(deadline, Urgency.U3) == ()


def test_orange_begins_supervision_and_each_level_has_a_due_time_of_its_own() -> None:
    steps = escalation()
    phone, written = steps.begun_by(ORANGE), steps.begun_by(RED)
    assert phone is not None
    assert written is not None
    assert (steps.begun_by(YELLOW), phone.name, written.name) == (None, "电话催办", "书面督办单")
    assert steps.above(None) == phone
    assert steps.above(phone) == written
    last = steps.above(steps.above(written))
    assert last is not None
    assert (last.level, steps.above(last)) == (4, None)
    assert steps.supervised(phone, wall(2026, 3, 6, 15)).at == wall(2026, 3, 9, 18)
    assert steps.supervised(written, wall(2026, 3, 6, 15), [Pause(wall(2026, 3, 9, 9), None)]).at is None
