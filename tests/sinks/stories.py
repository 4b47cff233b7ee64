"""Cases with a story, worked on for real, for the tests that have them told: each function is a centre in which something has happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from schemas.command import Actor, ReportName
from schemas.fields import Model
from schemas.vocabulary import Action, Force, OrderAct, Role, Source, VerdictKind
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.sayings import Language
from sinks.story import Known, settled, story, told
from tests.casework.lifecycle.centre import DESK, HERE, Worked, local, pukou

MANHOLE = "路面井盖缺失，行人差点掉下去"
DATA = Path(__file__).parent / "data"


def land(centre: Worked, warehouse: ChdbWarehouse) -> None:
    """All that the centre's fold wrote."""
    lines: Mapping[str, Sequence[Model]] = {
        "case_rows": list(centre.cases.values()),
        "outcome_lines": centre.outcomes,
        "journal_rows": centre.journal,
        "alert_rows": centre.alerts,
        "verdict_rows": centre.verdicts,
        "result_rows": centre.results,
    }
    for table, some in lines.items():
        if some:
            warehouse.insert(table, b"\n".join(line.to_json() for line in some), rows=len(some), token="t")


def done(centre: Worked, action: Action, case: str, actor: Actor | None = None, **more: Any) -> None:
    """A command that has to be carried out."""
    verdict = centre.command(action, case, actor, **more)
    assert verdict.verdict is VerdictKind.DONE, (action, verdict.code, verdict.detail)


def golden(warehouse: ChdbWarehouse) -> dict[Language, str]:
    """The story of one whole case in each language; the pack's hash, which every change of a table changes, is left out."""
    centre = one_case_from_its_report_to_its_closing()
    land(centre, warehouse)
    (case,) = centre.cases.values()
    found, known = settled(story(warehouse, case.number), pukou().transitions), Known.of(pukou())
    return {language: told(found, language, known=known).replace(pukou().hash, "…") for language in get_args(Language)}


def one_case_from_its_report_to_its_closing() -> Worked:
    """The whole way: who is sent and declines, a return that makes a precedent, a pause, warnings, supervision, rework, closing."""
    centre = Worked()
    centre.near(Force.GRID, 2, skill="guard")
    case = centre.report(MANHOLE)
    (guard,) = centre.case(case).sent
    me = Actor(role=Role.RESPONDER, name="网格员一", responder=guard)
    done(centre, Action.ORDER_TOLD, case, me, act=OrderAct.DECLINE, reason="车辆故障")
    done(centre, Action.RETURN_ASKED, case, reason_code="R1", clause="三定方案第二条", unit="shuiwu", reason="不属本单位设施")
    done(centre, Action.RETURN_UPHELD, case, DESK, unit="shuiwu", reason="井盖属排水设施")
    (other,) = centre.case(case).sent
    you = Actor(role=Role.RESPONDER, name="网格员二", responder=other)
    for act in (OrderAct.ACCEPT, OrderAct.DEPART, OrderAct.ARRIVE):
        done(centre, Action.ORDER_TOLD, case, you, act=act)
        centre.later(seconds=15)
    assert centre.desk(Action.EXTENDED, case, reason="配件未到", approver="值班主任", limit="9ewh").verdict is VerdictKind.REFUSED
    centre.later(minutes=5)
    done(centre, Action.SIGNED, case)
    done(centre, Action.CONTACT_TRIED, case)
    done(centre, Action.CONTACTED, case)
    done(centre, Action.HANDLED, case)
    done(centre, Action.PAUSED, case, DESK, reason="等待勘察", approver="值班主任")
    centre.later(hours=1)
    done(centre, Action.RESUMED, case, DESK, reason="勘察完成")
    alert = next(alert for alert in centre.open_alerts().values() if alert.kind.value == "no_responder")
    done(centre, Action.ACKNOWLEDGED, "", DESK, alert=alert.alert_id)
    done(centre, Action.ORDER_TOLD, case, you, act=OrderAct.FINISH)
    centre.later(hours=3)
    done(centre, Action.FED_BACK, case, result="已更换井盖", evidence=("照片-17",))
    done(centre, Action.REWORKED, case, DESK, reason="仍松动")
    done(centre, Action.FED_BACK, case, result="已加固井盖")
    done(centre, Action.VERIFIED, case, DESK)
    done(centre, Action.REVISITED, case, DESK, solved=True, satisfied=False)
    done(centre, Action.CLOSED, case, DESK)
    return centre


