from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from connectors.payload import (
    Code,
    Home,
    Label,
    NeededTime,
    Number,
    Payload,
    PersonName,
    PersonNumber,
    Seconds,
    SourceId,
    Text,
    Time,
    Whole,
    Words,
    call_of,
    codec_of,
    extra_of,
    json_schema,
    noted_of,
    personal_of,
    read_line,
    report_of,
    seconds_between,
    unknown_of,
)
from connectors.records import MAX_RECORD_BYTES
from schemas.errors import InvalidField, Refused, UnreadableLine
from schemas.personal import Personal
from schemas.report import CallFacts
from schemas.vocabulary import Intent
from tests.connectors.pushed import NOW

EVERYDAY = st.text("道路积水无法通行请尽快处理江浦街道文德路反映市民小区物业电梯，。", max_size=40)


class Note(Payload):
    """A source as small as can be."""

    number: SourceId = Field(alias="编号", title="编号")
    at: NeededTime = Field(alias="时间", title="时间")
    later: Time = Field(default=None, alias="更新", title="更新")
    text: Text = Field(default="", alias="内容", title="内容")
    word: Label = Field(default="", alias="性质", title="性质")
    code: Code = Field(default="", alias="类别", title="类别")
    lng: Number = Field(default=None, alias="经度", title="经度")
    count: Whole = Field(default=None, alias="数", title="数")
    took: Seconds = Field(default=None, alias="时长", title="时长")
    name: PersonName = Field(default="", alias="姓名", title="姓名")
    phone: PersonNumber = Field(default="", alias="电话", title="电话")
    home: Home = Field(default="", alias="住址", title="住址")


SAID = {"编号": "A1", "时间": "2026-03-02 08:00:00", "内容": "道路积水"}


def read(line: bytes) -> Note:
    """A line as a note."""
    return read_line(Note, line, NOW)


def note_of(**more: object) -> Note:
    """A good line with some of its fields otherwise, as a note."""
    return read(json.dumps(SAID | more, ensure_ascii=False).encode())


def sentence_of(**more: object) -> str:
    """What is said of a line that cannot be read; nothing of one that can."""
    try:
        note_of(**more)
    except Refused as refused:
        return str(refused)
    return ""


