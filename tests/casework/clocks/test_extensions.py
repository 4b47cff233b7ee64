from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pipeline.casework.clocks.extensions import Extensions, NotExtended
from pipeline.casework.clocks.milestones import Deadline, Running
from pipeline.casework.clocks.reckoning import Pause
from pipeline.casework.clocks.rules import Facts
from schemas.limit import Limit, read_limit
from schemas.vocabulary import Intent, Milestone, Source, Start, Urgency
from tests.casework.clocks.by_the_minute import wall
from tests.casework.clocks.centres import pukou, timetable

PROPERTY = Facts("0501", Intent.COMPLAINT, Urgency.U3, "hotline12345")
PETITION = PROPERTY._replace(source=Source.PETITION)
START = wall(2026, 3, 2, 9)
SOON = wall(2026, 3, 3, 9)


def deadline(facts: Facts, milestone: Milestone = Milestone.CLOSE, *pauses: Pause) -> Deadline:
    found = timetable().deadline(milestone, facts, Running({Start.ACCEPTED: START, Start.DISPATCHED: START}, pauses=pauses))
    assert found is not None
    return found


def limit(text: str) -> Limit:
    found = read_limit(text)
    assert found is not None
    return found


def refused(facts: Facts, asked: str, *earlier: str, at: datetime = SOON) -> NotExtended | None:
    return Extensions(pukou()).refused(deadline(facts), facts, limit(asked), at, [limit(text) for text in earlier])


def test_twice_and_together_no_longer_than_the_limit_itself() -> None:
    assert refused(PROPERTY, "5wd") is None
    assert refused(PROPERTY, "3wd", "2wd") is None
    assert refused(PROPERTY, "6wd") is NotExtended.TOO_LONG
    assert refused(PROPERTY, "3wd", "3wd") is NotExtended.TOO_LONG
    assert refused(PROPERTY, "1wd", "1wd", "1wd") is NotExtended.TOO_OFTEN


def test_a_petition_once_for_thirty_days() -> None:
    assert refused(PETITION, "30d") is None
    assert refused(PETITION, "31d") is NotExtended.TOO_LONG
    assert refused(PETITION, "1d", "10d") is NotExtended.TOO_OFTEN


def test_hard_matters_by_fifteen_working_days_and_the_most_urgent_not_at_all() -> None:
    assert refused(PROPERTY._replace(matter="0507", urgency=Urgency.U4), "15wd") is None
    assert refused(PROPERTY._replace(matter="0507", urgency=Urgency.U4), "10wd", "10wd") is NotExtended.TOO_LONG
    assert refused(PROPERTY._replace(matter="0203", urgency=Urgency.U1), "1ewh", at=START) is NotExtended.TOO_OFTEN


def test_only_before_it_is_due_and_in_its_own_kind_of_time() -> None:
    assert refused(PROPERTY, "1wd", at=wall(2026, 3, 9, 18)) is None
    assert refused(PROPERTY, "1wd", at=wall(2026, 3, 9, 18, 1)) is NotExtended.TOO_LATE
    assert refused(PROPERTY, "7wh") is NotExtended.OTHER_TIME
    assert refused(PROPERTY, "1wd", "7wh") is NotExtended.OTHER_TIME


def test_a_standing_clock_is_never_too_late() -> None:
    standing = deadline(PROPERTY, Milestone.CLOSE, Pause(wall(2026, 3, 3), None))
    assert Extensions(pukou()).refused(standing, PROPERTY, limit("1wd"), wall(2026, 6, 1)) is None


def test_what_no_rule_lets_be_put_off_is_not() -> None:
    signing = deadline(PROPERTY, Milestone.SIGN)
    assert Extensions(pukou()).refused(signing, PROPERTY, limit("1wh"), SOON) is NotExtended.NO_RULE
    assert Extensions(replace(pukou(), extensions=())).refused(deadline(PROPERTY), PROPERTY, limit("1wd"), SOON) is NotExtended.NO_RULE


def test_every_refusal_has_a_chinese_sentence() -> None:
    assert all(reason.zh for reason in NotExtended)