def cases_that_machine_and_people_put_together_and_take_apart() -> Worked:
    """Joined, absorbed over a bridge, merged by hand, unmerged, split, linked, withdrawn, revived, moved by a correction."""
    centre = Worked()
    east = HERE[0] + 0.0009
    first = centre.report("路灯不亮，晚上很黑", "L1", lng=HERE[0], lat=HERE[1])
    centre.report("路灯坏了", "L2", lng=HERE[0] + 0.0001, lat=HERE[1])
    second = centre.report("路灯不亮", "L3", lng=east + 0.0008, lat=HERE[1])
    centre.report("路灯都不亮", "L4", lng=east, lat=HERE[1])
    far = centre.report("路灯灭了", "L5", lng=118.64, lat=32.061)
    farther = centre.report("路灯灭了", "L6", lng=118.66, lat=32.08)
    done(centre, Action.MERGED, far, DESK, other=first, reason="同一线路")
    done(centre, Action.UNMERGED, far, DESK, reason="并非同一线路")
    done(centre, Action.SPLIT, first, DESK, reports=(ReportName(source=Source.HOTLINE12345, source_id="L2"),), reason="另一处")
    done(centre, Action.LINKED, first, DESK, other=farther, reason="同一单位养护")
    centre.withdraw("L6")
    centre.report("路灯灭了，又灭了", "L6", lng=118.66, lat=32.08)
    centre.report("路灯灭了，更正地点", "L5", lng=118.70, lat=32.10)
    assert second
    return centre


def an_incident_with_its_cases() -> Worked:
    """停水: several cases at once become one incident; its parent is closed, and they with it."""
    centre = Worked()
    cases = [centre.report("全小区停水，没有水用", f"W{number}", lng=HERE[0] + 0.002 * number, lat=HERE[1], address=f"文德路{number}号") for number in range(6)]
    parent = next(case for case in cases if centre.work(case).children)
    for action in (Action.SIGNED, Action.CONTACTED):
        done(centre, action, parent)
    done(centre, Action.FED_BACK, parent, result="管道已修复，恢复供水")
    done(centre, Action.CLOSED, parent, DESK)
    return centre


def a_case_that_nobody_ends() -> Worked:
    """Warnings, supervision to its last level, two returns, a consultation and its ruling; and the next case goes by the precedent."""
    centre = Worked()
    case = centre.report("小区垃圾无人清运，臭味很大", "G1")
    done(centre, Action.RETURN_ASKED, case, reason_code="R2", clause="属地管理办法", unit="chengguan")
    done(centre, Action.RETURN_UPHELD, case, DESK, unit="chengguan", reason="属城管")
    done(centre, Action.RETURN_ASKED, case, reason_code="R1", clause="职责清单", unit="shuiwu")
    done(centre, Action.RULED, case, DESK, unit="zhujian", co_units=("chengguan",), reason="会商", clause="会议纪要3号")
    centre.report("垃圾无人清运", "G2", lng=118.6262, lat=32.0611)
    done(centre, Action.SIGNED, case, Actor(role=Role.UNIT, name="协办", unit="chengguan"))
    centre.later(days=60)
    return centre


def cases_that_end_otherwise() -> Worked:
    """Not accepted, transferred, voided; suspended; extended; a petition that is reviewed; one at night; a complaint of a unit; one without a place."""
    centre = Worked()
    done(centre, Action.NOT_ACCEPTED, centre.report("要求公开合同", "E1"), DESK, not_accepted="N1", reason="请走信息公开")
    done(centre, Action.TRANSFERRED, centre.report("道路坑洼，车胎都破了", "E2", lng=118.63, lat=32.062), DESK, unit="邻区指挥中心", reason="跨区")
    done(centre, Action.VOIDED, centre.report("行道树倒伏", "E3", lng=118.64, lat=32.063), DESK, reason="测试数据", approver="值班主任")
    held = centre.report("路面积水严重", "E4", lng=118.65, lat=32.064)
    done(centre, Action.SIGNED, held)
    done(centre, Action.EXTENDED, held, DESK, reason="雨季", approver="值班主任", limit="1ewh")
    done(centre, Action.SUSPENDED, held, DESK, reason="等待产权单位", approver="值班主任")
    petition = centre.report("反映小区违建多年未拆", "P1", source=Source.PETITION, lng=118.60, lat=32.05)
    done(centre, Action.SIGNED, petition)
    done(centre, Action.CONTACTED, petition)
    done(centre, Action.FED_BACK, petition, result="已立案查处")
    done(centre, Action.CLOSED, petition, DESK)
    done(centre, Action.REVIEW_ASKED, petition, DESK, reason="不服答复")
    done(centre, Action.REVIEWED, petition, DESK, result="维持答复")
    centre.report("举报区城市管理局工作人员不作为，占道经营无人管", "E5", lng=118.61, lat=32.07)
    centre.report("有个地方垃圾没人收", "E6", address="不知道哪里")
    centre.report("江浦街道有人乱倒渣土", "E7", address="江浦街道")
    centre.until(local("2026-03-02 23:30"))
    centre.report("工地夜间施工，吵得睡不着", "E8", lng=118.62, lat=32.09)
    return centre


