from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel import Said
from connectors.department import CHANNEL, channel
from connectors.profiles.profile import profiles
from schemas.errors import InvalidField
from schemas.personal import Personal
from schemas.report import Report
from schemas.vocabulary import Crs, Intent, Operation, Source, Urgency
from tests.connectors.any_field import changes, read_or_refused
from tests.connectors.pushed import NOW, line_of

ELEVEN = {"water", "power", "gas", "police", "traffic", "culture_tourism", "health", "fire", "environment", "emergency", "market"}
PROFILES = profiles()


def read(system: str, /, **other: object) -> Said:
    """The example of one line with some of its fields otherwise; `...` leaves a field out."""
    fields = {key: value for key, value in {**PROFILES[system].example, **other}.items() if value is not ...}
    return CHANNEL.read(line_of(fields), NOW)


def test_a_repair_told_to_the_water_company_becomes_a_report_and_a_person_beside_it() -> None:
    said = read("water")
    assert said.report == Report(
        source=Source.DEPARTMENT,
        source_id="water:GS20260302000318",
        order_key="000000000000000001",
        reported_at=datetime(2026, 3, 1, 23, 52, 10, tzinfo=UTC),
        text="文德东路12号门口自来水管爆裂，路面冒水，已影响通行。",
        address="浦口区江浦街道文德东路12号",
        area_hint="江浦街道",
        lng=118.63055,
        lat=32.05672,
        crs=Crs.GCJ02,
        code_standard="department-water",
        code="爆管",
        urgency_hint=Urgency.U1,
        part_owner="gongshui",
        extra={"system": "water", "影响户数": "120", "管径": "DN200"},
    )
    assert said.personal == Personal(name="试测甲", phone="19990000001")


def test_all_eleven_departments_have_a_profile_whose_example_is_read() -> None:
    assert set(PROFILES) == ELEVEN
    for system, profile in PROFILES.items():
        said = read(system)
        assert said.report.text, system
        assert said.report.lng is not None, system
        assert said.report.code_standard == profile.standard, system
        assert said.personal is not None, system


@pytest.mark.parametrize(
    ("system", "at", "crs", "urgency", "order"),
    [
        ("power", datetime(2026, 3, 2, 11, 25, 3, tzinfo=UTC), Crs.CGCS2000, Urgency.U2, "2026-03-02T11:26:44.000000Z"),
        ("gas", datetime(2026, 3, 2, 0, 21, tzinfo=UTC), Crs.BD09, Urgency.U1, "000000000000000001"),
        ("police", datetime(2026, 3, 2, 13, 24, 55, tzinfo=UTC), Crs.WGS84, None, "2026-03-02T13:30:10.000000Z"),
        ("culture_tourism", datetime(2026, 3, 2, 7, 12, tzinfo=UTC), Crs.GCJ02, Urgency.U2, "2026-03-02T07:20:00.000000Z"),
        ("health", datetime(2026, 3, 2, 2, 31, tzinfo=UTC), Crs.GCJ02, None, "000000000000000001"),
        ("emergency", datetime(2026, 3, 2, 8, 58, 30, tzinfo=UTC), Crs.CGCS2000, Urgency.U2, "2026-03-02T09:05:00.000000Z"),
    ],
)
def test_each_line_has_its_own_times_coordinates_and_words(system: str, at: datetime, crs: Crs, urgency: Urgency | None, order: str) -> None:
    report = read(system).report
    assert (report.reported_at, report.crs, report.urgency_hint, report.order_key) == (at, crs, urgency, order)


def test_classes_of_two_levels_are_joined_and_intents_are_words_of_the_line() -> None:
    assert read("environment").report.code == "噪声/建筑施工噪声"
    assert read("market", infoType="举报").report.intent is Intent.ACCUSATION
    unknown = read("market", infoType="吐槽").report
    assert (unknown.intent, unknown.extra["infoType"]) == (None, "吐槽")


def test_the_unit_that_a_line_complains_of_is_handed_on_under_one_key() -> None:
    assert read("market").report.extra["against"] == "某健身房"
    assert read("culture_tourism").report.extra["against"] == "某景区"
    assert "against" not in read("market", entName="").report.extra
    assert "against" not in read("water").report.extra


