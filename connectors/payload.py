"""What the sources' own modules share: a line of JSON in a source's words, described once as a model, read strictly and with patience.

A source describes its line as a model, whose aliases are the source's own keys and whose titles are their Chinese names:

    class Order(Payload):
        number: SourceId = Field(alias="work_order_no", title="工单编号")
        accepted: NeededTime = Field(alias="accept_time", title="受理时间")
        text: Text = Field(default="", alias="content", title="诉求内容")
        lng: Number = Field(default=None, alias="longitude", title="经度")

    def read(line: bytes, now: datetime) -> Said:
        order = read_line(Order, line, now)
        return Said(report_of(source=…, source_id=order.number, …, extra=extra_of(order, "number", …)), personal_of(name=order.caller, …))

- `read_line` takes UTF-8 or GB18030, with or without a byte order mark; a key that the model does not name is dropped (`domain/domain.md` §7).
- Field types: `SourceId` and `NeededTime` are needed; `Time`, `Number`, `Whole`, `Persons`, `Seconds`, `Label`, `Level`, `Code`, `Text`, `Address`, `Note`,
  `References`, and of a person `PersonName`, `PersonNumber`, `Home` may be blank (missing, null, white space or one of `BLANK`): then they are None, "" or
  (). Full-width digits are read wherever digits are meant. `Number`s are coordinates and the like, as received: what cannot be is left to intake.
- `Words({"投诉": Intent.COMPLAINT, …}).of(label)` finds a word of ours, in either Chinese script; None for what it does not know. `unknown_of` keeps such a word.
- `crs_of`, `code_of`, `call_of` give fields of a report (`report_of(…, **crs_of(order, lng=order.lng, lat=order.lat, default=Crs.GCJ02))`).
- `extra_of`, `noted_of` and `unknown_of` give what stands beside the fields (`extra`), under the source's own keys.
- Errors are `Refused`; the sentence names the source's key and quotes nothing that stood in the line.
- `json_schema(Order)` is the JSON Schema of what may be sent, from the same model.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, WithJsonSchema

from connectors.compiled import label
from connectors.encoding import GB18030, UTF8
from connectors.jsonl_records import object_in, spelled
from connectors.records import MAX_RECORD_BYTES
from connectors.values import InstantReader, instant_reader, number, shown, whole_number
from pipeline.intake.plain import plain
from schemas.errors import InvalidField, Refused, UnreadableLine
from schemas.fields import FreeText, Token
from schemas.personal import Personal
from schemas.report import CallFacts, Report, order_key
from schemas.vocabulary import Crs

SHANGHAI = ZoneInfo("Asia/Shanghai")
BLANK = frozenset({"", "-", "--", "—", "——", "/", "\\", "无", "無", "空", "null", "NULL", "None", "N/A", "n/a"})
"""What people and programs write where there is nothing. Never asked of a text or a name."""
NAMELESS = frozenset({"匿名", "匿名者", "不详", "未知", "保密", "不愿透露"})
MOST_REFERENCES = 20
DAY_S = 86_400
_MILLISECONDS = len("1772410500000")
"""Digits of an instant as Java's programs write it, from 2001 to 2286; no local time has as many."""
_LONGEST_VALUE = 100
_WORDS_OF_PYDANTIC = {
    "missing": "is missing; every line needs it",
    "string_pattern_mismatch": "holds a character that may not be sent (NUL, a control character or the like)",
}


class Payload(BaseModel):
    """Base of a source's line. Keys that it does not name are dropped."""

    model_config = ConfigDict(extra="ignore", frozen=True)


P = TypeVar("P", bound=Payload)
W = TypeVar("W")


# --- lines


def read_line(model: type[P], line: bytes, now: datetime) -> P:
    """A line as its source's model. `now` (aware) bounds what is believed of times. Raises UnreadableLine or InvalidField, `where` being the source's key."""
    if len(line) > MAX_RECORD_BYTES:
        raise UnreadableLine(f"the line has {len(line):,} bytes; the most is {MAX_RECORD_BYTES:,}")
    found = object_in(line, codec_of(line))
    if isinstance(found, Refused):
        raise found
    try:
        return model.model_validate(found, context=now)
    except ValidationError as error:
        raise _refused(error) from None


