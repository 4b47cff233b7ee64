"""The vectors of the decisions (`domain/domain.md`, Hours and days), through the whole fold: a case that is dispatched then is due then."""

from __future__ import annotations

import pytest

from schemas.vocabulary import Action, Milestone, Source
from tests.casework.lifecycle.centre import HERE, local
from tests.journeys.centre import Journey
from tests.journeys.words import letter, work_order

PROPERTY = "住房物业/物业服务"
"""0501: five working days."""
RUBBISH = "市容环境/暴露垃圾"
"""0101: four working hours."""


def hotline(at: str, kind: str, words: str, **more: str) -> tuple[Journey, str]:
    """A work order that is pushed at an instant, and dispatched at once; the number of its case."""
    centre = Journey(at=local(at))
    pushed = f"{centre.at:%Y-%m-%d %H:%M:%S}"
    order = work_order("GD1101", centre.at, words, kind, HERE, update_time=pushed, push_time=pushed, **more)
    return centre, centre.says(Source.HOTLINE12345, order)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2024-01-27 10:00", "2024-02-02 18:00:00"),  # a Saturday; the five days are those of the next week
        ("2025-01-27 10:00", "2025-02-10 18:00:00"),  # the day before the Spring Festival; two days of it were worked on beforehand
        ("2026-01-27 10:00", "2026-02-03 18:00:00"),
        ("2026-02-12 18:30", "2026-02-26 18:00:00"),  # the Saturday after it works, the festival does not
        ("2024-09-13 09:00", "2024-09-23 18:00:00"),  # the Saturday works, Monday and Tuesday are 中秋
        ("2026-09-30 10:00", "2026-10-13 18:00:00"),
    ],
)
def test_five_working_days_leave_out_the_day_of_the_start_and_end_with_the_office(at: str, due: str) -> None:
    centre, case = hotline(at, PROPERTY, "楼道长期没人打扫")
    assert centre.work(case).plan(Milestone.CLOSE) is not None
    assert centre.due(case) == due


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-03-02 17:55", "2026-03-03 14:55:00"),  # five minutes of Monday, three hours of the morning, fifty-five minutes
        ("2026-07-02 17:55", "2026-07-03 15:25:00"),  # summer: the afternoon begins at half past two
        ("2026-02-13 17:55", "2026-02-14 14:55:00"),  # the Saturday works
        ("2026-02-14 16:00", "2026-02-24 11:00:00"),  # and then nobody does until the Tuesday after the festival
        ("2026-06-30 17:00", "2026-07-01 12:00:00"),  # into the summer's hours
        ("2026-09-30 16:00", "2026-10-08 11:00:00"),
        ("2026-03-07 03:00", "2026-03-09 15:00:00"),  # at night, on a Saturday
        ("2026-03-02 12:30", "2026-03-02 18:00:00"),  # over lunch
    ],
)
def test_four_working_hours_run_from_the_instant_itself(at: str, due: str) -> None:
    centre, case = hotline(at, RUBBISH, "路边一堆垃圾没人清")
    assert centre.due(case) == due


@pytest.mark.parametrize(
    ("at", "due"), [("2026-03-02 23:30", "2026-03-03 01:30:00"), ("2026-02-17 23:00", "2026-02-18 01:00:00"), ("2026-03-07 11:59", "2026-03-07 13:59:00")]
)
def test_two_hours_of_an_emergency_run_at_night_at_lunch_and_on_holidays(at: str, due: str) -> None:
    centre, case = hotline(at, "市政设施/井盖缺失破损", "井盖缺失")
    assert centre.due(case) == due


def test_sixty_days_from_a_notice_end_on_a_holiday_and_roll_and_thirty_more_run_from_the_day_that_did_not() -> None:
    centre = Journey(at=local("2026-03-02 10:00"))
    case = centre.says(Source.PETITION, letter("XF1101", centre.at, "物业长期不作为，请求督促。", "城乡建设/住房保障与房地产/物业服务", 问题属地="江浦街道"))
    centre.unit_does(case, Action.SIGNED)
    assert centre.due(case) == "2026-05-07 00:00:00", "1 May rolls to the end of 6 May"
    centre.later(days=30).desk_does(case, Action.EXTENDED, reason="情况复杂", approver="单位负责人", limit="30d")
    assert centre.due(case) == "2026-06-02 00:00:00", "31 May is a Sunday, and rolls"


def test_beyond_the_calendar_s_horizon_weekends_count_alone_and_the_case_says_so() -> None:
    centre, case = hotline("2026-12-30 10:00", PROPERTY, "楼道长期没人打扫")
    assert centre.due(case) == "2027-01-06 18:00:00"
    assert centre.case(case).provisional
    assert not hotline("2026-12-01 10:00", PROPERTY, "楼道长期没人打扫")[0].case("PUKOU-20261201-00001").provisional


def test_no_word_of_a_source_no_sign_in_and_no_move_to_another_unit_resets_the_clock() -> None:
    centre, case = hotline("2026-03-02 10:00", PROPERTY, "楼道长期没人打扫")
    due = centre.due(case)
    for hours, say in ((20, "再次反映楼道没人打扫"), (28, "又一次反映楼道没人打扫")):
        centre.later(hours=hours)
        more = work_order("GD1101", centre.at, say, PROPERTY, HERE)
        assert centre.says(Source.HOTLINE12345, more) == case
        assert centre.due(case) == due
    centre.later(hours=1).unit_does(case, Action.SIGNED)
    centre.desk_does(case, Action.REASSIGNED, unit="chengguan", reason="改由城管办理")
    assert centre.due(case) == due == "2026-03-09 18:00:00"
    assert centre.due(case, Milestone.SIGN) > "2026-03-04", "what begins with each order begins anew"
