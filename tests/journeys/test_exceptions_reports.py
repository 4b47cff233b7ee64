"""Exceptions of `domain/domain.md` §1.6 that lie in what is reported: 1, 2, 3, 9, 15, and the mixed call of 110 (§1.2)."""

from __future__ import annotations

import pytest

from schemas.command import ReportName
from schemas.errors import Refused
from schemas.vocabulary import Action, CaseState, Milestone, OutcomeKind, Source, VerdictKind
from tests.casework.lifecycle.centre import HERE, local
from tests.journeys.centre import Journey
from tests.journeys.words import alarm, letter, task, work_order

LAMP = "市政设施/路灯照明"
QIAOLIN = (118.519637, 31.951208)
"""In 桥林街道."""


def test_one_matter_through_three_channels_is_one_case_and_each_ticket_has_its_own_feedback() -> None:
    centre = Journey(at=local("2026-03-02 09:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD1201", centre.at, "路灯不亮", LAMP, HERE))
    assert centre.says(Source.POLICE110, alarm("1100001201", local("2026-03-02 09:10"), "路灯坏了", "公共设施险情/路灯故障", HERE)) == case
    assert centre.says(Source.CITY_MANAGEMENT, task("RW1201", local("2026-03-02 09:20"), "路灯不亮", "路灯", HERE)) == case
    gone = work_order("GD1202", local("2026-03-02 09:30"), "路灯不亮", LAMP, HERE)
    assert centre.says(Source.HOTLINE12345, gone) == case
    centre.later(minutes=10)
    centre.says(Source.HOTLINE12345, {**gone, "order_status": "市民撤诉", "update_time": "2026-03-02 09:40:00"})
    assert (centre.outcomes[-1].outcome, centre.case(case).reports) == (OutcomeKind.WITHDRAWN, 3)
    centre.later(minutes=10).unit_does(case, Action.SIGNED, Action.CONTACTED)
    centre.unit_does(case, Action.FED_BACK, result="已换灯泡")
    centre.desk_does(case, Action.CLOSED)
    assert centre.heard("GD1201") == ["派单", "签收", "办结反馈", "办结归档!"]
    assert centre.heard("1100001201") == ["转联动单位", "联动单位接收", "结果回传110", "结案!"]
    assert centre.heard("RW1201") == ["任务派遣", "部门签收", "处理反馈", "结案!"]
    assert centre.heard("GD1202") == ["派单"], "who has withdrawn hears no more of it"
    assert centre.journal_of(case) == [
        "09:00:30 hotline12345 opened",
        "09:00:30 clock dispatched ludeng",
        "09:00:30 clock needed repair/waiting",
        "09:10:30 rule:merge_rules joined",
        "09:20:30 rule:merge_rules joined",
        "09:30:30 rule:merge_rules joined",
        "09:40:30 hotline12345 report_withdrawn",
        "09:50:30 unit:经办人 signed",
        "09:50:30 unit:经办人 contacted",
        "09:50:30 unit:经办人 fed_back",
        "09:50:30 desk:值班员 closed",
    ]


