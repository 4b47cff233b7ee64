"""A profile: the keys, words, coordinates and times of one department's line, as data (YAML). `docs/departments.md` tells how to write one.

Every profile is checked as a whole when it is loaded; an error names the file and the key. A line's own words for matters are rows of the pack's
`source_codes.csv` under the standard `department-<system>`, so a district changes them without touching the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model, model_validator

from connectors.mapping import PERSONAL
from connectors.payload import (
    Address,
    Home,
    Label,
    NeededTime,
    Note,
    Number,
    Payload,
    PersonName,
    PersonNumber,
    Persons,
    References,
    SourceId,
    Text,
    Time,
    Whole,
    Words,
)
from schemas.errors import BrokenMapping
from schemas.vocabulary import Crs, Intent, Urgency

SHIPPED = Path(__file__).parent
VOID = ("作废", "已作废", "撤销", "已撤销", "撤单", "已撤单", "取消", "已取消")
"""States that take a report back, on every line; a profile adds its own."""
RESERVED = frozenset({"system", "系统"})
"""Keys by which a line says whose it is."""
_MOST_KEPT = 20
_Kinds = Mapping[str, tuple[Any, Any]]
_KINDS: _Kinds = {
    "source_id": (SourceId, ...),
    "reported_at": (NeededTime, ...),
    "version": (Whole, None),
    "updated_at": (Time, None),
    "sent_at": (Time, None),
    "state": (Label, ""),
    "text": (Text, ""),
    "address": (Address, ""),
    "area": (Label, ""),
    "lng": (Number, None),
    "lat": (Number, None),
    "accuracy_m": (Number, None),
    "code": (Label, ""),
    "subcode": (Label, ""),
    "intent": (Label, ""),
    "urgency": (Label, ""),
    "persons": (Persons, None),
    "owner": (Label, ""),
    "against": (Label, ""),
    "attachments": (References, ()),
    "name": (PersonName, ""),
    "phone": (PersonNumber, ""),
    "id_number": (PersonNumber, ""),
    "home": (Home, ""),
}
"""What each field of ours is read as, and what it is when the line does not say."""


def _key(value: object) -> object:
    """`工单编号`, or `[wkOrderNo, 工单编号]`: the key and its Chinese name."""
    return (value, value) if isinstance(value, str) else value


def _pattern(text: str) -> str:
    if text not in {"usual", "unix"} and "%" not in text:
        raise ValueError("is neither usual, nor unix, nor a pattern with % signs (%d.%m.%Y %H:%M)")
    return text


Key = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], Annotated[str, Field(min_length=1, max_length=100)]], BeforeValidator(_key)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Keys(_Part):
    """The line's own key of each field of ours; what has none is not read (data minimisation, `domain/domain.md` §7)."""

    source_id: Key
    reported_at: Key
    version: Key | None = Field(default=None, description="Grows with each revision; else updated_at orders them, else the place in the log.")
    updated_at: Key | None = None
    sent_at: Key | None = None
    state: Key | None = None
    text: Key | None = None
    address: Key | None = None
    area: Key | None = None
    lng: Key | None = None
    lat: Key | None = None
    accuracy_m: Key | None = None
    code: Key | None = None
    subcode: Key | None = None
    intent: Key | None = None
    urgency: Key | None = None
    persons: Key | None = None
    owner: Key | None = None
    against: Key | None = Field(default=None, description="The unit that is complained of: it never handles the case.")
    attachments: Key | None = None
    name: Key | None = None
    phone: Key | None = None
    id_number: Key | None = None
    home: Key | None = None

    def there(self) -> dict[str, tuple[str, str]]:
        """Fields of ours → the line's key and its Chinese name, those that are there."""
        return {name: key for name in _KINDS if (key := getattr(self, name)) is not None}


