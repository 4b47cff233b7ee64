from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.intake.plain import address_key, plain

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)


@given(st.text())
@example("J\u030c")
@example("İ")
@example("\u200bＡ\ufeff Σ\u00ad")
@example("a\u200d\u0301")
@example("薴")
@example("\u037a \u00a8x")
def test_plain_of_plain_is_itself(text: str) -> None:
    once = plain(text)
    assert plain(once) == once


@given(st.text())
def test_plain_text_is_composed_with_single_inner_spaces_and_nothing_invisible(text: str) -> None:
    line = plain(text)
    assert unicodedata.is_normalized("NFKC", line)
    assert line == " ".join(line.split())
    assert not any(unicodedata.category(c) in {"Cc", "Cf"} for c in line if ord(c) < 0x10000)


@given(st.text(HAN), st.text(HAN))
def test_characters_are_simplified_one_by_one_so_a_part_reads_as_in_the_whole(left: str, right: str) -> None:
    assert plain(left + right) == plain(left) + plain(right)
    assert len(plain(left)) == len(left)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("永康區永大路二段１２８－１號　妨礙安寧", "永康区永大路二段128-1号 妨碍安宁"),
        ("空氣汙染", "空气污染"),
        ("騎樓佔用、號誌故障、瓦斯外洩", "骑楼占用、号志故障、瓦斯外泄"),
        ("臺南", "台南"),
        ("ＫＴＶ\t 噪音\r\n", "ktv 噪音"),
        ("垃\u200b圾\ufeff", "垃圾"),
        ("", ""),
        (" \u3000 ", ""),
    ],
)
def test_both_scripts_widths_and_cases_read_alike(text: str, line: str) -> None:
    assert plain(text) == line


@pytest.mark.parametrize(
    "writing",
    [
        "臺南市永康區永大路二段128-1號",
        "台南市永康區永大路2段128之1號",
        "710台灣台南市永康區永大路二段１２８－１號",
        "永康区永大路2段128号之1附近",
        "永康區永大路二段128-1號(對面)",
        "永康區 永大路二段 128－1號旁",
        "永康區永大路二段128-1號及128-5號",
        "永康区永大路二段128号-1",
        "永康区永大路二段一百二十八之一号",
    ],
)
def test_writings_of_one_address_have_one_key(writing: str) -> None:
    assert address_key(writing) == "永康区永大路2段128-1号"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("江苏省南京市浦口区江浦街道文德路12号3栋501室", "浦口区文德路12号3座"),
        ("浦口区江浦街道文德社区文德路12号", "浦口区文德路12号"),
        ("浦口区文德路与浦珠路交叉口", "浦口区浦珠路、文德路路口"),
        ("北區北忠街*富北街", "704台灣台南市北區富北街和北忠街口"),
        ("中西區民權路2段151", "中西區民權路二段151號"),
        ("文德花园12号楼3单元", "文德花园12栋"),
        ("新市區復興路和平街", "新市區和平街、復興路"),
    ],
)
def test_other_writings_of_one_place_have_one_key(one: str, other: str) -> None:
    assert address_key(one) == address_key(other) != ""


@pytest.mark.parametrize(
    "address",
    [
        "",
        "浦口区江浦街道文德路",
        "臺南市東區東門路一段",
        "永康區中正二街105巷",
        "文德花园",
        "永康區崑山國小",
        "安平路 安北路到古堡街",
        "北區北門路二段 三段沿線兩側",
        "永康區永二街 國道一號",
        "地铁10号线3号口",
        "No. 56, Bao'an Road",
        "解放路西侧(3号楼对面)",
    ],
)
def test_an_address_that_is_not_precise_has_no_key(address: str) -> None:
    assert address_key(address) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("永康區永大路二段128號", "永康區永大路二段128-1號"),
        ("新營區中山路100號", "永康區中山路100號"),
        ("永大路一段128號", "永大路二段128號"),
        ("中正二街105巷8號", "中正二街8號"),
        ("文德路12号2栋", "文德路12号3栋"),
        ("S356省道k12+300处", "S356省道k12+800处"),
        ("八一路3号", "八一路13号"),
    ],
)
def test_different_places_have_different_keys(one: str, other: str) -> None:
    assert "" != address_key(one) != address_key(other) != ""


@given(st.text())
def test_any_text_has_a_key_or_none(address: str) -> None:
    assert address_key(address) == address_key(plain(address))