def test_a_ticket_with_two_demands_is_split_and_each_case_goes_its_own_way_on_the_same_clock() -> None:
    centre = Journey(at=local("2026-03-02 09:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD1211", centre.at, "路灯不亮，另外井里的水也溢出来了", LAMP, HERE))
    second = work_order("GD1211-2", local("2026-03-02 09:05"), "井里的水溢出来了，路灯也不亮", LAMP, HERE)
    assert centre.says(Source.HOTLINE12345, second) == case
    refused = centre.desk(Action.SPLIT, case, reason="一单多诉")
    assert (refused.verdict, refused.code) == (VerdictKind.REFUSED, "has-reports")
    all_of_it = (ReportName(source=Source.HOTLINE12345, source_id="GD1211"), ReportName(source=Source.HOTLINE12345, source_id="GD1211-2"))
    assert centre.desk(Action.SPLIT, case, reason="一单多诉", reports=all_of_it).code == "has-reports", "one report stays"
    centre.later(minutes=5).desk_does(case, Action.SPLIT, reason="一单多诉", reports=all_of_it[1:])
    other = next(one.number for one in centre.cases.values() if one.number != case)
    assert [centre.case(one).reports for one in (case, other)] == [1, 1]
    assert centre.case(other).state is CaseState.DISPATCHED
    again = {**second, "content": "水溢得更多了", "update_time": "2026-03-02 09:20:00", "push_time": "2026-03-02 09:20:00"}
    assert centre.says(Source.HOTLINE12345, again) == other, "a revision stays where a person has put it"
    for one in (case, other):
        centre.unit_does(one, Action.SIGNED, Action.CONTACTED)
        centre.unit_does(one, Action.FED_BACK, result=f"已处理{one[-1]}")
        centre.desk_does(one, Action.CLOSED)
    assert (centre.heard("GD1211")[-1], centre.heard("GD1211-2")[-1]) == ("办结归档!", "办结归档!")
    assert [result.result for result in centre.results if result.final] == [f"已处理{case[-1]}", f"已处理{other[-1]}"]


def test_a_point_of_an_unknown_system_is_refused_with_its_field_and_never_guessed_at() -> None:
    centre = Journey(at=local("2026-03-02 09:00"))
    with pytest.raises(Refused, match="crs"):
        centre.says(Source.CITY_MANAGEMENT, task("RW1221", centre.at, "路灯不亮", "路灯", HERE, crs="地方坐标"))
    with pytest.raises(Refused, match="坐标系"):
        centre.says(Source.PETITION, letter("XF1221", centre.at, "路灯不亮", "城乡建设/城市建设和市政管理", 经度=HERE[0], 纬度=HERE[1]))
    assert centre.outcomes == []


def test_a_point_of_the_hotlines_map_is_moved_half_a_kilometre_to_where_it_is() -> None:
    centre = Journey(at=local("2026-03-02 09:00"))
    theirs = work_order("GD1222", centre.at, "路灯不亮", LAMP, HERE, coord_type="GCJ02")
    ours = work_order("GD1223", centre.at, "路灯不亮", LAMP, HERE)
    cases = [centre.case(centre.says(Source.HOTLINE12345, line)) for line in (theirs, ours)]
    (a, b) = ((case.lng, case.lat) for case in cases)
    assert b == HERE
    assert a[0] is not None
    assert a[1] is not None
    assert 400 < ((HERE[0] - a[0]) ** 2 * 94_400**2 + (HERE[1] - a[1]) ** 2 * 110_900**2) ** 0.5 < 700


def test_a_place_that_the_source_corrects_sends_the_case_to_the_other_street_and_resets_no_clock() -> None:
    centre = Journey(at=local("2026-03-02 09:00"))
    said = work_order("GD1224", centre.at, "楼上住户吵闹，要求调解", "矛盾纠纷治安/邻里纠纷", HERE)
    case = centre.says(Source.HOTLINE12345, said)
    assert centre.case(case).unit == "street-320111004"
    due = centre.due(case)
    centre.unit_does(case, Action.SIGNED)
    centre.later(hours=1)
    right = {**said, "longitude": f"{QIAOLIN[0]}", "latitude": f"{QIAOLIN[1]}", "update_time": "2026-03-02 10:00:00", "push_time": "2026-03-02 10:00:00"}
    assert centre.says(Source.HOTLINE12345, right) == case
    now = centre.case(case)
    assert (now.unit, now.street_name, now.state) == ("street-320111005", "桥林街道", CaseState.DISPATCHED)
    assert centre.due(case) == due
    assert centre.due(case, Milestone.SIGN) == "2026-03-02 16:00:30"
    assert [entry.split(" ", 1)[1] for entry in centre.journal_of(case)][-2:] == ["hotline12345 moved", "hotline12345 reassigned street-320111005"]