def codec_of(line: bytes) -> str:
    """UTF-8, or GB18030 where the line is no UTF-8 and looks like it: in broken UTF-8 most characters are whole, in GB18030 read as UTF-8 next to none.

    Raises UnreadableLine where it is neither.
    """
    try:
        line.decode(UTF8)
    except UnicodeDecodeError as error:
        text = line.decode(UTF8, "replace")
        broken = text.count("�")
        if sum(sign > "\x7f" for sign in text) > 2 * broken:
            return UTF8
        try:
            line.decode(GB18030)
        except UnicodeDecodeError:
            raise UnreadableLine(f"the line is neither UTF-8 (byte {error.start}) nor GB18030") from None
        return GB18030
    return UTF8


def json_schema(model: type[Payload]) -> dict[str, Any]:
    """JSON Schema of a line in the source's words."""
    return model.model_json_schema(by_alias=True, mode="validation")


def _refused(error: ValidationError) -> InvalidField:
    """The first thing that a model did not take, quoting nothing."""
    first = error.errors(include_url=False, include_input=False)[0]
    sentence = _WORDS_OF_PYDANTIC.get(first["type"], first["msg"].removeprefix("Value error, "))
    return InvalidField(sentence, where=".".join(map(str, first["loc"])) or "the line")


# --- cells


