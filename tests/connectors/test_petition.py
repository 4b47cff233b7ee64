from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.petition import CHANNEL, EXAMPLE
from schemas.errors import InvalidField
from schemas.personal import Personal
from schemas.report import Report
from schemas.vocabulary import Crs, Intent, Operation, Source, Urgency
from tests.connectors.pushed import reader_of

read = reader_of(CHANNEL)


def test_a_petition_becomes_a_report_and_what_it_says_of_the_petitioner_stands_beside() -> None:
    said = read()
    assert said.report == Report(
        source=Source.PETITION,
        source_id="XF3201112026030200035",
        operation=Operation.SET,
        order_key="2026-03-02T02:20:00.000000Z",
        reported_at=datetime(2026, 2, 28, 16, tzinfo=UTC),
        arrived_at=datetime(2026, 3, 2, 2, 20, tzinfo=UTC),
        text=EXAMPLE["反映内容"],
        address="浦口区汤泉街道银泉路100号",
        area_hint="汤泉街道",
        code_standard="xinfang",
        code="城乡建设/住房保障与房地产/物业服务",
        intent=Intent.HELP,
        persons=12,
        attachments=("XF/2026/03/00035-1.pdf", "XF/2026/03/00035-2.jpg"),
        extra={"概况": "反映小区物业服务问题", "信访形式": "online"},
    )
    assert said.personal == Personal(name="测试丙", phone="19990000003", id_number="000000190001010034", home="测试家园0栋000室")


@pytest.mark.parametrize("state", ["撤回", "已撤诉", "撤件", "信訪人撤回", "作废"])
def test_a_petition_that_was_taken_back_withdraws_its_report(state: str) -> None:
    assert read(办理状态=state).report.operation is Operation.WITHDRAW


@pytest.mark.parametrize(
    ("purpose", "intent"),
    [
        ("求决", Intent.HELP),
        ("申诉", Intent.COMPLAINT),
        ("揭发控告", Intent.ACCUSATION),
        ("意見建議", Intent.SUGGESTION),
        ("其他", Intent.OTHER),
        ("", None),
        ("未知", None),
    ],
)
def test_the_purpose_is_the_intent(purpose: str, intent: Intent | None) -> None:
    report = read(信访目的=purpose).report
    assert report.intent is intent
    assert report.extra.get("信访目的", "") == ("未知" if purpose == "未知" else "")


@pytest.mark.parametrize(
    "told", [{"信访目的": "检举控告"}, {"是否保密": "是"}, {"信访目的": "檢舉控告", "是否扬言": "是"}, {"是否保密": True, "紧急程度": "一般"}]
)
def test_what_accuses_officials_or_is_secret_is_sealed_before_all_else(told: dict[str, object]) -> None:
    assert read(**told).report.urgency_hint is Urgency.SEALED


@pytest.mark.parametrize(
    ("told", "urgency"), [({"是否扬言": "是"}, Urgency.U1), ({"紧急程度": "特急"}, Urgency.U1), ({"紧急程度": "紧急"}, Urgency.U2), ({}, None)]
)
def test_a_threat_of_harm_is_very_urgent(told: dict[str, object], urgency: Urgency | None) -> None:
    assert read(**told).report.urgency_hint is urgency


@pytest.mark.parametrize(("told", "persons"), [("１２", 12), ("1,200", 1200), (5, 5), ("5.0", 5), ("", None), ("0", None), ("-", None)])
def test_a_joint_petition_counts_its_people(told: object, persons: int | None) -> None:
    assert read(信访人数=told).report.persons == persons


def test_a_point_is_of_the_system_that_the_line_names() -> None:
    report = read(经度=118.6253, 纬度="３２．０５８７", 坐标系="百度").report
    assert (report.lng, report.lat, report.crs) == (118.6253, 32.0587, Crs.BD09)


def test_and_is_refused_where_it_names_none() -> None:
    with pytest.raises(InvalidField, match="坐标系: is blank, and points are never guessed at"):
        read(经度="118.6253", 纬度="32.0587", 坐标系="")
    assert read(经度="0", 纬度="0", 坐标系="").report.lng is None, "no point is no reason to refuse a petition"


@pytest.mark.parametrize(
    "category", ["城乡建设／住房保障与房地产／物业服务", " 城乡建设 / 住房保障与房地产 / 物业服务 ", "城乡建设/住房保障与房地产//物业服务/"]
)
def test_levels_of_the_tree_are_parted_in_any_way(category: str) -> None:
    assert read(内容分类=category).report.code == "城乡建设/住房保障与房地产/物业服务"


def test_who_is_complained_about_is_never_read() -> None:
    said = read(被反映人="测试丁", 被反映单位="测试局")
    assert "测试丁" not in said.report.to_json().decode()
    assert "测试局" not in said.report.to_json().decode()


def test_without_a_date_of_its_own_it_was_said_when_it_was_registered() -> None:
    assert read(信访日期="").report.reported_at == datetime(2026, 3, 2, 2, 5, tzinfo=UTC)
