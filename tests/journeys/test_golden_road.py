"""Golden cases 1 and 2 (`domain/domain.md` §10): a pole that is down, and a manhole without its cover."""

from __future__ import annotations

from schemas.vocabulary import Action, CaseState, Force, Milestone, OrderAct, Source, Urgency
from tests.casework.lifecycle.centre import local
from tests.journeys.centre import Journey
from tests.journeys.words import alarm, task, work_order

BORDER = (118.519637, 31.951208)
"""In 桥林街道, at the border of the district."""
CROSSING = (118.62531, 32.05874)
"""In 江浦街道."""
THERE = (OrderAct.ACCEPT, OrderAct.DEPART)


def test_a_pole_is_down_at_half_past_three_and_by_six_it_stands_and_a_grid_worker_has_looked() -> None:
    centre = Journey(at=local("2026-03-02 15:30"))
    centre.near(Force.POLICE, place=BORDER)
    centre.near(Force.GRID, skill="guard", place=BORDER)
    (crew,) = centre.near(Force.REPAIR, skill="power", place=BORDER)
    words = "报警人称与外镇交界处一根电线杆被风吹倒，横在慢车道上，没有人员受伤，请派人处理。"
    case = centre.says(Source.POLICE110, alarm("1100000001", centre.at, words, "公共设施险情/电线杆倾倒", BORDER, JQDJ="二级"))
    opened = centre.case(case)
    assert (opened.matter, opened.urgency, opened.street_name, opened.state) == ("0208", Urgency.U1, "桥林街道", CaseState.DISPATCHED)
    event = centre.outcomes[-1].event
    assert event is not None
    assert event.why["urgency"].rule == "gates/hazard-pole-down"
    assert event.why["urgency"].runners_up[0].choice == "U2", "what the matter alone would say"
    assert {name.force for name in centre.reference.responders if name.responder == crew} == {Force.REPAIR}
    assert {milestone: centre.due(case, milestone) for milestone in (Milestone.ARRIVE, Milestone.INITIAL, Milestone.SECURE, Milestone.CLOSE)} == {
        Milestone.ARRIVE: "2026-03-02 15:40:30",  # a town: ten minutes
        Milestone.INITIAL: "2026-03-02 16:00:30",
        Milestone.SECURE: "2026-03-02 17:30:30",
        Milestone.CLOSE: "2026-03-02 19:30:30",  # the matter's own four hours
    }
    centre.later(seconds=20)
    for force in (Force.POLICE, Force.REPAIR, Force.GRID):
        centre.goes(case, force, *THERE)
    centre.later(seconds=10)
    centre.unit_does(case, Action.SIGNED, Action.CONTACTED)
    centre.until(local("2026-03-02 15:35")).goes(case, Force.POLICE, OrderAct.ARRIVE)
    centre.until(local("2026-03-02 15:38")).goes(case, Force.GRID, OrderAct.ARRIVE)
    centre.until(local("2026-03-02 15:50")).goes(case, Force.REPAIR, OrderAct.ARRIVE)
    centre.unit_does(case, Action.INITIAL_REPORT, result="民警已封闭慢车道，供电抢修到场")
    centre.unit_does(case, Action.HANDLED)
    centre.until(local("2026-03-02 16:40")).unit_does(case, Action.SECURED)
    centre.goes(case, Force.POLICE, OrderAct.FINISH)
    centre.until(local("2026-03-02 17:30")).goes(case, Force.REPAIR, OrderAct.FINISH)
    centre.unit_does(case, Action.FED_BACK, result="电线杆已扶正加固，道路恢复通行")
    centre.until(local("2026-03-02 18:00")).goes(case, Force.GRID, OrderAct.FINISH)
    centre.desk_does(case, Action.VERIFIED, evidence=("photo/2026-03-02/pole-after.jpg",))
    centre.desk_does(case, Action.CLOSED)
    assert centre.journal_of(case) == [
        "15:30:30 police110 opened",
        "15:30:30 clock dispatched chengguan",
        "15:30:30 clock ordered police",
        "15:30:30 clock ordered repair",
        "15:30:30 clock ordered grid",
        "15:30:50 responder:民警 order_told police/accept",
        "15:30:50 responder:民警 order_told police/depart",
        "15:30:50 responder:抢修养护 order_told repair/accept",
        "15:30:50 responder:抢修养护 order_told repair/depart",
        "15:30:50 responder:网格员 order_told grid/accept",
        "15:30:50 responder:网格员 order_told grid/depart",
        "15:31:00 unit:经办人 signed",
        "15:31:00 unit:经办人 contacted",
        "15:35:00 responder:民警 order_told police/arrive",
        "15:35:00 responder:民警 arrived",
        "15:38:00 responder:网格员 order_told grid/arrive",
        "15:50:00 responder:抢修养护 order_told repair/arrive",
        "15:50:00 unit:经办人 initial_report",
        "15:50:00 unit:经办人 handled",
        "16:40:00 unit:经办人 secured",
        "16:40:00 responder:民警 order_told police/finish",
        "17:30:00 responder:抢修养护 order_told repair/finish",
        "17:30:00 unit:经办人 fed_back",
        "18:00:00 responder:网格员 order_told grid/finish",
        "18:00:00 desk:值班员 verified",
        "18:00:00 desk:值班员 closed",
    ]
    assert centre.lines(case, Action.VERIFIED)[0].data["evidence"] == ["photo/2026-03-02/pole-after.jpg"]
    assert centre.alerted() == []
    assert centre.heard("1100000001") == ["转联动单位", "联动单位接收", "处置", "结果回传110", "结案!"]