def cell(value: object) -> str:
    """One value of JSON as text without outer white space; raises ValueError for an object, a list of others, or a number that is none."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("is no finite number")
    if isinstance(value, list):
        raise ValueError("is a list where one value is wanted")  # noqa: TRY004  pydantic makes sentences of ValueErrors only
    try:
        text = value if isinstance(value, str) else spelled(value, "it")
    except ValueError:
        raise ValueError("is an object where one value is wanted") from None
    return text.strip()


def _plain_cell(value: object) -> str:
    """The same for numbers, times and codes: full-width signs made half-width, "" for what means nothing."""
    text = cell(value)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).strip()
    return "" if text in BLANK else text


def _id(value: object) -> str:
    if isinstance(value, bool | float):
        raise ValueError("is no id: write it as a text")  # noqa: TRY004  as above
    text = _plain_cell(value)
    if not text:
        raise ValueError("is blank; every line needs it")
    return text


def _label(value: object) -> str:
    text = cell(value)
    return "" if text in BLANK else label(text)


def _code(value: object) -> str:
    return label(_plain_cell(value))


def _time(value: object, info: ValidationInfo) -> datetime | None:
    text = _plain_cell(value)
    return _instant(text, info) if text else None


def _needed_time(value: object, info: ValidationInfo) -> datetime:
    text = _plain_cell(value)
    if not text:
        raise ValueError("is blank; every line needs it")
    return _instant(text, info)


def _instant(text: str, info: ValidationInfo) -> datetime:
    now = info.context
    assert isinstance(now, datetime), "read_line gives it"  # noqa: S101
    written = "unix-ms" if len(text) == _MILLISECONDS and text.isdigit() else "iso"
    return _read(_instants(written, now.replace(second=0, microsecond=0)), text)


@lru_cache(maxsize=8)
def _instants(written: str, now: datetime) -> InstantReader:
    """A reader knows the offsets of days: kept for a minute."""
    return instant_reader((written,), SHANGHAI, now)


def _number(value: object) -> float | None:
    text = _plain_cell(value)
    return _read(number, text) if text else None


def _whole(value: object) -> int | None:
    text = _plain_cell(value)
    return _read(whole_number, text) if text else None


def _persons(value: object) -> int | None:
    """How many people; 0 is how programs write that nobody counted."""
    return _whole(value) or None


def _seconds(value: object) -> int | None:
    """A duration: seconds, or hours, minutes and seconds with colons."""
    text = _plain_cell(value)
    if not text:
        return None
    parts = text.split(":")
    if len(parts) in {2, 3} and all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):  # noqa: PLR2004  m:s or h:m:s; minutes of a week
        seconds = 0
        for part in parts:
            seconds = seconds * 60 + int(part)
        return seconds
    try:
        return round(number(text))
    except ValueError:
        raise ValueError("is no duration: write seconds, or 00:03:25") from None


def _references(value: object) -> object:
    """Ids or addresses of attachments: a list, a list of objects that name one, or one text parted by ; or , — never contents."""
    if value is None:
        return ()
    parts = value if isinstance(value, list) else cell(value).replace("；", ";").replace(",", ";").split(";")
    found = [text for part in parts if (text := _reference(part))]
    if any(text.startswith("data:") for text in found):
        raise ValueError("holds contents: attachments are taken by reference (an address or a file id)")
    return tuple(dict.fromkeys(found))[:MOST_REFERENCES]


def _reference(part: object) -> str:
    if isinstance(part, dict):
        named = [part[key] for key in ("url", "fileUrl", "file_url", "fileId", "file_id", "id") if part.get(key)]
        if not named:
            raise ValueError("holds an attachment without url or file id")
        part = named[0]
    text = cell(part)
    return "" if text in BLANK else text


def _read(reader: Callable[[str], W], text: str) -> W:
    """Read by a reader of `connectors.values`, whose sentence quotes the cell; ours does not: somebody may have put a person into the wrong column."""
    if len(text) > _LONGEST_VALUE:
        raise ValueError("is too long for a number or a time")
    try:
        return reader(text)
    except ValueError as error:
        raise ValueError(str(error).replace(shown(text), "the value")) from None


_VALUE = {"type": ["string", "number", "null"]}
_TEXT_SCHEMA = {"type": ["string", "number", "boolean", "null"]}
_TIME_SCHEMA = {
    "type": ["string", "integer"],
    "description": "Local time of Asia/Shanghai (2026-03-02 08:15:00, 20260302081500, 2026年3月2日 8时15分), one with its offset, or milliseconds.",
}

SourceId = Annotated[Token, Field(max_length=200), BeforeValidator(_id), WithJsonSchema({"type": ["string", "integer"], "minLength": 1, "maxLength": 200})]
"""The source's own number of what it reports; needed."""
NeededTime = Annotated[datetime, BeforeValidator(_needed_time), WithJsonSchema(_TIME_SCHEMA)]
Time = Annotated[datetime | None, BeforeValidator(_time), WithJsonSchema(_TIME_SCHEMA | {"type": ["string", "integer", "null"]})]
Number = Annotated[float | None, BeforeValidator(_number), WithJsonSchema(_VALUE)]
Whole = Annotated[int | None, BeforeValidator(_whole), WithJsonSchema(_VALUE)]
Persons = Annotated[int | None, Field(ge=1, le=1_000_000), BeforeValidator(_persons), WithJsonSchema(_VALUE)]
Seconds = Annotated[int | None, Field(ge=0, le=DAY_S), BeforeValidator(_seconds), WithJsonSchema(_VALUE | {"description": "Seconds, or 00:03:25."})]
"""A duration of a day at most."""
Label = Annotated[Token, Field(max_length=200), BeforeValidator(_label), WithJsonSchema(_TEXT_SCHEMA)]
"""A name or word, one line, as received."""
Level = Annotated[Token, Field(max_length=100), BeforeValidator(_code), WithJsonSchema(_TEXT_SCHEMA)]
"""One level of a code, of four at most."""
Code = Annotated[Token, Field(max_length=400), BeforeValidator(_code), WithJsonSchema(_TEXT_SCHEMA)]
"""A code, one line; full-width signs made half-width."""
Text = Annotated[FreeText, Field(max_length=20_000), BeforeValidator(cell), WithJsonSchema(_TEXT_SCHEMA | {"maxLength": 20_000})]
Address = Annotated[FreeText, Field(max_length=1_000), BeforeValidator(cell), WithJsonSchema(_TEXT_SCHEMA | {"maxLength": 1_000})]
Note = Annotated[FreeText, Field(max_length=2_000), BeforeValidator(cell), WithJsonSchema(_TEXT_SCHEMA | {"maxLength": 2_000})]
References = Annotated[
    tuple[Annotated[Token, Field(max_length=500)], ...],
    BeforeValidator(_references),
    WithJsonSchema({"type": ["string", "array", "null"], "description": "Addresses or ids of files, never their contents."}),
]
PersonName = Annotated[FreeText, Field(max_length=100), BeforeValidator(cell), WithJsonSchema(_TEXT_SCHEMA)]
PersonNumber = Annotated[FreeText, Field(max_length=40), BeforeValidator(_plain_cell), WithJsonSchema(_TEXT_SCHEMA)]
"""A telephone or identity number."""
Home = Annotated[FreeText, Field(max_length=300), BeforeValidator(cell), WithJsonSchema(_TEXT_SCHEMA)]


# --- words, and what is made of a line


class Words(Generic[W]):
    """A source's words for ours; full-width signs and traditional characters make no difference."""

    def __init__(self, words: Mapping[str, W]) -> None:
        self._words = dict(words)
        self._plain = {plain(word): ours for word, ours in words.items()}

    def of(self, word: str) -> W | None:
        """Our word, or None."""
        return self._words[word] if word in self._words else self._plain.get(plain(word))

    def knows(self, word: str) -> bool:
        """Whether it is one of them; a word that is known may still mean nothing to us."""
        return word in self._words or plain(word) in self._plain


