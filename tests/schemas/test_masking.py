from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.masking import masked, masked_address, masked_fields, masked_home, masked_id, masked_name, masked_phone, may_hold_numbers
from tests.schemas.adversarial import ADVERSARIAL, Hidden, plainest, tells


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("请打138 1234 5678", "请打138 **** 5678"),
        ("138-1234-5678", "138-****-5678"),
        ("138_1234_5678", "138_****_5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("一三八一二三四五六七八", "一三八****五六七八"),
        ("幺叁捌，壹贰叁肆，伍陆柒捌", "幺叁捌，****，伍陆柒捌"),
        ("1 3 8 1 2 3 4 5 6 7 8", "1 3 8 * * * * 5 6 7 8"),
        ("138\u200b1234\u200b5678", "138\u200b****\u200b5678"),
        ("138\n12345678", "138\n****5678"),
        ("138 ---- 1234 ---- 5678", "138 ---- **** ---- 5678"),
        ("一三八杠一二三四杠五六七八", "一三八杠****杠五六七八"),
        ("洞两五五八八八一二三四", "洞两五******三四"),
        ("138O1234567", "138****4567"),
        ("+86 13812345678", "+86 138****5678"),
        ("0086-138-1234-5678", "0086-138-****-5678"),
        ("0555-1234567", "0555-*****67"),
        ("6222021234567890123", "622************0123"),
        ("苏AD12345", "苏AD1***5"),
        ("蘇Ａ１２３４５", "蘇Ａ１２**５"),
        ("浙Z1234港", "浙Z12**港"),
        ("a@b.com", "*@b.com"),
        ("①③⑧12345678", "①③⑧****5678"),
        ("٠١٢٣٤٥٦٧٨٩١", "٠١٢******٩١"),
        ("025-5888 1234", "025-**** **34"),
        ("座机58881234", "座机******34"),
        ("32010219900307123X的", "320***********123X的"),
        ("320102 19900307 123Ｘ", "320*** ******** 123Ｘ"),
        ("车牌苏A·12345", "车牌苏A·12**5"),
        ("苏a d12345 挡道", "苏a d1***5 挡道"),
        ("车牌苏A12345挡道", "车牌苏A12**5挡道"),
        ("信箱 zhang.san@example.com.cn", "信箱 z********@example.com.cn"),
        ("路灯 3 号不亮，第12号楼，2018年", "路灯 3 号不亮，第12号楼，2018年"),
        ("三十五人", "三十五人"),
        ("", ""),
    ],
)
def test_numbers_of_persons_are_masked_however_they_are_written(said: str, shown: str) -> None:
    found = masked(said)
    assert len(found) == len(said)
    assert found == shown


@given(st.text(max_size=40), st.sampled_from(["", " ", "-", "，", "·", "\u3000"]), st.text(max_size=40))
def test_a_mobile_number_is_never_seen_whole(before: str, between: str, after: str) -> None:
    number = between.join("13812345678")
    assert number not in masked(f"{before} 号码 {number} 止 {after}")


def test_of_a_line_only_codes_ids_and_instants_are_shown_as_they_are() -> None:
    line = {
        "receipt_id": "12345678-1234-5123-8123-123456789012",
        "accepted_at": "2024-03-01T00:00:00Z",
        "report": {
            "source": "petition",
            "source_id": "20240301000012",
            "text": "我的电话13812345678",
            "persons": 3,
            "lng": 118.123456789,
            "attachments": ["13812345678.jpg"],
            "extra": {"source_id": "13812345678", "13812345678": "x", "备注": ["32010219900307123X"]},
        },
        "why": {"matter": {"rule": "lexicon/0203", "because": "13812345678"}},
    }
    shown = masked_fields(line)
    assert "13812345678" not in json.dumps(shown)
    assert "19900307" not in json.dumps(shown)
    assert (shown["receipt_id"], shown["report"]["source_id"], shown["report"]["lng"]) == (line["receipt_id"], "20240301000012", 118.123456789)
    assert shown["report"]["text"] == "我的电话138****5678"


@pytest.mark.parametrize("hidden", ADVERSARIAL, ids=lambda hidden: hidden.text.encode("unicode_escape").decode()[:60])
def test_no_number_of_the_adversarial_set_can_be_read_once_masked(hidden: Hidden) -> None:
    assert tells(hidden.text, hidden), "the set itself must hold it"
    shown = masked(hidden.text)
    assert len(shown) == len(hidden.text)
    assert not tells(shown, hidden)
    assert not tells(masked_address(hidden.text), hidden)


def test_the_adversarial_set_is_large_and_of_every_kind() -> None:
    assert len({hidden.text for hidden in ADVERSARIAL}) >= 300
    assert {hidden.kind for hidden in ADVERSARIAL} == {"phone", "card", "plate", "mail"}
    assert plainest("①③⑧ 壹贰叁") == "138123"


