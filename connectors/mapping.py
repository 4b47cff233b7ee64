"""Mappings: how the columns of a file become the fields of a report, as data (YAML). `docs/connectors.md` tells how to write one.

A column that the mapping does not name is dropped (data minimisation, `domain/domain.md` §7). Everything in a mapping is checked
when it is loaded; an error names the file, the key, the value and what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import BrokenMapping
from schemas.vocabulary import Crs, Intent, Operation, Urgency

SHIPPED = Path(__file__).parent / "mappings"
_MOST_BYTES = 1 << 20
PERSONAL = re.compile(r"姓名|电话|電話|手机|手機|身份证|身分證|微信|邮箱|phone|mobile|caller|id_?card|e-?mail", re.IGNORECASE)


def _zone(key: str) -> str:
    try:
        ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone (Asia/Shanghai, Asia/Taipei, UTC, …)") from None
    return key


def _time_format(text: str) -> str:
    if text not in ("iso", "unix", "unix-ms") and "%" not in text:
        raise ValueError("is none of iso, unix, unix-ms and no pattern with % signs (%d.%m.%Y %H:%M)")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
TimeFormat = Annotated[str, AfterValidator(_time_format)]
Column = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    """Base of all parts of a mapping: immutable, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextRule(_Part):
    """A text, code or word: of one column, of several joined, or a constant; `values` turns the source's words into ours."""

    column: Column | None = None
    columns: tuple[Column, ...] = ()
    join: str = "/"
    constant: str | None = None
    values: dict[str, str] = Field(default_factory=dict)
    default: str | None = Field(default=None, description="Taken for a blank cell, and for one that `values` does not name.")
    optional: bool = Field(default=False, description="The file need not have the column.")

    @model_validator(mode="after")
    def _one_origin(self) -> TextRule:
        if (self.column is not None) + bool(self.columns) + (self.constant is not None) != 1:
            raise ValueError("wants exactly one of column, columns, constant")
        return self


class TimeRule(_Part):
    """An instant of one column; without an offset of its own it is local to `zone`, else to the mapping's."""

    column: Column
    format: TimeFormat | tuple[TimeFormat, ...] = "iso"
    zone: Zone | None = None
    optional: bool = False

    @property
    def formats(self) -> tuple[str, ...]:
        """All formats, in the order in which they are tried."""
        return (self.format,) if isinstance(self.format, str) else self.format


class NumberRule(_Part):
    """A number of one column; blank is none."""

    column: Column
    optional: bool = False


class ListRule(_Part):
    """Several values in one column, separated by `split`."""

    column: Column
    split: Annotated[str, Field(min_length=1, max_length=3)] = ";"
    optional: bool = False


class OrderRule(TimeRule):
    """The source's own order of what it says about a report: a number that grows, an update time, or a text that sorts."""

    kind: Literal["integer", "instant", "text"]


class TimeSettings(_Part):
    """In which zone local times are."""

    zone: Zone = "Asia/Shanghai"


class FieldRules(_Part):
    """Where each field of a report comes from; fields are those of `schemas.report.Report`."""

    source_id: TextRule
    operation: TextRule | None = None
    order_key: OrderRule | None = None
    reported_at: TimeRule
    arrived_at: TimeRule | None = None
    text: TextRule | None = None
    address: TextRule | None = None
    area_hint: TextRule | None = None
    lng: NumberRule | None = None
    lat: NumberRule | None = None
    crs: TextRule | None = None
    accuracy_m: NumberRule | None = None
    code_standard: TextRule | None = None
    code: TextRule | None = None
    intent: TextRule | None = None
    urgency_hint: TextRule | None = None
    part_owner: TextRule | None = None
    persons: NumberRule | None = None
    attachments: ListRule | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> FieldRules:
        if (self.lng is None) != (self.lat is None):
            raise ValueError("lng and lat come together or not at all")
        if self.lng is not None and self.crs is None:
            raise ValueError(
                f"crs must be declared where lng and lat are (crs: {{constant: …}}, one of {', '.join(Crs)}): a wrong one puts a report half a kilometre away"
            )
        if self.code is not None and self.code_standard is None:
            raise ValueError("code wants code_standard: whose codes they are (code_standard: {constant: …})")
        for name, words in WORDS.items():
            _check_words(name, getattr(self, name), words)
        return self


WORDS: Map[str, type[StrEnum]] = {"operation": Operation, "crs": Crs, "intent": Intent, "urgency_hint": Urgency}
"""Fields whose values are words of ours."""


def _check_words(name: str, rule: TextRule | None, words: type[StrEnum]) -> None:
    """Constants, defaults and targets of value maps must be words of ours."""
    if rule is None:
        return
    for given in (*rule.values.values(), *(word for word in (rule.constant, rule.default) if word is not None)):
        if given not in set(words):
            raise ValueError(f"{name}: {given!r} is not allowed; allowed: {', '.join(words)}")


