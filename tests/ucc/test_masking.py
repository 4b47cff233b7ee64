from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucc.masking import masked, masked_fields


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
        ("①③⑧12345678", "①③⑧****5678"),
        ("٠١٢٣٤٥٦٧٨٩١", "٠١٢****٧٨٩١"),
        ("025-5888 1234", "025-**** 1234"),
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