@pytest.mark.parametrize(
    "said",
    [
        *("2025-07-08 10:05:00", "2025/7/8 9:05", "自2025-07-08至2025-07-10", "9:00-18:00", "09:00-12:00，14:00-18:00", "2025年7月8日10时5分"),
        *("12000元", "拖欠1234567.50元", "工资 1,234,567 元", "336.4463万元", "16733.26㎡", "均价2000-3000元每平米", "罚款 200000 元"),
        *("规划（2015—2030年）", "(2014-2015)", "楚发改招[2012]179号", "中正路二段1036-1046號", "永大路二段128-1號及128-5號", "文德路12号3栋2单元502室"),
        *("第一、二、三、四、五项", "一百二十三万四千五百六十七", "三十五人", "邮编210000", "12345热线和110", "新A股票", "晋升"),
    ],
)
def test_dates_times_amounts_papers_and_house_numbers_stay(said: str) -> None:
    assert masked(said) == said


@pytest.mark.parametrize("said", ["1、2、3、4、5、6、7", "工单20250708000123", "118.634521,32.058765", "12、14、15、16组", "2025-07-08 110"])
def test_what_is_lost_though_it_is_nobodys_is_known(said: str) -> None:
    assert masked(said) != said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("江浦街道文德路12号3栋2单元502室", "江浦街道文德路12号3栋*单元***室"),
        ("天润城三街区12栋3单元502", "天润城三街区12栋*单元***"),
        ("明发滨江新城12-3-502", "明发滨江新城12-*-***"),
        ("崇德路835號5樓之3", "崇德路835號*樓之*"),
        ("二单元三室", "*单元*室"),
        ("１２栋３单元５０２室", "１２栋*单元***室"),
        ("A座1201室 电话13812345678", "A座****室 电话138****5678"),
        ("12号楼", "12号楼"),
        ("浦珠路101号", "浦珠路101号"),
        ("", ""),
    ],
)
def test_an_address_is_shown_to_its_building(said: str, shown: str) -> None:
    assert masked_address(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳锋", "欧阳*"),
        ("欧阳娜娜", "欧阳**"),
        ("歐陽鋒", "歐陽*"),
        ("欧阳", "欧*"),
        ("张", "*"),
        (" 李 四 ", "李**"),
        ("", ""),
    ],
)
def test_of_a_name_the_family_name_is_shown(said: str, shown: str) -> None:
    assert masked_name(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        *(
            ("138 1234 5678", "138****5678"),
            ("+86-138-1234-5678", "138****5678"),
            ("一三八一二三四五六七八", "138****5678"),
            ("１３８１２３４５６７８", "138****5678"),
        ),
        *(("025-58881234", "025****34"), ("0555-1234567", "0555****67"), ("58881234", "******34"), ("12345", "*****"), ("无", ""), ("", "")),
    ],
)
def test_of_a_telephone_what_the_conventions_allow_is_shown(said: str, shown: str) -> None:
    assert masked_phone(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [("00000019900307123x", "000***********123X"), ("000000 19900307 123Ｘ", "000***********123X"), ("E12345678", "E******78"), ("123", "***"), ("", "")],
)
def test_of_a_paper_its_beginning_and_end_are_shown(said: str, shown: str) -> None:
    assert masked_id(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        *(("浦口区江浦街道文德路12号3栋2单元501室", "浦口区江浦街道文德路**"), ("星甸街道九华村三组15号", "星甸街道九华村**")),
        *(("明发滨江新城", "明发滨江新城"), ("文德路十二号", "文德路**"), ("A座1201室", "**"), ("", "")),
    ],
)
def test_a_home_is_shown_to_its_road_or_estate(said: str, shown: str) -> None:
    assert masked_home(said) == shown


@given(st.text(max_size=60))
def test_what_needs_no_masking_by_the_quick_look_needs_none_by_the_long_one(said: str) -> None:
    if not may_hold_numbers(said):
        assert not any(tells(said, Hidden("phone", number, said)) for number in ("13812345678",))
        assert masked(said) == said


def test_the_box_of_a_reporter_is_not_shown_in_a_line() -> None:
    assert masked_fields({"reporter": {"name": "张*", "box": "abc", "token": "def", "key": "1-ab"}}) == {
        "reporter": {"name": "张*", "box": "*", "token": "*", "key": "1-ab"}
    }


def test_a_text_that_is_made_to_be_slow_is_not() -> None:
    for said in ("1 " * 10_000, "a" * 20_000 + "@", "苏A" * 10_000, "1:" * 10_000, "-" * 20_000, "1" + " " * 19_999, "20-" * 6_000):
        assert len(masked_address(said[:20_000])) == len(said[:20_000])