CRS_WORDS = Words(
    {
        **dict.fromkeys(("WGS84", "WGS-84", "EPSG:4326", "4326", "GPS"), Crs.WGS84),
        **dict.fromkeys(("CGCS2000", "国家2000", "2000国家大地坐标系", "EPSG:4490", "4490"), Crs.CGCS2000),
        **dict.fromkeys(("GCJ02", "GCJ-02", "火星坐标", "高德", "腾讯"), Crs.GCJ02),
        **dict.fromkeys(("BD09", "BD-09", "BD09LL", "百度"), Crs.BD09),
    }
)


def crs_of(payload: Payload, *, lng: float | None, lat: float | None, said: str = "", default: Crs | None = None) -> dict[str, Any]:
    """A point with its system, as fields of a report; none of them where there is no point. `said`: the field in which a line names its system.

    Raises InvalidField where a system is unknown, or neither said nor the source's own (`default`): points are never guessed at.
    """
    if lng is None and lat is None:
        return {}
    word: str = getattr(payload, said) if said else ""
    crs = CRS_WORDS.of(word) if word else default
    if crs is None and not word and not lng and not lat:
        return {}
    if crs is None:
        sentence = "is no coordinate system that we know (WGS84, CGCS2000, GCJ02, BD09)" if word else "is blank, and points are never guessed at"
        raise InvalidField(sentence, where=_key(payload, said))
    return {"lng": lng, "lat": lat, "crs": crs}


def code_of(standard: str, *levels: str) -> dict[str, str]:
    """A code of several levels, as fields of a report; none of them where all levels are blank."""
    said = [level.strip() for level in levels if level.strip()]
    return {"code_standard": standard, "code": "/".join(said)} if said else {}


def call_of(*, waited: int | None, lasted: int | None, answered: bool | None) -> CallFacts | None:
    """The facts of a call; None where nothing is known. A call that lasted was answered."""
    if waited is None and lasted is None and answered is None:
        return None
    return CallFacts(waited_s=waited, lasted_s=lasted, answered=bool(lasted) if answered is None else answered)


def seconds_between(began: datetime | None, ended: datetime | None) -> int | None:
    """Whole seconds; None where one of the two is not known, or no clock can be right (backwards, or more than a day)."""
    if began is None or ended is None:
        return None
    seconds = int((ended - began).total_seconds())
    return seconds if 0 <= seconds <= DAY_S else None


def report_of(**fields: Any) -> Report:  # noqa: ANN401  the fields of a report
    """A report of what is not None. Raises InvalidField naming the report's field (a model whose types are those of this module leaves it nothing to refuse)."""
    try:
        return Report.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        raise _refused(error) from None


def order_of(instant: datetime) -> str:
    """An update time as an order key."""
    return order_key(f"{instant:%Y-%m-%dT%H:%M:%S.%fZ}")


def noted_of(payload: Payload, **words: Words[str]) -> dict[str, str]:
    """Fields whose words become ours, under the source's own keys; a word of ours that is "" is left out, an unknown one kept.

    What stands in `extra` is read as part of the text: a form of petition or a way of calling must not speak for a matter or an intent.
    """
    said = {_key(payload, name): value if (ours := known.of(value)) is None else ours for name, known in words.items() if (value := getattr(payload, name))}
    return {key: value for key, value in said.items() if value}


def extra_of(payload: Payload, *names: str) -> dict[str, str]:
    """Those fields of a line that are not blank, under the source's own keys."""
    return {_key(payload, name): str(value) for name in names if (value := getattr(payload, name)) not in {None, ""}}


def unknown_of(payload: Payload, **words: Words[Any]) -> dict[str, str]:
    """Fields whose word is none of `words`, under the source's own keys: nothing is lost, and nothing is misread."""
    return {_key(payload, name): value for name, known in words.items() if (value := getattr(payload, name)) and not known.knows(value)}


def _key(payload: Payload, name: str) -> str:
    return type(payload).model_fields[name].alias or name


def personal_of(*, name: str = "", phone: str = "", id_number: str = "", home: str = "") -> Personal | None:
    """What is known of the person who reports; None where it is nothing."""
    said = (("name", name if name not in NAMELESS else ""), ("phone", phone), ("id_number", id_number), ("home", home))
    known = {key: value for key, value in said if value not in BLANK}
    return Personal(**known) if known else None
