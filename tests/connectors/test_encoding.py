from __future__ import annotations

import pytest

from connectors.encoding import BIG5, GB18030, UTF8, detected, looks_chinese, named
from schemas.errors import BrokenSetting

SIMPLIFIED = "浦口区江浦街道小区门口垃圾无人清运，影响居民出行，请有关部门尽快处理。"
TRADITIONAL = "永康區永大路二段128-1號噪音擾民，妨礙安寧，請派員處理。"


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        (SIMPLIFIED.encode(), UTF8),
        (b"\xef\xbb\xbf" + SIMPLIFIED.encode(), UTF8),
        (SIMPLIFIED.encode("gb18030"), GB18030),
        (TRADITIONAL.encode("gb18030"), GB18030),
        ((SIMPLIFIED + "𠮷㐀" + SIMPLIFIED).encode("gb18030"), GB18030),
        (TRADITIONAL.encode("cp950"), BIG5),
        ("\ufeff一,二\n".encode("utf-16-le"), "utf-16-le"),
        ("\ufeff一,二\n".encode("utf-16-be"), "utf-16-be"),
        ("a,b,c\n1,2,3\n".encode("utf-16-le"), "utf-16-le"),
        ("a,b,c\n1,2,3\n".encode("utf-16-be"), "utf-16-be"),
        (b"a,b,c\n1,2,3\n", UTF8),
        (b"", UTF8),
    ],
)
def test_an_encoding_is_found_by_what_is_written(data: bytes, codec: str) -> None:
    assert detected([data]).codec == codec


def test_utf8_with_broken_places_stays_utf8() -> None:
    found = detected([SIMPLIFIED.encode() + b"\xff\xfe\n" + SIMPLIFIED.encode()])
    assert found.codec == UTF8
    assert f"broken at byte {len(SIMPLIFIED.encode())}" in found.said


def test_the_person_is_told_where_it_stopped_being_utf8() -> None:
    assert "not UTF-8 at byte 12" in detected([b"seq,op,text\n" + SIMPLIFIED.encode("gb18030")]).said


def test_foreign_characters_are_looked_for_far_behind_the_beginning() -> None:
    assert detected([b"a,b\n" * 50_000, b"c,d\n" * 50_000, (SIMPLIFIED + "\n").encode("gb18030")]).codec == GB18030


def test_a_character_cut_by_the_end_of_a_chunk_is_no_break() -> None:
    data = ((SIMPLIFIED + "\n") * 20_000).encode()
    assert detected([data[:100], data[100:262_145], data[262_145:]]).codec == UTF8


def test_what_makes_no_sense_is_read_as_utf8_and_the_person_asked() -> None:
    found = detected(["é à ü ñ ç ø".encode("latin-1")])
    assert found.codec == UTF8
    assert "name the encoding" in found.said


def test_right_readings_look_chinese_and_wrong_ones_do_not() -> None:
    assert looks_chinese(TRADITIONAL) > 0.9
    assert looks_chinese(TRADITIONAL.encode("cp950").decode("gb18030", "replace")) < 0.6
    assert looks_chinese("plain") == 0


def test_an_encoding_may_be_named_in_several_ways() -> None:
    assert named("GBK").codec == named("gb18030").codec == GB18030
    assert named("Big5").codec == BIG5
    with pytest.raises(BrokenSetting, match="latin-1"):
        named("latin-1")