class Profile(_Part):
    """One department's line."""

    system: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")]
    names: tuple[Annotated[str, Field(min_length=1, max_length=50)], ...] = Field(default=(), description="Other words by which a line may say whose it is.")
    title: Annotated[str, Field(min_length=1, max_length=100)]
    crs: Crs | None = Field(default=None, description="Of its points; never guessed.")
    time: Annotated[str, AfterValidator(_pattern)] = Field(
        default="usual", description="usual: local times and milliseconds, as all sources; unix: seconds; or a pattern of local times."
    )
    keys: Keys
    keep: tuple[Key, ...] = Field(default=(), max_length=_MOST_KEPT, description="Keys kept beside the fields, as they are; never a person's.")
    withdrawn: tuple[str, ...] = Field(default=(), description="Words of state that take a report back, beside those of every line.")
    urgency: dict[str, Urgency] = Field(default_factory=dict)
    intent: dict[str, Intent] = Field(default_factory=dict)
    example: dict[str, Any]

    @model_validator(mode="after")
    def _fits_together(self) -> Profile:
        keys = [key for key, _ in (*self.keys.there().values(), *self.keep)]
        if doubled := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"the key {doubled[0]!r} is named twice")
        shown = (*self.keep, *((self.keys.against,) if self.keys.against is not None else ()))
        if persons := [key for key, title in shown if PERSONAL.search(key) or PERSONAL.search(title)]:
            raise ValueError(f"keep, against: {persons[0]!r} looks like a person's name or number; name, phone, id_number and home are the keys for these")
        if taken := sorted(RESERVED & set(keys)):
            raise ValueError(f"the key {taken[0]!r} says whose line it is, and nothing else")
        if (self.keys.lng is None) != (self.keys.lat is None):
            raise ValueError("keys: lng and lat come together or not at all")
        if self.keys.lng is not None and self.crs is None:
            raise ValueError(f"crs must be declared where there are points, one of {', '.join(Crs)}: a wrong one puts a report half a kilometre away")
        if self.keys.version is not None and self.keys.updated_at is not None:
            raise ValueError("keys: version or updated_at orders the lines, not both: a number and an instant cannot be compared")
        if self.keys.subcode is not None and self.keys.code is None:
            raise ValueError("keys: subcode wants code")
        return self

    @property
    def standard(self) -> str:
        """Under which the pack has the line's words for matters."""
        return f"department-{self.system.replace('_', '-')}"

    @cached_property
    def line(self) -> type[Payload]:
        """The model of its line: our fields under the line's keys, `kept_0`, … for what is kept."""
        fields: dict[str, Any] = {}
        for name, (key, title) in self.keys.there().items():
            kind, default = _KINDS[name]
            if name in {"reported_at", "updated_at", "sent_at"} and self.time != "usual":
                kind = Annotated[kind, BeforeValidator(_rewritten(self.time))]
            fields[name] = (kind, Field(default, alias=key, title=title))
        for number, (key, title) in enumerate(self.keep):
            fields[f"kept_{number}"] = (Note, Field("", alias=key, title=title))
        made: type[Payload] = create_model(f"{self.system}_line", __base__=Payload, __doc__=self.title, **fields)
        return made

    @cached_property
    def void(self) -> Words[bool]:
        """States that take a report back."""
        return Words(dict.fromkeys((*VOID, *self.withdrawn), True))

    @cached_property
    def urgencies(self) -> Words[Urgency]:
        """Its words of urgency."""
        return Words(self.urgency)

    @cached_property
    def intents(self) -> Words[Intent]:
        """Its words of intent."""
        return Words(self.intent)


def _rewritten(written: str) -> Any:  # noqa: ANN401  a function for pydantic
    """Turns a time as the line writes it into one that every source writes; what is not so written is left, and refused there."""

    def rewrite(value: object) -> object:
        text = str(value).strip()
        try:
            if written == "unix":
                return f"{datetime.fromtimestamp(float(text), UTC):%Y-%m-%dT%H:%M:%S.%f+00:00}"
            return f"{datetime.strptime(text, written):%Y-%m-%d %H:%M:%S}"  # noqa: DTZ007  local, as all times without an offset
        except (ValueError, OverflowError, OSError):
            return value

    return rewrite


def profiles(*folders: Path) -> dict[str, Profile]:
    """The shipped profiles, and those of `folders` over them, by system. Raises BrokenMapping naming the file and what is wrong."""
    found: dict[str, Profile] = {}
    for folder in (SHIPPED, *folders):
        for path in sorted(folder.glob("*.yaml")):
            profile = _load(path)
            found[profile.system] = profile
    words: dict[str, str] = {}
    for profile in found.values():
        for word in (profile.system, *profile.names):
            if words.setdefault(word, profile.system) != profile.system:
                raise BrokenMapping(f"the name {word!r} is that of the profile {words[word]}, too", where=f"profile {profile.system}")
    return found


def _load(path: Path) -> Profile:
    try:
        content = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenMapping(f"the profile is no YAML: {' '.join(str(error).split())[:300]}", where=str(path)) from error
    except OSError as error:
        raise BrokenMapping(f"the profile cannot be read: {error.strerror}", where=str(path)) from error
    try:
        profile = Profile.model_validate(content)
    except ValidationError as error:
        said = (f"{'.'.join(map(str, e['loc'])) or 'the profile'}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors(include_url=False)[:5])
        raise BrokenMapping("; ".join(said), where=str(path)) from None
    return profile