def test_who_is_nameless_or_asks_for_secrecy_is_heard_like_everybody_and_nobody_is_told_who_it_was() -> None:
    centre = Journey(at=local("2026-03-02 09:00"))
    secret = work_order("GD1231", centre.at, "饭店油烟直排", "生态环境/餐饮油烟", HERE, is_secret="是", caller_name="测试甲", caller_phone="19990000001")
    case = centre.says(Source.HOTLINE12345, secret)
    nameless = centre.says(Source.HOTLINE12345, work_order("GD1232", centre.at, "饭店油烟直排", "生态环境/餐饮油烟", QIAOLIN))
    for one in (case, nameless):
        assert centre.case(one).state is CaseState.DISPATCHED
    written = b"".join(line.to_json() for line in (*centre.journal, *centre.outcomes, *centre.results, *centre.cases.values()))
    assert "测试甲".encode() not in written
    assert b"19990000001" not in written
    event = centre.outcomes[0].event
    assert event is not None
    assert event.report.extra["is_secret"] == "yes", "the desk sees that it was asked for"


def test_a_case_of_another_district_is_handed_over_with_its_receipt_and_the_source_hears_where_it_went() -> None:
    centre = Journey(at=local("2026-03-02 09:00"))
    case = centre.says(Source.HOTLINE12345, work_order("GD1241", centre.at, "路灯不亮，靠近区界", LAMP, HERE))
    silent = centre.desk(Action.TRANSFERRED, case, unit="江北新区12345")
    assert (silent.verdict, silent.code) == (VerdictKind.REFUSED, "reason")
    centre.later(minutes=20).desk_does(case, Action.TRANSFERRED, unit="江北新区12345", reason="属江北新区管理", evidence=("receipt/JB-20260302-0017",))
    (line,) = centre.lines(case, Action.TRANSFERRED)
    assert (line.data["unit"], line.data["evidence"]) == ("江北新区12345", ["receipt/JB-20260302-0017"])
    assert centre.heard("GD1241") == ["派单", "转出!"]
    assert [result.result for result in centre.results if result.final] == ["属江北新区管理"]
    assert not centre.open_alerts()
    centre.later(days=10)
    assert centre.journal_of(case)[-1].endswith("transferred"), "no clock of ours runs on"


def test_a_mixed_call_is_two_cases_one_for_the_police_and_one_for_the_service_and_the_two_are_linked() -> None:
    centre = Journey(at=local("2026-03-02 21:00"))
    service = alarm("1100001251", centre.at, "路边井盖破损，两人因此争吵", "公共设施险情/井盖缺失破损", HERE, JQXZ="混合")
    police = alarm("1100001252", centre.at, "两人因绊倒起争执，正在打架", "群众求助/危难求助", HERE, JQXZ="混合", ZJJDBH="1100001251")
    first, second = centre.says(Source.POLICE110, service), centre.says(Source.POLICE110, police)
    assert first != second
    assert centre.case(first).linked == (centre.case(second).case_id,)
    assert centre.case(second).linked == (centre.case(first).case_id,)
    (line,) = centre.lines(second, Action.LINKED)
    assert (line.actor, line.other_case) == ("source:police110", centre.case(first).case_id)
    centre.later(minutes=1).says(Source.POLICE110, {**police, "BJNR": "两人正在打架，有人拉架", "GXSJ": "20260302210200", "TSSJ": "20260302210200"})
    assert len(centre.lines(second, Action.LINKED)) == 1, "linked once"
    assert centre.case(second).unit == "gongan"
    by_hand = centre.says(Source.HOTLINE12345, work_order("GD1251", centre.at, "店家占道", "市容环境/占道经营", HERE))
    centre.desk_does(by_hand, Action.LINKED, other=first)
    assert centre.case(first).linked == (centre.case(second).case_id, centre.case(by_hand).case_id)
