"""Golden case 4 (`domain/domain.md` §10, decisions): the same noise for the sixth time in thirty days, through three channels."""

from __future__ import annotations

from schemas.vocabulary import Action, AlertKind, AlertStatus, CaseState, Source
from tests.casework.lifecycle.centre import HERE, local
from tests.journeys.centre import Journey
from tests.journeys.words import alarm, patrol, work_order

NOISE, AT_110 = "生态环境/社会生活噪声", "举报投诉/社会生活噪声"
BAR = (HERE[0] + 0.0004, HERE[1])
"""38 metres off."""


def settled(centre: Journey, case: str) -> None:
    """The unit goes there and feeds back, the desk closes: within the hour."""
    centre.later(minutes=5).unit_does(case, Action.SIGNED, Action.CONTACTED)
    centre.later(minutes=30).unit_does(case, Action.ARRIVED)
    centre.later(minutes=5).unit_does(case, Action.FED_BACK, result="已劝导关小音量")
    centre.desk_does(case, Action.CLOSED)


def test_the_same_noise_is_six_reports_three_cases_one_issue_a_consultation_and_an_alert() -> None:
    centre = Journey(at=local("2026-03-02 22:00"))
    words = "酒吧音响吵得睡不着"
    first = centre.says(Source.HOTLINE12345, work_order("GD0201", centre.at, words, NOISE, HERE))
    assert centre.says(Source.POLICE110, alarm("1100000201", local("2026-03-02 22:05"), words, AT_110, BAR)) == first
    settled(centre, first)
    second = centre.says(Source.JOINT_PATROL, patrol("DLQ0201", local("2026-03-10 22:30"), words, "/噪声扰民", HERE))
    assert centre.says(Source.HOTLINE12345, work_order("GD0202", local("2026-03-10 22:32"), words, NOISE, BAR)) == second
    settled(centre, second)
    assert {alert.kind for alert in centre.alerts} & {AlertKind.CONSULTATION, AlertKind.SIX_IN_30_DAYS} == set()
    third = centre.says(Source.POLICE110, alarm("1100000202", local("2026-03-31 22:10"), words, AT_110, HERE))
    assert len({first, second, third}) == 3
    (consultation,) = [alert for alert in centre.alerts if alert.kind is AlertKind.CONSULTATION]
    assert (consultation.number, consultation.level.value, consultation.tells) == (third, "orange", ("desk", "unit_head"))
    assert consultation.evidence.startswith("5 reports in 3 cases through 3 channels within 30 days")
    assert centre.count_of(AlertKind.SIX_IN_30_DAYS) == 0
    assert centre.says(Source.HOTLINE12345, work_order("GD0203", local("2026-03-31 22:12"), words, NOISE, BAR)) == third
    (sixth,) = [alert for alert in centre.alerts if alert.kind is AlertKind.SIX_IN_30_DAYS]
    assert sixth.evidence.startswith("6 reports in 3 cases through 3 channels within 30 days")
    assert len(centre.cases) == 3
    of_issue = [centre.state.kept.issues.get(centre.ordinal(case)) for case in (first, second, third)]
    assert of_issue == [centre.ordinal(first)] * 3, "one issue, known by its first case"
    assert centre.says(Source.HOTLINE12345, work_order("GD0204", local("2026-03-31 22:14"), words, NOISE, BAR)) == third
    assert (centre.count_of(AlertKind.CONSULTATION), centre.count_of(AlertKind.SIX_IN_30_DAYS)) == (1, 1), "a seventh report tells nobody anew"
    centre.desk_does("", Action.ACKNOWLEDGED, alert=sixth.alert_id)
    settled(centre, third)
    assert centre.journal_of(third) == [
        "22:10:30 police110 opened",
        "22:10:30 clock dispatched gongan",
        "22:10:30 clock needed police/desk",
        "22:10:30 clock needed grid/desk",
        "22:12:30 rule:merge_rules joined",
        "22:14:30 rule:merge_rules joined",
        "22:18:30 clock warned sign/yellow",
        "22:19:30 unit:经办人 signed",
        "22:19:30 unit:经办人 contacted",
        "22:49:30 unit:经办人 arrived",
        "22:54:30 unit:经办人 fed_back",
        "22:54:30 desk:值班员 closed",
    ]
    over = [alert for alert in centre.alerts if alert.alert_id == sixth.alert_id][-1]
    assert (over.by, over.status) == ("desk:值班员", AlertStatus.OVER), "with the latest case of the issue"
    assert centre.case(third).state is CaseState.CLOSED


def test_five_reports_or_reports_that_reach_over_thirty_days_raise_nothing() -> None:
    centre = Journey(at=local("2026-03-02 12:00"))
    for day, name in ((2, "GD0211"), (12, "GD0212"), (31, "GD0213")):
        case = centre.says(Source.HOTLINE12345, work_order(name, local(f"2026-03-{day:02d} 12:00"), "酒吧音响扰民", NOISE, HERE))
        settled(centre, case)
    centre.says(Source.HOTLINE12345, work_order("GD0214", local("2026-04-12 12:00"), "酒吧音响扰民", NOISE, HERE))
    assert centre.count_of(AlertKind.CONSULTATION) == 1, "the three of March"
    assert centre.count_of(AlertKind.SIX_IN_30_DAYS) == 0