def commands_that_are_refused() -> Worked:
    """On one case almost everything that somebody may try in vain."""
    centre = Worked()
    (guard, *_) = centre.near(Force.GRID, 1, skill="guard")
    case = centre.report(MANHOLE)
    other = centre.report("行道树倒伏压车", "B1", lng=118.65, lat=32.07)
    unit, stranger = centre.unit(case), Actor(role=Role.UNIT, name="他人", unit="jiaotong")
    for action in (Action.CLOSED, Action.INCIDENT, Action.JOINED, Action.RESUMED, Action.RETURN_UPHELD, Action.RULED, Action.SUPERVISION_ENDED):
        centre.desk(action, case)
    for action in (Action.REASSIGNED, Action.VOIDED, Action.PAUSED, Action.NOT_ACCEPTED, Action.EXTENDED, Action.MERGED, Action.LINKED, Action.SPLIT):
        centre.desk(action, case)
        centre.desk(action, case, reason="因故", other=case, unit="nobody", reports=(ReportName(source=Source.PETITION, source_id="x"),))
    for action in (Action.EXTENDED, Action.MERGED, Action.LINKED):
        centre.desk(action, case, reason="因故", approver="主任", limit="99d", other="none")
    centre.desk(Action.SPLIT, case, reason="因故", reports=(ReportName(source=Source.HOTLINE12345, source_id="A1"),))
    centre.command(Action.SIGNED, case, stranger)
    centre.command(Action.FED_BACK, case, unit, result="")
    centre.command(Action.RETURN_ASKED, case, unit)
    centre.command(Action.SIGNED, case, Actor(role=Role.RESPONDER, name="外人", responder="nobody"))
    centre.command(Action.ARRIVED, case, Actor(role=Role.RESPONDER, name="外人"))
    done(centre, Action.SIGNED, case, unit)
    centre.command(Action.FED_BACK, case, unit, result="好了")
    centre.command(Action.FED_BACK, case, stranger, result="好了")
    centre.desk(Action.SIGNED, case)
    centre.desk(Action.HANDLED, case, expect_seq=1)
    needs = [need.need for need in centre.work(case).needs]
    centre.desk(Action.ORDER_ASSIGNED, case, need="C-none/1", responder=guard)
    centre.desk(Action.ORDER_ASSIGNED, case, need=needs[-1], responder=guard)
    centre.desk(Action.ORDER_ASSIGNED, case, need=needs[0], responder="nobody")
    centre.desk(Action.ORDER_TOLD, case, need="C-none/1", act=OrderAct.ACCEPT)
    centre.desk(Action.ORDER_TOLD, case)
    me = Actor(role=Role.RESPONDER, name="网格员", responder=guard)
    centre.command(Action.ORDER_TOLD, case, me, act=OrderAct.FINISH)
    centre.command(Action.ORDER_TOLD, case, me, act=OrderAct.WITHDRAW)
    done(centre, Action.PAUSED, case, DESK, reason="勘察", approver="主任")
    centre.desk(Action.SUSPENDED, case, reason="再停", approver="主任")
    done(centre, Action.RESUMED, case, DESK, reason="完成")
    centre.desk(Action.SUPERVISED, case, reason="催", level=9)
    centre.later(hours=2)
    centre.command(Action.RETURN_ASKED, case, unit, reason_code="R1", clause="某条", unit="shuiwu")
    done(centre, Action.VOIDED, other, DESK, reason="误报", approver="主任")
    centre.desk(Action.MERGED, case, other=other, reason="并案")
    centre.desk(Action.REVIEW_ASKED, other, reason="不服")
    return centre


STORIES: tuple[Callable[[], Worked], ...] = (
    one_case_from_its_report_to_its_closing,
    cases_that_machine_and_people_put_together_and_take_apart,
    an_incident_with_its_cases,
    a_case_that_nobody_ends,
    cases_that_end_otherwise,
    commands_that_are_refused,
)


if __name__ == "__main__":
    with TemporaryDirectory() as folder, ChdbWarehouse(Path(folder) / "w") as warehouse:
        for language, text in golden(warehouse).items():
            (DATA / f"story.{language}.txt").write_text(text, encoding="utf-8")
