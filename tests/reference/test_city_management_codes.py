"""The explicit table of city management's 158 types of parts and events in our matters (`domain/domain.md` §1.3)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.intake.plain import plain
from reference.tables import BASE, MATTERS, SOURCE_CODES

FITTING: Mapping[str, tuple[str, ...]] = {
    "0203": ("井盖", "雨水箅子"),
    "0204": ("路灯", "地灯", "景观灯"),
    "0205": ("过街天桥", "地下通道", "高架立交桥", "跨河桥"),
    "0703": ("交通标志牌", "交通信号灯", "交通信号设施", "道路信息显示屏"),
    "0207": ("交通护栏", "街头坐椅", "路名牌", "邮筒", "水域护栏"),
    "0109": ("公共厕所", "垃圾箱", "化粪池"),
    "0402": ("行道树",),
    "0405": ("古树名木",),
    "0401": ("绿地脏乱", "绿地"),
    "0601": ("私搭乱建",),
    "0101": ("暴露垃圾", "垃圾箱满溢", "打包垃圾"),
    "0102": ("积存垃圾渣土",),
    "0103": ("道路不洁", "道路遗撒"),
    "0104": ("店外经营",),
    "0105": ("无照经营游商",),
    "0106": ("非法小广告",),
    "0107": ("违规户外广告", "牌匾破损"),
    "0108": ("乱堆物堆料", "沿街晾挂"),
    "0201": ("道路破损",),
    "0202": ("路面塌陷",),
    "0206": ("道路积水", "下水道堵塞或破损"),
    "0208": ("架空线缆损坏", "立杆"),
    "0303": ("自来水管破裂",),
    "0305": ("燃气管道破裂",),
    "0701": ("机动车乱停放",),
    "0702": ("非机动车乱停放", "共享单车淤积"),
    "0801": ("施工扰民",),
    "0804": ("油烟污染", "露天烧烤"),
    "0806": ("工地扬尘", "黄土裸露"),
    "0809": ("焚烧垃圾树叶",),
    "0902": ("渣土车未密闭运输",),
    "1101": ("消防设施",),
    "1104": ("重大危险源", "加油(气)站"),
    "1407": ("健身设施",),
    "1504": ("流浪乞讨",),
    "1613": ("群发性事件",),
    "1804": ("水域不洁",),
    "1999": ("其他",),
}
"""What nobody would dispute; the rest is judgement, and stands in the table."""
OF_EACH_CLASS = {"P01": 40, "P02": 21, "P03": 13, "P04": 10, "P05": 9, "E01": 26, "E02": 9, "E03": 7, "E04": 12, "E05": 9, "E06": 2}


class Type(NamedTuple):
    """A type as the table has it under its code."""

    matter: str
    kind: str
    big: str
    small: str


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    """Code or name → matter."""
    return {row["code"]: row["matter"] for row in _rows(BASE / SOURCE_CODES.file) if row["standard"] == "gb30428"}


@pytest.fixture(scope="module")
def types() -> dict[str, Type]:
    """The types by short code."""
    rows = [row for row in _rows(BASE / SOURCE_CODES.file) if row["standard"] == "gb30428" and row["note"].startswith(("部件", "事件"))]
    return {row["code"]: Type(row["matter"], *row["note"].split(" ", 2)) for row in rows}


def test_all_158_types_are_there_in_their_classes(types: dict[str, Type]) -> None:
    assert len(types) == 158
    assert Counter(code[:3] for code in types) == OF_EACH_CLASS
    assert all({"P": "部件", "E": "事件"}[code[0]] == one.kind for code, one in types.items())


def test_the_types_are_those_of_the_domain_brief_with_their_names(types: dict[str, Type], shared: Path) -> None:
    given = {row["proposed_code"]: (row["kind"], row["big_name"], row["small_name"]) for row in _rows(shared / "domain" / "cityops_codes.csv")}
    assert {code: one[1:] for code, one in types.items()} == given


def test_every_type_is_found_by_code_and_by_name_and_means_the_same(types: dict[str, Type], table: dict[str, str]) -> None:
    by_plain_name = {plain(code): matter for code, matter in table.items()}
    for code, one in types.items():
        assert table[code] == table[one.small] == by_plain_name[plain(one.small)] == one.matter, code
    assert len(table) == 2 * len(types)


def test_every_type_leads_to_a_matter_that_there_is(types: dict[str, Type]) -> None:
    assert {one.matter for one in types.values()} <= {row["code"] for row in _rows(BASE / MATTERS.file)}


def test_types_lead_to_the_matter_that_fits(types: dict[str, Type]) -> None:
    named = {one.small: one.matter for one in types.values()}
    covers = {name for name in named if name.endswith("井盖")}
    assert len(covers) == 16
    for matter, names in FITTING.items():
        for name in names:
            wanted = covers if name == "井盖" else {name}
            assert {named[one] for one in wanted} == {matter}, name


def test_nothing_but_the_type_for_the_rest_is_unclassified(types: dict[str, Type]) -> None:
    assert [code for code, one in types.items() if one.matter in {"1999", "1901", "1906"}] == ["E0602"]


def test_parts_whose_owner_goes_first_have_a_duty_that_says_so(types: dict[str, Type]) -> None:
    duties = {row["matter"] for row in _rows(BASE / "duties.csv") if row["unit"] == "@owner"}
    kinds = {row["code"]: row["kind"] for row in _rows(BASE / MATTERS.file)}
    parts = {one.matter for code, one in types.items() if code.startswith("P")}
    led_by_owner = {"0109", "0203", "0204", "0205", "0207", "0208", "0308", "0402", "0404", "0405", "0703", "0705", "1407"}
    assert led_by_owner <= duties & parts
    assert {kinds[matter] for matter in led_by_owner - {"0208"}} == {"part"}