def test_what_a_line_says_of_a_person_stands_beside_the_report_alone() -> None:
    said = read("police")
    assert said.personal == Personal(name="试测丁", phone="19990000004", id_number="000000190001010000")
    for word in ("试测丁", "19990000004", "000000190001010000"):
        assert word not in said.report.model_dump_json()
    assert read("police", DJR="", LXDH=None, SFZH="无").personal is None


@pytest.mark.parametrize(("system", "state"), [("water", "误报"), ("water", "作废"), ("power", "09"), ("gas", "cancelled"), ("market", "消费者撤诉")])
def test_each_line_has_its_own_words_for_what_is_taken_back(system: str, state: str) -> None:
    key = PROFILES[system].keys.state
    assert key is not None
    assert read(system, **{key[0]: state}).report.operation is Operation.WITHDRAW
    assert read(system).report.operation is Operation.SET


@pytest.mark.parametrize("word", ["water", "供水", "自来水", "供水熱線"])
def test_a_line_says_whose_it_is_in_either_key_and_in_any_of_its_words(word: str) -> None:
    assert read("water", 系统=word) == read("water", 系统=..., system=word) == read("water")


@pytest.mark.parametrize("word", [..., "", "气象"])
def test_a_line_of_nobody_is_refused_with_the_lines_that_there_are(word: object) -> None:
    with pytest.raises(InvalidField, match="culture_tourism, emergency") as refused:
        read("water", 系统=word)
    assert refused.value.where == "system"


def test_the_same_number_on_two_lines_is_two_reports() -> None:
    assert read("water", 工单编号="1").report.source_id != read("gas", repairId="1").report.source_id


def test_a_version_below_zero_is_refused_by_the_lines_own_key() -> None:
    with pytest.raises(InvalidField, match="below zero") as refused:
        read("water", 版本号=-1)
    assert refused.value.where == "版本号"


def test_a_district_adds_a_line_of_its_own_without_touching_the_program(tmp_path: Path) -> None:
    (tmp_path / "weather.yaml").write_text(
        """
system: weather
names: [气象]
title: 气象灾情专线
crs: wgs84
time: '%d.%m.%Y %H:%M'
keys: {source_id: nr, reported_at: when, text: what, lng: x, lat: y, code: kind}
urgency: {红色: U1}
example: {system: weather, nr: '1', when: 02.03.2026 08:15, what: 大风, x: 118.6, y: 32.05, kind: 大风}
""",
        encoding="utf-8",
    )
    mine = channel(tmp_path)
    said = mine.read(line_of({"system": "气象", "nr": "7", "when": "02.03.2026 08:15", "what": "大风吹倒围挡", "x": 118.6, "y": 32.05, "kind": "大风"}), NOW)
    assert said.report.source_id == "weather:7"
    assert said.report.reported_at == datetime(2026, 3, 2, 0, 15, tzinfo=UTC)
    assert (said.report.code_standard, said.report.code) == ("department-weather", "大风")
    assert mine.read(line_of(PROFILES["gas"].example), NOW).report.source_id.startswith("gas:")


@given(data=st.data(), system=st.sampled_from(sorted(ELEVEN)))
def test_any_value_in_any_field_gives_a_report_or_a_reason(data: st.DataObject, system: str) -> None:
    example: dict[str, Any] = PROFILES[system].example
    said = read_or_refused(CHANNEL, example, data.draw(changes(example, ("system",))))
    assert said is None or said.report.source is Source.DEPARTMENT


def test_the_schema_has_one_part_for_each_line_with_the_words_that_say_so() -> None:
    parts = CHANNEL.schema()["oneOf"]
    assert {part["properties"]["system"]["enum"][0] for part in parts} == ELEVEN
    json.dumps(parts)
    for part in parts:
        keys = {key for key in part["properties"] if key not in {"system", "系统"}}
        assert keys >= PROFILES[part["properties"]["system"]["enum"][0]].example.keys() - {"system", "系统"}