class Mapping(_Part):
    """One mapping as a whole."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    description: str = ""
    format: Literal["csv", "xlsx", "jsonl"] | None = Field(default=None, description="None: by the content of the file.")
    sheet: str | None = Field(default=None, description="Of a workbook; none: the first.")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(default=None, description="None: comma, semicolon, tab or bar, by the header.")
    time: TimeSettings = TimeSettings()
    blank: tuple[str, ...] = Field(default=(), description="Words that mean an empty cell, beside the empty cell itself.")
    fields: FieldRules
    extra: tuple[Column, ...] = Field(default=(), max_length=40, description="Columns kept beside the fields, as they are.")

    @model_validator(mode="after")
    def _no_persons(self) -> Mapping:
        for column in self.extra:
            if PERSONAL.search(column):
                raise ValueError(
                    f"extra: the column {column!r} looks like a person's name or number; such columns must not be kept until they can be kept encrypted"
                )
        return self

    def rules(self) -> Iterator[tuple[str, TextRule | TimeRule | NumberRule | ListRule]]:
        """The rules by field, those that are there."""
        for name in FieldRules.model_fields:
            rule = getattr(self.fields, name)
            if rule is not None:
                yield name, rule

    def columns(self) -> dict[str, bool]:
        """Every column that it reads, and whether the file must have it; required wins."""
        wanted: dict[str, bool] = {}
        for _, rule in self.rules():
            for column in columns_of(rule):
                wanted[column] = wanted.get(column, False) or not rule.optional
        return {**dict.fromkeys(self.extra, False), **wanted}


def columns_of(rule: TextRule | TimeRule | NumberRule | ListRule) -> tuple[str, ...]:
    """The columns that a rule reads."""
    if rule.column is not None:
        return (rule.column,)
    return rule.columns if isinstance(rule, TextRule) else ()


def load_mapping(name_or_path: str) -> Mapping:
    """A shipped mapping by its name, or one from a YAML file by its path. Raises BrokenMapping."""
    if not name_or_path.endswith((".yaml", ".yml")):
        path = SHIPPED / f"{name_or_path}.yaml"
        if path.parent != SHIPPED or not path.is_file():
            raise BrokenMapping(f"there is no mapping {name_or_path!r}; shipped: {', '.join(shipped())}; or give the path of a .yaml file", where="mapping")
    else:
        path = Path(name_or_path)
    return mapping_from(_read(path), str(path))


def shipped() -> list[str]:
    """Names of the mappings that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def mapping_from(content: object, where: str) -> Mapping:
    """Checks what a YAML file held; raises BrokenMapping with the first thing that is wrong."""
    if not isinstance(content, dict):
        raise BrokenMapping("a mapping is a list of keys (name, fields, …)", where=where)
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise BrokenMapping("; ".join(_sentence(problem) for problem in error.errors(include_url=False)[:5]), where=where) from None


def _sentence(problem: Any) -> str:  # noqa: ANN401  pydantic's own dictionary of one problem
    key = ".".join(str(part) for part in problem["loc"]) or "the mapping"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        return f"{key} is missing"
    if problem["type"] == "extra_forbidden":
        owner = FieldRules if problem["loc"][:1] == ("fields",) and len(problem["loc"]) == 2 else Mapping if len(problem["loc"]) == 1 else None  # noqa: PLR2004  fields.<name>
        return f"{key} is no key that we know" + (f"; allowed: {', '.join(owner.model_fields)}" if owner else "")
    given = problem["input"]
    return f"{key}: {message}" + (f"; got {given!r}" if isinstance(given, str) else "")


class _Plain(yaml.BaseLoader):
    """All scalars stay text (`on`, `1` and `+` are what they look like); a key that is there twice is an error."""


def _no_doubles(loader: _Plain, node: yaml.MappingNode, deep: bool = False) -> dict[str, object]:  # noqa: FBT001, FBT002  PyYAML calls it so
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=deep))
        if key in found:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is there twice", key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Plain.add_constructor("tag:yaml.org,2002:map", _no_doubles)


def _read(path: Path) -> object:
    try:
        data = path.read_bytes()[: _MOST_BYTES + 1]
    except OSError as error:
        raise BrokenMapping(f"the mapping cannot be read: {error.strerror}", where=str(path)) from error
    if len(data) > _MOST_BYTES:
        raise BrokenMapping("the mapping is larger than 1 MiB", where=str(path))
    try:
        return yaml.load(data, Loader=_Plain)  # noqa: S506  a loader that makes nothing but texts, lists and maps
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenMapping(f"the mapping is no YAML: {' '.join(str(error).split())[:300]}", where=str(path)) from error
