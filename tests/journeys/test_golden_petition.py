"""Golden case 8 (`domain/domain.md` §10, §1.4): a petition, its sixty days, thirty more, review and re-review."""

from __future__ import annotations

from schemas.vocabulary import Action, AlertKind, CaseState, Milestone, Source, Urgency, VerdictKind
from tests.casework.lifecycle.centre import local
from tests.journeys.centre import Journey
from tests.journeys.words import letter

KIND = "城乡建设/住房保障与房地产/物业服务"
WORDS = "我们小区十二户业主反映：物业公司长期不清扫楼道，多次联系无果，请求有关部门督促。"


def petitioned(at: str, name: str = "XF0801", **more: str) -> tuple[Journey, str]:
    """A petition registered at an instant, and the number of its case."""
    centre = Journey(at=local(at))
    return centre, centre.says(Source.PETITION, letter(name, centre.at, WORDS, KIND, 问题属地="汤泉街道", 问题发生地="浦口区汤泉街道银泉路100号", **more))


def test_a_petition_is_answered_in_sixty_days_of_its_acceptance_and_thirty_more_then_reviewed_twice() -> None:
    centre, case = petitioned("2026-02-26 10:00")
    assert centre.case(case).unit == "zhujian"
    assert centre.due(case, Milestone.SCREEN) == centre.due(case, Milestone.ACCEPT) == "2026-03-14 00:00:00"
    assert centre.due(case) == "-", "no clock of handling before the notice of acceptance"
    centre.until(local("2026-03-02 16:00")).unit_does(case, Action.SIGNED)
    assert centre.due(case) == "2026-05-07 00:00:00", "1 May and the days after it are holidays"
    again = centre.desk(Action.EXTENDED, case, reason="情况复杂", approver="单位负责人", limit="31d")
    assert (again.verdict, again.code) == (VerdictKind.REFUSED, "extendable")
    centre.until(local("2026-04-28 09:30"))
    centre.desk_does(case, Action.EXTENDED, reason="情况复杂", approver="单位负责人", limit="30d")
    assert centre.due(case) == "2026-06-02 00:00:00", "from 1 May, not from the day to which it rolled; 31 May is a Sunday"
    assert [alert.kind for alert in centre.open_alerts().values()] == [AlertKind.NO_RESPONDER], "it is not due soon any more"
    twice = centre.desk(Action.EXTENDED, case, reason="仍未办结", approver="单位负责人", limit="1d")
    assert (twice.verdict, twice.code) == (VerdictKind.REFUSED, "extendable")
    centre.until(local("2026-05-28 10:00"))
    assert [line.data["level"] for line in centre.lines(case, Action.WARNED)] == ["yellow", "yellow"], "and now it is again"
    centre.unit_does(case, Action.CONTACTED)
    centre.unit_does(case, Action.FED_BACK, result="答复意见书：已督促物业履约")
    centre.until(local("2026-05-29 10:00")).closed(case)
    early = centre.desk(Action.REREVIEW_ASKED, case, reason="不服复查意见")
    assert early.verdict is VerdictKind.REFUSED, "a re-review is of a review"
    centre.until(local("2026-06-10 10:00")).desk_does(case, Action.REVIEW_ASKED, reason="不服答复意见")
    assert centre.due(case, Milestone.REVIEW) == "2026-07-11 00:00:00"
    centre.until(local("2026-07-01 10:00")).desk_does(case, Action.REVIEWED, result="维持答复意见")
    centre.until(local("2026-07-20 10:00")).desk_does(case, Action.REREVIEW_ASKED, reason="不服复查意见")
    assert centre.due(case, Milestone.REREVIEW) == "2026-08-20 00:00:00"
    centre.until(local("2026-08-10 10:00")).desk_does(case, Action.REREVIEWED, result="维持复查意见，信访终结")
    assert centre.case(case).state is CaseState.ARCHIVED
    assert centre.journal_of(case) == [
        "10:00:00 petition opened",
        "10:00:00 clock dispatched zhujian",
        "10:00:00 clock needed grid/waiting",
        "18:00:00 clock needed grid/desk",
        "16:00:00 unit:经办人 signed",
        "08:00:00 clock warned close/yellow",
        "09:30:00 desk:值班员 extended close/30d",
        "08:00:00 clock warned close/yellow",
        "10:00:00 unit:经办人 contacted",
        "10:00:00 unit:经办人 fed_back",
        "10:00:00 desk:值班员 verified",
        "10:00:00 desk:值班员 revisited",
        "10:00:00 desk:值班员 closed",
        "10:00:00 desk:值班员 review_asked",
        "10:00:00 clock archived",
        "10:00:00 desk:值班员 reviewed",
        "10:00:00 desk:值班员 rereview_asked",
        "10:00:00 desk:值班员 rereviewed",
    ]
    assert centre.heard("XF0801") == ["转送交办", "受理告知", "答复意见书", "办结!"]
    assert centre.alerted() == ["no_responder/yellow", "due_soon/yellow"]
    assert not centre.open_alerts()


def test_a_review_that_nobody_answers_in_thirty_days_is_alerted_though_the_petition_is_closed_and_archived() -> None:
    centre, case = petitioned("2026-03-02 10:00")
    centre.later(hours=1).unit_does(case, Action.SIGNED, Action.CONTACTED)
    centre.unit_does(case, Action.FED_BACK, result="答复意见书：已督促物业履约")
    centre.desk_does(case, Action.CLOSED)
    late = centre.until(local("2026-04-02 10:00")).desk(Action.REVIEW_ASKED, case, reason="不服答复意见")
    assert (late.verdict, late.code) == (VerdictKind.REFUSED, "review-window"), "thirty days after the reply"
    other = Journey(at=local("2026-03-02 10:00"))
    case = other.says(Source.PETITION, letter("XF0802", other.at, WORDS, KIND, 问题属地="汤泉街道"))
    other.later(hours=1).unit_does(case, Action.SIGNED, Action.CONTACTED)
    other.unit_does(case, Action.FED_BACK, result="答复意见书：已督促物业履约")
    other.desk_does(case, Action.CLOSED)
    other.until(local("2026-03-20 10:00")).desk_does(case, Action.REVIEW_ASKED, reason="不服答复意见")
    other.until(local("2026-04-21 10:00"))
    assert other.case(case).state is CaseState.ARCHIVED
    assert [(alert.kind, alert.milestone) for alert in other.open_alerts().values()] == [(AlertKind.OVERDUE, Milestone.REVIEW)]
    other.desk_does(case, Action.REVIEWED, result="维持答复意见")
    assert not other.open_alerts()


def test_a_petition_that_threatens_harm_is_the_police_s_at_once_and_keeps_its_sixty_days() -> None:
    centre, case = petitioned("2026-03-02 10:00", "XF0803", 是否扬言="是")
    assert centre.case(case).urgency is Urgency.U1
    assert centre.due(case, Milestone.SIGN) == "2026-03-02 10:01:00"
    assert [need.card.force.value for need in centre.work(case).needs] == ["police", "grid"]
    centre.later(seconds=40).unit_does(case, Action.SIGNED)
    assert centre.due(case) == "2026-05-07 00:00:00"
