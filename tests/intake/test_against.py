"""Whom a report complains of: what the source says, and a reading of words that would rather find nobody than the wrong one."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from pipeline.intake.against import Accusations
from pipeline.intake.plain import plain
from schemas.centre import Unit
from schemas.vocabulary import Intent, UnitKind
from tests.intake.centres import UNITS, centre, pukou, report

SAMPLE = Path(__file__).parents[2] / "connectors/samples/pukou_week.csv"


@cache
def accusations() -> Accusations:
    """By the shipped pack."""
    return Accusations(pukou())


def accused(text: str, intent: Intent = Intent.COMPLAINT, **extra: str) -> tuple[str, ...]:
    """The units that a report complains of."""
    return accusations().of(report(text, extra=extra), plain(text), intent).units


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("市民投诉供电公司乱收费,态度恶劣", "gongdian"),
        ("向城管局投诉燃气公司上门安检收费", "ranqi"),
        ("举报：浦口区住建局不作为", "zhujian"),
        ("投诉南京市浦口区城管局工作人员", "chengguan"),
        ("投訴供電公司亂收費", "gongdian"),
        ("被投诉单位：区城市管理局", "chengguan"),
        ("投诉江浦街道办事处推诿", "street-320111004"),
        ("投诉新河社区居委会不开证明", "community-320111004001"),
        ("市民反映供电公司乱收费", "gongdian"),
        ("向城管局反映供电公司工作人员态度差", "gongdian"),
    ],
)
def test_who_is_complained_of_by_name_is_the_accused(text: str, unit: str) -> None:
    assert accused(text) == (unit,)


@pytest.mark.parametrize(
    "text",
    [
        "向住建局反映物业问题",
        "投诉到城管局",
        "已投诉至城管局，至今未处理",
        "多次投诉城管局无果",
        "曾投诉供电公司，没有答复",
        "投诉住建局都没人管",
        "投诉住建局说不归他们管",
        "举报消防通道堵塞",
        "投诉供电公司门口占道经营",
        "投诉新河社区居委会对面夜间施工",
        "反映江浦街道路灯不亮",
        "投诉江浦街道路灯不亮",
        "反映供电公司停电",
        "反映新河社区居委会旁路面积水",
        "投诉城管局下属环卫站",
        "希望住建局处理，投诉物业",
        "投诉公交车不到站",
        "不是投诉供电公司",
    ],
)
def test_an_addressee_a_place_or_a_word_of_the_matter_is_no_accused(text: str) -> None:
    assert accused(text) == ()


@pytest.mark.parametrize("intent", [intent for intent in Intent if intent not in (Intent.COMPLAINT, Intent.ACCUSATION)])
def test_words_accuse_in_complaints_and_accusations_alone(intent: Intent) -> None:
    assert accused("投诉供电公司乱收费", intent) == ()


@pytest.mark.parametrize(
    ("said", "units"),
    [
        ("供电公司", ("gongdian",)),
        ("浦口区住建局", ("zhujian",)),
        ("gongdian", ("gongdian",)),
        ("供電公司、燃氣公司", ("gongdian", "ranqi")),
        ("某健身房", ()),
        ("区指挥中心", ()),
    ],
)
def test_what_the_source_says_is_the_accused_whatever_the_intent(said: str, units: tuple[str, ...]) -> None:
    assert accused("办卡后关门", Intent.HELP, against=said) == units


def test_where_the_source_names_somebody_else_the_words_are_not_asked() -> None:
    assert accused("投诉供电公司乱收费", against="某健身房") == ()


def test_a_name_that_two_units_have_accuses_neither() -> None:
    units = (*UNITS, *(Unit(unit=f"wuye-{n}", name=f"{n}号物业公司", kind=UnitKind.COMPANY, aliases=("物业公司",)) for n in (1, 2)))
    both = Accusations(centre(units={unit.unit: unit for unit in units}))
    assert both.of(report(), plain("投诉物业公司不作为"), Intent.COMPLAINT).units == ()
    assert both.of(report(), plain("投诉2号物业公司不作为"), Intent.COMPLAINT).units == ("wuye-2",)


def test_the_reason_names_the_words_of_the_pack_and_no_others() -> None:
    why = accusations().of(report(extra={"against": "供电公司，张某某"}), "", Intent.OTHER).why
    assert why is not None
    assert (why.rule, why.because) == ("report/extra/against", "供电公司")


def test_no_report_of_the_sample_week_accuses_a_unit() -> None:
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        texts = [row["诉求内容"] for row in csv.DictReader(file)]
    assert len(texts) > 3_000
    assert [text for text in texts if accused(text)] == []
