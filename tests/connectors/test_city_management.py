from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from connectors.city_management import CHANNEL, EXAMPLE
from schemas.errors import InvalidField
from schemas.report import Report
from schemas.vocabulary import Crs, Operation, Source, Urgency
from tests.connectors.any_field import changes, read_or_refused
from tests.connectors.pushed import NOW, line_of, reader_of

read = reader_of(CHANNEL)
NO_TYPE = {"type_code": "", "part_code": "", "sub_type": "", "main_type": ""}


def test_a_task_becomes_a_report_and_nothing_is_known_of_a_person() -> None:
    said = read()
    assert said.report == Report(
        source=Source.CITY_MANAGEMENT,
        source_id="RW202603020000123",
        order_key="2026-03-02T01:21:00.000000Z",
        reported_at=datetime(2026, 3, 2, 1, 14, 20, tzinfo=UTC),
        arrived_at=datetime(2026, 3, 2, 1, 21, 5, tzinfo=UTC),
        text=EXAMPLE["event_desc"],
        address="江浦街道巨龙路与文德路交叉口东50米",
        area_hint="江浦街道",
        lng=118.62531,
        lat=32.05874,
        crs=Crs.CGCS2000,
        code_standard="gb30428",
        code="P0102/污水井盖",
        urgency_hint=Urgency.U2,
        part_owner="paishui",
        attachments=("https://dcg.example/files/8f21.jpg", "https://dcg.example/files/8f22.jpg"),
        extra={
            "cell_code": "320111004001012",
            "patrol_no": "JDY-0417",
            "part_code": "3201110102000457",
            "case_no": "浦数城管〔2026〕000123",
            "kind": "part",
            "event_src": "inspector",
            "file_time": "2026-03-02T01:21:00Z",
        },
    )
    assert said.personal is None


@pytest.mark.parametrize(
    ("told", "code", "kind"),
    [
        ({"type_code": "E0102"}, "E0102", "event"),
        ({"type_code": "p0101"}, "P0101", "part"),
        ({"type_code": "Ｐ０１０１"}, "P0101", "part"),
        ({"type_code": "3201110102"}, "E0102", "event"),
        ({"type_code": 3201110102}, "E0102", "event"),
        ({"type_code": "3201110102", "rec_type": "部件"}, "P0102", "part"),
        ({"type_code": "0118", "rec_type": "部件"}, "P0118", "part"),
        ({"part_code": "3201110118000001"}, "P0118", "part"),
        ({"type_code": "E0404", "sub_type": "店外经营"}, "E0404/店外经营", "event"),
        ({"sub_type": "暴露垃圾", "main_type": "市容环境", "rec_type": "事件"}, "暴露垃圾", "event"),
        ({"sub_type": "防汛墙/河湖堤坝", "rec_type": "部件类"}, "防汛墙/河湖堤坝", "part"),
        ({"type_code": "其它编码", "rec_type": "事件"}, "其它编码", "event"),
    ],
)
def test_a_type_is_read_from_each_way_to_write_it(told: dict[str, Any], code: str, kind: str) -> None:
    report = read(**{**NO_TYPE, "rec_type": "", **told}).report
    assert (report.code_standard, report.code, report.extra["kind"]) == ("gb30428", code, kind)


def test_a_district_with_a_table_of_its_own_names_it_and_its_codes_stay_as_they_are() -> None:
    report = read(code_standard="pukou-cg", type_code="0102", sub_type="暴露垃圾").report
    assert (report.code_standard, report.code) == ("pukou-cg", "0102/暴露垃圾")


def test_a_task_without_a_type_has_no_code_and_words_decide() -> None:
    report = read(**NO_TYPE).report
    assert (report.code_standard, report.code) == ("", "")


@pytest.mark.parametrize("state", ["作废", "不予立案", "核实不属实", "已撤銷"])
def test_what_was_found_untrue_or_made_void_is_withdrawn(state: str) -> None:
    assert read(state=state).report.operation is Operation.WITHDRAW


@pytest.mark.parametrize("state", ["", "待核实", "待派遣", "处理中", "已结案"])
def test_every_other_state_stands_and_makes_no_revision_of_its_own(state: str) -> None:
    assert read(state=state).report == read().report


def test_a_task_is_known_by_its_number_and_without_one_by_its_files() -> None:
    assert read(task_no=...).report.source_id == EXAMPLE["case_no"]
    assert "case_no" not in read(task_no=...).report.extra
    with pytest.raises(InvalidField, match="both are blank") as refused:
        read(task_no="", case_no="-")
    assert refused.value.where == "task_no, case_no"


@pytest.mark.parametrize(
    ("word", "crs"), [("", Crs.CGCS2000), ("国家2000", Crs.CGCS2000), ("WGS84", Crs.WGS84), ("gcj02", Crs.GCJ02), ("百度", Crs.BD09), ("ＧＣＪ０２", Crs.GCJ02)]
)
def test_points_are_in_the_system_that_the_district_declares(word: str, crs: Crs) -> None:
    assert read(crs=word).report.crs is crs


def test_an_unknown_system_is_refused_because_points_are_never_guessed_at() -> None:
    with pytest.raises(InvalidField, match="never guessed"):
        read(crs="92南京地方坐标系")


def test_an_owner_is_a_unit_by_word_or_by_id_and_else_a_word_beside() -> None:
    assert read(owner_unit="中國電信").report.part_owner == "tongxin"
    assert read(owner_unit="gongdian").report.part_owner == "gongdian"
    unknown = read(owner_unit="某置业公司").report
    assert (unknown.part_owner, unknown.extra["owner_unit"]) == ("", "某置业公司")


def test_gb18030_and_a_byte_order_mark_are_read() -> None:
    line = json.dumps(EXAMPLE, ensure_ascii=False)
    assert CHANNEL.read(line.encode("gb18030"), NOW) == CHANNEL.read(b"\xef\xbb\xbf" + line.encode(), NOW) == read()


def test_the_citizen_who_told_it_is_not_taken() -> None:
    line = line_of({**EXAMPLE, "reporter_name": "测试甲", "reporter_tel": "19990000001"})
    assert "19990000001" not in CHANNEL.read(line, NOW).report.model_dump_json()


@given(changed=changes(EXAMPLE, ("code_standard",)))
def test_any_value_in_any_field_gives_a_report_or_a_reason(changed: dict[str, Any]) -> None:
    said = read_or_refused(CHANNEL, EXAMPLE, changed)
    assert said is None or said.report.source is Source.CITY_MANAGEMENT


def test_the_schema_names_every_field_of_the_example_in_chinese() -> None:
    properties = CHANNEL.schema()["properties"]
    assert EXAMPLE.keys() <= properties.keys()
    assert all(not told["title"].isascii() for told in properties.values())