def test_an_open_manhole_at_night_has_a_guard_in_ten_minutes_its_owner_in_two_hours_and_takes_in_later_reports() -> None:
    centre = Journey(at=local("2026-03-02 22:40"))
    (guard,) = centre.near(Force.GRID, skill="guard", place=CROSSING)
    (crew,) = centre.near(Force.REPAIR, skill="manhole", unit="paishui", place=CROSSING)
    words = "巡查发现路口东侧污水井盖缺失，夜间无照明。"
    case = centre.says(Source.CITY_MANAGEMENT, task("RW0001", centre.at, words, "污水井盖", CROSSING, owner_unit="排水公司"))
    opened = centre.case(case)
    assert (opened.matter, opened.urgency, opened.unit, opened.sent) == ("0203", Urgency.U1, "paishui", (guard, crew))
    assert centre.due(case) == "2026-03-03 00:40:30", "two hours, at night too"
    (order,) = [line for line in centre.lines(case, Action.ORDERED) if line.data["responder"] == guard]
    assert order.why is not None
    assert order.why.rule == "run_cards/C-0203-U1-grid"
    centre.later(seconds=15)
    for force in (Force.GRID, Force.REPAIR):
        centre.goes(case, force, *THERE)
    centre.unit_does(case, Action.SIGNED)
    centre.until(local("2026-03-02 22:45")).goes(case, Force.GRID, OrderAct.ARRIVE)
    centre.unit_does(case, Action.INITIAL_REPORT, result="网格员在场看护")
    again = work_order("GD0001", local("2026-03-02 22:55"), "文德路路口井盖没了，很危险", "市政设施/井盖缺失破损", CROSSING)
    assert centre.says(Source.HOTLINE12345, again) == case
    near = (CROSSING[0] + 0.0002, CROSSING[1])
    assert (
        centre.says(Source.POLICE110, alarm("1100000002", local("2026-03-02 23:10"), "有人骑车差点掉进没盖的井里", "公共设施险情/井盖缺失破损", near)) == case
    )
    assert (centre.case(case).reports, centre.case(case).sent) == (3, (guard, crew)), "later reports send nobody anew"
    centre.until(local("2026-03-02 23:20")).goes(case, Force.REPAIR, OrderAct.ARRIVE)
    centre.unit_does(case, Action.HANDLED)
    centre.until(local("2026-03-03 00:10")).goes(case, Force.REPAIR, OrderAct.FINISH)
    centre.unit_does(case, Action.CONTACTED, Action.SECURED)
    centre.unit_does(case, Action.FED_BACK, result="已更换井盖")
    centre.goes(case, Force.GRID, OrderAct.FINISH)
    centre.desk_does(case, Action.VERIFIED, Action.CLOSED)
    assert centre.journal_of(case) == [
        "22:40:30 city_management opened",
        "22:40:30 clock dispatched paishui",
        "22:40:30 clock ordered grid",
        "22:40:30 clock ordered repair",
        "22:40:45 responder:网格员 order_told grid/accept",
        "22:40:45 responder:网格员 order_told grid/depart",
        "22:40:45 responder:抢修养护 order_told repair/accept",
        "22:40:45 responder:抢修养护 order_told repair/depart",
        "22:40:45 unit:经办人 signed",
        "22:45:00 responder:网格员 order_told grid/arrive",
        "22:45:00 responder:网格员 arrived",
        "22:45:00 unit:经办人 initial_report",
        "22:55:30 rule:merge_rules joined",
        "23:10:30 rule:merge_rules joined",
        "23:20:00 responder:抢修养护 order_told repair/arrive",
        "23:20:00 unit:经办人 handled",
        "00:10:00 responder:抢修养护 order_told repair/finish",
        "00:10:00 unit:经办人 contacted",
        "00:10:00 unit:经办人 secured",
        "00:10:00 unit:经办人 fed_back",
        "00:10:00 responder:网格员 order_told grid/finish",
        "00:10:00 desk:值班员 verified",
        "00:10:00 desk:值班员 closed",
    ]
    assert centre.alerted() == []
    for name in ("RW0001", "GD0001", "1100000002"):
        assert centre.heard(name)[-1].endswith("!")
        assert sum(said.endswith("!") for said in centre.heard(name)) == 1, "each source hears its end once"