@given(EVERYDAY, st.sampled_from([("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("gb18030", b""), ("gb18030", b"\x84\x31\x95\x33")]))
def test_a_line_says_the_same_in_every_encoding(text: str, written: tuple[str, bytes]) -> None:
    codec, mark = written
    assert read(mark + json.dumps(SAID | {"内容": text}, ensure_ascii=False).encode(codec)) == note_of(内容=text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_whatever_people_write_is_kept_as_it_is_but_for_white_space_around_it(text: str) -> None:
    assert read(json.dumps(SAID | {"内容": text}).encode()).text == text.strip()


def test_broken_utf8_is_not_taken_for_gb18030() -> None:
    line = json.dumps(SAID, ensure_ascii=False).encode()
    assert codec_of(line[:-4] + b"\xe7" + line[-4:]) == "utf-8"
    with pytest.raises(UnreadableLine, match="no utf-8 at its byte"):
        read(line[:-4] + b"\xe7" + line[-4:])


def test_what_is_no_encoding_of_ours_is_refused() -> None:
    with pytest.raises(UnreadableLine, match=r"neither UTF-8 .* nor GB18030"):
        read(b'{"\xff": "\xff\xff\xff"}')


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"", "no JSON object"),
        (b"null", "null where an object is wanted"),
        (b"[]", "a list where an object is wanted"),
        (b'{"a": NaN}', "no JSON object"),
        (b'{"a": 1e400}', "no JSON object"),
        (b'{"a": "\\ud800"}', "no JSON object"),
        (b'{"a": 1, "a": 2}', "the key 'a' is there twice"),
        (b'{"b": {"a": 1, "a": 2}}', "the key 'a' is there twice"),
        (b'{"' + b"k" * 5000 + b'": 1, "' + b"k" * 5000 + b'": 1}', "is there twice"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested too deeply: 32 levels are the most"),
        (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "JSON"),
        (b'{"a": "' + b"x" * MAX_RECORD_BYTES + b'"}', "the most is 1,048,576"),
    ],
)
def test_a_line_that_is_no_record_is_refused_with_a_short_sentence(line: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableLine, match=sentence) as refused:
        read(line)
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("编号", "", "is blank; every line needs it"),
        ("编号", "—", "is blank; every line needs it"),
        ("编号", None, "is blank; every line needs it"),
        ("编号", 1.0, "is no id: write it as a text"),
        ("编号", 10**30, "is no id: write it as a text"),
        ("编号", True, "is no id: write it as a text"),
        ("编号", "a\x00b", "holds a character that may not be sent"),
        ("编号", "a\nb", "holds a character that may not be sent"),
        ("编号", "x" * 201, "at most 200 characters"),
        ("内容", "\x00", "holds a character that may not be sent"),
        ("内容", ["a"], "is a list where one value is wanted"),
        ("内容", {"a": 1}, "is an object where one value is wanted"),
        ("内容", "x" * 20_001, "at most 20000 characters"),
        ("经度", "east", "the value is not a number"),
        ("经度", "1" * 500_000, "is too long for a number or a time"),
        ("数", "1.5", "the value is not a whole number"),
        ("时长", "-1", "greater than or equal to 0"),
        ("时长", "soon", "is no duration"),
        ("姓名", "甲" * 101, "at most 100 characters"),
        ("更新", "soon", "the value is no time that we can read"),
        ("更新", "2027-01-01 00:00:00", "more than a day ahead of our clock"),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_its_own_name_quoting_nothing(field: str, value: object, sentence: str) -> None:
    with pytest.raises(InvalidField, match=sentence) as refused:
        note_of(**{field: value})
    assert refused.value.where == field


@given(st.text("测试甲x-:./"), st.text("测试甲x-:./"), st.sampled_from(["时间", "更新", "经度", "数", "时长"]))
def test_no_sentence_quotes_what_stood_in_a_field(before: str, after: str, field: str) -> None:
    said = sentence_of(**{field: f"{before}19990000001{after}"})
    assert said.startswith(f"{field}: ") or not said
    assert not any(piece in said for piece in ("1999", "测", "试", "甲"))


def test_a_field_that_is_needed_is_missed_by_name() -> None:
    with pytest.raises(InvalidField, match="编号: is missing; every line needs it"):
        read(b'{"x": 1}')


@pytest.mark.parametrize("blank", ["", "  ", None, "无", "—", "NULL", "\u3000"])
def test_blank_is_nothing(blank: object) -> None:
    note = note_of(更新=blank, 经度=blank, 数=blank, 时长=blank, 性质=blank, 类别=blank, 电话=blank)
    assert note == note_of()


@pytest.mark.parametrize(("value", "number"), [("１１８．５", 118.5), (118.5, 118.5), (118, 118), ("1,234.5", 1234.5), ("-0.5", -0.5), ("1e2", 100)])
def test_numbers_are_read_however_they_are_typed(value: object, number: float) -> None:
    assert note_of(经度=value).lng == number


@given(st.datetimes(datetime(2002, 1, 1), datetime(2026, 3, 3)).map(lambda at: at.replace(microsecond=0)))  # noqa: DTZ001  local times of the district
def test_a_time_is_the_same_in_all_its_ways(local: datetime) -> None:
    ways = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y-%m-%dT%H:%M:%S+08:00")
    wide = str.maketrans("0123456789-: ", "０１２３４５６７８９－：\u3000")
    told = [local.strftime(way) for way in ways]
    expected = (local - timedelta(hours=8)).replace(tzinfo=UTC)
    assert {note_of(更新=value).later for value in (*told, told[0].translate(wide), int(expected.timestamp() * 1000))} == {expected}


def test_milliseconds_of_a_program_and_digits_of_a_clock_are_told_apart() -> None:
    assert note_of(更新=1772410500000).later == datetime(2026, 3, 2, 0, 15, tzinfo=UTC)
    assert note_of(更新="20260302").later == datetime(2026, 3, 1, 16, tzinfo=UTC)


INTENTS = Words({"投诉": Intent.COMPLAINT, "其他": None})


@pytest.mark.parametrize(
    ("word", "ours", "known"),
    [
        ("投诉", Intent.COMPLAINT, True),
        ("投訴", Intent.COMPLAINT, True),
        (" 投诉 ", Intent.COMPLAINT, True),
        ("其他", None, True),
        ("感叹", None, False),
        ("", None, False),
    ],
)
def test_words_are_found_in_either_script_and_may_mean_nothing(word: str, ours: Intent | None, known: bool) -> None:
    assert (INTENTS.of(word), INTENTS.knows(word)) == (ours, known)


def test_what_stands_beside_the_fields_is_under_the_sources_own_keys() -> None:
    note = note_of(性质="感叹", 类别="")
    assert extra_of(note, "word", "code", "lng") == {"性质": "感叹"}
    assert unknown_of(note, word=INTENTS) == {"性质": "感叹"}
    assert unknown_of(note_of(性质="其他"), word=INTENTS) == unknown_of(note_of(), word=INTENTS) == {}
    assert noted_of(note, word=Words({"感叹": "!"})) == {"性质": "!"}
    assert noted_of(note, word=Words({"感叹": ""})) == {}
    assert noted_of(note, word=Words({"投诉": "complaint"})) == {"性质": "感叹"}


@pytest.mark.parametrize(
    ("waited", "lasted", "answered", "facts"),
    [
        (None, None, None, None),
        (3, None, None, CallFacts(waited_s=3, answered=False)),
        (3, 9, None, CallFacts(waited_s=3, lasted_s=9, answered=True)),
        (3, 9, False, CallFacts(waited_s=3, lasted_s=9, answered=False)),
    ],
)
def test_a_call_that_lasted_was_answered_unless_the_source_says_otherwise(
    waited: int | None, lasted: int | None, answered: bool | None, facts: CallFacts | None
) -> None:
    assert call_of(waited=waited, lasted=lasted, answered=answered) == facts


def test_clocks_that_ran_backwards_or_for_days_tell_nothing() -> None:
    assert [seconds_between(NOW, NOW + timedelta(seconds=s)) for s in (0, 9.9, -1, 86_401)] == [0, 9, None, None]
    assert seconds_between(None, NOW) is None


def test_a_report_that_its_model_does_not_take_is_refused_naming_the_field() -> None:
    with pytest.raises(InvalidField, match="persons"):
        report_of(source="department", source_id="1", reported_at=NOW, persons=-1)


def test_of_a_person_nothing_is_known_or_something() -> None:
    assert personal_of(name="匿名", phone="", home="无") is None
    assert personal_of(phone="19990000001") == Personal(phone="19990000001")


def test_the_schema_comes_from_the_same_model() -> None:
    schema = json_schema(Note)
    assert schema["required"] == ["编号", "时间"]
    assert list(schema["properties"]) == [field.alias for field in Note.model_fields.values()]
    assert schema["properties"]["经度"] == {"default": None, "title": "经度", "type": ["string", "number", "null"]}
